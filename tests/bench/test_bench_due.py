"""The due list of a whole city: written, written again, read by a township, a county and the city (goals 1,
2, 5, 6, 7, 10, 11)."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from tests.bench.conftest import City
from tests.bench.filling import TODAY, beside, record, took
from tests.cast import signed_in
from visits.schedule import generation, selectors
from visits.schedule.models import DueItem
from visits.schedule.periods import period_of

# The same number of rows into the same table, from the same people, by a rule that is written into it.
RAW = """
INSERT INTO visits_schedule_dueitem (cause, person_id, rule_id, period_start, period_end, first, opens_on, due_on,
       closes_on, tier, county_id, township_id, village_id, assignee_id, stored, done_mode, done_met, done_via,
       at_county_id, at_township_id, at_village_id)
SELECT 'rule', p.id, r.id, %(start)s, %(end)s, false, %(start)s, %(end)s, %(end)s, r.tier, p.county_id, p.township_id,
       p.village_id, p.assignee_id, '', '', '', '', p.county_id, p.township_id, p.village_id
  FROM (SELECT DISTINCT m.person_id, g.tier
          FROM visits_roster_membership m JOIN visits_roster_caregroup g ON g.code = m.group_id) t
  JOIN visits_roster_person p ON p.id = t.person_id
  JOIN visits_schedule_frequencyrule r ON r.kind = %(kind)s AND r.tier = t.tier
"""
NOTE_5 = (
    "Base: the page to change one's password. Pages are drawn as in service, without what a test run notes of every "
    "template."
)
SLACK = 3.0


def _undone(work: Callable[[], object]) -> float:
    with transaction.atomic():
        seconds = took(work)
        transaction.set_rollback(True)
    return seconds


@pytest.mark.bench
def test_the_due_list_of_a_city_is_written(city: City) -> None:
    """Goals 1 and 2, of next year's first quarter and half, of which nothing is written yet."""
    every = generation.rules()
    periods = [period_of(kind, dt.date(2027, 1, 1)) for kind in ("quarter", "half")]

    def ours() -> int:
        return sum(generation.write(period, every) for period in periods)

    def raw() -> None:
        with connection.cursor() as cursor:
            for period in periods:
                cursor.execute(RAW, {"start": period.start, "end": period.end, "kind": period.kind})

    pairs = [(_undone(raw), _undone(ours)) for _ in range(3)]
    base, first = (min(pair[side] for pair in pairs) for side in (0, 1))
    _quiet()
    with transaction.atomic():
        made = ours()
        again = min(took(ours) for _ in range(2))
        added = ours()
        transaction.set_rollback(True)
    assert added == 0
    record("1", f"due list of the city, {made:,} items of two periods", base, first, 1.3,
           "Base: one raw INSERT … SELECT a period with the rule written into it: no dates, no dominance, no deaths.")  # fmt: skip
    record("2", "the same again: nothing to add", first, again, 0.1)


def _quiet() -> None:
    """The server's own housekeeping may still be writing: while anybody is, no mark is kept."""
    for _ in range(60):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_snapshot_xip(pg_current_snapshot())")
            if not cursor.fetchone()[0]:
                return
        time.sleep(1)


@pytest.mark.bench
def test_the_due_list_is_read_by_each_role(city: City) -> None:
    """Goal 5: the whole page, for each role that opens it."""
    empty, due = reverse("accounts:password"), reverse("visits_schedule:due")
    cast = city.cast
    big = _people(cast.township_clerk)
    for user, what, times in (
        (cast.township_clerk, "township's due list of 25, 95th percentile", 60),
        (city.small, "the same of a township of 900", 60),
        (cast.village_head, "the same of a village", 40),
        (cast.visitor, "the same of a visitor", 40),
        (cast.county_officer, f"the same of a county of {_people(cast.county_officer):,}", 20),
    ):
        client = signed_in(user, Client())
        base, ours = beside(
            lambda client=client: client.get(empty), lambda client=client: client.get(due), times
        )
        record("5", what, base, ours, SLACK, f"{NOTE_5} The first township has {big:,} people on its roster.")


def _people(user: Any) -> int:
    from visits.roster.models import Person

    return Person.objects.visible_to(user).filter(status="live").count()


@pytest.mark.bench
def test_the_due_list_is_read_row_by_row(city: City) -> None:
    """Goals 6, 7, 10 and 11, without the page around them."""
    cast = city.cast
    clerk, officer = cast.township_clerk, cast.county_officer
    narrow, wide = beside(
        lambda: selectors.due_people(clerk, TODAY, limit=25),
        lambda: selectors.due_people(clerk, TODAY, limit=100),
        40,
    )
    record("6", "due list: 100 cards beside 25", narrow, wide, 2.0)
    rows = selectors.urgent_items(officer, TODAY).values_list("pk", flat=True)
    at = min(3000, max(rows.count() - 30, 0))
    far = rows[at]
    top, deep = beside(
        lambda: selectors.due_people(officer, TODAY, limit=26),
        lambda: selectors.due_people(officer, TODAY, limit=26, after=far), 20,
    )  # fmt: skip
    record("7", f"county's due list at row {at:,} beside page 1", top, deep, 1.2)
    officer.while_reading = {}  # as while a page is made: what is asked again and again is asked once

    def first(rows: Any) -> list[int]:
        return list(
            rows.filter(stored="", done_on=None, made_up_on=None)
            .order_by("due_on", "pk")
            .values_list("pk", flat=True)[:25]
        )

    plain, scoped = beside(
        lambda: first(DueItem.objects.filter(at_county_id=cast.county.pk)),
        lambda: first(DueItem.objects.visible_to(officer)), 60,
    )  # fmt: skip
    record("10", "first page in scope beside plain equality", plain, scoped, 1.2,
           "Scope is where the person is now (decisions 6), which every item keeps in columns of its own beside the frozen "
           "ones; a trigger moves them with the person. Base: equality on that column.")  # fmt: skip
    _overdue()


def _overdue() -> None:
    """Goal 11: who in the whole city is overdue (open and past its day), by index and without; and of them those
    whose window is still open."""

    def late(more: str, *days: dt.date) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM visits_schedule_dueitem WHERE stored = '' AND done_on IS NULL AND due_on < %s"
                f" {more} ORDER BY due_on, id LIMIT 100",
                [TODAY, *days],
            )
            return [row[0] for row in cursor.fetchall()]

    def by_scan(more: str, *days: dt.date) -> list[int]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off;"
                           " SET LOCAL enable_indexonlyscan = off")  # fmt: skip
            return late(more, *days)

    among = f"in the city among {DueItem.objects.count():,} items, beside a scan"
    for what, more, days in (
        (f"overdue {among}", "", ()),
        (f"of them with an open window {among}", "AND closes_on >= %s", (TODAY,)),
    ):
        assert late(more, *days) == by_scan(more, *days)
        scan, index = beside(
            lambda more=more, days=days: by_scan(more, *days),
            lambda more=more, days=days: late(more, *days),
            12,
        )
        record("11", what, scan, index, 0.01)
