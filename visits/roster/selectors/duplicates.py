"""Which files of a township may be two of one person: the same name, and something else that fits."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Count

from visits.roster.models import DistinctPair, Person

# Most pairs that are shown; who has so many settles these first.
MOST = 200
STATES = (Person.Status.LIVE, Person.Status.DEAD, Person.Status.DEPARTED)


@dataclass(frozen=True)
class Pair:
    """Two files, the older number first, and why they may be one person's."""

    one: Person
    other: Person
    reasons: tuple[str, ...]


def likely_pairs(township_ids: Iterable[int]) -> list[Pair]:
    """Pairs of files with the same name in which birth date, telephone, village of a temporary number or a
    mistyped id number agree; without those somebody called 不是同一个人. At least one is on the roster. The
    number of queries does not grow with the people."""
    files = Person.objects.filter(
        township_id__in=list(township_ids), merged_into=None, status__in=STATES
    ).order_by()
    names = files.values("township_id", "name").annotate(n=Count("pk")).filter(n__gt=1).values("name")
    groups: dict[tuple[int, str], list[Person]] = defaultdict(list)
    for person in files.filter(name__in=names).order_by("pk"):
        groups[person.township_id, person.name].append(person)
    apart = _kept_apart(person.pk for rows in groups.values() for person in rows)
    found = []
    for rows in groups.values():
        for one, other in combinations(rows, 2):
            if (one.pk, other.pk) in apart or Person.Status.LIVE not in (one.status, other.status):
                continue
            reasons = reasons_of(one, other)
            if reasons:
                found.append(Pair(one, other, reasons))
    found.sort(key=lambda pair: (-len(pair.reasons), pair.one.village_id, pair.one.pk, pair.other.pk))
    return found[:MOST]


def _kept_apart(person_ids: Iterable[int]) -> set[tuple[int, int]]:
    ids = list(person_ids)
    return set(DistinctPair.objects.filter(one__in=ids, other__in=ids).values_list("one_id", "other_id"))


def reasons_of(one: Person, other: Person) -> tuple[str, ...]:
    """Why two files of one name may be the same person's, in words; () when nothing else fits."""
    found = []
    if mistyped(one.id_number, other.id_number):
        found.append("身份证号只差一位或两位颠倒")
    if one.birth_date == other.birth_date:
        found.append("出生日期一样")
    if one.phone and one.phone == other.phone:
        found.append("电话一样")
    if None in (one.id_index, other.id_index) and one.village_id == other.village_id:
        found.append("同村，有一份还是临时编号")
    return tuple(found)


def mistyped(one: str | None, other: str | None) -> bool:
    """Whether two id numbers differ by one digit, or by two neighbours that changed places. The last character
    follows from the others and is left out, unless it is all that differs."""
    if not one or not other or one == other or len(one) != len(other):
        return False
    places = [at for at in range(17) if one[at] != other[at]]
    if len(places) <= 1:
        return True
    if len(places) == 2 and places[1] == places[0] + 1:
        first, second = places
        return one[first] == other[second] and one[second] == other[first]
    return False
