"""The city's overview: asked for by twenty at once, with ten years of data, beside a workbook; and what it costs those
who save a visit that it is ready (goals 3, 4, 9, 18)."""

import datetime as dt
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import xlsxwriter
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests import conftest
from tests.bench import report
from tests.bench.conftest import City
from tests.bench.filling import TODAY, analyze, record, took
from tests.cast import signed_in
from tests.e2e.conftest import _answers, _free_port, _wait
from tests.visits.records.visiting_bodies import body
from visits.desk import scope, selectors
from visits.desk.models import Tally, TallyPeriod
from visits.desk.tallies import checking, folding
from visits.records.services import visiting
from visits.roster.models import Person
from visits.schedule.models import DueItem
from visits.schedule.periods import HalfYear, Quarter

AT_ONCE, EACH = 20, 15
PERIOD = Quarter.containing(TODAY)
# Nine more years of what was owed, each like the one there is.
YEARS = """
INSERT INTO visits_schedule_dueitem (cause, person_id, rule_id, period_start, period_end, first, opens_on, due_on, closes_on,
       tier, county_id, township_id, village_id, assignee_id, stored, done_on, done_mode, done_met, done_via)
SELECT cause, person_id, rule_id, period_start - y, period_end - y, first, opens_on - y, due_on - y, closes_on - y, tier,
       county_id, township_id, village_id, assignee_id, stored, done_on - y, done_mode, done_met, done_via
  FROM visits_schedule_dueitem CROSS JOIN (SELECT make_interval(years => n) AS y FROM generate_series(1, 9) n) years
 WHERE period_start >= %s AND cause = 'rule' AND due_on >= period_end
"""


