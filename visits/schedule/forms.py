"""Filters of the due list and the assignment of people."""

from typing import Any

from django import forms

from visits.roster.forms import date_field, text_field
from visits.roster.models import CareGroup, VisibleFrom
from visits.schedule.due import OTHER_MODES
from visits.schedule.models import DueItem, FrequencyRule


class DueFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    state = forms.ChoiceField(required=False, choices=[("late", ""), ("soon", ""), ("idle", "")])
    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    group = forms.CharField(required=False, max_length=24)
    hamlet = forms.CharField(required=False, max_length=30)
    assignee = forms.CharField(required=False, max_length=12)
    cause = forms.ChoiceField(required=False, choices=[(cause, "") for cause in DueItem.Cause.values])
    entrusted = forms.ChoiceField(required=False, choices=[("here", ""), ("out", "")])
    sort = forms.ChoiceField(required=False, choices=[("place", "")])
    after = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        found = {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
        found.pop("after", None)
        if found.get("assignee") not in (None, "none") and not str(found["assignee"]).isdecimal():
            del found["assignee"]
        return found


class AssignForm(forms.Form):
    """Some people to one visitor."""

    person = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": "请先勾选要分配的人", "invalid_choice": "名单有变动，请刷新后再分配"},
    )
    to = forms.TypedChoiceField(
        label="分给谁",
        coerce=int,
        error_messages={"required": "请选分给谁", "invalid_choice": "请从名单里选一位"},
    )

    def __init__(self, *args: Any, people: list[int], visitors: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(pk, "") for pk in people]  # type: ignore[attr-defined]
        self.fields["to"].choices = [("", "请选"), *visitors]  # type: ignore[attr-defined]


class GroupForm(forms.Form):
    """One more class (二-G4): its name, on what it rests, whom it fits, how often they are visited."""

    CHOICE = {"required": "请选一项", "invalid_choice": "请从选项里选"}
    name = forms.CharField(
        label="全称", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填全称", "max_length": "最多40个字"},
    )  # fmt: skip
    short = forms.CharField(
        label="简称", max_length=16, help_text="名单、卡片上用，例如“失能老年人”",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填简称", "max_length": "最多16个字"},
    )  # fmt: skip
    words = text_field("名单里的叫法", 200, "导入名单时认得的写法，几个用顿号隔开；全称、简称不用再写")
    clause = forms.CharField(
        label="依据哪一条", max_length=20, help_text="例如“探访关爱二（一）”",
        error_messages={"required": "请填依据", "max_length": "最多20个字"},
    )  # fmt: skip
    document_no = forms.CharField(
        label="文号", max_length=60, help_text="例如“民发〔2022〕73号”",
        error_messages={"required": "请填文号", "max_length": "最多60个字"},
    )  # fmt: skip
    tier = forms.ChoiceField(
        label="重点还是普遍", choices=CareGroup.Tier.choices, widget=forms.RadioSelect, error_messages=CHOICE
    )
    min_age = forms.IntegerField(
        label="年龄不小于", required=False, min_value=0, max_value=120,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "请填整数", "min_value": "请填0到120", "max_value": "请填0到120"},
    )  # fmt: skip
    max_age = forms.IntegerField(
        label="年龄不大于", required=False, min_value=0, max_value=120,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "请填整数", "min_value": "请填0到120", "max_value": "请填0到120"},
    )  # fmt: skip
    alone = forms.BooleanField(label="巡访要见到本人", required=False, help_text="不勾的，家里人代述也算")
    visible_from = forms.ChoiceField(
        label="从哪一级起看得到这一类", choices=VisibleFrom.choices, initial=VisibleFrom.VILLAGE,
        widget=forms.RadioSelect, help_text="看不到的地方写“其他类别”，照样巡访", error_messages=CHOICE,
    )  # fmt: skip
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
        label="其中至少上门几次", required=False, min_value=0, max_value=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}), help_text="不要求的空着",
        error_messages={"invalid": "请填整数", "min_value": "请填0到12", "max_value": "请填0到12"},
    )  # fmt: skip
    starts_on = date_field("从哪天起", missing="请填从哪天起")

    def values(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        parts = found["words"].replace(",", "、").replace("，", "、").split("、")
        found["words"] = [word.strip() for word in parts if word.strip()]
        return found | {"min_home": found["min_home"] or 0}


class CloseGroupForm(forms.Form):
    """The last day of a class that was added, by which document."""

    ends_on = date_field("频次到哪天为止（含）", missing="请填到哪天为止")
    document_no = forms.CharField(
        label="文号", max_length=60, error_messages={"required": "请填文号", "max_length": "最多60个字"}
    )
