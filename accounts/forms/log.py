"""The filter of the log."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator

from accounts.log_words import ACTIONS


class LogFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    action = forms.ChoiceField(label="做了什么", required=False, choices=[("", "全部"), *ACTIONS.items()])
    day = forms.DateField(
        label="哪天",
        required=False,
        validators=[MaxValueValidator(date(2999, 12, 31))],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
