"""A change somebody told the office of: how it was heard, on which day, and what changed, row by row."""

from collections.abc import Sequence
from typing import Any

from django import forms

from visits.followup.services.hearing import SOURCES, WHAT, Change
from visits.roster.forms.fields import date_field, text_field

ROWS = 3


class ToldForm(forms.Form):
    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "请刷新后再填", "invalid": "请刷新后再填"}
    )
    source = forms.ChoiceField(
        label="怎么知道的",
        choices=[(one.value, one.label) for one in SOURCES],
        widget=forms.RadioSelect,
        error_messages={"required": "请选怎么知道的", "invalid_choice": "请重新选"},
    )
    found_on = date_field("哪天知道的", missing="请填哪天知道的", help_text="两个工作日从这天的第二天算起。")
    told_by = text_field("谁说的", 60, "本人愿意留名才写；村里看不到。")
    urgent = forms.BooleanField(
        label="紧急", required=False, help_text="有危险、没饭吃、没人管的。先打电话，再上报。"
    )


class ChangeRow(forms.Form):
    """One thing that changed: complete, or empty altogether."""

    code = forms.ChoiceField(
        label="哪一项",
        required=False,
        choices=[("", "请选"), *WHAT],
        error_messages={"invalid_choice": "请重新选"},
    )
    was = text_field("原来", 60)
    now = text_field("现在", 100)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if any(values.get(name) for name in self.fields):
            if not values.get("code") and "code" not in self.errors:
                self.add_error("code", "请选是哪一项")
            if not values.get("now") and "now" not in self.errors:
                self.add_error("now", "请写现在怎样")
        return values

    @property
    def change(self) -> Change | None:
        return Change(**self.cleaned_data) if self.cleaned_data.get("now") else None


class _Rows(forms.BaseFormSet):
    default_error_messages = {"missing_management_form": "请刷新页面再填", "too_many_forms": "一次最多写七项"}


def change_rows(data: Any = None) -> forms.BaseFormSet:
    """The rows of the form."""
    kind = forms.formset_factory(
        ChangeRow, formset=_Rows, extra=ROWS, max_num=len(WHAT), validate_max=True, absolute_max=len(WHAT) + 3
    )
    return kind(data, prefix="c")


def changes_of(rows: forms.BaseFormSet) -> Sequence[Change]:
    """The rows that were filled."""
    return [row.change for row in rows.forms if row.change is not None]
