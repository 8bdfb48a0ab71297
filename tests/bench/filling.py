"""What the benchmarks measure in: a city with a year of visits, and how its database is made ready."""

import datetime as dt
import os
import statistics
import time
from collections.abc import Callable

import psycopg2

from tests.bench import report
from tests.cast import Cast
from visits.management.demo.crowd import Crowd
from visits.roster.models import Person
from visits.schedule.models import DueItem
from xunfang.settings.base import database as database_of

PEOPLE = int(os.environ.get("XUNFANG_BENCH_PEOPLE", "200000"))
TODAY = dt.date(2026, 11, 24)
SMALL = 900


def crowd(cast: Cast) -> None:
    """The cast's township becomes as big as the biggest of a city, the one beside it has 900 people."""
    Crowd(PEOPLE, 1, TODAY, print).make()
    live = Person.objects.filter(status="live").order_by("pk")
    _move(live.exclude(township_id=cast.other_township.pk)[:900], cast.village, cast.visitor.pk)
    village = cast.other_county_village
    _move(live.filter(township_id=cast.other_township.pk)[SMALL:], village, None)


def _move(people: object, village: object, visitor_id: int | None) -> None:
    ids = [person.pk for person in people]  # type: ignore[attr-defined]
    values = {
        "county_id": village.county_id,  # type: ignore[attr-defined]
        "township_id": village.township_id,  # type: ignore[attr-defined]
        "village_id": village.pk,  # type: ignore[attr-defined]
        "assignee_id": visitor_id,
    }
    Person.objects.filter(pk__in=ids).update(**values)
    DueItem.objects.filter(person_id__in=ids).update(**values)


def analyze(database: str) -> None:
    """Statistics, as the night's maintenance makes them; the application's own role may not."""
    entry = database_of(os.environ["DATABASE_OWNER_URL"])
    owner = psycopg2.connect(dbname=database, user=entry["USER"], password=entry["PASSWORD"], host=entry["HOST"],
                             port=entry["PORT"])  # fmt: skip
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    owner.close()


def took(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def beside(one: Callable[[], object], other: Callable[[], object], times: int) -> tuple[float, float]:
    """The 95th percentile of each, run by turns so that noise meets both."""
    for work in (one, other):
        work()
    pairs = [(took(one), took(other)) for _ in range(times)]
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    return statistics.quantiles(first, n=20)[-1], statistics.quantiles(second, n=20)[-1]


def record(goal: str, what: str, base: float, ours: float, limit: float, note: str = "") -> None:
    report.record(report.Line(goal, what, base, ours, limit, note))
