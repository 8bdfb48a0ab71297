"""The page on which a round is made, and the reason for which it is called off."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import Region
from visits.roster.forms import date_field, text_field
from visits.schedule.models import Round
from visits.schedule.rounds.kinds import (
    MODES,
    QUESTION_LENGTH,
    QUESTIONS,
    USUAL,
    WHO,
    due_of,
    name_of,
)
from visits.schedule.rounds.selectors import WHICH
from visits.schedule.rounds.services import Plan

CHOICE = {"required": "请选一项", "invalid_choice": "请从选项里选", "invalid_list": "请重新选"}
KINDS = dict(Round.Kind.choices)


def _ticks(label: str, choices: list[tuple[str, str]], missing: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=bool(missing),
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOICE | ({"required": missing} if missing else {}),
    )


class RoundForm(forms.Form):
    """Filled in for its kind; `plan()` once it is valid. `units`: for which rounds may be made."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "请刷新页面", "invalid": "请刷新页面"}
    )
    act = forms.ChoiceField(choices=[("look", ""), ("edit", ""), ("make", "")], error_messages=CHOICE)
    kind = forms.ChoiceField(choices=Round.Kind.choices, widget=forms.HiddenInput, error_messages=CHOICE)
    name = forms.CharField(
        label="名称", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填名称", "max_length": "最多40个字"},
    )  # fmt: skip
    starts_on = date_field("从哪天起", missing="请填从哪天起")
    due_on = date_field("哪天前要访到（含）", missing="请填哪天前")
    who = _ticks("访哪些人", list(WHO.items()))
    groups = _ticks("还有这几类", [])
    places = _ticks("哪些地方", [])
    modes = _ticks("哪些方式算访到", list(MODES.items()), "至少选一种方式")
    block = forms.ChoiceField(
        label="巡访表里加问", required=False, choices=[("flood", "汛期那几项"), ("winter", "冬季那几项"), ("", "不加")],
        widget=forms.RadioSelect, error_messages=CHOICE,
    )  # fmt: skip
    # Asked on the preview, where it is known whether there is such a round.
    apart = forms.BooleanField(required=False)
    say = text_field("给巡访人的话", 100, "写在每个人的卡片上，例如“先打电话，打不通的当天上门”")

    def __init__(self, *args: Any, units: Sequence[Region], groups: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = list(units)
        if len(self.units) > 1:
            self.fields["unit"] = forms.TypedChoiceField(
                label="哪个单位发",
                coerce=int,
                choices=[(unit.pk, unit.name) for unit in self.units],
                error_messages=CHOICE,
            )
        below = Region.objects.filter(parent__in=self.units, active=True).order_by("position", "pk")
        self.fields["places"].choices = [(str(one.pk), one.name) for one in below]  # type: ignore[attr-defined]
        self.fields["groups"].choices = [(group.pk, group.short) for group in groups]  # type: ignore[attr-defined]
        for number in range(1, QUESTIONS + 1):
            self.fields[f"question_{number}"] = text_field(f"第{number}问", QUESTION_LENGTH)

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[f"question_{number}"] for number in range(1, QUESTIONS + 1)]

    @property
    def unit_id(self) -> int:
        """The unit that was chosen, or the only one."""
        return int(self.cleaned_data.get("unit") or self.units[0].pk)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("who") and not values.get("groups") and "who" not in self.errors:
            self.add_error("who", "请选要访哪些人")
        return values

    def plan(self) -> Plan:
        values = self.cleaned_data
        asked = [
            values[field.name].strip().rstrip("？?") for field in self.questions if values[field.name].strip()
        ]
        return Plan(
            kind=values["kind"],
            name=values["name"],
            starts_on=values["starts_on"],
            due_on=values["due_on"],
            modes=tuple(values["modes"]),
            block=values["block"],
            who=tuple(values["who"]),
            groups=tuple(values["groups"]),
            places=tuple(int(pk) for pk in values["places"]),
            questions=tuple(dict.fromkeys(asked)),
            say=values["say"],
            apart=values["apart"],
        )


def initial(kind: str, today: date) -> dict[str, Any]:
    """What the page says before anybody has touched it."""
    usual = USUAL[kind]
    asked = {f"question_{number}": words for number, words in enumerate(usual.questions, start=1)}
    return {
        "kind": kind, "name": name_of(KINDS[kind], today), "starts_on": today, "due_on": due_of(kind, today),
        "who": list(usual.who), "modes": list(MODES), "block": usual.block, "say": usual.say, **asked,
    }  # fmt: skip


class CallOffForm(forms.Form):
    """Why a round is called off."""

    reason = forms.CharField(
        label="为什么取消", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写一句为什么", "max_length": "最多60个字"},
    )  # fmt: skip


class RoundFilter(forms.Form):
    """What stands in the address of a round. Nonsense in an address is no error: it is left out."""

    unit = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    which = forms.ChoiceField(required=False, choices=[(code, "") for code in WHICH])
    said = forms.IntegerField(required=False, min_value=1, max_value=QUESTIONS)
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
