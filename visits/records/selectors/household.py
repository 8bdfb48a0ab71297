"""Reading a household for a round: who lives there and may be recorded, and what its author was typing."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accounts.roles import WRITES_VISITS, Role
from visits.records.models import Draft, Visit
from visits.records.services.common import may_write
from visits.roster.models import Person
from visits.roster.selectors.reader import reader_of
from visits.schedule.models import DueItem
from visits.schedule.selectors import DuePerson, cards
from xunfang.kit.prepared import Prepared

HEAD = "户主"
MOST = 12  # nobody records more than that in one go; a list that says so is wrong


def members_of(person: Person, user: Any) -> list[Person]:
    """The live members of the person's household about whom the user may record, the head first, then by age."""
    if person.household_id is None:
        return [person]
    rows = [row for row in _living_with(person, user) if may_write(row, user)]
    return sorted(rows, key=lambda row: (row.relation != HEAD, row.birth_date, row.pk))[:MOST]


def _living_with(person: Person, user: Any) -> QuerySet[Person]:
    return (
        Person.objects.visible_to(user)
        .on_roster()
        .filter(household_id=person.household_id)
        .select_related("household", "assignee")
    )


def others_due(person: Person, user: Any, today: date) -> int:
    """How many others of the household are to be visited too, of those the user may record."""
    if person.household_id is None or not user.duty.has(WRITES_VISITS):
        return 0
    owed = _OWED.all(reader_of(user), today, home=person.household_id)
    return sum(1 for _, pk in owed if pk != person.pk)


def _owed(user: Any, today: date, home: Q) -> QuerySet:
    """Household and person of those who are to be visited and whom the user, who writes visits, may record."""
    owed = (
        DueItem.objects.visible_to(user)
        .to_do(today)
        .filter(home, person__status=Person.Status.LIVE, person__merged_into=None)
    )
    # A visitor's own list is what the visitor may see.
    if not user.duty.has(WRITES_VISITS - {Role.VISITOR}):
        owed = owed.filter(person__assignee_id=user.pk)
    return owed.order_by().values_list("person__household_id", "person_id").distinct()


_OWED = Prepared[tuple](lambda reader, today, *, home: _owed(reader, today, Q(person__household_id=home)))


def others_due_of(people: Collection[Person], user: Any, today: date) -> dict[int, int]:
    """Person id → how many others of the household are to be visited too; people without any are left out.
    One query."""
    if not user.duty.has(WRITES_VISITS):
        return {}
    homes = {row.household_id for row in people if row.household_id is not None}
    if not homes:
        return {}
    pairs = set(_owed(user, today, Q(person__household_id__in=homes)))
    found = {}
    for row in people:
        others = sum(1 for home, pk in pairs if home == row.household_id and pk != row.pk)
        if others:
            found[row.pk] = others
    return found


def owed_to(people: Collection[Person], user: Any, today: date) -> dict[int, DuePerson]:
    """Person id → the most urgent thing owed, in words for the user."""
    items = DueItem.objects.filter(person__in=people).to_do(today)
    first = items.order_by("person_id", "due_on", "pk").distinct("person_id").values("pk")
    rows = DueItem.objects.filter(pk__in=first).with_state(today).order_by("due_on", "pk")
    return {row.person.pk: row for row in cards(rows, today, user)}


def stored_together(visit: Visit, user: Any) -> list[Visit]:
    """The records that were made in one go with this one, of those the user may read."""
    rows = Visit.objects.visible_to(user).filter(together=visit.together)
    return list(rows.select_related("person").order_by("pk"))


def draft_of_household(members: Collection[Person], author: Any) -> Draft | None:
    """What this author was typing about the household, whoever of it the page was opened from."""
    return (
        Draft.objects.filter(author=author, together=True, person__in=members).order_by("-saved_at").first()
    )


def visited_that_day(members: Collection[Person], on: date) -> dict[int, Visit]:
    """Person id → the valid record of that day."""
    rows = Visit.objects.valid().of_files([row.pk for row in members]).filter(visited_on=on)
    return {row.file_id: row for row in rows.select_related("visitor").order_by("pk")}
