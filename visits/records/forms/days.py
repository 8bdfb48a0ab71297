"""On which day: four buttons, and a date for the rest. No minutes (practice P14)."""

from datetime import date, timedelta
from typing import Any

from django import forms

DAYS = {
    "today_pm": (0, "pm", "今天下午"),
    "today_am": (0, "am", "今天上午"),
    "yesterday": (1, "", "昨天"),
    "other": (None, "", "别的日子"),
}
STALE = timedelta(days=31)


class DayForm(forms.Form):
    """`shown_on` is the day on which the page was opened: “今天” means that day, also when it is sent after
    midnight or found again in a draft."""

    day = forms.ChoiceField(
        label="哪天去的",
        widget=forms.RadioSelect,
        error_messages={"required": "请选哪天去的", "invalid_choice": "请重新选哪天去的"},
    )
    on = forms.DateField(
        label="哪一天",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期不对，请写成2026-11-24这样"},
    )
    shown_on = forms.DateField(
        widget=forms.HiddenInput, required=False, error_messages={"invalid": "请刷新页面"}
    )

    def set_days(self, today: date, afternoon: bool) -> None:
        """The half of the day that is running comes first and is chosen; the future is not offered."""
        order = ["today_pm", "today_am"] if afternoon else ["today_am"]
        field = self.fields["day"]
        field.choices = [(code, DAYS[code][2]) for code in [*order, "yesterday", "other"]]  # type: ignore[attr-defined]
        if not afternoon:
            # Sent just after noon or found in a draft of the afternoon: still a day that can be meant.
            field.valid_value = lambda value: value in DAYS  # type: ignore[attr-defined]
        field.initial = order[0]
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        self.fields["shown_on"].initial = today

    def resolve(
        self, day: str, on: date | None, shown_on: date | None, today: date
    ) -> tuple[date | None, str]:
        """The calendar day and the half of it; (None, "") when it can't be said."""
        back, part, _ = DAYS.get(day, (None, "", ""))
        if day == "other":
            return on, ""
        base = shown_on or today
        if back is None or not today - STALE <= base <= today:
            return None, ""
        return base - timedelta(days=back), part

    def clean_days(self, values: dict[str, Any], today: date) -> tuple[date | None, str]:
        """The resolved day, or errors at the fields."""
        if "day" not in values or "on" in self.errors:
            return None, ""
        day, part = self.resolve(values["day"], values.get("on"), values.get("shown_on"), today)
        if day is None and values["day"] == "other":
            self.add_error("on", "请填是哪一天")
        elif day is None:
            self.add_error("day", "这一页开得太久，请重新选哪天去的")
        elif day > today:
            self.add_error("on", "日期晚于今天，请核对。巡访要去了以后再记。")
        return day, part


def carried(body: dict[str, list[str]], today: date) -> dict[str, list[str]]:
    """A draft of an earlier day: its “今天” becomes the date it was, so that the page says what was meant."""
    try:
        shown = date.fromisoformat((body.get("shown_on") or [""])[-1])
    except ValueError:
        return body
    back, _, _ = DAYS.get((body.get("day") or [""])[-1], (None, "", ""))
    if shown >= today or back is None:
        return body | {"shown_on": [today.isoformat()]} if shown < today else body
    meant = shown - timedelta(days=back)
    day = (
        {"day": ["yesterday"]}
        if meant == today - timedelta(days=1)
        else {"day": ["other"], "on": [meant.isoformat()]}
    )
    return body | day | {"shown_on": [today.isoformat()]}
