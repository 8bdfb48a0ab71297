"""What is done about findings, that they are settled, and which ones a list shows."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from visits.followup.models import Finding
from visits.followup.selectors.findings import ALL, PARTS
from visits.roster.forms.fields import date_field, text_field

# When nobody says otherwise and the item has no day of its own.
USUAL = timedelta(days=30)


class MonthField(forms.DateField):
    """2026-11 as the first day of the month."""

    def __init__(self) -> None:
        super().__init__(required=False, input_formats=["%Y-%m"])


class FindingFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    which = forms.ChoiceField(required=False, choices=[(part, part) for part in (*PARTS, ALL)])
    level = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=[("2", ""), ("3", "")]
    )
    item = forms.RegexField(r"^[a-z_]{1,40}$", required=False, max_length=40)
    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    owner = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    found = MonthField()
    closed = MonthField()
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


def kept(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The filters as they stand in an address: the month as 2026-11."""
    return {key: f"{value:%Y-%m}" if isinstance(value, date) else value for key, value in chosen.items()}


class MonthFilter(forms.Form):
    """The month, and the township that is looked into."""

    month = MonthField()
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)


class MeasureForm(forms.Form):
    """怎么处理, 谁来办, 哪天前: an account, or somebody without one in words."""

    measure = forms.CharField(
        label="怎么处理",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "200"}),
        error_messages={"required": "请写怎么处理", "max_length": "最多200个字"},
    )
    owner = forms.TypedChoiceField(
        label="谁来办",
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": "请从名单里选一位，或者写姓名"},
    )
    owner_words = text_field("没有账号的，写单位、姓名", 40)
    due_on = date_field("哪天前办好", missing="请填哪天前办好")
    photo = forms.FileField(
        label="照片（办之前）",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        error_messages={"empty": "这张照片是空的，请重新选", "invalid": "请重新选照片"},
    )

    def __init__(self, *args: Any, owners: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "不选账号"), *owners]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("owner") is None and not values.get("owner_words") and "owner" not in self.errors:
            self.add_error("owner_words", "请写谁来办：上面选一位，或者这里写单位、姓名")
        return values


class MeasureManyForm(MeasureForm):
    """The same measure for the ticked findings."""

    finding = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": "请先在左边勾", "invalid_choice": "台账有变动，请刷新后再勾"},
    )

    def __init__(self, *args: Any, findings: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["photo"]
        self.fields["finding"].choices = [(pk, pk) for pk in findings]  # type: ignore[attr-defined]
        self.fields["owner_words"].label = "或写姓名"


class CloseForm(forms.Form):
    """销号: how it was mended. Without a measure on the ledger it is asked here too, and not left out."""

    measure = forms.CharField(
        label="怎么处理的",
        required=False,
        max_length=200,
        help_text="台账上还没有写，补一句。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "200"}),
        error_messages={"max_length": "最多200个字"},
    )
    note = forms.CharField(
        label="怎么办好的",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": "200"}),
        error_messages={"required": "请写一句怎么办好的", "max_length": "最多200个字"},
    )
    on = date_field("哪天办好的", missing="请填哪天办好的")
    photo = forms.FileField(
        label="照片（办好后）",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        error_messages={"empty": "这张照片是空的，请重新选", "invalid": "请重新选照片"},
    )

    def __init__(self, *args: Any, measured: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if measured:
            del self.fields["measure"]


def initial_of(row: Finding, today: date) -> dict[str, Any]:
    """What the measure form starts from: what is there, or the usual day."""
    return {
        "measure": row.measure,
        "owner": row.owner_id,
        "owner_words": row.owner_words,
        "due_on": max(row.due_on or today + USUAL, today),
    }
