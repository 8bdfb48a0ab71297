"""Bringing another office's list, and what comes of those who are only on it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import Region
from visits.roster.forms.fields import text_field
from visits.roster.imports.form import MAX_BYTES, MONTHS, months_back
from visits.roster.models import CareGroup, Comparison
from xunfang.kit import excel


class CompareForm(forms.Form):
    """`cleaned_data["content"]` holds the file's bytes, already guarded."""

    kind = forms.ChoiceField(
        label="比对什么",
        choices=[("deaths", "死亡名单"), ("base", "底数名单")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选比对什么", "invalid_choice": "请从选项里选"},
    )
    group = forms.ChoiceField(
        label="底数名单是哪一类的",
        required=False,
        error_messages={"invalid_choice": "请从名单里选类别"},
    )
    month = forms.TypedChoiceField(
        label="哪个月的",
        coerce=date.fromisoformat,
        error_messages={"required": "请选哪个月的", "invalid_choice": "请从列表里选月份"},
    )
    source = text_field("哪里给的", 40, "例如：派出所、殡仪馆、县民政局低保中心")
    file = forms.FileField(
        label="名单文件",
        help_text="有姓名、身份证号两列就行；死亡名单还要有去世日期。.xlsx、.xls或.csv，不超过20兆",
        widget=forms.FileInput(
            attrs={"accept": ".xlsx,.xls,.et,.csv,.txt,.htm,.html", "data-most": str(MAX_BYTES)}
        ),
        error_messages={
            "required": "请选名单文件",
            "empty": f"这个文件是空的，{excel.AGAIN}",
            "missing": "请选名单文件",
            "invalid": "请选名单文件",
        },
    )
    township = forms.TypedChoiceField(
        label="哪个乡镇（街道）的",
        coerce=int,
        error_messages={"required": "请选乡镇（街道）", "invalid_choice": "请从列表里选乡镇（街道）"},
    )

    def __init__(
        self,
        *args: Any,
        today: date,
        townships: Sequence[Region],
        groups: Sequence[CareGroup],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        months = [(day.isoformat(), f"{day.year}年{day.month}月") for day in months_back(today, MONTHS)]
        self.fields["month"].choices = months  # type: ignore[attr-defined]
        self.fields["group"].choices = [("", "请选"), *((g.code, g.name) for g in groups)]  # type: ignore[attr-defined]
        self.fields["township"].choices = [(unit.pk, unit.name) for unit in townships]  # type: ignore[attr-defined]
        if len(townships) == 1:
            self.fields["township"].initial = townships[0].pk
            self.fields["township"].widget = forms.HiddenInput()

    def clean_file(self) -> Any:
        """Refuse at once what can't be a list; the whole of it is read by the job."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("文件超过20兆，请只留名单，或者分成几个文件传")
        content = file.read()
        try:
            excel.guard(content)
        except excel.CannotRead as error:
            raise forms.ValidationError(str(error)) from error
        self.cleaned_data["content"] = content
        return file

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (
            values.get("kind") == Comparison.Kind.BASE
            and not values.get("group")
            and "group" not in self.errors
        ):
            self.add_error("group", "底数名单请选是哪一类的")
        return values


class MissingForm(forms.Form):
    """Whom of the 漏访 to put on the list of discoveries; all of them when nobody is ticked."""

    row = forms.TypedMultipleChoiceField(
        coerce=int, required=False, error_messages={"invalid_choice": "名单有变动，请刷新后再勾"}
    )

    def __init__(self, *args: Any, rows: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["row"].choices = [(pk, pk) for pk in rows]  # type: ignore[attr-defined]
