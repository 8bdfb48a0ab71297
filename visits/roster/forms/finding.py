"""Whom to look for, and what stands in the address of a list."""

from typing import Any

from django import forms


class PeopleFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    group = forms.CharField(required=False, max_length=24)
    hamlet = forms.CharField(required=False, max_length=30)
    assignee = forms.ChoiceField(required=False, choices=[("none", "")])
    status = forms.ChoiceField(required=False, choices=[("dead", ""), ("departed", ""), ("voided", "")])
    after = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    s = forms.CharField(required=False, max_length=32)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


class SearchForm(forms.Form):
    """Whom to look for."""

    q = forms.CharField(
        label="找人",
        max_length=40,
        error_messages={"required": "请填姓名、拼音首字母、电话或身份证末四位", "max_length": "最多40个字"},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": "姓名、拼音首字母、电话、身份证末四位"}
        ),
    )
