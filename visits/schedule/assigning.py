"""划分巡访人: a whole township in one table, looked at before it happens (五(一)-4, -5, decisions 18).

What somebody was shown is sealed with a mark; when the list has changed by the time they say yes, nothing happens and
they are shown the new state with their choices kept.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import WRITES_VISITS, Role
from visits.roster.models import Person, PersonQuerySet
from visits.schedule import areas, services
from visits.schedule.models import DueItem
from visits.schedule.periods import Quarter


class Changed(services.CannotAssign):
    """The list is not what was shown any more; nothing was done."""

    def __init__(self) -> None:
        super().__init__("您看的时候名单有变动。下面是现在的情况，您选的都还在，请再看一遍")


@dataclass(frozen=True)
class Place:
    """A village, or one 自然村 of it."""

    village_id: int
    hamlet: str | None = None

    @property
    def key(self) -> str:
        """The name of its field: stable while the list changes, and without the hamlet's name in it."""
        if self.hamlet is None:
            return f"v{self.village_id}"
        return f"h{self.village_id}_{hashlib.blake2s(self.hamlet.encode(), digest_size=6).hexdigest()}"


@dataclass(frozen=True)
class Step:
    """Who goes from whom to whom: the people of a place that change hands. `was`: visitor (None: nobody) → how many."""

    place: Place
    to_id: int
    people: tuple[int, ...]
    was: Mapping[int | None, int]


@dataclass
class Row:
    """A village, or 自然村, in the table."""

    place: Place
    name: str
    people: int = 0
    nobody: int = 0
    by: Counter[int] = field(default_factory=Counter)
    hamlets: list["Row"] = field(default_factory=list)

    def add(self, assignee_id: int | None, n: int) -> None:
        self.people += n
        if assignee_id is None:
            self.nobody += n
        else:
            self.by[assignee_id] += n


def own(by: Any) -> PersonQuerySet:
    """The people a clerk gives to visitors: not those whom another township visits meanwhile (四(一)-3)."""
    return Person.objects.writable_by(by).on_roster().filter(entrusted_to=None)


def rows(by: Any) -> list[Row]:
    """Every village with people, its 自然村 inside it, in the order of the units. Two queries."""
    found: dict[int, Row] = {}
    inside: dict[tuple[int, str], Row] = {}
    now = own(by).with_visitor_now(by.duty.on).order_by()
    counts = now.values_list("village_id", "hamlet", "visitor_now").annotate(n=Count("pk"))
    for village_id, hamlet, assignee_id, n in counts:
        row = found.setdefault(village_id, Row(Place(village_id), ""))
        small = inside.setdefault(
            (village_id, hamlet), Row(Place(village_id, hamlet), hamlet or "没写自然村")
        )
        row.add(assignee_id, n)
        small.add(assignee_id, n)
    for (village_id, _), small in sorted(inside.items()):
        found[village_id].hamlets.append(small)
    units = Region.objects.filter(pk__in=found).order_by("position", "pk")
    for unit in units:
        found[unit.pk].name = unit.name
    return [found[unit.pk] for unit in units]


def eligible(by: Any, on: date) -> dict[int, list[tuple[int, str, bool]]]:
    """Village id → (user id, name, whether of the village itself) of everybody who may visit there: the rule of
    `services.visitors_for` for a whole township in two queries; the village's own come first."""
    townships = by.duty.unit_ids(Role.TOWNSHIP_CLERK)
    units = Region.objects.live(on).filter(level=Level.VILLAGE, township_id__in=townships)
    villages = dict(units.values_list("pk", "township_id"))
    posts = (
        Post.objects.live(on)
        .filter(role__in=WRITES_VISITS, user__is_active=True, region_id__in=[*villages, *townships])
        .order_by("user__name", "user_id")
        .values_list("region_id", "user_id", "user__name")
    )
    at: dict[int, dict[int, str]] = {}
    for region_id, user_id, name in posts:
        at.setdefault(region_id, {})[user_id] = name
    found = {}
    for village_id, township_id in villages.items():
        here, above = at.get(village_id, {}), at.get(township_id, {})
        found[village_id] = [(pk, name, True) for pk, name in here.items()]
        found[village_id] += [(pk, name, False) for pk, name in above.items() if pk not in here]
    return found


def steps(wishes: Mapping[Place, int], *, only_nobody: bool, by: Any) -> list[Step]:
    """What these choices change. A 自然村 goes before its village; who is with that visitor already stays."""
    villages = {place.village_id for place in wishes}
    people = own(by).with_visitor_now(by.duty.on).filter(village_id__in=villages).order_by("pk")
    found: dict[Place, list[tuple[int, int | None]]] = {}
    for pk, village_id, hamlet, assignee_id in people.values_list(
        "pk", "village_id", "hamlet", "visitor_now"
    ):
        place = Place(village_id, hamlet)
        if place not in wishes:
            place = Place(village_id)
        if place not in wishes or assignee_id == wishes[place] or (only_nobody and assignee_id is not None):
            continue
        found.setdefault(place, []).append((pk, assignee_id))
    return [_step(place, wishes[place], found[place]) for place in wishes if place in found]


def _step(place: Place, to_id: int, people: Iterable[tuple[int, int | None]]) -> Step:
    rows_ = list(people)
    return Step(place, to_id, tuple(pk for pk, _ in rows_), Counter(was for _, was in rows_))


