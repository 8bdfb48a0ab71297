"""Forms of the units' pages."""

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts import region_source
from accounts.models import Region
from accounts.models.region import Level

MAX_LIST = 2_000_000


def day_field(label: str, **kwargs: Any) -> forms.DateField:
    """A day as every browser asks for it, with errors that say what to do."""
    return forms.DateField(
        label=label,
        error_messages={"required": "请选日期", "invalid": "日期写成2026-11-24这样"},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        **kwargs,
    )


class UnitFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    q = forms.CharField(required=False, max_length=40)
    show = forms.ChoiceField(required=False, choices=[("inactive", ""), ("ended", "")])
    after = forms.IntegerField(required=False, min_value=0, max_value=10**6)

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


class RenameForm(forms.Form):
    name = forms.CharField(
        label="新名称",
        max_length=40,
        error_messages={"required": "请填名称", "max_length": "名称最多40个字"},
    )


class AddForm(forms.Form):
    name = forms.CharField(
        label="名称",
        max_length=40,
        error_messages={"required": "请填名称", "max_length": "名称最多40个字"},
    )
    code = forms.CharField(
        label="统计代码",
        required=False,
        max_length=12,
        help_text="统计局还没有给代码的，空着。",
        error_messages={"max_length": "统计代码最多12位"},
    )
    starts_on = day_field("从哪天起", help_text="选以后的日子，到那天才出现在名单里。")


class SwitchForm(forms.Form):
    """Closing asks for a reason; opening needs none."""

    reason = forms.CharField(
        label="停用原因",
        help_text="会写在单位旁边，例如“由平潭综合实验区管理”。",
        max_length=100,
        error_messages={"required": "请写停用原因"},
    )

    def __init__(self, *args: Any, active: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if active:
            del self.fields["reason"]


class UnitChoice(forms.Form):
    """Base of forms that choose another unit; choices are grouped by county."""

    def choose(self, field: str, units: list[Region], names: dict[int, str]) -> None:
        groups: dict[str, list[tuple[int, str]]] = {}
        for unit in units:
            group = names.get(unit.county_id or 0, "") if unit.level > Level.COUNTY else ""
            groups.setdefault(group, []).append((unit.pk, unit.name))
        choices: list[Any] = [("", "请选")]
        for group, members in groups.items():
            choices.extend([(group, members)] if group else members)
        self.fields[field].choices = choices  # type: ignore[attr-defined]


class MoveForm(UnitChoice):
    field_order = ["to_id", "starts_on", "document_no"]
    to_id = forms.TypedChoiceField(
        label="移到哪里",
        coerce=int,
        error_messages={"required": "请选移到哪里", "invalid_choice": "请从名单里选"},
    )
    starts_on = day_field("从哪天起", help_text="选以后的日子，到那天零点自动移。")
    document_no = forms.CharField(label="依据的文号", required=False, max_length=60)


class MergeForm(UnitChoice):
    field_order = ["into_id", "starts_on"]
    into_id = forms.TypedChoiceField(
        label="并入哪个单位",
        coerce=int,
        error_messages={"required": "请选并入哪个单位", "invalid_choice": "请从名单里选"},
    )
    starts_on = day_field("从哪天起", help_text="前一天是这个单位的最后一天。")


class ListForm(forms.Form):
    """A newer list of the statistics office. `units` holds what it says, `content` the bytes."""

    file = forms.FileField(
        label="新的区划代码表",
        help_text="CSV文件，四列：代码、名称、级别、上级代码（第1行写 code、name、level、parent_code）。",
        error_messages={"required": "请选文件", "empty": "这个文件是空的"},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv", "data-most": str(MAX_LIST)}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size and file.size > MAX_LIST:
            raise forms.ValidationError("文件超过2兆，不像一张区划代码表")
        self.content = file.read()
        try:
            self.units = region_source.read(region_source.decode(self.content))
        except region_source.BadSource as error:
            raise forms.ValidationError(str(error)) from error
        return file


class ApplyListForm(forms.Form):
    """Confirming a list: from which day, and which of the gone units end."""

    starts_on = day_field("从哪天起")
    end = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "名单有变动，请刷新后再确认"}
    )

    def __init__(self, *args: Any, gone: list[str], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["end"].choices = [(code, "") for code in gone]  # type: ignore[attr-defined]
        self.today = today

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if day > self.today:
            raise forms.ValidationError("不能晚于今天：到了那天再来确认")
        return day
