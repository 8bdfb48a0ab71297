"""Somebody is not at home: what it is, since when, where; and that they are back."""

from datetime import date
from typing import Any

from django import forms

from visits.roster.forms.fields import PhoneField, date_field, text_field
from visits.roster.models import Absence

VISITORS = (Absence.Kind.HOSPITAL, Absence.Kind.AWAY)


class AbsenceForm(forms.Form):
    """`kinds` that suspend are offered to the clerk only, with a document and the day of the next look."""

    kind = forms.ChoiceField(
        label="什么情况",
        widget=forms.RadioSelect,
        error_messages={"required": "请选什么情况", "invalid_choice": "请从选项里选"},
    )
    starts_on = date_field("从哪天起", missing="请填从哪天起")
    place = text_field("在哪里", 60, "例如：永泰县医院3楼，或福州儿子家", maxlength="60")
    phone = PhoneField("那边的电话")
    back_on = date_field("预计哪天回来", required=False)
    document_no = text_field(
        "文书号", 60, "服刑、强制戒毒、失联要填：判决书、决定书、接警单的号", maxlength="60"
    )
    review_on = date_field(
        "哪天再核", required=False, help_text="服刑、强制戒毒、失联要填，一年以内；到那天列到“待核”"
    )

    def __init__(self, *args: Any, today: date, clerk: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = Absence.Kind if clerk else VISITORS
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["starts_on"].widget.attrs["max"] = today.isoformat()
        if not clerk:
            del self.fields["document_no"], self.fields["review_on"]


class BackForm(forms.Form):
    """出院, 回来: on which day."""

    on = date_field("哪天回来的", missing="请填哪天回来的")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].widget.attrs["max"] = today.isoformat()


class VoidAbsenceForm(forms.Form):
    """It was a mistake: what about it."""

    reason = forms.CharField(
        label="哪里记错了",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "60"}),
        error_messages={"required": "请写明哪里记错了", "max_length": "最多60个字"},
    )
