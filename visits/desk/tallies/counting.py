"""Counting by the one definition (`visits.desk.standing`): live for a page, or as rows that are kept."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL

from visits.desk import measures_how, standing
from visits.desk.measures import MEASURES
from visits.desk.models import Tally
from visits.desk.scope import Units
from visits.desk.standing import COUNTED, HOME, HOMES
from visits.schedule.due import FIRST_VISIT_DAYS
from visits.schedule.periods import KINDS, Period, parse, period_of

Village = tuple[int, int, int]  # county, township, village
Counts = dict[str, int]
# A day before every item: on it nothing is late, and whatever is open counts by its own day.
EARLY = date(1900, 1, 1)


@dataclass(frozen=True)
class View:
    """A period as it stands; or, with a day of it, as it stood at the end of that day; or, of who is done, the week in
    which they were reached for the last time."""

    period: Period
    day: date | None = None
    weeks: bool = False

    @property
    def key(self) -> str:
        if self.weeks:
            return f"{self.period.key}w"
        return (
            self.period.key
            if self.day is None
            else f"{self.period.key}@{(self.day - self.period.start).days}"
        )

    @staticmethod
    def of(key: str) -> "View":
        """The view of a key. Raises ValueError for anything else."""
        text, _, gone = key.partition("@")
        period = parse(text.removesuffix("w"))
        if text.endswith("w"):
            return View(period, weeks=True)
        return View(period, period.start + timedelta(days=int(gone)) if gone else None)

    def items(self, units: Units, today: date) -> QuerySet:
        """Its items with how they stand (stood)."""
        if self.day is None:
            return standing.items_of(units, self.period, today)
        return standing.items_at(units, self.period, self.day)


def people(items: QuerySet, period: Period, unit: str, *, how: bool = False) -> dict[Any, Counts]:
    """Unit (of an array: a tuple) → how many people and households stand how, on the day for which the items
    were read."""
    head, parameters = (measures_how.head if how else standing.statement)(items, unit)
    codes = (*COUNTED, *measures_how.KEPT) if how else COUNTED
    counted, homes = (
        ", ".join(f'count(*) FILTER (WHERE {_where(code)}) AS "{code}"' for code in some)
        for some in (codes, HOMES)
    )
    columns = ", ".join(f'"{code}"' for code in (*codes, *HOMES))
    sql = (
        f"{head}{HOME} SELECT unit_id, {columns}"
        f" FROM (SELECT unit_id, {counted} FROM {'one' if how else 'standing'} GROUP BY unit_id) shown"
        f" JOIN (SELECT unit_id, {homes} FROM home GROUP BY unit_id) two USING (unit_id)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (*parameters, *standing.grown_up(period)))
        return {
            tuple(unit) if isinstance(unit, list) else unit: dict(zip((*codes, *HOMES), row, strict=True))
            for unit, *row in cursor.fetchall()
        }


def weeks(items: QuerySet, period: Period, unit: str) -> dict[Any, Counts]:
    """Unit (of an array: a tuple) → week → how many people are done and were reached in it for the last time."""
    head, parameters = standing.reached(items, unit)
    code = week_codes(period)
    found: dict[Any, Counts] = defaultdict(lambda: defaultdict(int))
    with connection.cursor() as cursor:
        cursor.execute(
            f"{head} SELECT unit_id, {WEEK}, count(*) FROM reached GROUP BY 1, 2",
            (*parameters, *_ends_of(period)),
        )
        for unit, start, n in cursor.fetchall():
            found[tuple(unit) if isinstance(unit, list) else unit][code[start]] = n
    return found


@lru_cache(maxsize=32)
def week_codes(period: Period) -> dict[date, str]:
    """The first day of each week of a period → its code."""
    return {week.start: week.code for week in measures_how.weeks(period)}


# The first day of the week, as `measures_how.weeks` cuts the period.
WEEK = "greatest(%s, date_trunc('week', least(greatest(last_on, %s), %s)::timestamp)::date)"


def _ends_of(period: Period) -> tuple[date, date, date]:
    return period.start, period.start, period.end


def _where(code: str) -> str:
    return (MEASURES.get(code) or measures_how.HOW[code]).where


def roster(
    units: Units, today: date, columns: tuple[str, ...], villages: Iterable[int] | None = None
) -> dict[tuple[int, ...], Counts]:
    """Ids in these columns (of nobody: all together) → how many are on the list, and how many of them without a
    visitor. `villages`: of these only."""
    found = standing.on_roster(units, today).order_by()
    if villages is not None:
        found = found.filter(village_id__in=sorted(villages))
    nobody = found.without_visitor(today)
    if not columns:
        return {(): {"roster": found.count(), "unassigned": nobody.count()}}
    without = {tuple(row): n for *row, n in nobody.values_list(*columns).annotate(n=Count("pk"))}
    rows = found.values_list(*columns).annotate(n=Count("pk"))
    return {tuple(row): {"roster": n, "unassigned": without.get(tuple(row), 0)} for *row, n in rows}


# Rows as `Tally` keeps them. Of whatever is open, the day is kept, and not whether it is late.
OPEN = "standing IN ('open', 'late')"
KEPT = ("due", "done", "self", "open", "tried", "signed", "approved", "offline", *measures_how.KEPT)
COLUMN = {"self": "met_self"}
INSERT = """
INSERT INTO visits_desk_tally (period, level, shared, county_id, township_id, village_id, day, {columns}, roster, unassigned)
{head}{home}
SELECT %s, %s, %s, unit_id[1], unit_id[2], unit_id[3], day, {sums}, 0, 0
  FROM (SELECT unit_id, CASE WHEN {open} THEN day END AS day, {people}, {no_homes}
          FROM one GROUP BY 1, 2
         UNION ALL
        SELECT unit_id, NULL, {no_people}, {homes} FROM home GROUP BY 1) counted
 GROUP BY unit_id, day
