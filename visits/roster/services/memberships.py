"""Into a group, out of it again (二(一)–(五), 二-G1)."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster import membership
from visits.roster.models import CareGroup, Membership, Person
from visits.roster.services.common import CannotChange, lock_own, tell

# 渐退期: an end may be known long before it comes.
LATEST_END = timedelta(days=366)


def group_facts() -> dict[str, membership.GroupFacts]:
    """All groups as values for the pure rules, in their order."""
    return {
        group.code: membership.GroupFacts(
            group.code, group.name, group.short, group.clause, group.tier,
            group.min_age, group.max_age, group.alone,
        )
        for group in CareGroup.objects.order_by("position")
    }  # fmt: skip


def put_into_group(
    person: Person,
    group_id: str,
    starts_on: date,
    *,
    today: date,
    area: str = "",
    care: str = "",
    basis: str = "",
) -> Membership:
    """The membership itself, inside the caller's transaction. Raises `CannotChange`."""
    groups = group_facts()
    if group_id not in groups:
        raise CannotChange("没有这个类别，请从名单里选", "group")
    why = membership.objection(groups[group_id], person.birth_date, starts_on, today, groups.values())
    if why:
        raise CannotChange(str(why), why.field)
    if person.left_on is not None:
        raise CannotChange(f"已登记{person.get_status_display()}，不能再列入；登记错了请先撤销")
    same = person.memberships.filter(group_id=group_id, voided_at=None)
    if same.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on)).exists():
        raise CannotChange(f"这段时间已经在“{groups[group_id].short}”里了，不用再加", "group")
    return Membership.objects.create(
        person=person,
        group_id=group_id,
        starts_on=starts_on,
        area=area if group_id == "dibao" else "",
        care=care if group_id == "tekun" else "",
        basis=basis,
    )


@transaction.atomic
def add_membership(
    *,
    person_id: int,
    group_id: str,
    starts_on: date,
    by: User,
    at: datetime,
    area: str = "",
    care: str = "",
    basis: str = "",
) -> Membership:
    """Put a person into one more group from a day on. Raises `CannotChange`."""
    person = lock_own(person_id, by)
    made = put_into_group(
        person,
        group_id,
        starts_on,
        today=by.duty.on,  # type: ignore[attr-defined]
        area=area,
        care=care,
        basis=basis,
    )
    _record("membership_added", person, by, at, group=group_id, starts_on=starts_on.isoformat())
    return made


@transaction.atomic
def end_membership(*, membership_id: int, ends_on: date, reason: str, by: User, at: datetime) -> Membership:
    """The last day in a group (inclusive), with the reason. Raises `CannotChange`."""
    row, person = _lock(membership_id, by)
    if row.ends_on is not None:
        raise CannotChange("这一类已经结束了，请刷新后再看")
    if not reason:
        raise CannotChange("请选为什么结束", "reason")
    if ends_on < row.starts_on:
        raise CannotChange("结束日期早于开始日期，请核对", "ends_on")
    if ends_on > by.duty.on + LATEST_END:  # type: ignore[attr-defined]
        raise CannotChange("结束日期太远，请核对年份", "ends_on")
    row.ends_on, row.end_reason = ends_on, reason
    row.save(update_fields=["ends_on", "end_reason"])
    _record("membership_ended", person, by, at, group=row.group_id, ends_on=ends_on.isoformat())
    return row


@transaction.atomic
def void_membership(*, membership_id: int, reason: str, by: User, at: datetime) -> Membership:
    """录错了: the row never counted. It stays, marked, with the reason. Raises `CannotChange`."""
    row, person = _lock(membership_id, by)
    if not reason:
        raise CannotChange("请写明错在哪里", "note")
    row.voided_at, row.void_reason = at, reason
    row.save(update_fields=["voided_at", "void_reason"])
    _record("membership_voided", person, by, at, group=row.group_id)
    return row


def _lock(membership_id: int, by: User) -> tuple[Membership, Person]:
    """The membership under its person's lock: the person is the unit of change."""
    person_id = Membership.objects.filter(pk=membership_id).values_list("person_id", flat=True).first()
    if person_id is None:
        raise CannotChange("这份档案不归您这里管，请刷新后再看")
    person = lock_own(person_id, by)
    row = (
        Membership.objects.filter(pk=membership_id, voided_at=None)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if row is None:
        raise CannotChange("这一类已经作废了，请刷新后再看")
    return row, person


def _record(action: str, person: Person, by: User, at: datetime, **detail: Any) -> None:
    person.version += 1
    person.save(update_fields=["version"])
    audit.record(action, at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=person, **detail)
    tell([person.pk])
