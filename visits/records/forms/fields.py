"""Fields that the forms of a visit and of a try share."""

from typing import Any

from django import forms

AGAIN = {
    "required": "请选一个",
    "invalid_choice": "请重新选",
    "invalid_list": "请重新选",
    "invalid": "请重新填",
}


def text(label: str, limit: int, rows: int = 2, **attrs: str) -> forms.CharField:
    """A few sentences, at most `limit` characters."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=limit,
        widget=forms.Textarea(attrs={"cols": None, "rows": str(rows), "maxlength": str(limit), **attrs}),
        error_messages={
            "max_length": f"写得太长了，请压到{limit}字以内",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
    )


def pick(label: str, choices: list[tuple[str, str]], **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages=AGAIN,
        **{"required": False} | more,
    )


def ticks(label: str, choices: list[tuple[str, str]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=AGAIN,
    )
