"""Into a group, out of it again (二(一)–(五), 二-G1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import Region, User
from accounts.roles import COUNTY, Role
from visits.roster import membership
from visits.roster.models import CareGroup, Membership, Person, VisibleFrom
from visits.roster.selectors.labels import readable
from visits.roster.services.circumstances import circumstances_of, group_facts, settings_of
from visits.roster.services.common import CannotChange, NeedsConfirmation, lock_own, lock_visible, tell
from visits.roster.services.questions import settle_answered

# 渐退期: an end may be known long before it comes.
LATEST_END = timedelta(days=366)
RANK = list(VisibleFrom)


@dataclass(frozen=True)
class Into:
    """What a form says about a new membership. `review_on` None: as the rules say (`default_review`);
    `visible_from` "": as the group says."""

    group_id: str
    starts_on: date
    area: str = ""
    care: str = ""
    basis: str = ""
    event: str = ""
    event_on: date | None = None
    review_on: date | None = None
    reported_on: date | None = None
    reported_to: str = ""
    visible_from: str = ""


def weigh(
    into: Into, who: membership.Circumstances, village: Region, today: date
) -> tuple[membership.GroupFacts, dict[str, str]]:
    """The group, and what is unusual about it for this person (code → sentence). Raises `CannotChange`."""
    groups = group_facts(village, today)
    if into.group_id not in groups:
        raise CannotChange("没有这个类别，请从名单里选", "group")
    place = settings_of(village, today)["children_place"]
    entry = membership.Entry(
        into.starts_on, into.event, into.event_on, into.reported_on, into.reported_to
    )  # fmt: skip
    found = membership.examine(groups[into.group_id], who, entry, today, groups.values(), place)
    if found.refusals:
        raise CannotChange(str(found.refusals[0]), found.refusals[0].field)
    return groups[into.group_id], dict(found.warnings)


def put_into_group(person: Person, into: Into, facts: membership.GroupFacts) -> Membership:
    """The membership itself, inside the caller's transaction, after `weigh`. Raises `CannotChange`."""
    if person.left_on is not None:
        raise CannotChange(f"已登记{person.get_status_display()}，不能再列入；登记错了请先撤销")
    same = person.memberships.filter(group_id=into.group_id, voided_at=None)
    if same.filter(Q(ends_on=None) | Q(ends_on__gte=into.starts_on)).exists():
        raise CannotChange(f"这段时间已经在“{facts.short}”里了，不用再加", "group")
    if into.review_on is not None and into.review_on <= into.starts_on:
        raise CannotChange("复核日期要晚于列入日期，请核对", "review_on")
    sudden = into.group_id == "sudden"
    return Membership.objects.create(
        person=person,
        group_id=into.group_id,
        starts_on=into.starts_on,
        area=into.area if into.group_id == "dibao" else "",
        care=into.care if into.group_id == "tekun" else "",
        basis=into.basis,
        event=into.event if sudden else "",
        event_on=into.event_on if sudden else None,
        review_on=into.review_on or membership.default_review(into.group_id, into.starts_on, into.event_on),
        reported_on=into.reported_on if into.group_id == "minor_alone" else None,
        reported_to=into.reported_to if into.group_id == "minor_alone" and into.reported_on else "",
        visible_from=into.visible_from,
    )


@transaction.atomic
def add_membership(
    *, person_id: int, by: User, at: datetime, confirmed: Collection[str] = (), **values: Any
) -> Membership:
    """Put a person into one more group from a day on; `values`: see `Into`. The clerk keeps the file; a class
    that only the county may read is the county's to give. Raises `NeedsConfirmation`, `CannotChange`."""
    into = Into(**values)
    person = _lock_for(person_id, _level(into), by)
    today: date = by.duty.on  # type: ignore[attr-defined]
    village = Region.objects.get(pk=person.village_id)
    facts, warnings = weigh(into, circumstances_of(person), village, today)
    if open_ := {code: text for code, text in warnings.items() if code not in confirmed}:
        raise NeedsConfirmation(open_)
    made = put_into_group(person, into, facts)
    _record(
        "membership_added", person, by, at,
        group=into.group_id, starts_on=into.starts_on.isoformat(), accepted=sorted(warnings),
    )  # fmt: skip
    return made


def _level(into: Into) -> str:
    """From which level the label will be read. A membership may be stricter than its group, never looser."""
    group = CareGroup.objects.filter(pk=into.group_id, active=True).first()
    if group is None:
        raise CannotChange("没有这个类别，请从名单里选", "group")
    if not into.visible_from:
        return group.visible_from
    if RANK.index(VisibleFrom(into.visible_from)) < RANK.index(VisibleFrom(group.visible_from)):
        raise CannotChange(
            f"这一类本来就是{group.get_visible_from_display()}才看得到，不能放宽", "visible_from"
        )
    return into.visible_from


def _lock_for(person_id: int, level: str, by: User) -> Person:
    if level != VisibleFrom.COUNTY:
        return lock_own(person_id, by)
    person = lock_visible(person_id, by)
    if by.duty.role_for(person, COUNTY) is None:  # type: ignore[attr-defined]
        raise CannotChange("县级以上才看得到的类别，由县级民政部门列入和结束", "group")
    return person


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


@transaction.atomic
def prolong_membership(
    *,
    membership_id: int,
    review_on: date,
    by: User,
    at: datetime,
    event: str = "",
    event_on: date | None = None,
) -> Membership:
    """复核过了，情况还在: the next look on that day; what happened, when a list could not say it. Raises
    `CannotChange`."""
    row, person = _lock(membership_id, by)
    if review_on <= by.duty.on:  # type: ignore[attr-defined]
        raise CannotChange("下次复核的日期要晚于今天，请核对", "review_on")
    if event_on is not None and event_on > by.duty.on:  # type: ignore[attr-defined]
        raise CannotChange("发生的日期晚于今天，请核对", "event_on")
    row.review_on = review_on
    if row.group_id == "sudden" and event:
        row.event, row.event_on = event, event_on
    row.save(update_fields=["review_on", "event", "event_on"])
    settle_answered(person, by=by, at=at)
    _record("membership_reviewed", person, by, at, group=row.group_id, review_on=review_on.isoformat())
    return row


def _lock(membership_id: int, by: User) -> tuple[Membership, Person]:
    """The membership under its person's lock: the person is the unit of change. What the user may not read
    (practice P17) is not there."""
    found = Membership.objects.filter(pk=membership_id).filter(readable(by)).select_related("group").first()
    if found is None:
        raise CannotChange("这份档案不归您这里管，请刷新后再看")
    person = _lock_for(found.person_id, found.visible_from or found.group.visible_from, by)
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
    role = by.duty.role_for(person, {Role.TOWNSHIP_CLERK, *COUNTY})  # type: ignore[attr-defined]
    audit.record(action, at=at, by_id=by.pk, role=role or "", target=person, **detail)
    tell([person.pk])
