"""The file as it is typed: by the clerk, by the visitor."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import Region
from visits.core.idnumber import IdNumber, IdNumberError, parse
from visits.roster.forms.fields import PhoneField, date_field, text_field
from visits.roster.models import CareGroup, Discovery, Membership, Person
from visits.roster.names import BadName, clean_name
from visits.roster.services import Details
from visits.roster.services.people import VISITOR_FIELDS

# What may be unusual about a file or a class, and be ticked.
CONFIRMED = ("alone", "no_phone", "disabled_child", "third_grade", "children", "guardian", "parents")
RELATIONS = ("本人", "配偶", "子女", "父母", "祖父母", "孙子女", "兄弟姐妹", "其他")


class ContactForm(forms.Form):
    """What a visitor may put right: how to find and reach somebody."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    phone = PhoneField("电话", "座机请带区号")
    hamlet = text_field("自然村（小区）", 30)
    find_me = text_field("怎么找", 60, "例如：祠堂后第二家")
    mind = text_field("上门要留心", 100, "写要怎么做，例如“进门脱鞋”“耳背，敲门要重”")
    contact_name = text_field("联系不上时找谁", 40)
    contact_relation = text_field("和本人的关系", 20)
    contact_phone = PhoneField("联系人电话")

    @staticmethod
    def initial_of(person: Person) -> dict[str, Any]:
        return {"version": person.version, **{name: getattr(person, name) for name in VISITOR_FIELDS}}

    def values(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in VISITOR_FIELDS}


