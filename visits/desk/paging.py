"""One page of the list behind a number, without asking of everybody how they stand.

A list is a filter of the one definition (`desk.standing`), and of a city that takes seconds. What is kept ready says in
which villages somebody stands so; where these are many, the list is read in its own order, some villages at a time.
Either way each person's whole state is asked, so that a page is exactly the part of the whole list that it would be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from accounts.models.region import Level
from visits.desk.scope import Units
from visits.desk.tallies import counting, reading
from visits.desk.tallies.counting import View
from visits.roster.models import Person, PersonQuerySet

ORDER = ("township_id", "village_id", "hamlet", "pk")
# So many villages at first; ten times as many each time that these were not enough.
FIRST, TIMES = 40, 10
# The items of so many villages are read village by village; of more, the period's are read once.
FEW = 30


@dataclass(frozen=True)
class Narrow:
    """How the people of a measure can be looked for in a part. `within`: those of them whose items (without a view: who
    themselves) are among these. `homes`: one stands for all of a household, who must be asked together."""

    view: View | None
    code: str
    within: Callable[[Q], PersonQuerySet]
    homes: bool = False


def rows(
    people: PersonQuerySet, narrow: Narrow | None, units: Units, last: Person | None, most: int
) -> list[Person]:
    """The first people behind `last`."""
    if narrow is None or min(units) >= Level.TOWNSHIP:
        return list(_behind(people, last)[:most])
    found = reading.where(narrow.view, units, narrow.code) if narrow.view else None
    if narrow.view and found is not None and len(found.villages) <= reading.MANY:
        if not found.villages and not found.spread:
            return []
        if len(found.villages) <= FEW:
            near = counting.in_villages(found.villages, narrow.view.period)
        elif Level.CITY in units:
            near = Q(village_id__in={village for _, _, village in found.villages})
        else:
            return list(_behind(people, last)[:most])  # nearly all of a county
        return list(_behind(narrow.within(near | Q(person_id__in=found.spread)), last)[:most])
    if Level.CITY not in units:
        return list(_behind(people, last)[:most])
    rows: list[Person] = []
    for villages in _parts(last):
        near = _living_in(villages, "person_id" if narrow.view else "pk", homes=narrow.homes)
        part = narrow.within(near).filter(village_id__in=villages)
        rows += _behind(part, last)[: most - len(rows)]
        if len(rows) >= most:
            break
    return rows


def _living_in(villages: list[int], name: str, *, homes: bool) -> Q:
    here = Person.objects.filter(village_id__in=villages).order_by()
    near = Q(**{f"{name}__in": here.values("pk")})
    if homes:
        together = here.filter(household__isnull=False).values("household_id")
        mates = Person.objects.filter(household_id__in=together).order_by()
        near |= Q(**{f"{name}__in": mates.values("pk")})
    return near


def _parts(last: Person | None) -> Iterator[list[int]]:
    """The villages from that of `last` on in which anybody lives, in the order of the list, in growing parts."""
    found = (
        Person.objects.order_by("township_id", "village_id")
        .values_list("township_id", "village_id")
        .distinct()
    )
    if last is not None:
        found = found.filter(
            Q(township_id__gt=last.township_id)
            | Q(township_id=last.township_id, village_id__gte=last.village_id)
        )
    every, size, place = [village for _, village in found], FIRST, 0
    while place < len(every):
        yield every[place : place + size]
        place, size = place + size, size * TIMES


def _behind(people: PersonQuerySet, last: Person | None) -> PersonQuerySet:
    """Everybody behind this person in the order of `people`."""
    people = people.prefetch_related("assignee")  # a join before the limit would meet everybody
    if last is None:
        return people
    same = Q()
    found = Q(pk__in=[])
    for name in ORDER:
        value = getattr(last, name)
        found |= same & Q(**{f"{name}__gt": value})
        same &= Q(**{name: value})
    return people.filter(found)
