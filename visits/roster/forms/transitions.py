"""委托 and 移交: what is asked of another township, and its answer."""

from datetime import date
from typing import Any

from django import forms

from accounts.models import Region
from accounts.models.region import Level
from visits.roster.forms.fields import PhoneField, date_field, text_field
from visits.roster.units import BadPlace, find_unit
from xunfang.kit import scans


def _needed(label: str, limit: int, missing: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=limit,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": str(limit)}),
        error_messages={"required": missing, "max_length": f"最多{limit}个字"},
    )


class TransferForm(forms.Form):
    """To which township of the city, or where outside it; how to find the person there, and why."""

    to_township = text_field(
        "本市哪个乡镇（街道）",
        40,
        "写几个字就有得选，例如“永泰县嵩口镇”；外市的空着",
        maxlength="40",
        list="townships",
    )
    to_outside = text_field("外市的，写哪里", 80, "例如：厦门市湖里区江头街道", maxlength="80")
    address = _needed("那边的住址", 100, "请填那边的住址，对方要找得到人")
    phone = PhoneField("那边的电话", "空着就用档案上的电话")
    reason = _needed("为什么", 100, "请写明为什么", "例如：随儿子长住，户口还在我镇")

    def clean_to_township(self) -> int | None:
        """The id of the township that is meant; a village means its township."""
        text = self.cleaned_data["to_township"]
        if not text:
            return None
        try:
            unit: Region = find_unit(text)
        except BadPlace as error:
            raise forms.ValidationError(str(error)) from error
        return unit.pk if unit.level == Level.TOWNSHIP else unit.township_id

    def clean(self) -> dict[str, Any]:
        """One of the two destinations: said together with what else is missing."""
        found = super().clean() or self.cleaned_data
        if "to_township" in found and (found["to_township"] is None) == (not found.get("to_outside")):
            self.add_error("to_township", "请选本市的一个乡镇，或写明外市哪里，只填一样")
        return found

    def values(self) -> dict[str, Any]:
        """For the service: the township by its id."""
        found = dict(self.cleaned_data)
        found["to_township_id"] = found.pop("to_township")
        return found


class EntrustForm(TransferForm):
    """The same, with what the others are to do and until when."""

    asks = text_field("请对方做什么", 200, "例如：每季度上门一次，看看身体和用电用气", maxlength="200")
    ends_on = date_field("委托到哪天（含）", missing="请填委托到哪天", help_text="最长一年，到期可以再委托")


def _visitor(visitors: list[tuple[int, str]], *, required: bool) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label="由谁去访",
        coerce=int,
        empty_value=None,
        required=required,
        choices=[("", "请选" if required else "先不定，按责任区或列入“未落实”"), *((str(pk), name) for pk, name in visitors)],
        error_messages={"required": "请选由谁去访", "invalid_choice": "请从名单里选"},
    )  # fmt: skip


class AcceptForm(forms.Form):
    """受托: who goes."""

    answer = text_field("答复的话", 100, "可以写联系人和电话", maxlength="100")

    def __init__(self, *args: Any, visitors: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visitor"] = _visitor(visitors, required=True)
        self.order_fields(["visitor", "answer"])


class ReceiveForm(forms.Form):
    """移交: into which village, and who goes."""

    village = forms.TypedChoiceField(
        label="接收到哪个村（居）",
        coerce=int,
        error_messages={"required": "请选接收到哪个村（居）", "invalid_choice": "请从名单里选"},
    )
    hamlet = text_field("自然村（小区）", 30, maxlength="30")
    answer = text_field("答复的话", 100, maxlength="100")

    def __init__(
        self, *args: Any, villages: list[Region], visitors: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].choices = [("", "请选"), *((str(one.pk), one.name) for one in villages)]  # type: ignore[attr-defined]
        self.fields["visitor"] = _visitor(visitors, required=False)
        self.order_fields(["village", "hamlet", "visitor", "answer"])


class WhyForm(forms.Form):
    """Why not, or why it ends."""

    reason = _needed("为什么", 100, "请写明为什么")


class ScanField(forms.FileField):
    """A photograph or scan of paper, as (name, bytes)."""

    def __init__(self, label: str, *, required: bool) -> None:
        super().__init__(
            label=label,
            required=required,
            max_length=255,
            help_text="拍照或扫描，JPG、PNG或PDF，15兆以内，字和章要看得清。",
            widget=forms.FileInput(attrs={"accept": scans.ACCEPT, "data-most": str(scans.MAX_BYTES)}),
            error_messages={
                "required": "请选照片或扫描件",
                "empty": "这个文件是空的，请重新拍",
                "invalid": "请重新选照片或扫描件",
                "max_length": "文件名太长，请改短再传",
            },
        )

    def clean(self, data: Any, initial: Any = None) -> tuple[str, bytes] | None:
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > scans.MAX_BYTES:
            raise forms.ValidationError(scans.too_big(file.read(8)))
        return file.name, file.read()


class ReplyForm(forms.Form):
    """来函: one more paper that came back."""

    file = ScanField("来函的照片或扫描件", required=True)
    words = text_field("是什么", 40, "例如：12月5日探访情况", maxlength="40")


class PaperAnswerForm(forms.Form):
    """What came back by post."""

    accepted = forms.TypedChoiceField(
        label="对方接受吗",
        coerce=lambda value: value == "yes",
        choices=[("yes", "接受"), ("no", "不接受")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选接受还是不接受", "invalid_choice": "请从选项里选"},
    )
    answer = _needed(
        "对方的答复", 100, "请写对方的答复", "例如：11月30日复函，由江头社区张华上门，电话0592-5555555"
    )
    file = ScanField("来函的照片或扫描件", required=False)


def initial_until(today: date) -> date:
    """A year from today, less a day."""
    try:
        return today.replace(year=today.year + 1)
    except ValueError:
        return date(today.year + 1, 2, 28)