"""


# By week: the day is the first one of the week, and nothing is counted but who is done.
INSERT_WEEKS = """
INSERT INTO visits_desk_tally (period, level, shared, county_id, township_id, village_id, day, {columns})
{head}
SELECT %s, %s, %s, unit_id[1], unit_id[2], unit_id[3], {week}, {counts} FROM reached GROUP BY unit_id, {place}
"""


def keep(view: View, items: QuerySet, level: int, *, shared: bool) -> None:
    """Count items of a view by the units of a level, and keep the rows."""
    ids = ("i.county_id", "i.township_id", "i.village_id")
    unit = ", ".join(column if place < level - 1 else "0" for place, column in enumerate(ids))
    if view.weeks:
        _keep_weeks(view, items, f"ARRAY[{unit}]::bigint[]", (view.key, level, shared))
        return
    head, parameters = measures_how.head(items, f"ARRAY[{unit}]::bigint[]")
    names = [COLUMN.get(code, code) for code in (*KEPT, *HOMES)]
    conditions = {
        codes: ", ".join(
            f"count(*) FILTER (WHERE {OPEN if code == 'open' else _where(code)}) AS {COLUMN.get(code, code)}"
            for code in codes
        )
        for codes in (KEPT, HOMES)
    }
    sql = INSERT.format(
        head=head, home=HOME, open=OPEN, columns=", ".join(names), sums=", ".join(f"sum({name})" for name in names),
        people=conditions[KEPT], homes=conditions[HOMES], no_homes=", ".join("0 AS " + code for code in HOMES),
        no_people=", ".join("0" for _ in KEPT),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, (*parameters, *standing.grown_up(view.period), view.key, level, shared))


def _keep_weeks(view: View, items: QuerySet, unit: str, row: tuple[str, int, bool]) -> None:
    head, parameters = standing.reached(items, unit)
    sql = INSERT_WEEKS.format(
        head=head, columns=", ".join(Tally.COUNTS), week=WEEK, place="7",
        counts=", ".join("count(*)" if name == "done" else "0" for name in Tally.COUNTS),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, (*parameters, *row, *_ends_of(view.period)))


NEAR = """
SELECT d.id FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS x (county_id, township_id, village_id)
  CROSS JOIN unnest(%s::date[]) AS e (day)
  JOIN visits_schedule_dueitem d ON d.period_end = e.day AND d.county_id = x.county_id
   AND d.township_id = x.township_id AND d.village_id = x.village_id
"""


def in_villages(villages: Iterable[Village], period: Period) -> Q:
    """The items of a period of these villages, each found by index."""
    columns = tuple(zip(*villages, strict=True)) or ((), (), ())
    return Q(pk__in=RawSQL(NEAR, (*(list(ids) for ids in columns), ends(period))))


def ends(period: Period) -> list[date]:
    """The last days of all periods whose items may fall due in this one (`standing.items_of`)."""
    found = set()
    for kind in KINDS:
        one = period_of(kind, period.start - timedelta(days=FIRST_VISIT_DAYS + 1))
        while one.start <= period.end:
            found.add(one.end)
            one = one.next()
    return sorted(found)
