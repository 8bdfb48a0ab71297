"""What each row of a list means for the accounts we have. Reads the database, changes nothing."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from accounts import authority
from accounts.backends import normalise
from accounts.forms.users import MOBILE, STAFF_NO
from accounts.lists import columns
from accounts.lists.reading import RawRow
from accounts.models import AccountRow, Post, Region, User
from accounts.models.region import Level
from accounts.roles import ROLES, Role
from accounts.scoping import Duty

Verdict = AccountRow.Verdict
SHOWN = 200
LONGEST_AHEAD = timedelta(days=366)
_SUFFIX = re.compile("(村民委员会|居民委员会|村委会|居委会|社区居委会|社区|村|镇|乡|街道办事处|街道)$")
_DAY = re.compile(r"(\d{4})\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2}))?日?")


@dataclass(frozen=True)
class Good:
    """What a right row says."""

    name: str
    phone: str | None
    staff_no: str | None
    role: str
    region_id: int
    title: str
    starts_on: date


@dataclass
class Judged:
    """A row with its verdict. `user_id`: the account it is about; `reason` and `remedy` of a wrong one."""

    sheet: str
    number: int
    values: dict[str, str]
    texts: dict[str, str]
    verdict: str = Verdict.WRONG
    good: Good | None = None
    user_id: int | None = None
    reason: str = ""
    remedy: str = ""
    unit: str = ""

    @property
    def name(self) -> str:
        return " ".join(self.values.get("name", "").split())


class _Wrong(Exception):
    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


@dataclass
class Context:
    """What rows are held against: one's own units, the accounts that have one of the numbers, their posts."""

    duty: Duty
    today: date
    default_start: date
    units: dict[int, Region] = field(default_factory=dict)
    named: dict[str, list[Region]] = field(default_factory=dict)
    by_phone: dict[str, User] = field(default_factory=dict)
    by_staff_no: dict[str, User] = field(default_factory=dict)
    held: dict[int, set[tuple[int, str]]] = field(default_factory=dict)


def context_of(rows: Sequence[RawRow], duty: Duty, today: date, default_start: date) -> Context:
    """Six queries, whatever the number of rows."""
    context = Context(duty, today, default_start)
    context.units = {unit.pk: unit for unit in authority.units(duty, today)}
    for unit in context.units.values():
        for key in {columns.normal(unit.name), short(unit.name)}:
            context.named.setdefault(key, []).append(unit)
    # A county's own name leads down, also where only its townships are ours.
    above = {pk for unit in context.units.values() for pk in (unit.county_id, unit.township_id) if pk}
    for unit in Region.objects.filter(pk__in=above - context.units.keys()):
        context.units[unit.pk] = unit
    phones = {number_of(row.values.get("phone", "")) for row in rows} - {""}
    staff = {number_of(row.values.get("staff_no", "")) for row in rows} - {""}
    for user in User.objects.filter(Q(phone__in=phones) | Q(staff_no__in=staff)):
        if user.phone:
            context.by_phone[user.phone] = user
        if user.staff_no:
            context.by_staff_no[user.staff_no] = user
    ids = {user.pk for user in [*context.by_phone.values(), *context.by_staff_no.values()]}
    running = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), user_id__in=ids)
    for user_id, region_id, role in running.values_list("user_id", "region_id", "role"):
        context.held.setdefault(user_id, set()).add((region_id, role))
    return context


def short(name: str) -> str:
    """月洲 of 月洲村、月洲村委会: how lists shorten it."""
    text = columns.normal(name)
    return _SUFFIX.sub("", text) or text


def number_of(text: str) -> str:
    """A mobile or staff number as it is kept; a workbook's “.0” and a leading +86 are nothing."""
    number = re.sub(r"\.0$", "", normalise(text))
    return re.sub(r"^(\+86|0086|86(?=1[3-9]\d{9}$))", "", number)


def judge(rows: Sequence[RawRow], context: Context) -> list[Judged]:
    """Every row with its verdict, in their order. Rows of one number meet: the first names the person."""
    first: dict[str, Judged] = {}
    taken: set[tuple[str, int, str]] = set()
    found = []
    for raw in rows:
        row = Judged(raw.sheet, raw.number, raw.values, raw.texts)
        try:
            row.good = _good(row, context)
            row.unit = context.units[row.good.region_id].name
            _hold(row, row.good, context, first, taken)
        except _Wrong as wrong:
            row.verdict, row.reason, row.remedy = Verdict.WRONG, wrong.reason[:SHOWN], wrong.remedy[:SHOWN]
        found.append(row)
    return found


