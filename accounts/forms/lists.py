"""Bringing a list of accounts."""

from datetime import date
from typing import Any

from django import forms

from accounts.forms.units import day_field
from xunfang.kit import excel

MAX_BYTES = 20 * 1024 * 1024


class AccountListForm(forms.Form):
    """`cleaned_data["content"]` holds the file's bytes, already guarded."""

    file = forms.FileField(
        label="账号名单文件",
        help_text="照模板填的.xlsx、.xls或.csv，不超过20兆",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv", "data-most": str(MAX_BYTES)}),
        error_messages={
            "required": "请选账号名单文件",
            "empty": f"这个文件是空的，{excel.AGAIN}",
            "missing": "请选账号名单文件",
            "invalid": "请选账号名单文件",
        },
    )
    default_start = day_field("没写从哪天的，从哪天算", help_text="任职从这天起算，一般就是今天。")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["default_start"].initial = today

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
        day: date = self.cleaned_data["default_start"]
        if abs(day.year - self.today.year) > 1 and day > self.today:
            raise forms.ValidationError("日期太远了，请核对年份")
        return day
