"""The sections and rows of a file as they are typed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import Region
from visits.core.idnumber import DISABILITY_KINDS, DisabilityCertificate, IdNumberError, parse_disability
from visits.roster.forms.fields import PhoneField, date_field, text_field
from visits.roster.models import Benefit, Person, Relative
from visits.roster.names import BadName, clean_name
from visits.roster.services.guarded import REASONS
from visits.roster.units import BadPlace, find_unit, full_name

KINDS = [("", "没有"), *((int(code), words) for code, words in DISABILITY_KINDS.items())]
GRADES = [("", "没有"), (1, "一级（最重）"), (2, "二级"), (3, "三级"), (4, "四级")]
BAD_CHOICE = {"invalid_choice": "请从选项里选"}


def number_choice(label: str, choices: Sequence[Any], help_text: str = "") -> forms.TypedChoiceField:
    """One of some numbers, or nothing."""
    return forms.TypedChoiceField(
        label=label, required=False, choices=choices, coerce=int, empty_value=None, help_text=help_text,
        error_messages=BAD_CHOICE,
    )  # fmt: skip


def name_field(label: str, missing: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": missing, "max_length": "姓名太长，请核对"},
    )  # fmt: skip


class Versioned(forms.Form):
    """A form over a file that somebody else may save meanwhile. `NAMES`: fields that are columns."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    NAMES: tuple[str, ...] = ()

    @classmethod
    def initial_of(cls, person: Person) -> dict[str, Any]:
        return {"version": person.version, **{name: getattr(person, name) for name in cls.NAMES}}

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.NAMES}


class PlacesForm(Versioned):
    """Where somebody is registered and where they live (三-1, 四(一)-3)."""

    NAMES = ("registered_address", "residence", "hamlet", "find_me")
    registered_address = text_field("户籍地址", 100, "照户口簿写")
    hamlet = text_field("自然村（小区）", 30)
    find_me = text_field("怎么找", 60, "例如：祠堂后第二家")
    residence = text_field("现在住哪里", 100, "和户籍地不一样的，写详细一点")
    residence_unit = text_field(
        "现住哪个乡镇或村", 60, "住在本市别处的填，例如“嵩口镇月洲村”；住在市外的空着，地址写在上面"
    )

    @classmethod
    def initial_of(cls, person: Person) -> dict[str, Any]:
        unit = person.residence_region
        return {**super().initial_of(person), "residence_unit": full_name(unit) if unit else ""}

    def clean_residence_unit(self) -> str:
        text = self.cleaned_data["residence_unit"]
        self.unit: Region | None = None
        if text:
            try:
                self.unit = find_unit(text)
            except BadPlace as error:
                raise forms.ValidationError(str(error)) from error
        return full_name(self.unit) if self.unit else ""

    def values(self) -> dict[str, Any]:
        return {**super().values(), "residence_region_id": self.unit.pk if self.unit else None}


class CareForm(Versioned):
    """Who looks after somebody, until when that holds, and where (practice P15)."""

    NAMES = ("care_arrangement", "care_review_on", "institution", "institution_phone", "mind")
    care_arrangement = text_field("谁在照料", 100, "例如：侄女林秀云，已签照料协议，每天来两次")
    care_review_on = date_field("照料安排哪天再核", required=False, help_text="到时候列进“待核”")
    institution = text_field("住在哪个机构", 60, "住养老院、福利院、医院的填")
    institution_phone = PhoneField("机构电话")
    mind = text_field("上门要留心", 100, "写要怎么做，例如“进门脱鞋”“耳背，敲门要重”；几条用分号隔开")


class NoticeForm(Versioned):
    """告知: that the person was told, and whether the family wants to hear (个人信息保护法35, P33)."""

    NAMES = ("informed_on", "informed_how", "family_notice")
    informed_on = date_field("哪天告知的", required=False)
    informed_how = forms.ChoiceField(
        label="怎么告知的", required=False, choices=[("", "还没告知"), *Person.Informed.choices],
        widget=forms.RadioSelect, error_messages=BAD_CHOICE,
    )  # fmt: skip
    family_notice = forms.ChoiceField(
        label="家属要不要知道巡访的情况", required=False, choices=Person.FamilyNotice.choices,
        widget=forms.RadioSelect, error_messages=BAD_CHOICE, help_text="问过本人和家属再选；不说病情",
    )  # fmt: skip


class RowForm(Versioned):
    """A row of the file; its values come from the row, its version from the person."""

    @classmethod
    def of_row(cls, row: Any, person: Person) -> dict[str, Any]:
        return {"version": person.version, **{name: getattr(row, name) for name in cls.NAMES}}


class ContactRowForm(RowForm):
    """Somebody more to call: also the visitor's to note."""

    NAMES = ("kind", "name", "relation", "phone", "where", "place")
    kind = forms.ChoiceField(
        label="是什么人", choices=[(Relative.Kind.CONTACT.value, Relative.Kind.CONTACT.label)],
        error_messages={"required": "请选是什么人", **BAD_CHOICE},
    )  # fmt: skip
    name = name_field("姓名", "请填姓名")
    relation = text_field("是本人的什么人", 20, "例如：侄女、邻居；没有的不填")
    phone = PhoneField("电话")
    where = forms.ChoiceField(
        label="人在哪里", required=False, error_messages=BAD_CHOICE,
        choices=[("", "不清楚"), *(pair for pair in Relative.Where.choices if pair[0])],
    )  # fmt: skip
    place = text_field("具体地方", 60, "例如：福清市龙田镇，在服装厂")

    def clean_name(self) -> str:
        try:
            return clean_name(self.cleaned_data["name"])
        except BadName as error:
            raise forms.ValidationError(str(error)) from error

    def values(self) -> dict[str, Any]:
        blank = {"birth_year": None, "disability_kind": None, "disability_grade": None,
                 "document_no": "", "unable": False}  # fmt: skip
        return {**blank, **super().values()}


