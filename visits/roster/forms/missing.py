"""名单上没有了: who, what became of them, and since when."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms

from visits.roster.forms.fields import date_field
from visits.roster.imports.form import months_back
from visits.roster.models import MissingRow

Outcome = MissingRow.Outcome
ANSWERS = (Outcome.STOPPED, Outcome.DEAD, Outcome.DEPARTED, Outcome.LEFT_OUT)
MONTHS = 24


class PickForm(forms.Form):
    """Some people of the page or all that are open, and what to write down for them."""

    row = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        widget=forms.MultipleHiddenInput,
        error_messages={"invalid_choice": "勾的人里有的已经说明过了，请再看一遍"},
    )
    outcome = forms.ChoiceField(
        label="一起记为",
        choices=[("", "请选"), *((one.value, one.label) for one in ANSWERS)],
        error_messages={"required": "请选去向", "invalid_choice": "请从列表里选去向"},
    )
    everyone = forms.BooleanField(label="全部", required=False)
    step = forms.ChoiceField(choices=[("ask", ""), ("do", "")], widget=forms.HiddenInput, initial="ask")

    def __init__(self, *args: Any, open_ids: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open_ids = open_ids
        self.fields["row"].choices = [(pk, "") for pk in open_ids]  # type: ignore[attr-defined]
        self.fields["everyone"].label = f"全部{len(open_ids)}人（不只这一页）"

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not found.get("row") and not found.get("everyone") and "row" not in self.errors:
            raise forms.ValidationError("请先勾选人")
        return found

    def ids(self) -> list[int]:
        """Whom it is about."""
        return list(self.open_ids) if self.cleaned_data["everyone"] else self.cleaned_data["row"]


class AnswerForm(PickForm):
    """The same with the date that the answer needs, asked on a page of its own."""

    last_month = forms.TypedChoiceField(
        label="最后发到哪个月",
        coerce=date.fromisoformat,
        empty_value=None,
        help_text="这一类算到这个月的月底",
        error_messages={"required": "请选最后发到哪个月", "invalid_choice": "请从列表里选月份"},
    )
    on = date_field("哪天", missing="请填哪天，大概的也行", help_text="大概的日期也行")
    approximate = forms.BooleanField(label="日期是大概的", required=False)
    expected = forms.IntegerField(required=False, min_value=0, max_value=10**6, widget=forms.HiddenInput)

    def __init__(self, *args: Any, month: date, outcome: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = months_back(month, MONTHS)
        self.fields["last_month"].choices = [
            (day.isoformat(), f"{day.year}年{day.month}月") for day in months
        ]  # type: ignore[attr-defined]
        self.fields["last_month"].initial = months[1].isoformat()
        for name in ("outcome", "everyone"):
            self.fields[name].widget = self.fields[name].hidden_widget()
        self.asked = {
            Outcome.STOPPED: ("last_month",),
            Outcome.DEAD: ("on", "approximate"),
            Outcome.DEPARTED: ("on", "approximate"),
        }.get(Outcome(outcome) if outcome in ANSWERS else Outcome.LEFT_OUT, ())
        for name in {"last_month", "on", "approximate"} - set(self.asked):
            del self.fields[name]


class ReopenForm(forms.Form):
    """Which answers were a mistake."""

    row = forms.TypedMultipleChoiceField(
        coerce=int,
        widget=forms.MultipleHiddenInput,
        error_messages={"required": "请先勾选人", "invalid_choice": "勾的人里有的已经变了，请再看一遍"},
    )

    def __init__(self, *args: Any, settled_ids: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["row"].choices = [(pk, "") for pk in settled_ids]  # type: ignore[attr-defined]
