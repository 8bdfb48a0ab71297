"""Events in the life of a round: made, called off."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from accounts.scoping import COLUMN
from visits.roster.services.common import CannotChange
from visits.schedule.models import DueItem, Round
from visits.schedule.rounds import beside, people
from visits.schedule.rounds.kinds import modes_of
from visits.schedule.services import after_writing

MAKERS = frozenset({Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK, Role.CITY_BUSINESS})
LONGEST_DAYS = 31
SOONEST_DAYS = 31


@dataclass(frozen=True)
class Plan:
    """A round as it was typed. `places`: units one level below the unit; none: all of it. `apart`: only whom no other
    round of these days asks for."""

    kind: str
    name: str
    starts_on: date
    due_on: date
    modes: tuple[str, ...]
    block: str
    who: tuple[str, ...]
    groups: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    questions: tuple[str, ...] = ()
    say: str = ""
    apart: bool = False


def units_of(by: Any) -> list[Region]:
    """The units for which this user makes rounds, the highest first."""
    ids = by.duty.unit_ids(*MAKERS)
    return list(Region.objects.filter(pk__in=ids).order_by("level", "position", "pk"))


def round_of(plan: Plan, unit: Region) -> Round:
    """The round of a plan, not saved."""
    return Round(
        region=unit,
        kind=plan.kind,
        name=plan.name,
        starts_on=plan.starts_on,
        due_on=plan.due_on,
        modes=modes_of(list(plan.modes)),
        village_ids=_villages(plan.places, unit),
        profile={"who": list(plan.who), "groups": list(plan.groups)},
        block=plan.block,
        questions=list(plan.questions),
        say=plan.say,
    )


def _villages(places: Collection[int], unit: Region) -> list[int]:
    if not places:
        return []
    column = COLUMN[Level(unit.level + 1)]
    below = Region.objects.filter(**{f"{column}__in": list(places)}, level=Level.VILLAGE)
    return list(below.order_by("pk").values_list("pk", flat=True))


def counted(row: Round, on: date) -> dict[int, int]:
    """Unit one level below → how many people the round would mean."""
    column = COLUMN[Level(row.region.level + 1)]
    found = people.fitting(row, on).order_by().values_list(column)
    return dict(found.annotate(n=Count("pk")))


@transaction.atomic
def make(*, key: UUID, plan: Plan, unit_id: int, by: User, at: datetime) -> tuple[Round, bool]:
    """Make a round and give everybody whom it means an item, in one statement. Gives it, and whether this call made
    it: the same press twice makes one round. A visit that is on record already does its item. Raises `CannotChange`."""
    on = by.duty.on  # type: ignore[attr-defined]
    unit = next((one for one in units_of(by) if one.pk == unit_id), None)
    if unit is None:
        raise CannotChange("这个单位的专项巡访不由您来定")
    made_before = Round.objects.filter(uuid=key, made_by=by).first()
    if made_before is not None:
        return made_before, False
    check(plan, on)
    row = round_of(plan, unit)
    if plan.apart:
        row.profile["without"] = [one.pk for one in beside.running(row, by)]
    row.uuid, row.made_by, row.made_at = key, by, at
    row.save(force_insert=True)
    count = people.write(row, on)
    if not count:
        raise CannotChange("这些条件下一个人也没有，放宽一点再发", "who")
    ids = (
        list(DueItem.objects.filter(round=row).values_list("person_id", flat=True))
        if row.starts_on <= on
        else []
    )
    for react in after_writing if ids else []:
        react(ids)
    _log("round_made", row, by, at, kind=row.kind, people=count)
    return row, True


def check(plan: Plan, on: date) -> None:
    """Refuse dates that make no sense. Raises `CannotChange`."""
    if plan.due_on < plan.starts_on:
        raise CannotChange("截止日期早于开始日期，请核对", "due_on")
    if plan.due_on < on:
        raise CannotChange("截止日期已经过了，请填今天或以后", "due_on")
    if (plan.due_on - plan.starts_on).days > LONGEST_DAYS:
        raise CannotChange("专项巡访最长一个月；要经常做的，请改巡访频次", "due_on")
    if (plan.starts_on - on).days > SOONEST_DAYS or (on - plan.starts_on).days > LONGEST_DAYS:
        raise CannotChange("开始日期离今天太远，请核对月份", "starts_on")
    if not plan.who and not plan.groups:
        raise CannotChange("请选要访哪些人", "who")


def may_call_off(row: Round, user: Any) -> bool:
    """Whoever makes rounds for the same unit, or for one above it."""
    above = {int(part) for part in row.region.path.split("/") if part}
    return row.called_off_at is None and bool(above & user.duty.unit_ids(*MAKERS))


@transaction.atomic
def call_off(*, round_id: int, reason: str, by: User, at: datetime) -> int:
    """No more of it: what is open is dropped, what was done stays. Returns how many were dropped. Raises
    `CannotChange`."""
    rows = Round.objects.visible_to(by).select_related("region")
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=round_id).first()
    if row is None or not may_call_off(row, by):
        raise CannotChange("这一次已经取消了，或者不由您来定")
    row.called_off_at, row.called_off_by, row.called_off_reason = at, by, reason
    row.save(update_fields=["called_off_at", "called_off_by", "called_off_reason"])
    open_ = DueItem.objects.filter(round=row, done_on=None, stored=DueItem.Stored.OPEN)
    dropped = open_.update(stored=DueItem.Stored.DROPPED)
    _log("round_called_off", row, by, at, dropped=dropped)
    return dropped


def _log(action: str, row: Round, by: User, at: datetime, **detail: Any) -> None:
    role = next((post.role for post in by.duty.posts if post.role in MAKERS), "")  # type: ignore[attr-defined]
    audit.record(action, at=at, by_id=by.pk, role=role, target=row, unit=row.region_id, **detail)
