"""Figures by unit and period, and the lists behind them.

One common table expression says how each person stands; every number is a count of it and every list a
filter of it, so that a number and the list it links to cannot disagree. People count by the unit ids
frozen on their items (docs/adr on moves), once in each unit, however many items they have.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models.region import Level
from visits.desk import measures_how, standing
from visits.desk.measures import MEASURES
from visits.desk.scope import BELOW, Units
from visits.desk.standing import COUNTED as COUNTED
from visits.desk.standing import HOME, HOMES, items_of, on_roster
from visits.desk.tallies import counting, reading
from visits.roster.models import Person, PersonQuerySet
from visits.schedule.models import DueItem
from visits.schedule.periods import Period
from xunfang.kit.compiled import compiled


@dataclass(frozen=True)
class Figures:
    """People (and households) of a unit by measure. due = done + late + open + tried; done = signed + unsigned + offline."""

    due: int = 0
    done: int = 0
    met_self: int = 0
    open: int = 0
    late: int = 0
    tried: int = 0
    signed: int = 0
    approved: int = 0
    offline: int = 0
    roster: int = 0
    unassigned: int = 0
    entrusted: int = 0
    homes: int = 0
    homes_done: int = 0

    @property
    def home_rate(self) -> float | None:
        """户完成率, a share of the households; None when none is owed a visit."""
        return self.homes_done / self.homes if self.homes else None

    @property
    def unsigned(self) -> int:
        return self.done - self.signed - self.offline

    @property
    def rate(self) -> float | None:
        """完成率, a share of one; None when nobody is owed a visit."""
        return self.done / self.due if self.due else None

    @property
    def self_rate(self) -> float | None:
        """见到本人率, of the same people as 完成率."""
        return self.met_self / self.due if self.due else None

    def of(self, measure: str) -> int:
        """The number of a measure by its code."""
        return getattr(self, {"self": "met_self"}.get(measure, measure))


def entrusted_items(units: Units, period: Period) -> QuerySet:
    """What these townships did for others: items that fall due in the period and count elsewhere (四(一)-3)."""
    rows = DueItem.objects.filter(
        done_via=DueItem.Via.ENTRUSTED, entrusted_to__isnull=False, due_on__range=(period.start, period.end)
    ).order_by()
    if Level.CITY in units:
        return rows
    here = Q(entrusted_to_id__in=units.get(Level.TOWNSHIP, ()))
    return rows.filter(here | Q(entrusted_to__county_id__in=units.get(Level.COUNTY, ())))


_BY = {"county_id": "entrusted_to__county_id", "township_id": "entrusted_to_id"}


def _entrusted(units: Units, period: Period, column: str | None) -> tuple[int, dict[int, int]]:
    """How many people were visited for other townships, and how many by each unit below. Villages take nobody on."""
    by = _BY.get(column or "")
    found = entrusted_items(units, period).values_list(by or "entrusted_to_id", "person_id").distinct()
    pairs = set(compiled(found).rows())
    below = Counter(unit for unit, _ in pairs) if by else {}
    return len({person for _, person in pairs}), dict(below)


def _figures(counted: dict[str, int], entrusted: int) -> Figures:
    values = {
        "met_self" if code == "self" else code: n
        for code, n in counted.items()
        if code not in measures_how.KEPT
    }
    return Figures(**values, entrusted=entrusted)


def figures(units: Units, period: Period, today: date) -> Figures:
    """All counts of these units together. Two queries when nothing changed a moment ago."""
    counted = reading.counts(units, period, today, None).get(0, {})
    return _figures(counted, _entrusted(units, period, None)[0])


def figures_before(units: Units, period: Period, today: date) -> Figures:
    """Those of a period to compare with, without what was done for others."""
    return _figures(reading.counts(units, period, today, None).get(0, {}), 0)


def figures_then(units: Units, period: Period, day: date) -> Figures:
    """Those of a period that is over as they stood at the end of a day of it (`standing.items_at`)."""
    return _figures(reading.people(counting.View(period, day), units, day, None).get(0, {}), 0)


def ways(
    units: Units,
    period: Period,
    day: date,
    codes: Collection[str],
    level: int | None = None,
    *,
    today: date | None = None,
) -> dict[int, dict[str, int]]:
    """`measures_how.counts` from what is kept: unit id one level below `level` (0: all together) → code → people.
    `today`: when `day` may be over."""
    by_week = any(code.startswith("week") for code in codes)
    if today is not None and day < today and by_week:
        return measures_how.counts(units, period, day, codes, level)
    view = counting.View(period, day if today is not None and day < today else None)
    column = BELOW[Level(level)] if level is not None else None
    found = reading.people(view, units, day, column, how=True)
    weeks = reading.weeks(units, period, day, column) if by_week else {}
    for unit, own in found.items():
        own |= weeks.get(unit, {})
        own |= {
            "made_late": own["done"] - own["ontime"], "by_offline": own["offline"], "sent": own["signed"] - own["approved"],
            "unsigned": own["done"] - own["signed"] - own["offline"],
        }  # fmt: skip
    return {unit: {code: own[code] for code in codes} for unit, own in found.items() if own["due"]}


def figures_and_below(
    units: Units, level: int, period: Period, today: date
) -> tuple[Figures, dict[int, Figures]]:
    """All counts together, and by the units one level below `level`; as many queries whatever their number."""
    column = BELOW.get(Level(level))
    counted = reading.counts(units, period, today, column) if column else {}
    entrusted, by = _entrusted(units, period, column)
    below = {
        pk: row
        for pk in counted.keys() | by.keys()
        if (row := _figures(counted.get(pk, {}), by.get(pk, 0))) != Figures()
    }
    return _figures(reading.counts(units, period, today, None).get(0, {}), entrusted), below


def figures_below(units: Units, level: int, period: Period, today: date) -> dict[int, Figures]:
    """Unit id → counts, for the units one level below `level`."""
    return figures_and_below(units, level, period, today)[1]


def people_of(
    units: Units, period: Period, today: date, measure: str, near: Q | None = None
) -> PersonQuerySet:
    """The people of a measure: exactly those that `figures` counted; `near`: those with such items only, all of theirs.
    Ordered by village, 自然村, id. Raises KeyError for a measure that does not exist."""
    where = MEASURES[measure].where
    if measure == "entrusted":
        people = Person.objects.filter(pk__in=entrusted_items(units, period).values("person_id"))
    elif not where:
        people = on_roster(units, today)
        people = people.without_visitor(today) if measure == "unassigned" else people
    elif measure == "late":
        # Who has anything open that is past its day is late (`standing.STANDING`): found by the index of what is open.
        open_ = items_of(units, period, today).filter(
            stored="", done_on=None, made_up_on=None, due_on__lt=today
        )
        people = Person.objects.filter(pk__in=open_.values("person_id"))
    else:
        items = items_of(units, period, today)
        head, parameters = standing.statement(items if near is None else items.filter(near), "0")
        table = "standing"
        if measure in HOMES:
            head, parameters, table = head + HOME, (*parameters, *standing.grown_up(period)), "home"
        chosen = RawSQL(f"{head} SELECT person_id FROM {table} WHERE {where}", parameters)
        people = Person.objects.filter(pk__in=chosen)
    return people.order_by("township_id", "village_id", "hamlet", "pk")
