"""A receipt as it is written, and the reason for a print with full id numbers."""

from datetime import date
from typing import Any

from django import forms

from visits.records.models import ArchiveDeposit
from visits.roster.services.guarded import REASONS

AGAIN = {"required": "请选一个", "invalid_choice": "请重新选"}


class YearForm(forms.Form):
    """What stands in the address of the list."""

    year = forms.IntegerField(required=False, min_value=2018, max_value=2100)
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)


class RecordsFilter(YearForm):
    """Which records: of a year, of a township, of a village."""

    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)

    def chosen(self) -> dict[str, int]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value}


class DepositForm(forms.Form):
    box_no = forms.CharField(
        label="盒号",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填盒号", "max_length": "最多20个字"},
    )
    volume_no = forms.IntegerField(
        label="案卷号",
        min_value=1,
        max_value=99999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "5", "autocomplete": "off"}),
        error_messages={"required": "请填案卷号", "invalid": "案卷号填数字", "min_value": "案卷号从1起",
                        "max_value": "案卷号太大，请核对"},
    )  # fmt: skip
    medium = forms.ChoiceField(
        label="存的是什么",
        choices=ArchiveDeposit.Medium.choices,
        widget=forms.RadioSelect,
        error_messages=AGAIN,
    )
    pages = forms.IntegerField(
        label="共几页",
        min_value=1,
        max_value=9999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4", "autocomplete": "off"}),
        error_messages={"required": "请填共几页", "invalid": "页数填数字", "min_value": "页数从1起",
                        "max_value": "页数太多，请核对"},
    )  # fmt: skip
    place = forms.CharField(
        label="放在哪里",
        max_length=60,
        help_text="例如“镇民政办2号柜”。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填放在哪里", "max_length": "最多60个字"},
    )
    keeper = forms.CharField(
        label="保管人",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填谁保管", "max_length": "最多30个字"},
    )
    kept_on = forms.DateField(
        label="存档日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填哪天存的", "invalid": "日期写成2026-11-24这样"},
    )

    def __init__(self, *args: Any, year: int, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kept_on"].widget.attrs |= {"min": f"{year}-01-01", "max": today.isoformat()}


class VoidDepositForm(forms.Form):
    reason = forms.CharField(
        label="为什么作废",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "最多100个字"},
    )


class PrintForm(forms.Form):
    """practice P28: archive prints carry the full id, with one reason for the batch."""

    reason = forms.ChoiceField(
        label="档案上印完整身份证号，为什么要印",
        choices=list(REASONS.items()),
        widget=forms.RadioSelect,
        initial="paper",
        error_messages=AGAIN,
    )
    whole = forms.BooleanField(
        label="后面附上每一份巡访记录", required=False, help_text="一份一页；不勾的，只有每人一页的登记卡。"
    )
