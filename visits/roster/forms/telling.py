"""One tap: whether the family wants to hear of visits."""

from django import forms

from visits.roster.models import Person


class FamilyNoticeForm(forms.Form):
    answer = forms.ChoiceField(
        choices=[choice for choice in Person.FamilyNotice.choices if choice[0]],
        error_messages={"required": "请选愿意或不愿意", "invalid_choice": "请选愿意或不愿意"},
    )
