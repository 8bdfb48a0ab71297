"""A unit's numbers: from what is kept, less the villages where something changed since, plus those counted live.

What was never counted, or counted for another day, or changed nearly everywhere, is counted live altogether: the numbers
are the same either way, and a task that stands still makes pages slow, never wrong."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models.region import Level
from accounts.scoping import COLUMN
from visits.desk import measures_how
from visits.desk.models import Tally, TallyPeriod
from visits.desk.scope import Units
from visits.desk.tallies import counting
from visits.desk.tallies.counting import Counts, View, Village
from visits.schedule.periods import HalfYear, Period
from xunfang.kit.prepared import Sql

# More villages than this changed: everything is counted live, that is quicker.
MANY = 400
# Where a row (day, shared, county, township, village, …) says how many are done.
DONE = 5 + Tally.COUNTS.index("done")
_PLACE = {"county_id": 0, "township_id": 1, "village_id": 2}
_NAMES = ", ".join(Tally.COUNTS)
_NONE = ", ".join("0" for _ in Tally.COUNTS)
# All in one statement, so that marks and rows are of one moment. 0: what was counted at all; 1: where something
# changed; 2: the rows.
READ = f"""
SELECT 0, period, "on", FALSE, 0::bigint, 0::bigint, 0::bigint, {_NONE} FROM visits_desk_tallyperiod
 WHERE period IN (%(key)s, %(plain)s, 'list', 'all')
 UNION ALL
SELECT DISTINCT 1, CASE WHEN quarter IS NULL THEN 'list' ELSE %(key)s END, NULL::date, FALSE, county_id, township_id, village_id, {_NONE}
  FROM visits_desk_tallymark
 WHERE (quarter IS NULL OR quarter BETWEEN %(start)s AND %(end)s) AND ({{scope}} OR village_id = 0)
 UNION ALL
SELECT 2, period, day, shared, county_id, township_id, village_id, {_NAMES}
  FROM visits_desk_tally WHERE period IN (%(key)s, 'list') AND level = %(level)s AND {{scope}}
"""
VILLAGES = f"""
SELECT 2, t.period, t.day, t.shared, t.county_id, t.township_id, t.village_id, {_NAMES}
  FROM visits_desk_tally t JOIN unnest(%(a)s::bigint[], %(b)s::bigint[], %(c)s::bigint[]) AS x (a, b, c)
    ON t.county_id = x.a AND t.township_id = x.b AND t.village_id = x.c
 WHERE t.period = %(key)s AND t.level = 4 AND NOT t.shared AND {{scope}}
