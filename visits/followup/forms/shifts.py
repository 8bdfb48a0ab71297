"""值班表: lines that are pasted and looked at first, or one shift in fields."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from visits.followup.duty_lines import MORNING, NIGHT
from visits.followup.forms.emergencies import clock_time
from visits.followup.services.shifts import NewShift
from visits.roster.forms.fields import PhoneField, date_field

MOST = 6000
LONGEST = 31


class MonthFilter(forms.Form):
    """Which unit and month; `days`: the days that are to be filled."""

    unit = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    month = forms.DateField(required=False, input_formats=["%Y-%m"])
    days = forms.RegexField(r"^20\d\d-\d\d-\d\d(,20\d\d-\d\d-\d\d){0,30}$", required=False, max_length=400)
    pdf = forms.BooleanField(required=False)

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None, False)}


def days_in(text: str) -> list[date]:
    """The days of an address; those that do not exist are left out."""
    found = []
    for part in filter(None, text.split(",")):
        try:
            found.append(date.fromisoformat(part))
        except ValueError:
            continue
    return found


class PasteForm(forms.Form):
    """`month`: the month that is planned, by its first day."""

    text = forms.CharField(
        label="贴值班表",
        max_length=MOST,
        help_text=(
            "一行一天：10月1日 林建忠 13900001127，陈明 13900001128。写在前面的先打。几天同一个人写10月1日至3日。"
            "不写几点的，上班日从17:30到第二天8:30，休息日从8:30到第二天8:30。"
        ),
        widget=forms.Textarea(attrs={"rows": "8", "maxlength": str(MOST)}),
        error_messages={"required": "请贴值班表", "max_length": f"最多{MOST}个字，请分几次贴"},
    )
    month = forms.DateField(
        widget=forms.HiddenInput, input_formats=["%Y-%m-%d"],
        error_messages={"required": "请刷新页面", "invalid": "请刷新页面"},
    )  # fmt: skip
    step = forms.ChoiceField(
        required=False, choices=[("look", "look"), ("save", "save")], widget=forms.HiddenInput,
        error_messages={"invalid_choice": "请刷新页面"},
    )  # fmt: skip


class ShiftForm(forms.Form):
    """One person on one day, or on each of several days on end."""

    first = date_field("哪天", missing="请填哪天")
    last = date_field("到哪天（含）", required=False, help_text="只值一天的不填。")
    starts = forms.CharField(
        label="几点开始", max_length=10, required=False, widget=forms.TextInput(attrs={"type": "time"}),
        error_messages={"max_length": "写成17:30这样"},
    )  # fmt: skip
    ends = forms.CharField(
        label="几点结束", max_length=10, required=False, help_text="不晚于开始的，算第二天。",
        widget=forms.TextInput(attrs={"type": "time"}), error_messages={"max_length": "写成8:30这样"},
    )  # fmt: skip
    name = forms.CharField(
        label="姓名", max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填姓名", "max_length": "最多30个字"},
    )  # fmt: skip
    phone = PhoneField("电话")
    place = forms.TypedChoiceField(
        label="第几个打", coerce=int, choices=[(1, "第一个"), (2, "第二个"), (3, "第三个")], initial=1,
        widget=forms.RadioSelect, error_messages={"required": "请选第几个打", "invalid_choice": "请选第几个打"},
    )  # fmt: skip
    user = forms.TypedChoiceField(
        label="他的账号", coerce=int, empty_value=None, required=False, help_text="选了，他在系统里能接紧急情况。",
        error_messages={"invalid_choice": "请从名单里选"},
    )  # fmt: skip

    def __init__(self, *args: Any, accounts: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = [("", "没有，或按电话认"), *((one.pk, one.name) for one in accounts)]  # type: ignore[attr-defined]
        self.fields["phone"].required = True
        self.fields["phone"].error_messages["required"] = "请填电话"
        self.fields["starts"].initial, self.fields["ends"].initial = f"{NIGHT:%H:%M}", f"{MORNING:%H:%M}"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, usual in (("starts", NIGHT), ("ends", MORNING)):
            text = values.get(name, "")
            values[f"{name}_at"] = clock_time(text) if text else usual
            if values[f"{name}_at"] is None and name not in self.errors:
                self.add_error(name, "写成17:30这样")
        first, last = values.get("first"), values.get("last")
        if first and last and not 0 <= (last - first).days <= LONGEST:
            self.add_error("last", "要在开始那天或以后，一次最多一个月")
        return values

    def shifts(self) -> list[NewShift]:
        """One for each day."""
        values = self.cleaned_data
        days = ((values["last"] or values["first"]) - values["first"]).days + 1
        found = []
        for n in range(days):
            day = values["first"] + timedelta(days=n)
            start = datetime.combine(day, values["starts_at"])
            end = datetime.combine(day, values["ends_at"])
            end = end if end > start else end + timedelta(days=1)
            found.append(
                NewShift(
                    timezone.make_aware(start), timezone.make_aware(end), values["name"], values["phone"],
                    values["place"], values["user"],
                )
            )  # fmt: skip
        return found


class CancelForm(forms.Form):
    reason = forms.CharField(
        label="为什么取消",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "60"}),
        error_messages={"required": "请写为什么取消", "max_length": "最多60个字"},
    )
