"""Where nobody has the place (五(一)-4), whose visitor is not in office, who has too many people (五(三)-1)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count

from accounts.models import Region, User
from accounts.scoping import where
from visits.core.options import option
from visits.roster.models import Person
from visits.schedule import areas
from visits.schedule.models import Area


@dataclass
class Place:
    """A village, or 自然村 of it, with people: `own` of them are visited by whoever has the area, the others were given
    to somebody by name, or to nobody. `before`: the area that ended last there; `ahead`: the one that begins next.
    `vacant`: its visitor's post is over or the account closed."""

    township: str
    village: str
    hamlet: str
    spot: areas.Spot
    people: int = 0
    own: int = 0
    area: Area | None = None
    before: Area | None = None
    ahead: Area | None = None
    vacant: bool = False

    @property
    def name(self) -> str:
        return f"{self.village}{self.hamlet}"


@dataclass
class Staffing:
    """People by visitor in office. `limit`: what the county set; `over`: (name, people) above it, by name."""

    limit: int
    visitors: int = 0
    people: int = 0
    most: int = 0
    over: list[tuple[str, int]] = field(default_factory=list)

    @property
    def mean(self) -> int:
        return round(self.people / self.visitors) if self.visitors else 0


@dataclass
class Overview:
    places: list[Place]
    staffing: Staffing
    nobody: int

    @property
    def gaps(self) -> list[Place]:
        return [place for place in self.places if place.area is None]

    @property
    def vacant(self) -> list[Place]:
        return [place for place in self.places if place.vacant]


def read(user: Any, on: date) -> Overview:
    """Everything of the user's units: the same few queries for a village and a county."""
    # The people whom an area is for, as 划分巡访人 counts them: not those whom another township visits meanwhile, and
    # not those whom one visits for another.
    people = Person.objects.filter(where(user.duty)).on_roster().filter(entrusted_to=None)
    counts: dict[tuple[int, str, int | None], int] = {}
    grouped = people.with_visitor_now(on).order_by().values_list("village_id", "hamlet", "visitor_now")
    for village_id, hamlet, visitor_id, n in grouped.annotate(n=Count("pk")):
        counts[village_id, hamlet, visitor_id] = n
    held: dict[areas.Spot, Area] = {}
    before: dict[areas.Spot, Area] = {}
    ahead: dict[areas.Spot, Area] = {}
    for row in Area.objects.visible_to(user).select_related("visitor").order_by("starts_on"):
        spot = (row.village_id, row.hamlet)
        if row.starts_on > on:
            ahead.setdefault(spot, row)
        elif row.ends_on is not None and row.ends_on < on:
            before[spot] = row
        else:
            held[spot] = row
    found = _places(counts, held, on)
    for place in found:
        place.before, place.ahead = before.get(place.spot), ahead.get(place.spot)
    return Overview(
        places=found,
        staffing=_staffing(Person.objects.visible_to(user).on_roster(), user, on),
        nobody=people.without_visitor(on).count(),
    )


def _places(
    counts: dict[tuple[int, str, int | None], int], held: dict[areas.Spot, Area], on: date
) -> list[Place]:
    """A row for each area, and one for each village part that has none, in the order of the units."""
    good = areas.in_office(held.values(), on)
    by_spot: Counter[areas.Spot] = Counter()
    own: Counter[areas.Spot] = Counter()
    divided = {spot[0] for spot in held}
    for (village_id, hamlet, visitor_id), n in counts.items():
        area = areas.area_at(held, village_id, hamlet)
        # Where the village has no area at all, it is one gap; where single 自然村 have one, each other is.
        there = (village_id, area.hamlet) if area else (village_id, hamlet if village_id in divided else "")
        by_spot[there] += n
        if area is not None and area.visitor_id == visitor_id:
            own[there] += n
    for spot in held:
        by_spot.setdefault(spot, 0)
    units = Region.objects.in_bulk({spot[0] for spot in by_spot})
    towns = Region.objects.in_bulk({unit.township_id for unit in units.values() if unit.township_id})
    order = sorted(
        by_spot, key=lambda spot: (towns[units[spot[0]].township_id].position, units[spot[0]].position, spot)
    )
    found = []
    for spot in order:
        unit, area = units[spot[0]], held.get(spot)
        hamlet = spot[1] or ("没写自然村的" if area is None and any(s[0] == spot[0] for s in held) else "")
        place = Place(towns[unit.township_id].name, unit.name, hamlet, spot, by_spot[spot], own[spot], area)
        place.vacant = area is not None and area.pk not in good
        found.append(place)
    return found


def _staffing(people: Any, user: Any, on: date) -> Staffing:
    main = user.duty.main
    unit = Region.objects.get(pk=main.region_id)
    found = Staffing(limit=option("people_per_visitor", unit, on))
    rows = people.with_visitor(on).order_by().values_list("assignee_id").annotate(n=Count("pk"))
    counts = dict(rows)
    names = dict(User.objects.filter(pk__in=counts).order_by("name", "pk").values_list("pk", "name"))
    found.visitors, found.people = len(counts), sum(counts.values())
    found.most = max(counts.values(), default=0)
    found.over = [(name, counts[pk]) for pk, name in names.items() if counts[pk] > found.limit]
    return found
