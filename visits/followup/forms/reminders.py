"""A level of a deadline as it is typed: how long before or after, at what time, to whom."""

from datetime import time
from typing import Any

from django import forms

from visits.followup.models import Subject
from visits.followup.services.escalating import role_words
from visits.followup.services.reminding import MAY_HEAR, Wish

CHOICE = {"required": "请选一项", "invalid_choice": "请从选项里选"}
DAYS = [
    *((-n, f"最后一天前{n}个工作日") for n in (5, 3, 2)),
    (-1, "最后一天的前一个工作日"),
    (0, "最后一天"),
    (1, "过期后的第一个工作日"),
    *((n, f"过期后的第{n}个工作日") for n in (2, 3, 4, 5, 7, 10)),
]
HOURLY = [(0, "满24小时时"), (1, "再过1天"), (2, "再过2天"), (3, "再过3天")]
TIMES = [(f"{hour}:{minute:02d}", f"{hour}:{minute:02d}") for hour in range(8, 18) for minute in (0, 30)]


class LevelKey(forms.Form):
    """Which level of what: what stands in the address. Level 0: one more."""

    subject = forms.ChoiceField(choices=[choice for choice in Subject.choices if choice[0] in MAY_HEAR])
    level = forms.IntegerField(min_value=0, max_value=9)


class LevelForm(forms.Form):
    """The level itself."""

    days = forms.TypedChoiceField(label="什么时候", coerce=int, error_messages=CHOICE)
    at = forms.ChoiceField(label="几点", choices=TIMES, error_messages=CHOICE)
    roles = forms.MultipleChoiceField(
        label="提醒谁",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "至少选一位", "invalid_choice": "请从选项里选"},
    )
    at_once = forms.BooleanField(
        label="马上发邮件", required=False, help_text="只发给自己设了收邮件的人。不勾，跟着第二天早上的那一封"
    )
    starts_on = forms.DateField(
        label="从哪天起",
        help_text="从明天起；以前的按以前的提醒",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填从哪天起", "invalid": "日期写成2026-11-24这样"},
    )

    def __init__(self, *args: Any, subject: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = HOURLY if subject == Subject.EMERGENCY else DAYS  # type: ignore[attr-defined]
        self.fields["roles"].choices = [(role, role_words(role)) for role in MAY_HEAR[subject]]  # type: ignore[attr-defined]
        if subject == Subject.EMERGENCY:
            # By the hour, days off included: there is no time of day.
            del self.fields["at"]

    def wish(self, region_id: int, subject: str, level: int) -> Wish:
        """What was typed, after `is_valid`."""
        values = self.cleaned_data
        hour, minute = (int(part) for part in values.get("at", "0:00").split(":"))
        return Wish(
            region_id, subject, level, values["days"], time(hour, minute), frozenset(values["roles"]), values["at_once"],
            values["starts_on"],
        )  # fmt: skip
