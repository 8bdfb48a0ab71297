"""Everything a person's page needs of what several of its parts speak of, read once."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Region
from visits.desk import presence
from visits.desk.presence import Presence
from visits.desk.visited import Visited, visited
from visits.roster.models import Absence, Membership, Person
from visits.roster.selectors.labels import Labels, keep_labels, opened
from visits.roster.selectors.reader import Reader, reader_of
from visits.roster.services.absences import open_of
from xunfang.kit.prepared import Prepared

_PERSON = Prepared[Person](
    lambda reader, *, uuid: (
        Person.objects.visible_to(reader).select_related("assignee", "residence_region").filter(uuid=uuid)
    )
)


def _memberships(reader: Reader, whose: Q) -> QuerySet:
    """The order is the guideline's; of what was voided nothing is told."""
    rows = Membership.objects.filter(whose, voided_at=None).select_related("group")
    return rows.annotate(open=opened(reader)).order_by("group__position", "pk")


_OWN = Prepared[Any](lambda reader, *, person: _memberships(reader, Q(person_id=person)))
_OF_HOUSEHOLD = Prepared[Any](lambda reader, *, home: _memberships(reader, Q(person__household_id=home)))
_UNITS = Prepared[Region](
    lambda *, county, township, village: Region.objects.filter(pk__in=[county, township, village]).order_by(
        "-level"
    )
)


@dataclass
class Read:
    """`memberships`: those that were not voided, each with `open`: whether the reader may read it;
    `of_household`: the same of everybody under the same roof. `units`: the village, the township and the county of the
    person, in this order."""

    person: Person
    reader: Reader
    there: Presence
    visited: Visited
    memberships: list[Any] = field(default_factory=list)
    of_household: list[Any] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    units: list[Region] = field(default_factory=list)

    @cached_property
    def absence(self) -> Absence | None:
        """The one that goes on."""
        return open_of(self.person) if self.there.absences else None

    def live(self, on: date) -> list[Any]:
        """The memberships of that day that the reader may read."""
        return [
            row
            for row in self.memberships
            if row.open and row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)
        ]


def find(uuid: UUID, user: Any) -> tuple[Person, Reader] | None:
    """The person with that uuid in the user's scope, and the user as a reader; None out of scope."""
    reader = reader_of(user)
    person = _PERSON.first(reader, uuid=uuid)
    return None if person is None else (person, reader)


def read(person: Person, reader: Reader, user: Any, today: date) -> Read:
    """Four statements, whatever there is."""
    if person.household_id is None:
        together = _OWN.all(reader, person=person.pk)
    else:
        together = _OF_HOUSEHOLD.all(reader, home=person.household_id)
    memberships = [row for row in together if row.person_id == person.pk]
    return Read(
        person,
        reader,
        presence.look(person.pk, user.pk),
        visited(person),
        memberships,
        together,
        keep_labels(user, person.pk, today, memberships),
        _UNITS.all(county=person.county_id, township=person.township_id, village=person.village_id),
    )
