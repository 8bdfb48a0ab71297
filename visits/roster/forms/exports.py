"""What to take out, why; and whether to agree."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from visits.roster.exports import workbook
from visits.roster.exports.books import Book


class ExportForm(forms.Form):
    """Columns, whether with whole id numbers, and what for."""

    columns = forms.MultipleChoiceField(
        label="要哪几列",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一列", "invalid_choice": "请从列出的里面选"},
    )
    full = forms.ChoiceField(
        label="身份证号",
        choices=[("no", "只带末四位"), ("yes", "带完整号码，要另一位同志同意")],
        initial="no",
        widget=forms.RadioSelect,
        error_messages={"required": "请选一种", "invalid_choice": "请选一种"},
    )
    reason = forms.CharField(
        label="做什么用",
        max_length=100,
        help_text="写给以后查的人看，比如：给镇财政所核对11月发放名单。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写明做什么用", "max_length": "最多100个字"},
    )

    def __init__(self, *args: Any, may_ask_full: bool, book: Book | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Mapping[str, str] = workbook.CHOICES
        usual: Sequence[str] = workbook.USUAL
        if book is not None:
            choices, usual = {key: column.title for key, column in book.columns.items()}, book.usual
        self.fields["columns"].choices = list(choices.items())  # type: ignore[attr-defined]
        self.fields["columns"].initial = list(usual)
        if not may_ask_full or book is not None:
            del self.fields["full"]

    def values(self) -> dict[str, Any]:
        return {
            "columns": self.cleaned_data["columns"],
            "full": self.cleaned_data.get("full") == "yes",
            "reason": self.cleaned_data["reason"],
        }


class DecideForm(forms.Form):
    """同意 or 不同意, with the reason."""

    answer = forms.ChoiceField(
        choices=[("yes", "同意"), ("no", "不同意")],
        error_messages={"required": "请选同意还是不同意", "invalid_choice": "请选同意还是不同意"},
    )
    refusal = forms.CharField(
        label="不同意的话，写明为什么",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "最多100个字"},
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("answer") == "no" and not values.get("refusal"):
            self.add_error("refusal", "请写明为什么不同意")
        return values
