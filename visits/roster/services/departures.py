"""去世 and 迁出: one action, reversible, at once on every list (practice P8)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import WRITES_VISITS
from visits.roster.models import Person
from visits.roster.services.common import CannotChange, lock_visible, tell


@transaction.atomic
def mark_left(*, person_id: int, status: str, on: date, by: User, at: datetime) -> Person:
    """Note that a person died or moved away on that day (an approximate day will do); whoever visits may
    do it. The memberships stay as they are; nothing is owed from that day on. Raises `CannotChange`."""
    person = lock_visible(person_id, by)
    if status not in (Person.Status.DEAD, Person.Status.DEPARTED):
        raise CannotChange("请选去世还是迁出", "status")
    if person.left_on is not None:
        raise CannotChange(f"已经登记过{person.get_status_display()}，请刷新后再看")
    if on > by.duty.on:  # type: ignore[attr-defined]
        raise CannotChange("日期晚于今天，请核对", "on")
    if on < person.birth_date:
        raise CannotChange("日期早于出生日期，请核对", "on")
    person.status, person.left_on = status, on
    _save("person_left", person, by, at, status=status, on=on.isoformat())
    return person


@transaction.atomic
def undo_left(*, person_id: int, by: User, at: datetime) -> Person:
    """It was a mistake: back on the roster, with what is owed. Raises `CannotChange`."""
    person = lock_visible(person_id, by)
    if person.left_on is None:
        raise CannotChange("这个人在册，不用撤销")
    if person.status == Person.Status.VOIDED:
        raise CannotChange("整份作废的档案由民政办恢复")
    was = person.status
    person.status, person.left_on = Person.Status.LIVE, None
    _save("person_left_undone", person, by, at, status=was)
    return person


def _save(action: str, person: Person, by: User, at: datetime, **detail: Any) -> None:
    person.version += 1
    person.save(update_fields=["status", "left_on", "version"])
    role = by.duty.role_for(person, WRITES_VISITS)  # type: ignore[attr-defined]
    audit.record(action, at=at, by_id=by.pk, role=role or "", target=person, **detail)
    tell([person.pk])