class PersonForm(ContactForm):
    """The whole file, for the clerk. `person`: the file that is edited; None: a new one."""

    name = forms.CharField(
        label="姓名",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填姓名，照身份证写", "max_length": "姓名太长，请核对"},
    )
    id_number = text_field("身份证号", 40, "18位，填完会核对；性别和出生日期从号码里来", inputmode="text")
    no_id = forms.BooleanField(
        label="还没有身份证号", required=False, help_text="先给一个临时编号，90天内补上"
    )
    sex = forms.ChoiceField(
        label="性别", required=False, choices=Person.Sex.choices, widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请从选项里选"},
    )  # fmt: skip
    birth_date = date_field("出生日期", required=False)
    village = forms.TypedChoiceField(
        label="户籍所在村（居）",
        coerce=int,
        error_messages={"required": "请选村（居）", "invalid_choice": "请从名单里选村（居）"},
    )
    residence = text_field("现在住哪里", 100, "和户籍地不一样的，写详细一点")
    head_name = text_field("户主姓名", 40, "同一户的人写同一个户主")
    relation = text_field("与户主关系", 10, list="relations")
    certificate_no = text_field("低保证号", 40)
    lives_alone = forms.BooleanField(label="独居", required=False, help_text="一个人住，没有同住的家人")
    confirm = forms.MultipleChoiceField(
        required=False, choices=[(code, "") for code in CONFIRMED], widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, villages: Sequence[Region], today: date, person: Person | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.person = person
        self.number: IdNumber | None = None
        choices = [(unit.pk, unit.name) for unit in villages]
        self.fields["village"].choices = [("", "请选"), *choices]  # type: ignore[attr-defined]
        self.has_id = person is not None and person.id_index is not None
        if person is None:
            del self.fields["version"]
        if self.has_id:
            assert person is not None
            self.fields["id_number"].help_text = f"现在是{person.tail_words}；不改就空着"
            del self.fields["no_id"], self.fields["sex"], self.fields["birth_date"]

    @staticmethod
    def initial_of(person: Person) -> dict[str, Any]:
        plain = ("name", "sex", "birth_date", "residence", "relation", "lives_alone")
        household = person.household
        return {
            **ContactForm.initial_of(person),
            **{name: getattr(person, name) for name in plain},
            "village": person.village_id,
            "no_id": person.temporary_no is not None,
            "head_name": household.head_name if household else "",
            "certificate_no": household.certificate_no if household else "",
        }

    def clean_name(self) -> str:
        try:
            return clean_name(self.cleaned_data["name"])
        except BadName as error:
            raise forms.ValidationError(str(error)) from error

    def clean_id_number(self) -> str:
        text = self.cleaned_data["id_number"]
        if text:
            try:
                self.number = parse(text, self.today)
            except IdNumberError as error:
                raise forms.ValidationError(str(error)) from error
        return text

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.number is not None or self.has_id or "id_number" in self.errors:
            return values
        if not values.get("no_id"):
            self.add_error("id_number", "请填18位身份证号；还没有的，勾“还没有身份证号”")
            return values
        if not values.get("sex"):
            self.add_error("sex", "没有身份证号的，请选性别")
        born = values.get("birth_date")
        if born is None and "birth_date" not in self.errors:
            self.add_error("birth_date", "没有身份证号的，请填出生日期，大概的也行")
        elif born is not None and not date(self.today.year - 130, 1, 1) <= born <= self.today:
            self.add_error("birth_date", "出生日期不对，请核对年份")
        return values

    def details(self) -> Details:
        """The clean values as the services take them; only after `is_valid`."""
        values, number, person = self.cleaned_data, self.number, self.person
        known = number or (person if self.has_id else None)
        plain = ("residence", "head_name", "relation", "certificate_no", "lives_alone")
        return Details(
            name=values["name"],
            number=number,
            sex=known.sex if known else values["sex"],
            birth_date=known.birth_date if known else values["birth_date"],
            village_id=values["village"],
            **self.values(),
            **{name: values[name] for name in plain},
        )


class MembershipForm(forms.Form):
    """Into a group, from a day on."""

    group = forms.ChoiceField(
        label="类别", error_messages={"required": "请选类别", "invalid_choice": "请从名单里选类别"}
    )
    starts_on = date_field("从哪天起", missing="请填从哪天起", help_text="批准的月份，填当月1日")
    area = forms.ChoiceField(
        label="低保：城市还是农村", required=False, choices=[("", "不分"), *Membership.Area.choices[:2]]
    )
    care = forms.ChoiceField(
        label="特困：怎么供养", required=False, choices=[("", "不分"), *Membership.Care.choices[:2]]
    )
    event = forms.ChoiceField(
        label="突发困难：发生了什么", required=False,
        choices=[("", "请选"), *(pair for pair in Membership.Event.choices if pair[0])],
        error_messages={"invalid_choice": "请从选项里选"},
    )  # fmt: skip
    event_on = date_field("突发困难：哪天发生", required=False, help_text="大概的日期也行")
    review_on = date_field("哪天复核", required=False, help_text="突发困难不填就是半年后")
    reported_on = date_field("不满16岁独居：哪天报告的公安和民政", required=False)
    reported_to = text_field("不满16岁独居：报告给谁", 60, "例如：嵩口派出所、镇民政办")
    visible_from = forms.ChoiceField(
        label="从哪一级起看得到", required=False,
        choices=[("", "照这一类的规定"), ("township", "只给乡镇（街道）以上看")],
        help_text="不便在村里公开的，村里只看到“其他类别”",
        error_messages={"invalid_choice": "请从选项里选"},
    )  # fmt: skip
    basis = text_field("依据", 80, "文号或名单，例如“永民〔2026〕12号”")
    confirm = forms.MultipleChoiceField(
        required=False, choices=[(code, "") for code in CONFIRMED], widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, groups: Sequence[CareGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [("", "请选"), *((g.code, g.name) for g in groups)]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        names = {"group": "group_id"}
        own = (
            "group", "starts_on", "area", "care", "basis", "event", "event_on", "review_on", "reported_on",
            "reported_to", "visible_from",
        )  # fmt: skip
        return {names.get(name, name): self.cleaned_data[name] for name in own}


class EventForm(forms.Form):
    """突发困难 (二(三)): what happened, and when to look again."""

    event = forms.ChoiceField(
        label="发生了什么", choices=[pair for pair in Membership.Event.choices if pair[0]],
        widget=forms.RadioSelect,
        error_messages={"required": "请选发生了什么", "invalid_choice": "请从选项里选"},
    )  # fmt: skip
    event_on = date_field("哪天发生", missing="请填哪天发生，大概的也行")
    review_on = date_field("哪天再核", missing="请填哪天再核")


class NewPersonForm(PersonForm, MembershipForm):
    """A new file with its first group."""

    @staticmethod
    def initial_from(told: Discovery) -> dict[str, Any]:
        """What a cadre told of somebody, where it belongs in the file."""
        return {
            "name": told.name,
            "village": told.village_id,
            "phone": told.phone,
            "find_me": told.where[:60],
            "group": told.group_id or "",
            "basis": "走访发现",
        }

    def membership(self) -> dict[str, Any]:
        return MembershipForm.values(self)

    def values(self) -> dict[str, str]:
        return ContactForm.values(self)
