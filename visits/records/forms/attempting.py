"""The form of a try in vain: what happened, when, and when somebody goes again."""

from datetime import date, timedelta
from typing import Any

from django import forms

from visits.records.forms.days import DayForm
from visits.records.forms.fields import AGAIN, pick, text
from visits.records.outcomes import GONE, OUTCOMES
from visits.roster.forms import LeftDayForm, PhoneField, date_field, text_field

YEAR = timedelta(days=366)
NEXT = {"1": "明天", "3": "三天后", "7": "一周后", "14": "两周后", "other": "别的日子"}


class AttemptForm(LeftDayForm, DayForm):
    """`body` holds the clean values for `services.attempt` once the form is valid."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "请刷新页面", "invalid": "请刷新页面"}
    )
    outcome = pick("什么情况", [(code, facts.words) for code, facts in OUTCOMES.items()], required=True)
    mode = pick("怎么去的", [("home", "上门"), ("phone", "打电话")], required=True, initial="home")
    again = pick("下次哪天再去", list(NEXT.items()))
    again_on = forms.DateField(
        label="哪一天再去",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期不对，请写成2026-11-24这样"},
    )
    companions = text_field(
        "同行或在场的人", 60, "拒访的，要有一次上门有人在场，例如：村妇联主任陈秀英", maxlength="60"
    )
    place = text_field("人在哪里", 60, "例如：永泰县医院3楼，或福州儿子家", maxlength="60")
    there_phone = PhoneField("那边的电话")
    back_on = date_field("预计哪天回来", required=False)
    note = text("写一句", 200)

    def __init__(
        self, *args: Any, today: date, afternoon: bool, visitors: tuple[tuple[int, str], ...], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.body: dict[str, Any] | None = None
        self.set_days(today, afternoon)
        self.set_months(today)
        self.fields["outcome"].error_messages = {
            "required": "请点一下是什么情况",
            "invalid_choice": "请重新选",
        }
        self.fields["again_on"].widget.attrs["min"] = today.isoformat()
        if visitors:
            self.fields["visitor"] = forms.TypedChoiceField(
                label="谁去的",
                coerce=int,
                empty_value=None,
                required=False,
                choices=[("", "我自己"), *((str(pk), name) for pk, name in visitors)],
                error_messages=AGAIN,
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        tried_on, part = self.clean_days(values, self.today)
        facts = OUTCOMES.get(values.get("outcome", ""))
        next_on = self._next(values, tried_on) if facts and facts.next_possible else None
        back_on = values.get("back_on")
        if facts and facts.absence and back_on and tried_on and not tried_on <= back_on <= self.today + YEAR:
            self.add_error("back_on", "预计回来的日子要在这一次以后、一年以内")
        left = self.clean_left(values) if values.get("outcome") in GONE else None
        if not self.errors:
            self.body = {
                "tried_on": tried_on,
                "part_of_day": part,
                "mode": values["mode"],
                "outcome": values["outcome"],
                "companions": values.get("companions", ""),
                "note": values.get("note", ""),
                "next_on": next_on,
                "visitor_id": values.get("visitor"),
            }
            if facts and facts.absence:
                self.body |= {
                    "place": values.get("place", ""),
                    "phone": values.get("there_phone", ""),
                    "back_on": back_on,
                }
            if left is not None:
                day, approximate = left
                confirmed = values.get("confirm") or []
                self.body["left"] = {"on": day, "approximate": approximate, "confirmed": confirmed}
        return values

    def _next(self, values: dict[str, Any], tried_on: date | None) -> date | None:
        """The day of the next try. “三天后” counts from today: nobody goes again in the past."""
        chosen = values.get("again")
        if chosen == "other":
            day = values.get("again_on")
            if day is None and "again_on" not in self.errors:
                self.add_error("again_on", "请填哪一天再去")
            elif day is not None and not self.today <= day <= self.today + timedelta(days=366):
                self.add_error("again_on", "下次要在今天以后、一年以内")
            elif day is not None and tried_on is not None and day <= tried_on:
                self.add_error("again_on", "下次的日子要晚于这一次")
            return day
        return self.today + timedelta(days=int(chosen)) if chosen else None
