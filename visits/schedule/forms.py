"""Filters of the due list and the assignment of people."""

from typing import Any

from django import forms

from visits.schedule.selectors import VillageRow


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


class VillagesForm(forms.Form):
    """For each village one visitor, to whom everybody there goes who has none (journeys J0)."""

    def __init__(self, *args: Any, villages: list[VillageRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.villages = villages
        for row in villages:
            self.fields[f"v{row.region.pk}"] = forms.TypedChoiceField(
                label=f"{row.region.name}没落实的{row.nobody}人分给谁",
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", "先不分"), *row.visitors],
                widget=forms.Select(attrs={"aria-label": f"{row.region.name}没落实的分给谁"}),
                error_messages={"invalid_choice": "请从名单里选一位"},
            )

    def chosen(self) -> dict[int, int]:
        """Village id → user id, of the villages for which somebody was chosen."""
        found = {row.region.pk: self.cleaned_data.get(f"v{row.region.pk}") for row in self.villages}
        return {pk: to for pk, to in found.items() if to is not None}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not any(values.values()):
            raise forms.ValidationError("请至少给一个村选好分给谁")
        return values
