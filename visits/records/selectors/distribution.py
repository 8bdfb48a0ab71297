"""How the eighteen answers are spread, by county and quarter: one pass over the visits, whatever their number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import EmptyResultSet
from django.db import connection

from visits.records.items import ITEM_CODES
from visits.records.models import Visit

# Beside the best answer (0), which is what is left: the three worse ones, 不适用 and 未查看.
LEVELS = (1, 2, 3, 8, 9)


@dataclass(frozen=True)
class Spread:
    """`answers`: item code → level (0..3, 8, 9) → how many of the `visits`."""

    visits: int
    answers: Mapping[str, Mapping[int, int]]


def statement(rows: str) -> str:
    """Over `rows`, which have county_id, visited_on and the eighteen columns: counts by county and quarter."""
    counts = ", ".join(f"count(*) FILTER (WHERE {code} = {level})" for code in ITEM_CODES for level in LEVELS)
    return (
        f"SELECT county_id, date_trunc('quarter', visited_on::timestamp)::date, count(*), {counts}"
        f" FROM ({rows}) v GROUP BY 1, 2"
    )


def spread(units: dict[int, set[int]], *, start: date, end: date) -> dict[tuple[int, date], Spread]:
    """(county, first day of the quarter) → how its valid visits were answered, of the visits that count for these
    units (level → ids) by the units they were made under. Both dates inclusive; a quarter that lies in part outside
    has only the part inside."""
    counted = Visit.objects.valid().counted_in(units).filter(visited_on__gte=start, visited_on__lte=end)
    try:
        rows, values = (
            counted.order_by().values("county_id", "visited_on", *ITEM_CODES).query.sql_with_params()
        )
    except EmptyResultSet:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement(rows), values)
        return {(row[0], row[1]): _spread(row[2], row[3:]) for row in cursor.fetchall()}


def _spread(visits: int, counts: tuple[int, ...]) -> Spread:
    answers = {}
    for place, code in enumerate(ITEM_CODES):
        found = counts[place * len(LEVELS) : (place + 1) * len(LEVELS)]
        answers[code] = {0: visits - sum(found), **dict(zip(LEVELS, found, strict=True))}
    return Spread(visits, answers)
