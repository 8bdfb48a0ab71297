"""房屋情况 as it is typed (practice P13)."""

from datetime import date
from typing import Any

from django import forms

from visits.roster.forms.fields import PhoneField, date_field, text_field
from visits.roster.forms.files import BAD_CHOICE, Versioned
from visits.roster.models import Dwelling, Person
from visits.roster.services.dwelling import Facts

NONE = "none"
RISKS = [*Dwelling.Risk.choices, (NONE, "都不是")]
BOTH = "选了“都不是”，就不能再选别的"


def risks_field(required: bool) -> forms.MultipleChoiceField:
    """The five, and “都不是”: nothing ticked means that nobody looked."""
    return forms.MultipleChoiceField(
        label="房屋在哪里、怎么样",
        required=required,
        choices=RISKS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请点一下，都不是的点“都不是”", **BAD_CHOICE},
    )


def helper_fields() -> dict[str, forms.Field]:
    """Who helps to get away, and where to."""
    return {
        "helper": text_field("转移责任人", 40, "下大雨、来台风时谁来帮忙转移"),
        "helper_phone": PhoneField("转移责任人电话"),
        "refuge": text_field("避灾点", 60, "例如：月洲小学；不知道的问村里"),
    }


def clean_risks(given: list[str]) -> tuple[str, ...]:
    """Codes of the risks; raises ValidationError when “都不是” stands beside one."""
    if NONE in given and len(given) > 1:
        raise forms.ValidationError(BOTH)
    return tuple(code for code in given if code != NONE)


class DwellingForm(Versioned):
    """The section of the file."""

    NAMES = ("risks", "helper", "helper_phone", "refuge", "confirmed_on")
    risks = risks_field(required=True)
    helper, helper_phone, refuge = helper_fields().values()
    confirmed_on = date_field("哪天看的", missing="请填哪天看的")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirmed_on"].widget.attrs["max"] = today.isoformat()
        self.fields["confirmed_on"].initial = today

    @classmethod
    def initial_of(cls, person: Person) -> dict[str, Any]:
        row = Dwelling.objects.filter(person=person).first()
        if row is None:
            return {"version": person.version}
        return {
            "version": person.version,
            "risks": list(row.risks) or [NONE],
            "helper": row.helper,
            "helper_phone": row.helper_phone,
            "refuge": row.refuge,
        }

    def clean_risks(self) -> list[str]:
        return list(clean_risks(self.cleaned_data["risks"])) or [NONE]

    def facts(self) -> Facts:
        values = self.cleaned_data
        return Facts(clean_risks(values["risks"]), values["helper"], values["helper_phone"], values["refuge"])
