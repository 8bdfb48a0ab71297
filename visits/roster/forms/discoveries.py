"""发现新对象: told on a phone in under a minute; answered by the clerk."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Region
from visits.roster.forms.fields import PhoneField
from visits.roster.models import CareGroup
from visits.roster.names import BadName, clean_name

REASONS = {
    "alone": "老人一个人住",
    "ill": "得了大病",
    "accident": "家里出了事",
    "child": "孩子没人带",
    "disabled": "残疾没人照料",
    "poor": "没有收入",
}


class TellForm(forms.Form):
    """`why` holds the chips and the words in one sentence once the form is valid."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "请刷新页面", "invalid": "请刷新页面"}
    )
    name = forms.CharField(
        label="姓名",
        max_length=40,
        help_text="不知道全名，写怎么称呼",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填姓名，不知道全名的写怎么称呼", "max_length": "最多40个字"},
    )
    village = forms.TypedChoiceField(
        label="哪个村（居）",
        coerce=int,
        error_messages={"required": "请选村（居）", "invalid_choice": "请从名单里选村（居）"},
    )
    where = forms.CharField(
        label="住在哪里",
        max_length=60,
        help_text="例如：上洋，祠堂后第二家",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写住在哪里，找得到就行", "max_length": "最多60个字"},
    )
    reasons = forms.MultipleChoiceField(
        label="什么情况",
        required=False,
        choices=list(REASONS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请从选项里选"},
    )
    said = forms.CharField(
        label="说两句",
        required=False,
        max_length=140,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "最多140个字"},
    )
    age = forms.IntegerField(
        label="大概几岁",
        required=False,
        min_value=0,
        max_value=130,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "写数字就行", "min_value": "请核对年龄", "max_value": "请核对年龄"},
    )
    phone = PhoneField("电话", "本人或家里人的")
    group = forms.ChoiceField(
        label="可能是哪一类", required=False, error_messages={"invalid_choice": "请从名单里选类别"}
    )

    def __init__(
        self, *args: Any, villages: Sequence[Region], groups: Sequence[CareGroup], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].choices = [("", "请选"), *((unit.pk, unit.name) for unit in villages)]  # type: ignore[attr-defined]
        if len(villages) == 1:
            self.fields["village"].initial = villages[0].pk
            self.fields["village"].widget = forms.HiddenInput()
        self.fields["group"].choices = [("", "说不好"), *((g.code, g.short) for g in groups)]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        try:
            return clean_name(self.cleaned_data["name"])
        except BadName as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("reasons") and not values.get("said") and "said" not in self.errors:
            self.add_error("reasons", "请点一下什么情况，或者在下面说两句")
        return values

    def values(self) -> dict[str, Any]:
        """As the service takes them."""
        values = self.cleaned_data
        chips = "、".join(REASONS[code] for code in values["reasons"])
        return {
            "key": values["key"],
            "name": values["name"],
            "village_id": values["village"],
            "where": values["where"],
            "why": "；".join(filter(None, (chips, values["said"].strip())))[:200],
            "age": values["age"],
            "phone": values["phone"],
            "group_id": values["group"] or None,
        }


class AnswerForm(forms.Form):
    """Why no file is opened: the cadre reads it."""

    answer = forms.CharField(
        label="为什么不用建档",
        max_length=100,
        help_text="报的人看得到，写一句他听得懂的",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写明为什么不用建档", "max_length": "最多100个字"},
    )


class LinkForm(forms.Form):
    """There is a file already: that one is meant."""

    person = forms.UUIDField(error_messages={"required": "请选是哪一份档案", "invalid": "请选是哪一份档案"})
