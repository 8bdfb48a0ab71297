"""Two files side by side: which is kept, and of each field which value is right."""

from typing import Any

from django import forms

from visits.roster.models import Person

REASONS = ("身份证号录错过", "换过证件", "两个单位各报了一次", "先用了临时编号")
ONE, OTHER = "one", "other"


class MergeForm(forms.Form):
    """`rows` are the parts that differ: (code, label, value of one, value of other). What nobody chose follows
    the file that is kept, and what that one lacks the other file."""

    keep = forms.ChoiceField(
        label="保留哪一份",
        widget=forms.RadioSelect,
        error_messages={"required": "请选保留哪一份档案", "invalid_choice": "请选保留哪一份档案"},
    )
    why = forms.ChoiceField(
        label="怎么知道是同一个人",
        required=False,
        choices=[(word, word) for word in REASONS],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请从选项里选"},
    )
    note = forms.CharField(
        label="说一句",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "最多60个字"},
    )

    def __init__(
        self, *args: Any, one: Person, other: Person, rows: list[tuple[str, str, str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        self.fields["keep"].choices = [  # type: ignore[attr-defined]
            (ONE, f"左边，{one.file_no}"),
            (OTHER, f"右边，{other.file_no}"),
        ]
        for code, label, *_ in rows:
            self.fields[f"part_{code}"] = forms.ChoiceField(
                label=label,
                required=False,
                choices=[(ONE, "左边的"), (OTHER, "右边的")],
                error_messages={"invalid_choice": "请重新选"},
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("why") and not values.get("note", "").strip() and "note" not in self.errors:
            self.add_error("why", "请选怎么知道是同一个人，或者写一句")
        return values

    @property
    def reason(self) -> str:
        values = self.cleaned_data
        return "；".join(filter(None, (values.get("why", ""), values.get("note", "").strip())))

    def take(self) -> list[str]:
        """The parts in which the file that is not kept is right."""
        kept = self.cleaned_data["keep"]
        taken = []
        for code, _, one, other in self.rows:
            ours, theirs = (one, other) if kept == ONE else (other, one)
            chosen = self.cleaned_data.get(f"part_{code}")
            if (chosen and chosen != kept) or (not chosen and theirs and not ours):
                taken.append(code)
        return taken


class PairForm(forms.Form):
    """Two file numbers, to be put side by side."""

    one = forms.CharField(
        label="一份的档案号",
        max_length=24,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填档案号", "max_length": "档案号太长，请核对"},
    )
    other = forms.CharField(
        label="另一份的档案号",
        max_length=24,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填另一份的档案号", "max_length": "档案号太长，请核对"},
    )
