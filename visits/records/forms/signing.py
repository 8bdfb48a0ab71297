"""Forms of signing: a POST turned into clean values. What may be done is decided in the services."""

import base64
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from accounts.models import Region, User
from accounts.roles import Role
from visits.records.models import SLOT_ROLES, Sheet
from visits.records.services.approval import Paper
from visits.schedule.periods import Quarter
from xunfang.kit import images, scans
from xunfang.kit.models import StoredFile

DRAWN = "data:image/png;base64,"
NOT_DRAWN = "手写签名没有传完整。请再写一遍，或者不写，直接签"


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class SeenForm(forms.Form):
    """What was shown: the seal of the lines, and the lines for saying what changed since."""

    digest = forms.RegexField(
        r"^[0-9a-f]{64}$", widget=forms.HiddenInput, error_messages={"required": "页面不完整，请刷新后再签"}
    )
    shown = forms.CharField(required=False, max_length=40_000, widget=forms.HiddenInput)


class SignForm(SeenForm):
    """`drawing`: what the canvas gives, a PNG as a data address; cleaned, a small JPEG or None."""

    slot = forms.IntegerField(min_value=1, max_value=3, widget=forms.HiddenInput)
    drawing = forms.CharField(
        required=False,
        max_length=images.DRAWN_BYTES * 4 // 3 + len(DRAWN),
        widget=forms.HiddenInput,
        error_messages={"max_length": NOT_DRAWN},
    )

    def clean_drawing(self) -> bytes | None:
        typed = self.cleaned_data["drawing"]
        if not typed:
            return None
        if not typed.startswith(DRAWN):
            raise forms.ValidationError(NOT_DRAWN)
        try:
            return images.drawn(base64.b64decode(typed[len(DRAWN) :], validate=True))
        except (ValueError, images.CannotRead):
            raise forms.ValidationError(NOT_DRAWN) from None


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="为什么",
        max_length=200,
        error_messages={"required": "请写一句原因"},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["reason"].label = label
            self.fields["reason"].error_messages["required"] = f"请写一句{label}"