def area_changes(wishes: Mapping[Place, int], *, only_nobody: bool, by: Any) -> list[areas.Change]:
    """Which 责任区 these choices begin (五(一)-4). “没写自然村” is no place: those people are given by name."""
    spots = {
        (place.village_id, place.hamlet or ""): to_id
        for place, to_id in wishes.items()
        if place.hamlet is None or place.hamlet
    }
    return areas.changes(spots, only_nobody=only_nobody, on=by.duty.on)


def mark(found: Iterable[Step], by: Any, changes: Iterable[areas.Change] = ()) -> str:
    """Seals what was shown: who, with whom now, to whom; and which places change hands."""
    steps_ = list(found)
    ids = [pk for step in steps_ for pk in step.people]
    now = dict(own(by).filter(pk__in=ids).values_list("pk", "assignee_id"))
    people = [f"{pk}:{now.get(pk)}:{step.to_id}" for step in steps_ for pk in step.people]
    return _seal(people + [f"{one.spot}:{one.was_id}:{one.to_id}:{one.drops}" for one in changes])


def mark_people(people: Iterable[Person]) -> str:
    """Seals who was ticked, and with whom they are."""
    return _seal(sorted(f"{one.pk}:{one.assignee_id}" for one in people))


def _seal(parts: Iterable[str]) -> str:
    return hashlib.sha256(",".join(parts).encode()).hexdigest()[:32]


@transaction.atomic
def apply(
    *, wishes: Mapping[Place, int], only_nobody: bool, shown: str, by: User, at: datetime
) -> list[Step]:
    """Do what was shown, all or nothing: people change hands, the place becomes the visitor's area, and whoever is
    with that visitor there follows it from now on. Raises `Changed`, `services.CannotAssign`."""
    villages = {place.village_id for place in wishes}
    # A place may have nobody in it: two clerks meet at the village, then at its people.
    units = Region.objects.filter(pk__in=villages).order_by("pk")
    list(units.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    list(
        own(by)
        .filter(village_id__in=villages)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
        .values("pk")
    )
    found = steps(wishes, only_nobody=only_nobody, by=by)
    changes = area_changes(wishes, only_nobody=only_nobody, by=by)
    if mark(found, by, changes) != shown:
        raise Changed
    ids: dict[int, list[int]] = {}
    for step in found:
        ids.setdefault(step.to_id, []).extend(step.people)
    for to_id, people in ids.items():
        services.assign(person_ids=people, to_id=to_id, by=by, at=at)
    areas.give_place(changes, by=by, at=at, on=by.duty.on)  # type: ignore[attr-defined]
    whole = {place.village_id for place in wishes if place.hamlet is None}
    given = Q(village_id__in=whole)
    for place in wishes:
        if place.hamlet:
            given |= Q(village_id=place.village_id, hamlet=place.hamlet)
    areas.adopt(own(by).filter(given), on=by.duty.on)  # type: ignore[attr-defined]
    return found


@transaction.atomic
def apply_to(*, person_ids: Collection[int], to_id: int, shown: str, by: User, at: datetime) -> int:
    """The same for people who were ticked one by one. Raises `Changed`, `services.CannotAssign`."""
    people = list(
        own(by).filter(pk__in=person_ids).select_for_update(of=("self",), no_key=True).order_by("pk")
    )
    if mark_people(people) != shown:
        raise Changed
    return services.assign(person_ids=[one.pk for one in people], to_id=to_id, by=by, at=at)


def visitors_of(people: Collection[Person], by: Any, on: date) -> list[tuple[int, str]]:
    """Who may be given all of these people: the visitors that all their villages have in common."""
    at = eligible(by, on)
    villages = {one.village_id for one in people}
    common = set.intersection(*({pk for pk, _, _ in at.get(village, ())} for village in villages))
    names = {pk: name for village in villages for pk, name, _ in at.get(village, ())}
    return sorted(((pk, names[pk]) for pk in common), key=lambda one: (one[1], one[0]))


@dataclass(frozen=True)
class Load:
    """What a visitor has: people, and how many of them are due this quarter."""

    user_id: int
    name: str
    people: int
    due: int


def staffing(by: Any, on: date) -> list[Load]:
    """五(三)-1, 合理配备: people by visitor, by name; nobody is ranked."""
    people = dict(
        own(by).order_by().exclude(assignee=None).values_list("assignee_id").annotate(n=Count("pk"))
    )
    quarter = Quarter.containing(on)
    items = DueItem.objects.filter(person__in=own(by).order_by().values("pk")).counting()
    items = items.filter(due_on__gte=quarter.start, due_on__lte=quarter.end)
    due = dict(items.values_list("person__assignee_id").annotate(n=Count("person_id", distinct=True)))
    names = User.objects.filter(pk__in=people).order_by("name", "pk").values_list("pk", "name")
    return [Load(pk, name, people[pk], due.get(pk, 0)) for pk, name in names]


def loads_after(found: Iterable[Step], before: Iterable[Load]) -> Counter[int]:
    """Visitor → people, once these steps are done."""
    counts = Counter({load.user_id: load.people for load in before})
    for step in found:
        counts[step.to_id] += len(step.people)
        for was, n in step.was.items():
            if was is not None:
                counts[was] -= n
    return counts
