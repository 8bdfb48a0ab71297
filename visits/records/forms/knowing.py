"""长期状况（已知） as it is typed on its own page (practice P15)."""

from datetime import date
from typing import Any

from django import forms

from visits.records.assessment import Form, may_be_known
from visits.records.services.knowing import half_a_year

CARE_HELP = "例如：女儿照料，每天来两次；自己能行的也写一句"


def care_field(**more: Any) -> forms.CharField:
    """Who cares, and how."""
    return forms.CharField(
        label="谁在照料、怎么照料",
        max_length=100,
        help_text=CARE_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "请写谁在照料、怎么照料；自己能行的，也写一句",
            "max_length": "最多写100个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
        **more,
    )


def review_field() -> forms.DateField:
    """When to look again."""
    return forms.DateField(
        label="哪天再看",
        help_text="一般半年；到了那天会列进“待核”，巡访时也会提醒",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填哪天再看", "invalid": "日期写成2026-11-24这样"},
    )


class KeepForm(forms.Form):
    """It is still so: the arrangement and the next day."""

    care = care_field()
    review_on = review_field()


class EndForm(forms.Form):
    reason = forms.CharField(
        label="为什么不再算",
        max_length=100,
        help_text="例如：手术后能走了；女儿出去打工，没人照料了",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "请写为什么不再算",
            "max_length": "最多写100个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
    )


class KnownForm(KeepForm):
    """One more: which item and how grave, in the words of the visit form."""

    field_order = ("state", "care", "review_on")

    def __init__(self, *args: Any, form: Form, today: date, care: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"] = forms.ChoiceField(
            label="什么状况",
            choices=[("", "请选"), *states(form)],
            error_messages={"required": "请选什么状况", "invalid_choice": "请从选项里选"},
        )
        self.order_fields(self.field_order)
        self.fields["care"].initial = care
        self.fields["review_on"].initial = half_a_year(today)

    def values(self) -> dict[str, Any]:
        """Keywords of `note_known`."""
        code, value = self.cleaned_data["state"].split(":")
        return {
            "code": code,
            "value": int(value),
            "care": self.cleaned_data["care"],
            "review_on": self.cleaned_data["review_on"],
        }


def states(form: Form) -> list[tuple[str, list[tuple[str, str]]]]:
    """What may be known, by area: (area, [(“item:value”, words)])."""
    found = []
    for area in form.areas:
        rows = [
            (f"{item.code}:{option.value}", f"{item.label}：{option.words}")
            for item in area.items
            for option in item.options
            if may_be_known(item, option.value)
        ]
        if rows:
            found.append((area.label, rows))
    return found
