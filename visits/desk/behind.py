"""The list behind any number of the overviews and of the quarterly return: which people, under which name.

One door for all modules of measures: a number anywhere is linked by its code, and the list is exactly what was counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Region
from visits.desk import measures_classes, measures_findings, measures_how, scope
from visits.desk.measures import MEASURES, Measure
from visits.desk.selectors import figures, people_of
from visits.desk.standing import COUNTED
from visits.roster.models import PersonQuerySet
from visits.schedule.periods import Period

HOW_CODES = (
    *measures_how.TIMES, *measures_how.WAYS, *measures_how.REASONS, "sent",
)  # fmt: skip


@dataclass(frozen=True)
class Behind:
    """`owed`: its people have items in the period. `beside`: the measures of the same kind, this one among them,
    by code; `counts` says how many each has, in few queries."""

    measure: Measure
    people: PersonQuerySet
    owed: bool
    beside: dict[str, Measure]
    counts: Callable[[], dict[str, int]]


def find(region: Region, period: Period, today: date, day: date, code: str) -> Behind | None:
    """What stands behind a code in a unit and a period; None for a code that means nothing. `day`: until when what
    happened counts: today, or the 统计截止日 of a return that is over."""
    units = scope.units_of(region)
    if code in MEASURES and (day >= today or code not in COUNTED):
        return _plain(units, period, today, code)
    if (measure := measures_how.measure_of(code, period)) is not None:
        codes = _beside(code, period)
        beside = {one: found for one in codes if (found := measures_how.measure_of(one, period))}
        return Behind(
            measure, measures_how.people(units, period, day, code), True, beside,
            lambda: measures_how.counts(units, period, day, codes).get(0) or dict.fromkeys(codes, 0),
        )  # fmt: skip
    if code in measures_findings.FOUND:
        return Behind(
            measures_findings.FOUND[code], measures_findings.people(units, period, code), False,
            measures_findings.FOUND, lambda: measures_findings.counts(units, period)[0],
        )  # fmt: skip
    return _of_class(region, units, day, code)


def _plain(units: scope.Units, period: Period, today: date, code: str) -> Behind:
    def counts() -> dict[str, int]:
        found = figures(units, period, today)
        return {one: found.of(one) for one in MEASURES}

    return Behind(
        MEASURES[code], people_of(units, period, today, code), bool(MEASURES[code].where), MEASURES, counts
    )


def _beside(code: str, period: Period) -> Sequence[str]:
    if code in HOW_CODES:
        return HOW_CODES
    return COUNTED if code in COUNTED else [week.code for week in measures_how.weeks(period)]


def _of_class(region: Region, units: scope.Units, day: date, code: str) -> Behind | None:
    one = measures_classes.find(code, region)
    if one is None:
        return None
    every = (measures_classes.TOTAL, *measures_classes.classes(region))
    beside = {each.code: Measure(each.word, "", each.explained, each.unit) for each in every}
    return Behind(
        beside[code], measures_classes.people(region, units, day, one), False, beside,
        lambda: measures_classes.counts(region, units, day, every).get(0, {}),
    )  # fmt: skip
