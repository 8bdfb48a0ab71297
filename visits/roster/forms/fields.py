"""Fields that several forms of the roster share."""

from typing import Any

from django import forms

from visits.core.phone import PhoneError, normalise_phone


def date_field(
    label: str, *, required: bool = True, missing: str = "请填日期", help_text: str = ""
) -> forms.DateField:
    """A day, typed or picked."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": missing, "invalid": "日期写成2026-11-24这样"},
    )


def text_field(label: str, limit: int, help_text: str = "", **attrs: str) -> forms.CharField:
    """Optional text of at most `limit` characters."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=limit,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
        error_messages={"max_length": f"最多{limit}个字"},
    )


class PhoneField(forms.CharField):
    """A telephone number, kept as digits; may be empty."""

    def __init__(self, label: str, help_text: str = "") -> None:
        super().__init__(
            label=label,
            required=False,
            max_length=30,
            help_text=help_text,
            widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
            error_messages={"max_length": "号码太长，请只填一个"},
        )

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return normalise_phone(text)
        except PhoneError as error:
            raise forms.ValidationError(str(error)) from error