@contextmanager
def _served(name: str) -> Iterator[str]:
    """The site as it is served: two processes, on a database of the tests."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    server = f"postgresql://{settings.RUNTIME_DB_ROLE}@/{name}?host={settings.DATABASES['default']['HOST']}"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "xunfang.settings.test", "XUNFANG_TEST_SERVER_URL": server,
           "XUNFANG_EXTERNAL_URL": url}  # fmt: skip
    command = [str(Path(sys.executable).parent / "gunicorn"), "xunfang.wsgi", "-w", "2", "-b", f"127.0.0.1:{port}",
               "--preload", "--log-level", "warning"]  # fmt: skip
    process = subprocess.Popen(command, env=env)
    try:
        _wait(lambda: _answers(f"{url}/healthz"), "gunicorn")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _by_twenty(url: str, path: str, cookie: str) -> list[float]:
    """How long each of `AT_ONCE` waited, again and again, for a page."""
    waited: list[float] = []
    gate = threading.Barrier(AT_ONCE)

    def one() -> None:
        gate.wait(30)
        for _ in range(EACH):
            begun = time.perf_counter()
            asked = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
            asked.request("GET", path, headers={"Cookie": cookie})
            answer = asked.getresponse()
            text = answer.read()
            waited.append(time.perf_counter() - begun)
            assert answer.status == 200, text[:300]
            asked.close()

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waited) == AT_ONCE * EACH
    return waited


@pytest.mark.bench
def test_the_overview_of_the_city_is_asked_for_by_twenty_at_once(city: City) -> None:
    """Goals 3 and 4, over HTTP. Ten years in a copy of the city."""
    today = timezone.localdate()
    empty, path = reverse("accounts:password"), f"{reverse('visits_desk:overview')}?period={PERIOD.key}"
    cookies = signed_in(city.cast.city_supervisor, Client()).cookies
    cookie = "; ".join(f"{name}={one.value}" for name, one in cookies.items())
    folding.count_all(today=today)
    base, one_year = _pages(city.name, (empty, path), cookie)
    record("3", f"city's overview at {AT_ONCE} connections, 95th percentile", base, one_year, 2.0,
           "Base: the page to change one's password, at as many connections. Both over HTTP from two processes.")  # fmt: skip
    with _copy(city.name) as ten:
        folding.count_all(today=today)
        one, many = _pages(city.name, (path,), cookie)[0], _pages(ten, (path,), cookie)[0]
        again = _pages(city.name, (path,), cookie)[0]
        record("4", f"the same with {DueItem.objects.count():,} items of ten years, beside one year",
               statistics.mean((one, again)), many, 1.2)  # fmt: skip


def _pages(name: str, paths: tuple[str, ...], cookie: str) -> list[float]:
    """The 95th percentile of each, by turns."""
    connection.close()
    waited: list[list[float]] = [[] for _ in paths]
    with _served(name) as url:
        for turn in range(4):
            for found, path in zip(waited, paths, strict=True):
                some = _by_twenty(url, path, cookie)
                if turn:  # the first warms both processes
                    found += some
    return [statistics.quantiles(found, n=20)[-1] for found in waited]


@contextmanager
def _copy(name: str) -> Iterator[str]:
    """The city with ten years, as the default database."""
    made = f"{name}_ten"
    connection.close()
    owner = conftest._owner()
    with owner.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{made}" TEMPLATE "{name}"')
    conftest._as_runtime(made)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(YEARS, [dt.date(TODAY.year, 1, 1)])
    analyze(made)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    yield made
    conftest._as_runtime(name)
    with owner.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')
    owner.close()


TRIGGERS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'tally\\_%%'"


@contextmanager
def _as_owner(name: str) -> Iterator[Any]:
    import psycopg2

    from xunfang.settings.base import database as database_of

    entry = database_of(os.environ["DATABASE_OWNER_URL"])
    made = psycopg2.connect(
        dbname=name, user=entry["USER"], password=entry["PASSWORD"], host=entry["HOST"], port=entry["PORT"]
    )
    made.autocommit = True
    with made.cursor() as cursor:
        yield cursor
    made.close()


@pytest.mark.bench
def test_saving_a_visit_pays_little_for_the_overviews(city: City) -> None:
    """Goal 9: with and without the triggers, by turns; then all kept numbers beside a recount."""
    people = iter(
        Person.objects.filter(village_id=city.cast.village.pk, status="live", assignee=city.cast.visitor)
        .filter(birth_date__lt=dt.date(1990, 1, 1))
        .exclude(visits__visited_on=TODAY)
        .exclude(memberships__group_id="tekun")
        .order_by("-pk")
        .values_list("pk", flat=True)
    )
    folding.count_all(today=TODAY)
    at = timezone.make_aware(dt.datetime(2026, 11, 24, 15, 40))

    def save() -> None:
        visiting.submit(person_id=next(people), by=city.cast.visitor, at=at, key=uuid4(), body=body())

    seconds: dict[str, list[float]] = {"DISABLE": [], "ENABLE": []}
    with _as_owner(city.name) as owner:
        owner.execute(TRIGGERS)
        triggers = owner.fetchall()
        assert len(triggers) > 10
        for turn in range(80):
            for how, found in seconds.items():
                for table, trigger in triggers:
                    owner.execute(f"ALTER TABLE {table} {how} TRIGGER {trigger}")
                spent = took(save)
                if turn >= 5:
                    found.append(spent)
    base, ours = (statistics.median(found) for found in seconds.values())
    for day in (dt.date(2026, 7, 1), dt.date(2026, 10, 1)):  # what was saved without the triggers
        folding.mark_everything(day)
    folding.fold(today=TODAY)
    for _ in range(5):
        save()
    before = folding.fold(today=TODAY)
    drift = {key: found for key in TallyPeriod.objects.exclude(period="all").values_list("period", flat=True)
             if (found := checking.differing(key, on=TODAY))}  # fmt: skip
    assert before
    assert not drift
    record("9", "saving a visit, kept numbers marked, beside the same without", base, ours, 1.1,
           f"Medians. Drift after it: 0 of {Tally.objects.count():,} rows.")  # fmt: skip


# Every page that an overview leads to, with the seconds it may take.
PAGES = (
    ("t=how", 1.0), ("t=weeks", 1.0), ("t=found", 1.0), ("screen=1", 1.0), ("t=weeks&period={half}", 1.0),
    ("/return?period={before}", 1.5), ("/return", 1.5), ("/workbook?", 1.5),
    *((f"/people?measure={code}", 1.0) for code in ("due", "done", "open", "unsigned", "homes_done", "tried", "late",
      "by_home", "ontime", "sent", "week3", "roster", "unassigned", "entrusted", "found_any")),
    ("/people?measure=class-all", 1.5), ("/people?measure=class-dibao-homes", 1.5),
)  # fmt: skip


@pytest.mark.bench
def test_what_the_overview_of_the_city_leads_to(city: City) -> None:
    """No page of the city's figures keeps anybody waiting: each from kept numbers, or found in a part of its list."""
    today = timezone.localdate()
    folding.count_all(today=today)
    now = Quarter.containing(today)
    client = signed_in(city.cast.city_supervisor, Client())
    for what, limit in PAGES:
        query = what.format(half=HalfYear.containing(today).key, before=now.previous().previous().key)
        path = reverse("visits_desk:overview") + (query if query.startswith("/") else f"?{query}")
        assert client.get(path).status_code == 200
        spent = statistics.median(took(lambda path=path: client.get(path)) for _ in range(3))
        shown = query if query.startswith("/") else f"?{query}"
        report.record(report.Line("overview", f"city: /overview{shown.rstrip('?')}", None, spent, limit))


@pytest.mark.bench
def test_who_is_overdue_beside_a_workbook(city: City) -> None:
    """Goal 18: how many people are overdue in the city, beside counting them in a workbook."""
    folding.count_all(today=TODAY)
    units = scope.units_of(city.cast.city)
    day = PERIOD.end + dt.timedelta(days=1)  # everything open is overdue
    items = DueItem.objects.counting().filter(due_on__range=(PERIOD.start, PERIOD.end))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "everybody.xlsx"
        book = xlsxwriter.Workbook(path, {"constant_memory": True})
        sheet = book.add_worksheet()
        rows = items.values_list(
            "person_id", "person__name", "village_id", "assignee_id", "stored", "done_on", "due_on"
        )
        for number, row in enumerate(rows.iterator(chunk_size=5000)):
            for place, value in enumerate(row):
                sheet.write(number, place, value.isoformat() if isinstance(value, dt.date) else value)
        book.close()

        def counted() -> int:
            late = set()
            for person, _, _, _, stored, done_on, due_on in (
                CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            ):
                if not done_on and not stored and due_on < day.isoformat():
                    late.add(person)
            return len(late)

        def number() -> int:
            return selectors.figures(units, PERIOD, day).late

        folding.fold(today=day)
        assert number() == counted()
        base = min(took(counted) for _ in range(3))
        ours = statistics.median(took(number) for _ in range(15))
    record(
        "18",
        f"how many are overdue, beside counting them in a workbook of {items.count():,} rows",
        base,
        ours,
        1 / 200,
    )
    folding.fold(today=TODAY)