def _hold(
    row: Judged, good: Good, context: Context, first: dict[str, Judged], taken: set[tuple[str, int, str]]
) -> None:
    """Hold a right row against the accounts and against the right rows before it."""
    number = good.phone or good.staff_no or ""
    before = first.get(number)
    if before is not None and before.good and before.good.name != good.name:
        raise _Wrong(f"和第{before.number}行是同一个号码，姓名却不一样", "核对是谁的号码，一人一号")
    staff = first.get(f"#{good.staff_no}") if good.staff_no else None
    if staff is not None and staff.good and (staff.good.phone or staff.good.staff_no) != number:
        raise _Wrong(f"和第{staff.number}行是同一个工号", "核对是谁的工号，一人一号")
    user = _account(good, context)
    if user is not None and user.pk == context.duty.user_id:
        raise _Wrong("这是您自己的号码", "自己的任职请上一级来办，删掉这一行")
    post = (number, good.region_id, good.role)
    if user is not None:
        row.user_id = user.pk
        held = (good.region_id, good.role) in context.held.get(user.pk, set())
        row.verdict = Verdict.SAME if held or post in taken else Verdict.POST
    else:
        row.verdict = Verdict.NEW if before is None else Verdict.SAME if post in taken else Verdict.POST
    taken.add(post)
    first.setdefault(number, row)
    if good.staff_no:
        first.setdefault(f"#{good.staff_no}", row)


def _account(good: Good, context: Context) -> User | None:
    """The account of this person. A number of somebody else is never joined silently."""
    by_phone = context.by_phone.get(good.phone or "")
    by_staff = context.by_staff_no.get(good.staff_no or "")
    if by_phone and by_staff and by_phone.pk != by_staff.pk:
        raise _Wrong("手机号和工号分别是两个账号的", "核对手机号和工号，写错的那个改掉或者空着")
    user = by_phone or by_staff
    if user is None:
        return None
    if "".join(user.name.split()) != "".join(good.name.split()):
        which = "手机号" if by_phone else "工号"
        raise _Wrong(
            f"这个{which}已经是另一个人的账号", f"核对{which}；人没错、只是改了名字的，先到“账号”里改姓名"
        )
    if not user.is_active:
        raise _Wrong("这个人的账号已停用", "先到“账号”里恢复，再传这一行")
    return user


# ── one row by itself ────────────────────────────────────────────────────────────────────────────


def _good(row: Judged, context: Context) -> Good:
    values = row.values
    if not row.name:
        raise _Wrong("没有姓名", "填上姓名")
    if len(row.name) > 30:
        raise _Wrong("姓名超过30个字", "一格只写一个人的姓名")
    phone, staff_no = number_of(values.get("phone", "")), number_of(values.get("staff_no", ""))
    if phone and not MOBILE.fullmatch(phone):
        raise _Wrong(*_phone_fault(phone))
    if staff_no and (not STAFF_NO.fullmatch(staff_no) or MOBILE.fullmatch(staff_no)):
        raise _Wrong("工号不对", "工号是3到20位字母或数字，不能像手机号；不用工号的，这一格空着")
    if not phone and not staff_no:
        raise _Wrong("没有手机号", "填手机号；没有手机的填工号")
    title = " ".join(values.get("title", "").split())
    role = columns.role_of(values.get("role", ""), title)
    if role is None:
        raise _Wrong("看不出是哪个角色", f"“角色”一列填：{'、'.join(_roles(context))}")
    if role not in authority.grantable(context.duty) or role not in columns.LISTED:
        raise _Wrong(
            f"{ROLES[role].label}不归您开", f"您能开的是：{'、'.join(_roles(context))}；别的请上一级办"
        )
    unit = _unit(values, role, context)
    starts_on = _starts_on(values.get("starts_on", ""), context)
    return Good(row.name, phone or None, staff_no or None, role.value, unit.pk, title[:30], starts_on)


