"""Forms of the desk: a POST turned into clean values."""

from django import forms


class AsPdfForm(forms.Form):
    """On the screen, or as PDF at once."""

    pdf = forms.BooleanField(required=False)