class StrikeForm(SeenForm, ReasonForm):
    rows = forms.TypedMultipleChoiceField(
        label="划出哪几行", coerce=int, error_messages={"required": "请勾选要退回的行"}
    )
    field_order = ["rows", "reason"]

    def __init__(self, *args: Any, rows: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rows"].choices = [(row, str(row)) for row in rows]  # type: ignore[attr-defined]
        self.fields["reason"].label = "为什么退回"
        self.fields["reason"].help_text = "写清楚要补什么，例如“哪种药？写清楚。”"


class AnswerForm(forms.Form):
    text = forms.CharField(
        label="补了什么",
        max_length=300,
        error_messages={"required": "请写清楚补了什么"},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DraftForm(forms.Form):
    """Which village's table of which quarter."""

    village = forms.ModelChoiceField(
        label="哪个村",
        queryset=Region.objects.none(),
        empty_label=None,
        error_messages={"required": "请选村"},
    )
    period = forms.ChoiceField(label="哪一期", error_messages={"required": "请选哪一期"})

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = user.duty.unit_ids(Role.TOWNSHIP_CLERK)  # type: ignore[attr-defined]
        self.fields["village"].queryset = (  # type: ignore[attr-defined]
            Region.objects.live(today).filter(level=4, parent_id__in=units).order_by("position")
        )
        quarter = Quarter.containing(today)
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            (one.key, one.label) for one in (quarter.previous(), quarter, quarter.previous().previous())
        ]


class ApproveForm(forms.Form):
    pick = forms.ModelMultipleChoiceField(
        label="确认表",
        queryset=Sheet.objects.none(),
        to_field_name="uuid",
        error_messages={"required": "请先勾选要审核的表"},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pick"].queryset = Sheet.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["pick"].error_messages["invalid_choice"] = "有的表已经不归您管，请刷新后再选"
        self.fields["pick"].error_messages["invalid_pk_value"] = "有的表找不到了，请刷新后再选"


class PaperForm(forms.Form):
    """The photograph of a signed paper, and the names on it for the slots that are still empty."""

    file = forms.FileField(
        label="照片或扫描件",
        help_text="JPG、PNG或PDF，15兆以内，签字和盖章要看得清。",
        error_messages={"required": "请选照片或扫描件", "empty": "这个文件是空的，请重新拍"},
        widget=forms.FileInput(attrs={"accept": scans.ACCEPT, "data-most": str(scans.MAX_BYTES)}),
    )
    code = forms.CharField(
        label="纸上的校对码",
        max_length=24,
        required=False,
        help_text="照片拍到右上角方块码的不用填；没认出来的，照纸的左上角填前4位。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kept = forms.ModelChoiceField(
        queryset=StoredFile.objects.none(), to_field_name="uuid", required=False, widget=forms.HiddenInput
    )
    signed_on = forms.DateField(
        label="哪天签的",
        widget=DateInput(),
        error_messages={"required": "请填签字日期", "invalid": "请填签字日期"},
    )

    def __init__(
        self, *args: Any, slots: dict[int, str], waiting: "QuerySet[StoredFile]", **kwargs: Any
    ) -> None:
        """`waiting`: photographs that came with an answer of this form that was refused."""
        super().__init__(*args, **kwargs)
        self.fields["kept"].queryset = waiting  # type: ignore[attr-defined]
        self.fields["kept"].error_messages["invalid_choice"] = "照片没有留住，请再传一次"
        self.fields["kept"].error_messages["invalid_pk_value"] = "照片没有留住，请再传一次"
        if self.data.get("kept"):
            self.has_photograph()
        for slot, title in slots.items():
            self.fields[f"name_{slot}"] = forms.CharField(
                label=f"{title}签的是谁",
                max_length=40,
                help_text="照纸上的签名核对；代签的，填代签人。",
                error_messages={"required": "请照纸上的签名填"},
            )

    def has_photograph(self, kept: UUID | None = None) -> None:
        """The photograph is there already. `kept`: since just now, under this number."""
        if kept is not None:
            self.data = self.data.copy()
            self.data["kept"] = str(kept)
        self.fields["file"].required = False
        # The bound field as well: it took the text when the form was checked.
        self["file"].help_text = "照片已经收到，不用再传；要换一张，就在这里重新选。"

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "kept" in self.errors or ("kept" in values and not values["kept"] and not values.get("file")):
            self.fields["file"].required = True
            if "file" not in self.errors:
                self.add_error("file", "请选照片或扫描件")
        return values

    def clean_file(self) -> Paper | None:
        file = self.cleaned_data["file"]
        if not file:
            return None
        if file.size > scans.MAX_BYTES:
            raise forms.ValidationError(scans.too_big(file.read(8)))
        return Paper(file.name, file.read())

    @property
    def names(self) -> list[str]:
        return [value for key, value in self.cleaned_data.items() if key.startswith("name_")]


class DelegationForm(forms.Form):
    role = forms.ChoiceField(label="代哪个职务签", widget=forms.RadioSelect)
    region = forms.ModelChoiceField(
        label="哪个单位",
        queryset=Region.objects.none(),
        empty_label=None,
        error_messages={"required": "请选单位"},
    )
    principal_name = forms.CharField(
        label="委托人（谁委托的）", max_length=30, error_messages={"required": "请填委托人姓名"}
    )
    deputy = forms.ModelChoiceField(
        label="受托人（谁来签）",
        queryset=User.objects.none(),
        empty_label="请选",
        error_messages={"required": "请选受托人"},
    )
    deputy_title = forms.CharField(
        label="受托人职务",
        max_length=30,
        help_text="印在表上，例如“副镇长”。",
        error_messages={"required": "请填受托人职务"},
    )
    document_no = forms.CharField(
        label="授权文号",
        max_length=40,
        help_text="例如“嵩委〔2026〕18号”。",
        error_messages={"required": "请填授权文号"},
    )
    reason = forms.CharField(label="为什么授权", max_length=60, required=False)
    starts_on = forms.DateField(
        label="从哪天", widget=DateInput(), error_messages={"required": "请填开始日期"}
    )
    ends_on = forms.DateField(label="到哪天（含）", widget=DateInput(), required=False)
    standing = forms.BooleanField(label="长期，到收回为止", required=False)

    def __init__(self, *args: Any, units: Any, deputies: Any, titles: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, titles[role.value]) for role in reversed(SLOT_ROLES.values())
        ]
        self.fields["role"].error_messages["required"] = "请选代哪个职务签"
        self.fields["region"].queryset = units  # type: ignore[attr-defined]
        self.fields["deputy"].queryset = deputies  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        standing = values.pop("standing", False)
        if "ends_on" in values and standing == bool(values["ends_on"]):
            self.add_error(
                "ends_on",
                "长期的不填结束日期，请改一处" if standing else "请填结束日期，或者勾“长期，到收回为止”",
            )
        return values
