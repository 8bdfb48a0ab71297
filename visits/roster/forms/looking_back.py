"""Which day to look back at."""

from typing import Any

from django import forms

from visits.roster.forms.fields import date_field


class DayFilter(forms.Form):
    """A day, and of that day's list one village or class. Nonsense in an address is left out."""

    on = date_field("哪一天", required=False)
    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    group = forms.CharField(required=False, max_length=24)
    after = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