def _phone_fault(phone: str) -> tuple[str, str]:
    if phone.isdigit() and phone.startswith("1") and len(phone) != 11:
        return f"手机号是{len(phone)}位，应是11位", "逐位核对手机号"
    return "手机号不对", "只填一个11位手机号，1开头；座机不能用来登录"


def _roles(context: Context) -> list[str]:
    return [ROLES[role].label for role in authority.grantable(context.duty) if role in columns.LISTED]


def _unit(values: dict[str, str], role: Role, context: Context) -> Region:
    """The unit a row names. A visitor without a village stands in the township."""
    level = ROLES[role].level
    text = values.get("village", "") or values.get("township", "")
    if not text:
        raise _Wrong("没有写村", "填上村（居）的名称")
    found = context.named.get(columns.normal(text)) or context.named.get(short(text)) or _whole(text, context)
    found = [unit for unit in found if _under(unit, values, context)]
    of_level = [unit for unit in found if unit.level == level] if level else _lowest(found)
    if not of_level and found:
        raise _Wrong(
            f"{ROLES[role].label}要任在{Level(level).label}一级", f"“村”一列写{Level(level).label}的名称"
        )
    if not of_level:
        raise _Wrong(f"没有“{text[:20]}”，或者不归您管", "核对名称；写全称，例如月洲村")
    if len(of_level) > 1:
        raise _Wrong(f"有{len(of_level)}个单位都叫“{text[:20]}”", "加上“乡镇”一列，还重名的再加“县”一列")
    if not authority.may_grant(context.duty, role, of_level[0]):
        raise _Wrong("这个单位、这个角色不归您管", "请上一级来办，删掉这一行")
    return of_level[0]


def _lowest(found: Sequence[Region]) -> list[Region]:
    """For a role that stands at any level: villages before townships; a county has no visitor from a list."""
    for level in (Level.VILLAGE, Level.TOWNSHIP):
        if of_level := [unit for unit in found if unit.level == level]:
            return of_level
    return []


def _whole(text: str, context: Context) -> list[Region]:
    """嵩口镇月洲村 in one cell."""
    wanted = columns.normal(text)
    return [
        unit
        for unit in context.units.values()
        if unit.level == Level.VILLAGE and wanted.endswith(columns.normal(unit.name)) and _way(unit, context).endswith(wanted)
    ]  # fmt: skip


def _way(unit: Region, context: Context) -> str:
    names = [context.units[pk].name for pk in (unit.county_id, unit.township_id) if pk in context.units]
    return columns.normal("".join(dict.fromkeys([*names, unit.name])))


def _under(unit: Region, values: dict[str, str], context: Context) -> bool:
    """Whether the columns 乡镇 and 县, where they are filled, lead to this unit."""
    for key, pk in (("township", unit.township_id), ("county", unit.county_id)):
        text = values.get(key, "")
        if text and pk and pk in context.units and short(context.units[pk].name) != short(text):
            return False
    return True


def _starts_on(text: str, context: Context) -> date:
    if not text.strip():
        return context.default_start
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        if found is None:
            raise ValueError(text)
        day = date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        raise _Wrong("“从哪天”看不懂", "写成2026-11-24这样，或者空着") from None
    if day > context.today + LONGEST_AHEAD or day.year < 1970:
        raise _Wrong("“从哪天”的年份不对", "核对年份")
    return day


# ── kept between preview and yes ─────────────────────────────────────────────────────────────────


def pack(row: Judged, batch_id: int) -> AccountRow:
    """The row to be stored, its content encrypted."""
    content: dict[str, Any] = {"values": row.values, "texts": row.texts, "unit": row.unit}
    if row.good is not None:
        content["role"], content["title"] = row.good.role, row.good.title
        content["phone"], content["staff_no"] = row.good.phone, row.good.staff_no
        content["day"] = row.good.starts_on.isoformat()
    return AccountRow(
        batch_id=batch_id,
        sheet=row.sheet,
        number=row.number,
        content=json.dumps(content, ensure_ascii=False),
        verdict=row.verdict,
        reason=row.reason,
        remedy=row.remedy,
    )


def content_of(row: AccountRow) -> dict[str, Any]:
    return json.loads(str(row.content))


def raw_of(row: AccountRow) -> RawRow:
    """The row as it was read, to be judged once more."""
    content = content_of(row)
    return RawRow(row.sheet, row.number, content["values"], content["texts"])
