"""A household visited in one go (practice P18): a record for each member, all of them or none."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import User
from visits.records.models import Draft, Visit
from visits.records.services.common import CannotVisit
from visits.records.services.visiting import Conflict, SameDay, join, submit
from visits.roster.models import Person


class MemberSameDay(SameDay):
    """One of them was visited that day already. `person_id`: who; `visit`: the record that stands."""

    def __init__(self, error: SameDay, person_id: int) -> None:
        super().__init__(str(error), error.visit)
        self.person_id = person_id


class CannotVisitMember(CannotVisit):
    """What is wrong with one of them. `person_id`: whose part of the page it belongs to."""

    def __init__(self, error: CannotVisit, person_id: int) -> None:
        super().__init__(str(error), error.field)
        self.person_id = person_id


def key_of(key: UUID, person: Person) -> UUID:
    """The key of one member's record: the same press makes the same keys."""
    return uuid5(key, str(person.uuid))


@transaction.atomic
def submit_household(
    *,
    by: User,
    at: datetime,
    key: UUID,
    bodies: Mapping[int, dict[str, Any]],
    joined: Collection[int] = (),
) -> tuple[list[Visit], bool]:
    """Record a visit to each of these people, by person id; `joined`: ids of records of that day that only get
    the name of whoever went along. Returns the records in the order of the people and whether this call made them:
    the same press twice gives the first ones. `key` becomes what the records share.

    All or nothing. Raises CannotVisit for nobody or for people of different households, Conflict when the press
    was recorded with other words or other people, MemberSameDay and CannotVisitMember about one of them."""
    people = _lock(bodies, by)
    stored = list(Visit.objects.filter(together=key).order_by("pk"))
    if stored and {visit.person_id for visit in stored} != set(bodies):
        raise Conflict("这一户您已经存过，两次记的人不一样。", stored[0])
    made = [_one(person, by, at, key, bodies[person.pk]) for person in people]
    for visit_id in sorted(joined):
        join(visit_id=visit_id, by=by, at=at)
    Draft.objects.filter(author=by, together=True, person__household_id=people[0].household_id).delete()
    return [visit for visit, _ in made], any(new for _, new in made)


def _lock(bodies: Mapping[int, dict[str, Any]], by: User) -> list[Person]:
    """The people in the order of their ids, locked at once: two presses for one household wait, none hangs."""
    people = list(
        Person.objects.visible_to(by)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk__in=bodies)
        .order_by("pk")
    )
    if not people:
        raise CannotVisit("还没有点见到了谁，没有存。")
    if len(people) != len(bodies) or len({person.household_id for person in people}) != 1:
        raise CannotVisit("这一户的人有变动，没有存。请刷新后再记。")
    if people[0].household_id is None:
        raise CannotVisit("这些人不是一户，请一个一个记。")
    return people


def _one(person: Person, by: User, at: datetime, key: UUID, body: dict[str, Any]) -> tuple[Visit, bool]:
    try:
        return submit(person_id=person.pk, by=by, at=at, key=key_of(key, person), body=body, together=key)
    except SameDay as error:
        raise MemberSameDay(error, person.pk) from None
    except Conflict:
        raise
    except CannotVisit as error:
        raise CannotVisitMember(error, person.pk) from None