class RelativeForm(ContactRowForm):
    """Family and whoever stands in for it, for the clerk."""

    NAMES = (
        *ContactRowForm.NAMES,
        "birth_year",
        "disability_kind",
        "disability_grade",
        "unable",
        "document_no",
    )
    kind = forms.ChoiceField(
        label="是什么人", choices=Relative.Kind.choices, widget=forms.RadioSelect,
        error_messages={"required": "请选是什么人", **BAD_CHOICE},
    )  # fmt: skip
    birth_year = forms.IntegerField(
        label="哪年生", required=False, min_value=1890, max_value=2200,
        error_messages={"invalid": "写成1985这样", "min_value": "年份不对，请核对", "max_value": "年份不对，请核对"},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    disability_kind = number_choice("残疾类别", KINDS, "同住的残疾子女照残疾证填")
    disability_grade = number_choice("残疾等级", GRADES)
    unable = forms.BooleanField(
        label="没有监护能力", required=False, help_text="父母去世、服刑、失联、重残、重病的，勾这个"
    )
    document_no = text_field("委托照护书文号", 40, "亲戚代为监护、有书面委托的填")


class BenefitForm(RowForm):
    """What somebody gets, in yuan as it is spoken of; kept in 分."""

    NAMES = ("kind", "starts_on", "ends_on", "document_no", "note")
    kind = forms.ChoiceField(
        label="什么待遇", choices=[("", "请选"), *Benefit.Kind.choices],
        error_messages={"required": "请选什么待遇", **BAD_CHOICE},
    )  # fmt: skip
    yuan = forms.DecimalField(
        label="金额（元）", required=False, min_value=Decimal("0.01"), max_value=Decimal("9999999"),
        max_digits=10, decimal_places=2, help_text="按月发的填每月多少，一次性的填一共多少；不知道的空着",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": "写成735或735.50这样", "min_value": "金额要大于0", "max_value": "金额太大，请核对",
            "max_digits": "金额太大，请核对", "max_decimal_places": "最多写到分", "max_whole_digits": "金额太大，请核对",
        },
    )  # fmt: skip
    starts_on = date_field("从哪天起", missing="请填从哪天起")
    ends_on = date_field("到哪天（含）", required=False, help_text="还在发的空着；快到期会列进“待核”")
    document_no = text_field("文号", 40)
    note = text_field("说明", 60)

    @classmethod
    def of_row(cls, row: Benefit, person: Person) -> dict[str, Any]:
        yuan = None if row.amount is None else Decimal(row.amount) / 100
        return {**super().of_row(row, person), "yuan": yuan}

    def values(self) -> dict[str, Any]:
        yuan = self.cleaned_data["yuan"]
        return {**super().values(), "amount": None if yuan is None else int(yuan * 100)}


class CertificateForm(RowForm):
    """残疾证: the number says kind and grade; it is kept like an id number, the page shows the last four."""

    NAMES = ("kind", "grade", "valid_until")
    number = text_field("残疾证号", 40, "20位，补办的22位；类别和等级从号码里来")
    kind = number_choice("残疾类别", KINDS, "没有号码的才选")
    grade = number_choice("残疾等级", GRADES, "没有号码的才选")
    valid_until = date_field("有效期到", required=False, help_text="快到期会列进“待核”")
    confirm = forms.MultipleChoiceField(
        required=False, choices=[("certificate", "")], widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_number(self) -> DisabilityCertificate | None:
        text = self.cleaned_data["number"]
        if not text:
            return None
        try:
            return parse_disability(text, self.person.id_number)
        except IdNumberError as error:
            raise forms.ValidationError(str(error)) from error

    def values(self) -> dict[str, Any]:
        return {**super().values(), "number": self.cleaned_data["number"]}


class NearRelativeForm(RowForm):
    """近亲属备案 (低保审核确认办法11)."""

    NAMES = ("name", "office", "relation", "filed_on")
    name = name_field("经办人员或村干部姓名", "请填姓名")
    office = forms.CharField(
        label="单位和职务", max_length=60, help_text="例如：月洲村村委会委员",
        error_messages={"required": "请填单位和职务", "max_length": "最多60个字"},
    )  # fmt: skip
    relation = forms.CharField(
        label="是本人的什么人", max_length=20,
        error_messages={"required": "请填是本人的什么人", "max_length": "最多20个字"},
    )  # fmt: skip
    account = text_field("对方登录用的手机号或工号", 20, "有账号的填：签字时系统会提醒回避；没有的空着")
    filed_on = date_field("备案日期", missing="请填备案日期")

    @classmethod
    def of_row(cls, row: Any, person: Person) -> dict[str, Any]:
        account = (row.user.phone or row.user.staff_no) if row.user else ""
        return {**super().of_row(row, person), "account": account}

    def clean_name(self) -> str:
        try:
            return clean_name(self.cleaned_data["name"])
        except BadName as error:
            raise forms.ValidationError(str(error)) from error

    def values(self) -> dict[str, Any]:
        return {**super().values(), "account": self.cleaned_data["account"].strip()}


class VoidForm(forms.Form):
    """Why a row, or a whole file, was wrong."""

    reason = forms.CharField(
        label="为什么作废", max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写明为什么作废", "max_length": "最多60个字"},
    )  # fmt: skip


class RevealForm(forms.Form):
    """Why the whole number is needed."""

    reason = forms.ChoiceField(
        label="为什么要看完整号码", choices=list(REASONS.items()), widget=forms.RadioSelect,
        error_messages={"required": "请选为什么要看", **BAD_CHOICE},
    )  # fmt: skip
