"""The list behind any number of the overviews and of the quarterly return: which people, under which name.

One door for all modules of measures: a number anywhere is linked by its code, and the list is exactly what was counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Region
from visits.desk import measures_classes, measures_findings, measures_how, scope
from visits.desk.measures import MEASURES, Measure
from visits.desk.paging import Narrow
from visits.desk.selectors import figures, people_of, ways
from visits.desk.standing import COUNTED, HOMES
from visits.desk.tallies.counting import View
from visits.roster.models import PersonQuerySet
from visits.schedule.periods import Period

HOW_CODES = (
    *measures_how.TIMES, *measures_how.WAYS, *measures_how.REASONS, "sent",
)  # fmt: skip


@dataclass(frozen=True)
class Behind:
    """`owed`: its people have items in the period. `beside`: the measures of the same kind, this one among them,
    by code; `counts` says how many each has, in few queries. `narrow`: how a page of it is found in a city."""

    measure: Measure
    people: PersonQuerySet
    owed: bool
    beside: dict[str, Measure]
    counts: Callable[[], dict[str, int]]
    narrow: Narrow | None = None


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
            lambda: (ways(units, period, day, codes, today=today).get(0) or dict.fromkeys(codes, 0)),
            Narrow(
                View(period, None if day >= today else day, weeks=code.startswith("week")), code,
                lambda near: measures_how.people(units, period, day, code, near),
            ),
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

    narrow = Narrow(
        View(period), code, lambda near: people_of(units, period, today, code, near), homes=code in HOMES
    )
    return Behind(
        MEASURES[code], people_of(units, period, today, code), bool(MEASURES[code].where), MEASURES, counts,
        narrow if MEASURES[code].where and code != "late" else None,
    )  # fmt: skip


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
        Narrow(None, code, lambda near: measures_classes.people(region, units, day, one, near), homes=one.homes),
    )  # fmt: skip
