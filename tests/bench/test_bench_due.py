"""The due list of a whole city: written, written again, read by a township, a county and the city (goals 1,
2, 5, 6, 7, 10, 11)."""

import datetime as dt
import os
import statistics
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from tests.bench import report
from tests.bench.test_bench_finding import analyze
from tests.cast import make_cast, signed_in
from visits.management.demo.crowd import Crowd
from visits.roster.models import Person
from visits.schedule import generation, selectors
from visits.schedule.models import DueItem
from visits.schedule.periods import period_of

PEOPLE = int(os.environ.get("XUNFANG_BENCH_PEOPLE", "200000"))
TODAY = dt.date(2026, 11, 24)
# The same number of rows into the same table, from the same people, by a rule that is written into it.
RAW = """
INSERT INTO visits_schedule_dueitem (cause, person_id, rule_id, period_start, period_end, first, opens_on, due_on,
       closes_on, tier, county_id, township_id, village_id, assignee_id, stored, done_mode, done_met, done_via)
SELECT 'rule', p.id, r.id, %(start)s, %(end)s, false, %(start)s, %(end)s, %(end)s, r.tier, p.county_id, p.township_id,
       p.village_id, p.assignee_id, '', '', '', ''
  FROM (SELECT DISTINCT m.person_id, g.tier
          FROM visits_roster_membership m JOIN visits_roster_caregroup g ON g.code = m.group_id) t
  JOIN visits_roster_person p ON p.id = t.person_id
  JOIN visits_schedule_frequencyrule r ON r.kind = %(kind)s AND r.tier = t.tier
"""


def _took(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _undone(work: Callable[[], object]) -> float:
    with transaction.atomic():
        took = _took(work)
        transaction.set_rollback(True)
    return took


def _beside(one: Callable[[], object], other: Callable[[], object], times: int) -> tuple[float, float]:
    """The 95th percentile of each, run by turns so that noise meets both."""
    for work in (one, other):
        work()
    pairs = [(_took(one), _took(other)) for _ in range(times)]
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    return tuple(statistics.quantiles(values, n=20)[-1] for values in (first, second))  # type: ignore[return-value]


def _record(goal: str, what: str, base: float, ours: float, limit: float, note: str = "") -> None:
    report.record(report.Line(goal, what, base, ours, limit, note))
    print(f"{goal}: {what}: {base * 1000:.2f} ms / {ours * 1000:.2f} ms = {ours / base:.3f} (≤ {limit})")


@pytest.mark.bench
def test_the_due_list_of_a_city(committed) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    cast = make_cast()
    crowd = Crowd(PEOPLE, 1, TODAY, print)
    begun = time.perf_counter()
    crowd.make()
    print(f"{PEOPLE} people and a year: {time.perf_counter() - begun:.0f} s")
    analyze(committed)
    print()
    _generation()
    _reading(cast)


def _generation() -> None:
    """Goals 1 and 2, of next year's first quarter and half, of which nothing is written yet."""
    every = generation.rules()
    periods = [period_of(kind, dt.date(2027, 1, 1)) for kind in ("quarter", "half")]

    def ours() -> int:
        return sum(generation.write(period, every) for period in periods)

    def raw() -> None:
        with connection.cursor() as cursor:
            for period in periods:
                cursor.execute(RAW, {"start": period.start, "end": period.end, "kind": period.kind})

    base = min(_undone(raw) for _ in range(3))
    first = min(_undone(ours) for _ in range(3))
    with transaction.atomic():
        made = ours()
        again = min(_took(ours) for _ in range(2))
        added = ours()
        transaction.set_rollback(True)
    assert added == 0
    _record("1", f"due list of the city, {made:,} items of two periods", base, first, 1.3,
            "Base: one raw INSERT … SELECT a period with the rule written into it: no dates, no dominance, no deaths.")  # fmt: skip
    _record("2", "the same again: nothing to add", first, again, 0.1)


def _reading(cast) -> None:
    # The cast's township is as big as the biggest of a city.
    unit = {"county_id": cast.county.pk, "township_id": cast.township.pk, "village_id": cast.village.pk}
    ids = list(Person.objects.filter(status="live").order_by("pk").values_list("pk", flat=True)[:900])
    Person.objects.filter(pk__in=ids).update(**unit, assignee=cast.visitor)
    DueItem.objects.filter(person_id__in=ids).update(**unit, assignee=cast.visitor)
    clerk, officer, supervisor = cast.township_clerk, cast.county_officer, cast.city_business
    client = signed_in(clerk, Client())
    empty, due = reverse("accounts:password"), reverse("visits_schedule:due")
    base, ours = _beside(lambda: client.get(empty), lambda: client.get(due), 60)
    _record(
        "5",
        "township's due list of 25, 95th percentile",
        base,
        ours,
        3.0,
        "Base: the page to change one's password.",
    )
    narrow, wide = _beside(
        lambda: selectors.due_people(clerk, TODAY, limit=25),
        lambda: selectors.due_people(clerk, TODAY, limit=100),
        40,
    )
    _record("6", "due list: 100 cards beside 25", narrow, wide, 2.0)
    rows = selectors.urgent_items(officer, TODAY).values_list("pk", flat=True)
    at = min(3000, max(rows.count() - 30, 0))
    far = rows[at]
    top, deep = _beside(
        lambda: selectors.due_people(officer, TODAY, limit=26),
        lambda: selectors.due_people(officer, TODAY, limit=26, after=far), 20,
    )  # fmt: skip
    _record("7", f"county's due list at row {at:,} beside page 1", top, deep, 1.2)
    opened = (
        DueItem.objects.filter(stored="", done_on=None).order_by("due_on", "pk").values_list("pk", flat=True)
    )
    plain, scoped = _beside(
        lambda: list(opened.filter(county_id=cast.county.pk)[:25]),
        lambda: list(DueItem.objects.visible_to(officer).filter(stored="", done_on=None).order_by("due_on", "pk")
                     .values_list("pk", flat=True)[:25]), 60,
    )  # fmt: skip
    _record("10", "first page in scope beside plain equality", plain, scoped, 1.2)
    _overdue(supervisor)


def _overdue(user) -> None:
    """Goal 11: who in the whole city is overdue (a window that is open and past its day), by index and without."""

    def late() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM visits_schedule_dueitem WHERE stored = '' AND done_on IS NULL AND due_on < %s"
                " AND closes_on >= %s ORDER BY due_on, id LIMIT 100",
                [TODAY, TODAY],
            )
            return [row[0] for row in cursor.fetchall()]

    def by_scan() -> list[int]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off;"
                           " SET LOCAL enable_indexonlyscan = off")  # fmt: skip
            return late()

    assert late() == by_scan()
    scan, index = _beside(by_scan, late, 12)
    _record(
        "11", f"overdue in the city among {DueItem.objects.count():,} items, beside a scan", scan, index, 0.01
    )
