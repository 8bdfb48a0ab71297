"""Filters of the due list and the assignment of people."""

from typing import Any

from django import forms


class DueFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    state = forms.ChoiceField(required=False, choices=[("late", ""), ("soon", ""), ("idle", "")])
    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    group = forms.CharField(required=False, max_length=24)
    hamlet = forms.CharField(required=False, max_length=30)
    assignee = forms.CharField(required=False, max_length=12)
    after = forms.CharField(required=False, max_length=40)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        found = {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
        found.pop("after", None)
        if found.get("assignee") not in (None, "none") and not str(found["assignee"]).isdecimal():
            del found["assignee"]
        return found


class AssignForm(forms.Form):
    """Some people to one visitor."""

    person = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": "请先勾选要分配的人", "invalid_choice": "名单有变动，请刷新后再分配"},
    )
    to = forms.TypedChoiceField(
        label="分给谁",
        coerce=int,
        error_messages={"required": "请选分给谁", "invalid_choice": "请从名单里选一位"},
    )

    def __init__(self, *args: Any, people: list[int], visitors: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(pk, "") for pk in people]  # type: ignore[attr-defined]
        self.fields["to"].choices = [("", "请选"), *visitors]  # type: ignore[attr-defined]
