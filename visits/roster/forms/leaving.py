"""去世 or 迁出 in one form: which, about when, and from where it is known (practice P8)."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django import forms

from visits.roster.forms.fields import text_field

MONTHS = 12
WHEN = {"today": "今天", "yesterday": "昨天", "day": "记得是哪天", "month": "只知道哪个月"}
HEARD = {
    "family": "家属说的",
    "neighbour": "邻居说的",
    "village": "村里知道的",
    "paper": "看到死亡证明或火化证明",
    "moved_paper": "看到迁移手续",
}


def last_of(month: date) -> date:
    """The last day of the month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def months_until(today: date) -> list[tuple[str, str]]:
    """This month and the ones before it, as choices."""
    number = today.year * 12 + today.month - 1
    firsts = [date(n // 12, n % 12 + 1, 1) for n in range(number, number - MONTHS, -1)]
    return [(day.isoformat(), f"{day.year}年{day.month}月") for day in firsts]


class LeftDayForm(forms.Form):
    """When somebody died or moved. A month alone is enough: it means its last day, or today, roughly."""

    left_when = forms.ChoiceField(
        label="哪天",
        required=False,
        choices=list(WHEN.items()),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请重新选哪天"},
    )
    left_on = forms.DateField(
        label="是哪一天",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期写成2026-11-24这样"},
    )
    left_month = forms.ChoiceField(
        label="大概哪个月",
        required=False,
        error_messages={"invalid_choice": "请从名单里选月份，更早的请选“记得是哪天”"},
    )
    confirm = forms.MultipleChoiceField(
        required=False, choices=[("seen", "")], widget=forms.CheckboxSelectMultiple
    )

    def set_months(self, today: date) -> None:
        self.left_today = today
        self.fields["left_month"].choices = [("", "请选"), *months_until(today)]  # type: ignore[attr-defined]
        self.fields["left_on"].widget.attrs["max"] = today.isoformat()

    def clean_left(self, values: dict[str, Any]) -> tuple[date, bool] | None:
        """The day, and whether it is approximate; None with errors at the fields. A date or a month that was
        filled in counts also when its button was not pressed."""
        today, when = self.left_today, values.get("left_when") or ""
        day, month = values.get("left_on"), values.get("left_month") or ""
        if {"left_when", "left_on", "left_month"} & set(self.errors):
            return None
        if when in ("today", "yesterday"):
            return today - timedelta(days=int(when == "yesterday")), False
        if when == "day" or (not when and day):
            if day is None:
                self.add_error("left_on", "请填是哪一天；记不清的，选大概哪个月")
                return None
            return day, False
        if when == "month" or month:
            if not month:
                self.add_error("left_month", "请选大概哪个月")
                return None
            return min(last_of(date.fromisoformat(month)), today), True
        self.add_error("left_when", "请点一下哪天，大概的也行")
        return None


class DepartureForm(LeftDayForm):
    """`left` holds (day, approximate) once the form is valid, `reason` from where it is known."""

    status = forms.ChoiceField(
        label="去世还是迁出",
        choices=[("dead", "去世"), ("departed", "迁出")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选去世还是迁出", "invalid_choice": "请从选项里选"},
    )
    heard = forms.ChoiceField(
        label="从哪里知道",
        required=False,
        choices=list(HEARD.items()),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请从选项里选"},
    )
    note = text_field("补一句", 60, "例如：迁到厦门儿子家")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left: tuple[date, bool] | None = None
        self.set_months(today)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self.left = self.clean_left(values)
        return values

    @property
    def reason(self) -> str:
        """家属说的；昨夜在家里走的"""
        values = self.cleaned_data
        return "；".join(filter(None, (HEARD.get(values.get("heard") or "", ""), values.get("note", ""))))
