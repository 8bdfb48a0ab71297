"""A change that no visit found: somebody called, wrote, came by (五(三)-8). The same two working days, from that day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.roles import TOWNSHIP
from visits.core.calendar import load as load_calendar
from visits.followup import clock
from visits.followup.models import ChangeReport, Subject
from visits.followup.services import hooks
from visits.followup.services.common import today_of
from visits.records.services.common import may_write
from visits.roster.models import Person
from visits.roster.services.common import CannotChange, lock_visible

Source = ChangeReport.Source
# What may have changed: 家庭人口、经济收入、生活状况 in the guideline's words, and what belongs to them.
WHAT: tuple[tuple[str, str], ...] = (
    ("family", "家庭人口"),
    ("income", "经济收入"),
    ("living", "生活状况"),
    ("health", "健康状况"),
    ("care", "谁照料"),
    ("housing", "住房"),
    ("other", "其他"),
)
LABELS = dict(WHAT)
SOURCES = tuple(one for one in Source if one != Source.VISIT)


@dataclass(frozen=True)
class Change:
    """One thing that changed, in a few words each."""

    code: str
    was: str
    now: str


def may_note(person: Person, by: User) -> bool:
    """The township's office, and whoever visits the person."""
    return by.duty.role_for(person, TOWNSHIP) is not None or may_write(person, by)  # type: ignore[attr-defined]


@transaction.atomic
def note_told(
    *,
    person_id: int,
    key: UUID,
    source: str,
    changes: Sequence[Change],
    found_on: date,
    by: User,
    at: datetime,
    told_by: str = "",
    urgent: bool = False,
) -> ChangeReport:
    """Put it on the township's list. The same press twice is one report. Raises `CannotChange` with the field."""
    person = lock_visible(person_id, by)
    if not may_note(person, by):
        raise CannotChange("由本人所在乡镇（街道）或者负责巡访的人登记")
    made = ChangeReport.objects.filter(key=key).first()
    if made is not None:
        if made.person_id != person.pk or made.noted_by_id != by.pk:
            raise CannotChange("这一页已经用过了，请从档案重新进来再填")
        return made
    _check(person, source, changes, found_on, at)
    due = clock.due(load_calendar(), found_on)
    report = ChangeReport.objects.create(
        person=person,
        source=source,
        key=key,
        told_by=told_by.strip(),
        found_on=found_on,
        due_on=due.on,
        due_note=due.note,
        items=[_item(one) for one in changes],
        urgent=urgent,
        noted_by=by,
        noted_at=at,
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
    )
    audit.record("change_noted", at=at, by_id=by.pk, target=report, urgent=urgent)
    hooks.started(Subject.REPORT, report.pk, at)
    return report


def _item(one: Change) -> dict[str, Any]:
    """In the shape of what a visit found, so that pages and papers read both alike."""
    return {
        "code": f"told_{one.code}",
        "item": LABELS[one.code],
        "was": one.was.strip(),
        "now": one.now.strip(),
        "level": 0,
        "note": "",
    }


def _check(person: Person, source: str, changes: Sequence[Change], found_on: date, at: datetime) -> None:
    if person.merged_into_id is not None or person.status in (Person.Status.VOIDED, Person.Status.DEPARTED):
        raise CannotChange("这份档案已经不在册，不能再登记变化")
    if source not in SOURCES:
        raise CannotChange("请选怎么知道的", "source")
    if not changes:
        raise CannotChange("请写什么变了，至少一项", "changes")
    if any(one.code not in LABELS or not one.now.strip() for one in changes):
        raise CannotChange("每一项都要写现在怎样", "changes")
    today = today_of(at)
    if found_on > today:
        raise CannotChange("日期晚于今天，请核对", "found_on")
    filed = timezone.localtime(person.created_at).date()
    if found_on < filed:
        raise CannotChange(
            f"{filed.year}年{filed.month}月{filed.day}日才建档，发现的日子不能更早", "found_on"
        )
