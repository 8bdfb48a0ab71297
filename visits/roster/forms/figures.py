"""官方数, typed in from the other system."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import Region
from visits.roster.imports.form import months_back
from visits.roster.selectors.freshness import ListClass

MOST = 1_000_000


def month_choices(today: date, count: int = 18) -> list[tuple[str, str]]:
    return [(day.isoformat(), f"{day.year}年{day.month}月") for day in months_back(today, count)]


class FigureForm(forms.Form):
    """How many of a class the other system has in a township and month. `kind`: "dibao:rural"."""

    township = forms.TypedChoiceField(
        label="哪个乡镇（街道）",
        coerce=int,
        error_messages={"required": "请选乡镇（街道）", "invalid_choice": "请从列表里选乡镇（街道）"},
    )
    kind = forms.ChoiceField(
        label="哪一类",
        error_messages={"required": "请选哪一类", "invalid_choice": "请从列表里选类别"},
    )
    month = forms.TypedChoiceField(
        label="哪个月的数",
        coerce=date.fromisoformat,
        error_messages={"required": "请选哪个月", "invalid_choice": "请从列表里选月份"},
    )
    people = forms.IntegerField(
        label="人数",
        min_value=0,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "请填人数",
            "invalid": "人数填数字",
            "min_value": "人数不能是负的",
            "max_value": "人数太大，请核对",
        },
    )
    households = forms.IntegerField(
        label="户数",
        required=False,
        min_value=0,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": "户数填数字",
            "min_value": "户数不能是负的",
            "max_value": "户数太大，请核对",
        },
    )

    def __init__(
        self, *args: Any, today: date, townships: Sequence[Region], kinds: Sequence[ListClass], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].choices = [(unit.pk, unit.name) for unit in townships]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [(f"{kind.group}:{kind.area}", kind.words) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["month"].choices = month_choices(today)  # type: ignore[attr-defined]
        if len(townships) == 1:
            self.fields["township"].initial = townships[0].pk
            self.fields["township"].widget = forms.HiddenInput()

    def values(self) -> dict[str, Any]:
        """What the service asks for."""
        found = self.cleaned_data
        group, _, area = found["kind"].partition(":")
        return {
            "township_id": found["township"],
            "group_id": group,
            "area": area,
            "month": found["month"],
            "people": found["people"],
            "households": found["households"],
        }
