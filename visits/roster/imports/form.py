"""Bringing a list: the file, whose and which month's it is, all of them or some, from when on they count."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import Region
from visits.roster.models import CareGroup, RosterImport
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


def kinds(groups: Iterable[CareGroup]) -> list[tuple[str, str]]:
    """The classes a list may be of, as “group:area”; the first: its rows say it."""
    found = [("", "各类混在一起，表里有类别列")]
    for group in groups:
        if group.code == "dibao":
            found += [("dibao:rural", "农村低保"), ("dibao:urban", "城市低保")]
        found.append((f"{group.code}:", f"{group.short}{'（城乡都有）' if group.code == 'dibao' else ''}"))
    return found


class UploadForm(forms.Form):
    """`cleaned_data["content"]` holds the file's bytes, already guarded."""

    file = forms.FileField(
        label="名单文件",
        help_text="办公室里现成的表就行：.xlsx、.xls或.csv，不超过20兆",
        widget=forms.FileInput(
            attrs={"accept": ".xlsx,.xls,.et,.csv,.txt,.htm,.html", "data-most": str(MAX_BYTES)}
        ),
        error_messages={
            "required": "请选名单文件",
            "empty": f"这个文件是空的，{excel.AGAIN}",
            "missing": "请选名单文件",
            "invalid": "请选名单文件",
        },
    )
    month = forms.TypedChoiceField(
        label="哪个月的",
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

    kind = forms.ChoiceField(
        label="哪一类的",
        required=False,
        error_messages={"invalid_choice": "请从列表里选类别"},
    )
    coverage = forms.ChoiceField(
        label="是全部，还是补充",
        choices=[
            (RosterImport.Coverage.FULL, "全部名单"),
            (RosterImport.Coverage.SUPPLEMENT, "补充名单"),
        ],
        widget=forms.RadioSelect,
        help_text="全部名单：不在上面的人，系统会请您逐个说明去向。补充名单：只加、只改，别的人不动。",
        error_messages={"required": "请选全部名单还是补充名单", "invalid_choice": "请从两项里选一项"},
    )

    def __init__(
        self,
        *args: Any,
        today: date,
        townships: Sequence[Region],
        groups: Iterable[CareGroup] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["kind"].choices = kinds(groups)  # type: ignore[attr-defined]
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

    def said(self) -> list[forms.BoundField]:
        """The choices of the sentence, for their errors."""
        return [self["month"], self["kind"], self["township"]]

    def clean(self) -> dict[str, Any]:
        """`group_id` and `area` from the class; a full list is of one class."""
        values = super().clean() or {}
        group, _, area = (values.get("kind") or "").partition(":")
        values["group_id"], values["area"] = group or None, area
        if values.get("coverage") == RosterImport.Coverage.FULL and not group and "kind" in values:
            self.add_error(
                "coverage", "全部名单要写明是哪一类的。各类混在一起的表请选“补充名单”，或者按类分开传"
            )
        return values

    def clean_default_start(self) -> date:
        day = self.cleaned_data["default_start"]
        if day > self.today:
            raise forms.ValidationError("日期晚于今天，请核对")
        if day.year < self.today.year - 30:
            raise forms.ValidationError("日期太早，请核对年份")
        return day