"""


@dataclass
class _Kept:
    """What was found for a unit and period."""

    on: dict[str, date | None] = field(default_factory=dict)
    marked: dict[str, set[Village]] = field(default_factory=lambda: defaultdict(set))
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))

    def empty(self, view: View) -> bool:
        """Whether nothing ever fell due in a period."""
        known = self.on.keys() & {view.key, view.period.key}
        return not known and not self.marked[view.key] and TallyPeriod.ALL in self.on

    def usable(self, key: str) -> bool:
        """Whether it helps to begin with what is kept."""
        marked = self.marked[key]
        return key in self.on and (0, 0, 0) not in marked and len(marked) <= MANY


def counts(units: Units, period: Period, today: date, column: str | None) -> dict[int, Counts]:
    """Unit id (without a column 0: all together) → people and households by measure, and the roster."""
    view = View(period)
    kept = _read(units, view, column)
    found = _people(kept, units, view, today, column)
    _roster(kept, units, today, column, found)
    return found


def people(
    view: View, units: Units, today: date, column: str | None, *, how: bool = False
) -> dict[int, Counts]:
    """The same of a view, without the roster. `today`: of a day that is over, that day. `how`: with the parts of 已访 and
    未访成 (`measures_how.KEPT`), which nobody reads else."""
    return _people(_read(units, view, column), units, view, today, column, how=how)


def weeks(units: Units, period: Period, today: date, column: str | None) -> dict[int, Counts]:
    """Unit id (without a column 0: all together) → week → who is done, by when they were reached for the last time."""
    view = View(period, weeks=True)
    return _people(_read(units, view, column), units, view, today, column)


@dataclass(frozen=True)
class Where:
    """Villages outside of which nobody stands so, but those who have items in several."""

    villages: set[Village]
    spread: list[int]


# What a row holds of a code when it is no column, at least.
HOLDS = {
    "self": "met_self", "late": "open", "unsigned": "done - signed - offline", "made_late": "done - ontime",
    "by_offline": "offline", "sent": "signed - approved",
}  # fmt: skip


def where(view: View, units: Units, code: str) -> Where | None:
    """In which villages somebody stands so in a view; None: it was never counted, or too much changed since."""
    kept = _read(units, view, None)
    if not kept.usable(view.key):
        return None
    rows = _scoped(Tally.objects.filter(period=view.key, level=Level.VILLAGE, shared=False), units)
    if view.weeks:
        starts = {own: start for start, own in counting.week_codes(view.period).items()}
        rows = rows.filter(day=starts[code])
    else:
        rows = rows.extra(where=[f"{HOLDS.get(code, code)} > 0"])
    found = set(rows.values_list("county_id", "township_id", "village_id"))
    return Where(found | kept.marked[view.key], _spread(HalfYear.containing(view.period.start)))


def _read(units: Units, view: View, column: str | None) -> _Kept:
    kept, period = _Kept(), view.period
    level, ids = next(iter(units.items()))
    if len(units) > 1 or len(ids) > 1:
        return kept  # a unit that took over others: whoever has items in both counts once, and that is counted live
    where = "TRUE" if level == Level.CITY else f"{COLUMN[Level(level)]} = %(id)s"
    parameters = {
        "key": view.key, "plain": period.key, "start": period.start, "end": period.end, "id": min(ids),
        "level": level if column is None else level + 1,
    }  # fmt: skip
    for what, key, on, *rest in _statement(where).fetch(parameters):
        if what == 0:
            kept.on[key] = on
        elif what == 1:
            kept.marked[key].add(tuple(rest[1:4]))
        else:
            kept.rows[key].append((on, *rest))
    return kept


@lru_cache(maxsize=8)
def _statement(scope: str) -> Sql:
    """Planned once: a page asks it up to seven times, of a city, a county, a township or a village."""
    types = {
        "key": "text",
        "plain": "text",
        "start": "date",
        "end": "date",
        "id": "bigint",
        "level": "integer",
    }
    return Sql(READ.format(scope=scope), types)


def _people(
    kept: _Kept, units: Units, view: View, today: date, column: str | None, *, how: bool = False
) -> dict[int, Counts]:
    found: dict[int, Counts] = defaultdict(lambda: defaultdict(int))
    unit = f"i.{column}" if column else "0"

    def live(items: QuerySet) -> dict[int, Counts]:
        if view.weeks:
            return counting.weeks(items, view.period, unit)
        return counting.people(items, view.period, unit, how=how)

    def add(row: tuple[Any, ...], sign: int) -> None:
        into = found[_of(row, column)]
        if view.weeks:
            into[counting.week_codes(view.period)[row[0]]] += sign * row[DONE]
        else:
            _add(into, row, today, sign, how=how)

    if kept.empty(view):
        return found
    if not kept.usable(view.key):
        return _plus(found, live(view.items(units, today)))
    marked, rows = kept.marked[view.key], kept.rows[view.key]
    # A unit that changed its manager has rows under both: who is spread over them counts once.
    prefixes = {(row[2:5], _of(row, column)) for row in rows}
    whole = not marked and len({one for _, one in prefixes}) == len(prefixes)
    for row in rows:
        if whole or not row[1]:
            add(row, 1)
    if whole:
        return found
    for row in _of_villages(units, view.key, marked):
        add(row[1:], -1)
    spread = Q(person_id__in=_spread(HalfYear.containing(view.period.start)))
    near = counting.in_villages(marked, view.period) | spread if marked else spread
    return _plus(found, live(view.items(units, today).filter(near)))


def _spread(half: HalfYear) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT person_id FROM visits_desk_tallyshared WHERE half = %s", [half.start])
        return [row[0] for row in cursor.fetchall()]


def _of_villages(units: Units, key: str, villages: Iterable[Village]) -> list[tuple[Any, ...]]:
    columns = tuple(zip(*villages, strict=True))
    if not columns:
        return []
    level, ids = next(iter(units.items()))
    scope = "TRUE" if level == Level.CITY else f"t.{COLUMN[Level(level)]} = %(id)s"
    with connection.cursor() as cursor:
        parameters = {"key": key, "id": min(ids)} | {
            name: list(one) for name, one in zip("abc", columns, strict=True)
        }
        cursor.execute(VILLAGES.format(scope=scope), parameters)
        return [row[1:] for row in cursor.fetchall()]


def _of(row: tuple[Any, ...], column: str | None) -> int:
    """The unit of a row (day, shared, county, township, village, …)."""
    return row[2 + _PLACE[column]] if column else 0


def _add(into: Counts, row: tuple[Any, ...], today: date, sign: int, *, how: bool = False) -> None:
    """Add a row, or take it away. Without `how` its parts are left out: what is counted live beside it has none."""
    day = row[0]
    for code, number in zip(Tally.COUNTS, row[5:], strict=True):
        if not how and code in measures_how.KEPT:
            continue
        if code == "open" and day is not None and day < today:
            code = "late"
        into["self" if code == "met_self" else code] += sign * number


def _plus(found: dict[int, Counts], more: dict[int, Counts]) -> dict[int, Counts]:
    for unit, own in more.items():
        for code, number in own.items():
            found[unit][code] += number
    return found


def _roster(kept: _Kept, units: Units, today: date, column: str | None, found: dict[int, Counts]) -> None:
    columns = (column,) if column else ()
    key = TallyPeriod.LIST
    if not kept.usable(key) or kept.on[key] != today:
        live = counting.roster(units, today, columns)
    else:
        marked = {village for _, _, village in kept.marked[key]}
        for row in kept.rows[key]:
            _add(found[_of(row, column)], row, today, 1)
        if not marked:
            return
        gone = Tally.objects.filter(period=key, level=Level.VILLAGE, village_id__in=marked)
        for pk, listed, nobody in _scoped(gone, units).values_list(
            column or "shared", "roster", "unassigned"
        ):
            own = found[pk if column else 0]
            own["roster"] -= listed
            own["unassigned"] -= nobody
        live = counting.roster(units, today, columns, marked)
    _plus(found, {unit[0] if unit else 0: own for unit, own in live.items()})


def _scoped(rows: Any, units: Units) -> Any:
    level, ids = next(iter(units.items()))
    return rows if level == Level.CITY else rows.filter(**{f"{COLUMN[Level(level)]}__in": ids})
