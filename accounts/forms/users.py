"""Forms of accounts and posts."""

import re
from typing import Any

from django import forms

from accounts.backends import normalise
from accounts.forms.units import day_field
from accounts.models import Region
from accounts.roles import ROLES, Role
from accounts.services import NewPost

MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
STAFF_NO = re.compile(r"[A-Z0-9]{3,20}", re.ASCII)
# A select of more units than this is no help, and too much for a page.
MANY = 60


class SearchForm(forms.Form):
    """Posted, never in an address."""

    q = forms.CharField(
        label="找账号",
        max_length=40,
        error_messages={"required": "请写要找的姓名或手机号"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "姓名、手机号或工号"}),
    )


class PersonFields(forms.Form):
    """Who signs in, and by which number."""

    name = forms.CharField(label="姓名", max_length=30, error_messages={"required": "请填姓名"})
    phone = forms.CharField(
        label="手机号",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "numeric", "autocomplete": "off"}),
    )
    staff_no = forms.CharField(
        label="工号", help_text="没有手机号的，用工号登录。", required=False, max_length=20
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_phone(self) -> str | None:
        phone = normalise(self.cleaned_data["phone"])
        if phone and not MOBILE.fullmatch(phone):
            raise forms.ValidationError("手机号是11位数字，1开头，请核对")
        return phone or None

    def clean_staff_no(self) -> str | None:
        number = normalise(self.cleaned_data["staff_no"])
        if number and (not STAFF_NO.fullmatch(number) or MOBILE.fullmatch(number)):
            raise forms.ValidationError("工号是3到20位字母或数字，不能像手机号")
        return number or None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not values.get("phone") and not values.get("staff_no"):
            self.add_error("phone", "手机号和工号至少填一个")
        return values


class PostFields(forms.Form):
    """A role in a unit, from a day on. With few units they are chosen; with many the name is written."""

    role = forms.ChoiceField(
        label="角色", error_messages={"required": "请选角色", "invalid_choice": "请从名单里选角色"}
    )
    unit = forms.CharField(
        label="单位",
        max_length=80,
        error_messages={"required": "请填单位", "invalid_choice": "请从名单里选单位"},
    )
    title = forms.CharField(
        label="职务", help_text="例如：党委书记、包村干部。", required=False, max_length=30
    )
    starts_on = day_field("从哪天起")
    ends_on = day_field("到哪天（含）", required=False, help_text="长期的不填；外部检查人员必填。")
    document_no = forms.CharField(
        label="文号",
        help_text="只有外部检查人员要填：按哪份通知来查，会印在他看的每一页上。",
        required=False,
        max_length=60,
        error_messages={"max_length": "文号最多60个字"},
    )

    def __init__(self, *args: Any, roles: list[Role], units: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "请选"), *((r.value, ROLES[r].label) for r in roles)]  # type: ignore[attr-defined]
        self.units = units
        if Role.INSPECTOR not in roles:
            del self.fields["document_no"]
            self.fields["ends_on"].help_text = "长期的不填。"
        if len(units) <= MANY:
            old = self.fields["unit"]
            choices = [("", "请选"), *((str(unit.pk), unit.name) for unit in units)]
            self.fields["unit"] = forms.ChoiceField(
                label=old.label, choices=choices, error_messages=old.error_messages
            )
        else:
            self.fields["unit"].help_text = "写名称，例如：嵩口镇；有同名的，前面加上级，例如：永泰县嵩口镇。"

    def clean_unit(self) -> int:
        text = "".join(self.cleaned_data["unit"].split())
        if len(self.units) <= MANY:
            return int(text)
        names = {unit.pk: unit.name for unit in self.units}
        full = {
            unit.pk: "".join(
                names.get(pk or 0, "") for pk in (unit.county_id, unit.township_id, unit.village_id)
            )
            or unit.name
            for unit in self.units
        }
        exact = [pk for pk, whole in full.items() if whole == text]
        found = exact or [pk for pk, whole in full.items() if names[pk] == text or whole.endswith(text)]
        if not found:
            raise forms.ValidationError("没有这个单位，请核对名称")
        if len(found) > 1:
            listed = "、".join(full[pk] for pk in found[:5])
            raise forms.ValidationError(f"有{len(found)}个单位都叫这个名字，请写全：{listed}")
        return found[0]

    def new_post(self) -> NewPost:
        """The post the valid form describes."""
        values = self.cleaned_data
        return NewPost(
            values["role"],
            values["unit"],
            values["title"],
            values["starts_on"],
            values["ends_on"],
            " ".join(values.get("document_no", "").split()),
        )


class UserForm(PersonFields, PostFields):
    field_order = [
        "name",
        "phone",
        "staff_no",
        "role",
        "unit",
        "title",
        "starts_on",
        "ends_on",
        "document_no",
    ]
    same = forms.BooleanField(
        required=False, label="是同一个人", help_text="给他现在的账号加上这个任职，密码不变。"
    )


class EndForm(forms.Form):
    ends_on = day_field("最后一天是哪天（含）", help_text="从第二天起就不能再用这个任职。")


class EmptyForm(forms.Form):
    """A button that needs nothing but to be pressed."""


class AccountFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    show = forms.ChoiceField(
        required=False, choices=[(key, "") for key in ("unopened", "nopost", "soon", "closed")]
    )
    role = forms.ChoiceField(required=False, label="角色", choices=[("", "全部角色"), *Role.choices()])
    unit = forms.TypedChoiceField(required=False, label="单位", coerce=int, empty_value=None)
    before = forms.IntegerField(required=False, min_value=1, max_value=10**12)

    def __init__(self, *args: Any, roles: list[Role], units: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", "全部单位"), *((unit.pk, unit.name) for unit in units)]  # type: ignore[attr-defined]
        self.fields["role"].choices = [("", "全部角色"), *((role.value, ROLES[role].label) for role in roles)]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


class SlipsForm(forms.Form):
    """Which papers are to be printed."""

    unit = forms.TypedChoiceField(
        required=False,
        label="哪里的",
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "请从列表里选单位"},
    )
    again = forms.BooleanField(
        required=False,
        label="已经印过、还没过期的也重印",
        help_text="重印以后，原来发下去的就用不了了。",
    )

    def __init__(self, *args: Any, units: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", "全部"), *((unit.pk, unit.name) for unit in units)]  # type: ignore[attr-defined]
