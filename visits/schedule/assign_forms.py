"""The table of villages and visitors, as a form."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from visits.roster.forms import date_field
from visits.schedule.assigning import Place, Row

YEAR = timedelta(days=366)
INVALID = "请从名单里选一位"


class AssignTable(forms.Form):
    """A choice for each village, and for each 自然村; left alone means nothing changes there."""

    which = forms.ChoiceField(
        label="分哪些人",
        choices=[("nobody", "只分未落实的"), ("all", "全部都分")],
        help_text="“全部都分”连已经有巡访人的也换成选的这一位。",
        initial="nobody",
        widget=forms.RadioSelect,
        error_messages={"required": "请选分哪些人", "invalid_choice": "请选分哪些人"},
    )
    starts_on = date_field("从哪天起", required=False, help_text="今天，或以后的一天；到那天自己换过去。")
    shown = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    act = forms.ChoiceField(
        required=False, choices=[("look", ""), ("back", ""), ("apply", "")], widget=forms.HiddenInput
    )
    # The village whose 自然村 are laid open.
    open = forms.IntegerField(required=False, min_value=1, max_value=2**31, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        rows: Sequence[Row],
        eligible: Mapping[int, Sequence[tuple[int, str, bool]]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["starts_on"].initial = today
        self.fields["starts_on"].widget.attrs["min"] = today.isoformat()
        self.places: dict[str, Place] = {}
        for row in rows:
            choices = _choices(eligible.get(row.place.village_id, ()))
            for one in (row, *row.hamlets):
                self.places[one.place.key] = one.place
                # Only what is posted or shown costs anything: forms render field by field.
                self.fields[one.place.key] = forms.TypedChoiceField(
                    label=one.name,
                    required=False,
                    coerce=int,
                    empty_value=None,
                    choices=choices,
                    error_messages={"invalid_choice": INVALID},
                )

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data.get("starts_on") or self.today
        if not self.today <= day <= self.today + YEAR:
            raise forms.ValidationError("从今天起，一年以内")
        return day

    @property
    def later(self) -> bool:
        return bool(self.cleaned_data["starts_on"] > self.today)

    def wishes(self) -> dict[Place, int]:
        """Place → visitor, only where somebody was chosen."""
        return {
            place: self.cleaned_data[key] for key, place in self.places.items() if self.cleaned_data.get(key)
        }

    @property
    def only_nobody(self) -> bool:
        return self.cleaned_data["which"] == "nobody"


def _choices(people: Sequence[tuple[int, str, bool]]) -> list[Any]:
    here = [(pk, name) for pk, name, own in people if own]
    above = [(pk, name) for pk, name, own in people if not own]
    groups: list[Any] = [("", "不变")]
    groups += [("本村（居）", here)] if here else []
    groups += [("乡镇（街道）", above)] if above else []
    return groups


class _Ids(forms.TypedMultipleChoiceField):
    """Keys of rows; which of them one may touch is the service's question."""

    def valid_value(self, value: Any) -> bool:
        return str(value).isdecimal() and len(str(value)) < 16


class Ticked(forms.Form):
    """The people that were ticked."""

    person = _Ids(
        coerce=int,
        error_messages={"required": "请先勾选要分的人", "invalid_choice": "名单有变动，请刷新后再分"},
    )


class GiveTo(Ticked):
    """Ticked people to one visitor; `asked`: the question to whom was on the page."""

    to = forms.TypedChoiceField(
        label="分给谁",
        coerce=int,
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": INVALID},
    )
    asked = forms.BooleanField(required=False, widget=forms.HiddenInput)
    shown = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, visitors: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", "请选"), *visitors]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("asked") and values.get("to") is None and "to" not in self.errors:
            self.add_error("to", "请选分给谁")
        return values
