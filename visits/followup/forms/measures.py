"""One measure as it is typed, in a person's plan and in the county's answer alike: complete, or empty altogether."""

from typing import Any

from django import forms

from visits.followup import answers
from visits.records.needs import NEEDS
from visits.roster.forms.fields import date_field, text_field

AGAIN = {"required": "请选一个", "invalid_choice": "请重新选", "invalid": "请重新填"}


class MeasureFields(forms.Form):
    """What, by which office, by whom, until when."""

    kind = forms.ChoiceField(
        label="哪一类", required=False, choices=[("", "请选"), *NEEDS], error_messages=AGAIN
    )
    words = text_field("做什么", 100)
    unit = text_field("哪个单位", 40)
    who = text_field("谁负责", 40)
    due_on = date_field("哪天前", required=False)

    MISSING = {
        "kind": "请选是哪一类",
        "words": "请写做什么",
        "unit": "请写哪个单位",
        "who": "请写谁负责",
        "due_on": "请填哪天前",
    }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if any(values.get(name) for name in self.fields) or self.errors:
            for name, sentence in self.MISSING.items():
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        if values.get("words") and "words" not in self.errors and answers.vague(values["words"]):
            self.add_error("words", answers.VAGUE_SAY)
        return values
