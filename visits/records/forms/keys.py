"""What the rows of a typed sheet share: short fields of keys, a day as it is spoken, and the head of the sheet."""

import re
from datetime import date, timedelta
from typing import Any

from django import forms

from visits.records.forms.fields import AGAIN

HALF_A_YEAR = timedelta(days=184)


def key_field(label: str, limit: int, hint: str = "", *, one: bool = False) -> forms.CharField:
    """A short field of keys. `one`: goes on by itself when it is full."""
    attrs = {"autocomplete": "off", "inputmode": "numeric", "maxlength": str(limit), "data-keys": str(limit)}
    return forms.CharField(
        label=label,
        required=False,
        max_length=limit,
        help_text=hint,
        widget=forms.TextInput(attrs=attrs | ({"data-auto": ""} if one else {})),
        error_messages={
            "max_length": f"最多{limit}个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
    )


def day_of(text: str, sheet: date | None, today: date) -> date | None:
    """The day that somebody typed: nothing (the sheet's), 24, 1124, 11-24, 11.24, 2026-11-24; the latest such day
    that is not to come. None when it can't be said: half a year ago and more wants its year."""
    parts = [int(part) for part in re.findall(r"\d+", text)]
    digits = "".join(re.findall(r"\d", text))
    if not text.strip():
        return sheet
    if len(parts) == 1 and len(digits) in (3, 4):
        parts = [int(digits[:-2]), int(digits[-2:])]
    try:
        if len(parts) == 3:
            return date(*parts)
        if len(parts) == 2:
            found = date(today.year, *parts)
            found = found if found <= today else date(today.year - 1, *parts)
            return found if found >= today - HALF_A_YEAR else None
        if len(parts) == 1:
            found = today.replace(day=parts[0]) if parts[0] <= today.day else None
            year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
            return found or date(year, month, parts[0])
    except (ValueError, TypeError):
        return None
    return None


class SheetForm(forms.Form):
    """What holds for a whole sheet: the day, and who went (nobody chosen: each row's own visitor)."""

    on = forms.DateField(
        label="哪天去的",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期不对，请写成2026-11-24这样"},
    )
    visitor = forms.TypedChoiceField(
        label="谁去的", coerce=int, empty_value=None, required=False, error_messages=AGAIN
    )

    def __init__(self, *args: Any, visitors: list[tuple[int, str]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        self.fields["visitor"].choices = [("", "各人的巡访人"), *((str(pk), name) for pk, name in visitors)]  # type: ignore[attr-defined]
