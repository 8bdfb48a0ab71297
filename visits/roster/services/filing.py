"""The file beside the person (四(一)-7): kept in sections, row by row. Nothing is deleted: a wrong row is voided.

The person's row is the unit of change: every change below it takes its lock and its next version.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Post, User
from accounts.roles import VILLAGE, WRITES_VISITS, Role
from visits.core.idnumber import DisabilityCertificate as Parsed
from visits.roster import membership
from visits.roster.models import Benefit, DisabilityCertificate, NearRelative, Person, Relative
from visits.roster.services.common import CannotChange, Conflict, NeedsConfirmation, lock_own, lock_visible
from visits.roster.services.people import CONTACT_FIELDS
from visits.roster.services.questions import settle_answered

SECTIONS: dict[str, tuple[str, ...]] = {
    "places": ("registered_address", "residence", "residence_region_id", "hamlet", "find_me"),
    "care": ("care_arrangement", "care_review_on", "institution", "institution_phone", "mind"),
    "notice": ("informed_on", "informed_how", "family_notice"),
}
ROWS: dict[str, type[Any]] = {
    "relative": Relative,
    "benefit": Benefit,
    "certificate": DisabilityCertificate,
    "near_relative": NearRelative,
}
FARTHEST = timedelta(days=366 * 30)
# Whom a visitor may note: somebody to call. The rest of the family is the clerk's.
VISITOR_KINDS = frozenset({Relative.Kind.CONTACT})


@transaction.atomic
def edit_section(
    *, person_id: int, version: int, section: str, values: dict[str, Any], by: User, at: datetime
) -> Person:
    """Save one section of the file. Raises `Conflict` when somebody saved since `version`, `CannotChange`."""
    person = lock_own(person_id, by)
    if person.version != version:
        raise Conflict(person)
    _check_section(person, section, values, by.duty.on)  # type: ignore[attr-defined]
    changed = [name for name in SECTIONS[section] if getattr(person, name) != values[name]]
    if not changed:
        return person
    for name in changed:
        setattr(person, name, values[name])
    marks = {*person.corrected, *(name for name in changed if name in CONTACT_FIELDS)}
    person.corrected = [name for name in CONTACT_FIELDS if name in marks]
    person.version += 1
    person.save()
    _record("file_section_edited", person, by, at, section=section, fields=changed)
    return person


def _check_section(person: Person, section: str, values: dict[str, Any], today: date) -> None:
    if section == "notice":
        if (values["informed_on"] is None) != (values["informed_how"] == ""):
            missing = "informed_on" if values["informed_on"] is None else "informed_how"
            raise CannotChange("告知要写日期和方式，还没告知的两项都空着", missing)
        if values["informed_on"] is not None and values["informed_on"] > today:
            raise CannotChange("告知日期晚于今天，请核对", "informed_on")
        if values["informed_on"] is not None and values["informed_on"] < person.birth_date:
            raise CannotChange("告知日期早于出生日期，请核对", "informed_on")
    on = values.get("care_review_on")
    if on is not None and on != person.care_review_on and on <= today:
        raise CannotChange("再核的日期要晚于今天，请核对", "care_review_on")
    if on is not None and not values.get("care_arrangement"):
        raise CannotChange("写了哪天再核，也请写上谁在照料", "care_arrangement")


@transaction.atomic
def add_row(
    *, kind: str, person_id: int, values: dict[str, Any], by: User, at: datetime, confirmed: bool = False
) -> Any:
    """Enter one more row of a kind (`ROWS`). Raises `NeedsConfirmation`, `CannotChange`."""
    person = _lock(kind, person_id, values.get("kind", ""), by)
    values = _prepare(kind, person, values, by, confirmed)
    _refuse_twice(kind, person, values)
    row = ROWS[kind].objects.create(person=person, created_at=at, created_by=by, **values)
    _close("file_row_added", kind, row, person, by, at)
    return row


@transaction.atomic
def edit_row(
    *,
    kind: str,
    row_id: int,
    version: int,
    values: dict[str, Any],
    by: User,
    at: datetime,
    confirmed: bool = False,
) -> Any:
    """Put one row right. `version`: of the person. Raises `Conflict`, `NeedsConfirmation`, `CannotChange`."""
    row, person = _own_row(kind, row_id, by)
    if kind == "relative" and values["kind"] != row.kind and not _keeps(person, by):
        raise CannotChange("巡访人员只改联系人，别的请民政办改", "kind")
    if person.version != version:
        raise Conflict(person)
    values = _prepare(kind, person, values, by, confirmed, row)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
        _close("file_row_changed", kind, row, person, by, at)
    return row


@transaction.atomic
def void_row(*, kind: str, row_id: int, reason: str, by: User, at: datetime) -> Any:
    """作废: the row never held; it stays, marked, with the reason. Raises `CannotChange`."""
    row, person = _own_row(kind, row_id, by)
    if not reason:
        raise CannotChange("请写明为什么作废", "reason")
    row.voided_at, row.void_reason = at, reason
    row.save(update_fields=["voided_at", "void_reason"])
    _close("file_row_voided", kind, row, person, by, at)
    return row


def _lock(kind: str, person_id: int, what: str, by: User) -> Person:
    """The person, locked: by whoever keeps the file; for somebody to call, by whoever visits."""
    if kind == "relative" and what in VISITOR_KINDS and by.duty.has(WRITES_VISITS):  # type: ignore[attr-defined]
        return lock_visible(person_id, by)
    return lock_own(person_id, by)


def _own_row(kind: str, row_id: int, by: User) -> tuple[Any, Person]:
    model = ROWS[kind]
    found = model.objects.filter(pk=row_id).first()
    if found is None:
        raise CannotChange("没有这一条，请刷新后再看")
    person = _lock(kind, found.person_id, getattr(found, "kind", ""), by)
    row = model.objects.filter(pk=row_id, voided_at=None).select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise CannotChange("这一条已经作废了，请刷新后再看")
    return row, person


def _keeps(person: Person, by: User) -> bool:
    return by.duty.role_for(person, {Role.TOWNSHIP_CLERK}) is not None  # type: ignore[attr-defined]


def _prepare(
    kind: str, person: Person, values: dict[str, Any], by: User, confirmed: bool, row: Any = None
) -> dict[str, Any]:
    """The values as columns. Raises what speaks against them."""
    today: date = by.duty.on  # type: ignore[attr-defined]
    if kind == "relative":
        _check_relative(person, values, today)
    elif kind == "benefit":
        _check_benefit(person, values)
    elif kind == "certificate":
        return _certificate(person, values, confirmed, row)
    else:
        return _near_relative(values, today)
    return values


def _check_relative(person: Person, values: dict[str, Any], today: date) -> None:
    year = values["birth_year"]
    if year is not None and not today.year - 130 <= year <= today.year:
        raise CannotChange("出生年份不对，请核对", "birth_year")
    if values["kind"] == Relative.Kind.GUARDIAN and (why := membership.guardian_objection(year, today)):
        raise CannotChange(str(why), why.field)
    if (values["disability_kind"] is None) != (values["disability_grade"] is None):
        missing = "disability_kind" if values["disability_kind"] is None else "disability_grade"
        raise CannotChange("残疾类别和等级要一起填", missing)
    if values["kind"] == Relative.Kind.CHILD and year is not None and year <= person.birth_date.year:
        raise CannotChange("子女的出生年份不晚于本人，请核对", "birth_year")


def _check_benefit(person: Person, values: dict[str, Any]) -> None:
    if values["ends_on"] is not None and values["ends_on"] < values["starts_on"]:
        raise CannotChange("结束日期早于开始日期，请核对", "ends_on")
    if values["starts_on"] < person.birth_date:
        raise CannotChange("开始日期早于出生日期，请核对", "starts_on")


def _certificate(person: Person, values: dict[str, Any], confirmed: bool, row: Any) -> dict[str, Any]:
    """Kind and grade from the number when there is one. `number` None: unchanged, or never typed."""
    number: Parsed | None = values["number"]
    columns: dict[str, Any] = {"valid_until": values["valid_until"]}
    if number is not None:
        columns |= {"number": number.number, "kind": int(number.kind), "grade": number.grade}
        if number.warnings and not confirmed:
            raise NeedsConfirmation({"certificate": "；".join(number.warnings)})
    elif row is None or row.number is None:
        if values["kind"] is None or values["grade"] is None:
            raise CannotChange("请填残疾证号，或选残疾类别和等级", "number")
        columns |= {"kind": values["kind"], "grade": values["grade"]}
    if row is None and person.certificates.filter(voided_at=None).exists():
        raise CannotChange("已经登记了残疾证，换证的先把旧证作废，或在旧证上改")
    return columns


def _near_relative(values: dict[str, Any], today: date) -> dict[str, Any]:
    columns = {name: values[name] for name in ("name", "office", "relation", "filed_on")}
    if values["filed_on"] > today:
        raise CannotChange("备案日期晚于今天，请核对", "filed_on")
    key, user = values["account"], None
    if key:
        user = User.objects.filter(phone=key).first() or User.objects.filter(staff_no=key).first()
        if user is None or not Post.objects.filter(user=user).exists():
            raise CannotChange("没有找到这个账号，请核对手机号或工号；没有账号的空着", "account")
        columns["user_id"] = user.pk
    else:
        columns["user_id"] = None
    return columns


def _refuse_twice(kind: str, person: Person, values: dict[str, Any]) -> None:
    """The same row again is a second tap."""
    if kind == "certificate":
        return  # the number is encrypted, and there is one at most
    same = ROWS[kind].objects.filter(person=person, voided_at=None, **values)
    if same.exists():
        raise CannotChange("这一条已经登记过了，不用再加")


def _close(action: str, kind: str, row: Any, person: Person, by: User, at: datetime) -> None:
    person.version += 1
    person.save(update_fields=["version"])
    _record(action, person, by, at, what=kind, row=row.pk)
    if kind == "relative":
        settle_answered(person, by=by, at=at)


def _record(action: str, person: Person, by: User, at: datetime, **detail: Any) -> None:
    role = by.duty.role_for(person, {Role.TOWNSHIP_CLERK, *VILLAGE})  # type: ignore[attr-defined]
    audit.record(action, at=at, by_id=by.pk, role=role or "", target=person, **detail)
