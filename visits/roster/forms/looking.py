"""写明理由后查看."""

from typing import Any

from django import forms

from visits.roster.models import Look

BAD_CHOICE = {"invalid_choice": "请从下面选一项"}


class LookForm(forms.Form):
    """Why the city wants to see the file."""

    reason = forms.ChoiceField(
        label="为什么要看", choices=Look.Reason.choices, widget=forms.RadioSelect,
        error_messages={"required": "请选为什么要看", **BAD_CHOICE},
    )  # fmt: skip
    words = forms.CharField(
        label="具体是什么事", max_length=100, required=False, help_text="县里看得到。选“别的”要写。",
        error_messages={"max_length": "最多100个字"},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        # Words that were refused for another reason are not missing.
        empty = "words" in values and not values["words"].strip()
        if values.get("reason") == Look.Reason.OTHER and empty:
            self.add_error("words", "请写明是什么事")
        return values


class WayForm(forms.Form):
    """Where one was going when the reason was asked for; an address that was mangled is none."""

    next = forms.CharField(required=False, max_length=500)

    def chosen(self) -> str:
        return self.cleaned_data["next"] if self.is_valid() else ""


class LooksFilter(forms.Form):
    """Which page of the list."""

    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def chosen(self) -> int:
        """The page; an address that was mangled is the first."""
        return (self.cleaned_data.get("page") if self.is_valid() else None) or 1
