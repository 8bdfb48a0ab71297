"""Bringing a list: the file, which month's it is, and from when on those without a date count."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import Region
from xunfang.kit import excel

MAX_BYTES = 20 * 1024 * 1024
MONTHS = 12


def quarter_start(day: date) -> date:
    """The first day of the quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def months_back(day: date, count: int) -> list[date]:
    """The first days of this month and the ones before it, newest first."""
    months = [day.year * 12 + day.month - 1 - back for back in range(count)]
    return [date(number // 12, number % 12 + 1, 1) for number in months]


class UploadForm(forms.Form):
    """`cleaned_data["content"]` holds the file's bytes, already guarded."""

    file = forms.FileField(
        label="名单文件",
        help_text="照名单模板填的.xlsx、.xls或.csv，不超过20兆",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={
            "required": "请选名单文件",
            "empty": f"这个文件是空的，{excel.AGAIN}",
            "missing": "请选名单文件",
            "invalid": "请选名单文件",
        },
    )
    month = forms.TypedChoiceField(
        label="哪个月的名单",
        coerce=date.fromisoformat,
        error_messages={"required": "请选哪个月的名单", "invalid_choice": "请从列表里选月份"},
    )
    default_start = forms.DateField(
        label="没写起始年月的，从哪天算",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="一般是本季度第一天：从这天起就在名单上，季末前要访到",
        error_messages={"required": "请填从哪天算", "invalid": "日期写成2026-11-24这样"},
    )
    township = forms.TypedChoiceField(
        label="哪个乡镇（街道）的",
        coerce=int,
        error_messages={"required": "请选乡镇（街道）", "invalid_choice": "请从列表里选乡镇（街道）"},
    )

    def __init__(self, *args: Any, today: date, townships: Sequence[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        months = [(day.isoformat(), f"{day.year}年{day.month}月") for day in months_back(today, MONTHS)]
        self.fields["month"].choices = months  # type: ignore[attr-defined]
        self.fields["township"].choices = [(unit.pk, unit.name) for unit in townships]  # type: ignore[attr-defined]
        self.fields["default_start"].initial = quarter_start(today)
        if len(townships) == 1:
            self.fields["township"].initial = townships[0].pk
            self.fields["township"].widget = forms.HiddenInput()

    def clean_file(self) -> Any:
        """Refuse at once what can't be a list; the whole of it is read by the job."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("文件超过20兆，请只留名单，或者分成几个文件传")
        content = file.read()
        try:
            excel.guard(content)
        except excel.CannotRead as error:
            raise forms.ValidationError(str(error)) from error
        self.cleaned_data["content"] = content
        return file

    def clean_default_start(self) -> date:
        day = self.cleaned_data["default_start"]
        if day > self.today:
            raise forms.ValidationError("日期晚于今天，请核对")
        if day.year < self.today.year - 30:
            raise forms.ValidationError("日期太早，请核对年份")
        return day
