"""Which questions to show, and how one or many were settled."""

from collections.abc import Sequence
from typing import Any

from django import forms

from visits.roster.forms.fields import date_field, text_field
from visits.roster.models import Review
from visits.roster.outcomes import END, Outcome
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
    """What was done. `outcomes`: what may come of the question; a last day is asked when one of them wants it."""

    outcome = forms.ChoiceField(
        label="核的结果", widget=forms.RadioSelect,
        error_messages={"required": "请选核的结果", "invalid_choice": "请从选项里选"},
    )  # fmt: skip
    ends_on = date_field("最后一天", required=False, help_text="选“结束这一类”的填")
    note = text_field("说明", 100)

    def __init__(self, *args: Any, outcomes: Sequence[Outcome], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = self.words(outcomes)  # type: ignore[attr-defined]
        if not any(one.does == END for one in outcomes):
            del self.fields["ends_on"]

    @staticmethod
    def words(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
        return [(one.code, one.word) for one in outcomes]


class SettleManyForm(SettleForm):
    """The same answer for the ticked questions of one kind."""

    kind = forms.CharField(widget=forms.HiddenInput, max_length=16)
    review = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": "请先在左边勾人", "invalid_choice": "名单有变动，请刷新后再勾"},
    )

    def __init__(self, *args: Any, kind: str, reviews: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = self.fields["outcome"].choices  # type: ignore[attr-defined]
        self.fields["outcome"] = forms.ChoiceField(
            label="记为",
            choices=[("", "请选"), *words],
            error_messages={"required": "请选怎么核的", "invalid_choice": "请从选项里选"},
        )
        self.fields["kind"].initial = kind
        self.fields["review"].choices = [(pk, pk) for pk in reviews]  # type: ignore[attr-defined]
