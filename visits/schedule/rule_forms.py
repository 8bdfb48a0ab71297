"""A rule as it is typed: for which unit, for whom, how often, how."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Region
from visits.roster.forms import text_field
from visits.roster.models import CareGroup
from visits.schedule.due import OTHER_MODES
from visits.schedule.models import FrequencyRule
from visits.schedule.ruling import Wish

CHOICE = {"required": "请选一项", "invalid_choice": "请从选项里选"}


class RuleForm(forms.Form):
    """Asked twice: the first time (`act` look) it is only counted what it would cost."""

    region = forms.TypedChoiceField(label="管哪里", coerce=int, error_messages=CHOICE)
    target = forms.ChoiceField(label="哪些人", error_messages=CHOICE)
    kind = forms.ChoiceField(
        label="多久访一次",
        choices=FrequencyRule.Kind.choices,
        widget=forms.RadioSelect,
        error_messages=CHOICE,
    )
    modes = forms.MultipleChoiceField(
        label="除了上门，还有哪些方式算", required=False, choices=list(OTHER_MODES.items()),
        widget=forms.CheckboxSelectMultiple, help_text="上门都算，机构内、医院内的也算上门；只认上门的都不勾",
        error_messages={"invalid_choice": "请从选项里选"},
    )  # fmt: skip
    min_home = forms.IntegerField(
        label="每一期里至少上门几次", required=False, min_value=0, max_value=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}), help_text="不要求的空着",
        error_messages={"invalid": "请填整数", "min_value": "请填0到12", "max_value": "请填0到12"},
    )  # fmt: skip
    document_no = forms.CharField(
        label="文号", max_length=60, help_text="例如“永民〔2026〕12号”",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填文号，说明是哪一份文件定的", "max_length": "最多60个字"},
    )  # fmt: skip
    sentence = text_field("给巡访人看的一句话", 60, "不填就写成“特困：每月至少一次”这样")
    immediately = forms.BooleanField(
        label="马上执行", required=False, help_text="从这一期的第一天算起，这一期已经访过的算数。不勾，从下一期起",
    )  # fmt: skip
    act = forms.ChoiceField(
        required=False, choices=[("look", ""), ("back", ""), ("save", "")], widget=forms.HiddenInput
    )

    confirm = forms.MultipleChoiceField(
        required=False, choices=[("heavy", "")], widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, units: Sequence[Region], groups: Sequence[CareGroup], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(unit.pk, unit.name) for unit in units]  # type: ignore[attr-defined]
        tiers = [(f"tier:{value}", f"{label}对象（全部）") for value, label in CareGroup.Tier.choices]
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            ("", "请选"), *tiers, ("一类一类地定", [(f"group:{group.pk}", group.name) for group in groups])
        ]  # fmt: skip

    def wish(self) -> Wish:
        """What was typed, after `is_valid`."""
        values = self.cleaned_data
        what, _, which = values["target"].partition(":")
        return Wish(
            region_id=values["region"],
            tier=which if what == "tier" else None,
            group_id=which if what == "group" else None,
            kind=values["kind"],
            modes=frozenset(values["modes"]),
            min_home=values["min_home"] or 0,
            document_no=values["document_no"],
            sentence=values["sentence"],
            immediately=values["immediately"],
        )

    @property
    def shown(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in ("act", "confirm")]


class EndRuleForm(forms.Form):
    """By which document a rule ends; or why it is taken back, on the day it was made (`act` withdraw)."""

    act = forms.ChoiceField(required=False, choices=[("end", ""), ("withdraw", "")], widget=forms.HiddenInput)
    document_no = forms.CharField(
        label="文号", max_length=60, help_text="停用它的那一份文件", required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}), error_messages={"max_length": "最多60个字"},
    )  # fmt: skip
    reason = forms.CharField(
        label="为什么撤回", max_length=60, help_text="例如“选错了类别”", required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}), error_messages={"max_length": "最多60个字"},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        wanted = "reason" if values.get("act") == "withdraw" else "document_no"
        if wanted in values and not values[wanted]:
            missing = {"reason": "请写一句为什么", "document_no": "请填文号，说明是哪一份文件停用的"}
            self.add_error(wanted, missing[wanted])
        return values
