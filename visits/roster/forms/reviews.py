"""Which questions to show, and how one was settled."""

from typing import Any

from django import forms

from visits.roster.models import Review
from visits.roster.outcomes import Plan
from visits.roster.selectors.reviews import ASK, ASK_WORD


class ReviewFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    kind = forms.ChoiceField(required=False, choices=[*Review.Kind.choices, (ASK, ASK_WORD)])
    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


class SettleForm(forms.Form):
    """What was done."""

    outcome = forms.ChoiceField(
        label="核的结果", widget=forms.RadioSelect,
        error_messages={"required": "请选核的结果", "invalid_choice": "请从选项里选"},
    )  # fmt: skip
    note = forms.CharField(
        label="说明", required=False, max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "最多100个字"},
    )  # fmt: skip

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [(one.code, one.word) for one in plan.outcomes]  # type: ignore[attr-defined]
