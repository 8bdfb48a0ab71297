"""当日汇总: which days a list shows, and the press that confirms them."""

from collections.abc import Sequence
from typing import Any

from django import forms


class DayFilter(forms.Form):
    """What stands in the address. Nonsense is left out."""

    which = forms.ChoiceField(required=False, choices=[("open", ""), ("all", "")])
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


class ConfirmForm(forms.Form):
    """One day, or several after a long holiday, with a word where there is something to say."""

    day = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={
            "required": "请先勾要确认的日子",
            "invalid_choice": "有变动，请刷新后再勾",
            "invalid_list": "请重新勾",
        },
    )
    note = forms.CharField(
        label="说明（可不填）",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "最多200个字"},
    )

    def __init__(self, *args: Any, days: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].choices = [(pk, pk) for pk in days]  # type: ignore[attr-defined]
