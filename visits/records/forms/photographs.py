"""Pictures as they are sent: of a visit, and of filled sheets."""

from typing import Any

from django import forms

from visits.records.models import RoundPaper
from xunfang.kit import images

MOST_SCANS = 40


class PhotoForm(forms.Form):
    """One photograph for the form with this key."""

    key = forms.UUIDField(error_messages={"required": "请刷新页面", "invalid": "请刷新页面"})
    file = forms.FileField(
        max_length=255,
        error_messages={
            "required": "请选一张照片",
            "empty": "这张照片是空的，请重新拍",
            "max_length": "文件名太长，请改短再传",
        },
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > images.MAX_BYTES:
            raise forms.ValidationError(images.TOO_BIG)
        return file.read()


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files in one field, each as (name, bytes)."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[tuple[str, bytes]]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            super().clean(None, initial)
        if len(given) > MOST_SCANS:
            raise forms.ValidationError(f"一次最多{MOST_SCANS}张，请分几次传")
        checked = [super(ManyFilesField, self).clean(one, initial) for one in given]
        for one in checked:
            if one.size > images.MAX_BYTES:
                raise forms.ValidationError(f"“{one.name}”超过10兆，请拍小一点再传")
        return [(one.name, one.read()) for one in checked]


class ScansForm(forms.Form):
    files = ManyFilesField(
        label="巡访单的照片",
        max_length=255,
        help_text=f"一张纸拍一张，二维码拍进去，横着竖着都行；一次最多{MOST_SCANS}张，每张10兆以内。",
        widget=ManyFiles(attrs={"accept": "image/*", "multiple": True, "class": "form-control"}),
        error_messages={
            "required": "请选照片",
            "empty": "有一张是空的，请重新拍",
            "max_length": "文件名太长，请改短再传",
        },
    )


class LayForm(forms.Form):
    """Which sheet and which page a picture shows; or its code, as it is printed beside the square."""

    paper = forms.ModelChoiceField(
        label="哪张单",
        queryset=RoundPaper.objects.none(),
        to_field_name="uuid",
        empty_label="请选",
        error_messages={"required": "请选是哪张单", "invalid_choice": "这张单找不到了，请重新选"},
    )
    page = forms.IntegerField(
        label="第几页",
        min_value=1,
        max_value=99,
        initial=1,
        error_messages={
            "required": "请填第几页",
            "invalid": "请填数",
            "min_value": "从1起",
            "max_value": "没有这一页",
        },
    )

    def __init__(self, *args: Any, papers: Any, names: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["paper"]
        field.queryset = papers
        field.label_from_instance = lambda paper: (
            f"{names.get(paper.village_id, '')} {paper.number} {paper.code}"
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        paper, page = values.get("paper"), values.get("page")
        if paper and page and page > paper.pages:
            self.add_error("page", f"这张单只有{paper.pages}页")
        return values
