"""Forms of change reports."""

from typing import Any

from django import forms

from visits.followup.forms.findings import MonthField
from visits.followup.selectors.timely import PARTS


class FileForm(forms.Form):
    """The one press that says: the county has been told."""

    late_reason = forms.CharField(
        label="为什么超时",
        help_text="一句话就行，比如“下乡没网，周一才看到”。",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": "200"}),
        error_messages={"max_length": "写得太长了，请压到200字以内"},
    )


class ListFilter(forms.Form):
    """What stands in the address. Nonsense is left out. `unit`, `month`, `part`: behind a number of 时限情况."""

    which = forms.ChoiceField(
        required=False, choices=[("open", ""), ("late", ""), ("filed", ""), ("all", "")]
    )
    unit = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    month = MonthField()
    part = forms.ChoiceField(required=False, choices=[(part, "") for part in PARTS])
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
