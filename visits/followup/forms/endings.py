"""Forms of a recommendation to change or end aid: one for each step."""

from collections.abc import Sequence
from typing import Any

from django import forms

from visits.followup.models import AidEnding
from visits.roster.forms.fields import date_field

AGAIN = {"required": "请选一个", "invalid_choice": "请重新选"}


def _words(label: str, limit: int, missing: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=limit,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": str(limit)}),
        error_messages={"required": missing, "max_length": f"最多{limit}个字"},
    )


class RecommendForm(forms.Form):
    group = forms.ChoiceField(label="哪一类救助", widget=forms.RadioSelect, error_messages=AGAIN)
    kind = forms.ChoiceField(
        label="建议怎么调整", choices=AidEnding.Kind.choices, widget=forms.RadioSelect, error_messages=AGAIN
    )
    reason = _words("为什么", 300, "请写为什么", "写看到、核到的情况，不写结论性的评价。")

    def __init__(self, *args: Any, groups: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = groups  # type: ignore[attr-defined]


class CheckForm(forms.Form):
    on = date_field("哪天核实的", missing="请填哪天核实的")
    how = _words("怎么核实的", 200, "请写怎么核实的", "例如入户看过、查了社保和房产、邻居证明。")


class PublishForm(forms.Form):
    since = date_field("公示从哪天起", missing="请填公示从哪天起", help_text="公示满七天，再作决定。")


class TellForm(forms.Form):
    on = date_field("哪天交给本人的", missing="请填哪天交给本人的")
    photo = forms.FileField(
        label="告知书的照片",
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        error_messages={
            "required": "请附上告知书的照片",
            "empty": "这张照片是空的，请重新拍",
            "invalid": "请重新选照片",
        },
    )
    remedies = forms.BooleanField(
        label="告知书写明了理由，也写明了可以申请复议、可以起诉",
        error_messages={"required": "告知书里要写明可以申请复议、可以起诉，写了再打勾"},
    )


class DecideForm(forms.Form):
    decision_no = forms.CharField(
        label="决定书文号",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填决定书文号", "max_length": "最多40个字"},
    )
    decided_on = date_field("哪天决定的", missing="请填哪天决定的")
    effective_from = date_field("从哪天起执行", required=False, help_text="不填的，从下个月1日起。")


class DropForm(forms.Form):
    outcome = _words("为什么不调整", 200, "请写为什么不调整")


class EndingFilter(forms.Form):
    """What stands in the address. Nonsense is left out."""

    which = forms.ChoiceField(required=False, choices=[("open", ""), ("decided", ""), ("dropped", "")])
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)
