"""What the address of 时限情况 holds. Nonsense is left out."""

from typing import Any

from django import forms

from visits.followup.forms.findings import MonthField


class TimelyFilter(forms.Form):
    unit = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    month = MonthField()
    week = forms.DateField(required=False, input_formats=["%Y-%m-%d"])

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
