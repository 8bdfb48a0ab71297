"""Finding people in a city of 200,000 and a township of 900; taking a list out (goals 6, 7, 14 of docs/bench.md)."""

import re
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.bench import report
from tests.bench.filling import analyze
from tests.cast import make_cast, signed_in
from visits.roster import search, selectors
from visits.roster.exports import lines, workbook
from visits.roster.models import Person
from visits.roster.views import people as views
from xunfang.kit import crypto

PEOPLE = 200_000
TODAY = date(2026, 11, 24)
NOTE_6 = (
    "The clerk's page of a township of 900, from the request to the last byte of HTML, the number of rows set to 25 and "
    "to 100; the number of queries is the same for both, or the run fails."
)
NOTE_7 = (
    "The county officer's page, 200,000 people in the county, in the usual order (village, 自然村). The place to go on "
    "from is looked up in the statement that reads the rows; the index begins there."
)
NOTE_14 = (
    "Base: the same cells, in memory already, through xlsxwriter with constant memory. Ours: read from the database, "
    "last four of the ids decrypted, classes, households and villages looked up, ages reckoned, cells that would be "
    "formulas disarmed, the mark on each sheet."
)
FILL = """
INSERT INTO visits_roster_person (uuid, file_no, name, initials, sex, birth_date, id_number, id_index, id_tail, tail_index,
  phone, contact_name, contact_relation, contact_phone, registered_address, residence, hamlet, find_me, mind, relation,
  lives_alone, care_arrangement, institution, institution_phone, informed_how, family_notice, status, left_approximate,
  left_reason, corrected, version, created_at, county_id, township_id, village_id)
SELECT gen_random_uuid(), 'B-' || lpad(n::text, 6, '0'),
  substr('林陈黄郑吴张王李刘杨', 1 + (n * 7) %% 10, 1) || substr('依国桂秀水金玉文志明', 1 + (n / 10) %% 10, 1)
    || substr('妹清香英官弟钗彬强辉', 1 + (n / 100) %% 10, 1),
  substr('lchzwzwlly', 1 + (n * 7) %% 10, 1) || substr('yggxsjywzm', 1 + (n / 10) %% 10, 1)
    || substr('mqxygdcbqh', 1 + (n / 100) %% 10, 1),
  'F', date '1930-01-01' + (n %% 25000), %(number)s, sha256(('id' || n)::bytea), %(tail)s, sha256(('t' || n %% 10000)::bytea),
  '139' || lpad(n::text, 8, '0'), '', '', '', '', '', '第' || n %% 9 || '组', '', '', '', n %% 5 = 0, '', '', '', '', '',
  'live', false, '', '{}', 1, now(), v.county_id, v.township_id, v.id
FROM generate_series(1, %(count)s) n
JOIN (SELECT id, county_id, township_id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS all_
      FROM accounts_region WHERE level = 4 AND county_id = COALESCE(%(county)s, county_id)) v ON v.place = n %% v.all_
"""


def fill(count: int, county: int | None = None) -> None:
    """People in all villages, or in those of one county."""
    number = crypto.encrypt(b"350125194305060025", "person.id_number")
    tail = crypto.encrypt(b"0025", "person.id_tail")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FILL, {"count": count, "number": number, "tail": tail, "county": county})
        cursor.execute(
            "INSERT INTO visits_roster_membership (person_id, group_id, starts_on, end_reason, area, care, event,"
            " visible_from, basis, void_reason, reported_to, created_at)"
            " SELECT id, 'dibao', '2020-01-01', '', '', '', '', '', '', '', '', now()"
            " FROM visits_roster_person"
        )


def best(work: Callable[[], object], times: int = 3) -> float:
    """Milliseconds of the fastest of some runs."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took) * 1000


WORDS = (
    "林依妹",
    "林",
    "林*",
    "林?妹",
    "lym",
    "linyimei",
    "lin",
    "0025",
    "00001127",
    "B-001234",
    "月洲 林",
    "林依美",
    "鄢不在",
)


@pytest.mark.bench
def test_finding_in_a_city_and_in_a_township(committed) -> None:
    cast = make_cast()
    fill(PEOPLE)
    # A township of 900 among villages that have fewer.
    unit = {"county_id": cast.county.pk, "township_id": cast.township.pk, "village_id": cast.village.pk}
    Person.objects.filter(pk__in=Person.objects.order_by("pk").values("pk")[:700]).update(**unit)
    analyze(committed)
    for label, user, limit in (
        ("city", cast.inspector, 1.5), ("county", cast.county_officer, 0.4), ("township", cast.township_clerk, 0.15),
    ):  # fmt: skip
        scope = (
            Person.objects.filter(merged_into=None, status="live")
            if label == "city"
            else selectors.people(user, TODAY, {})
        )
        for text in WORDS:
            took = best(lambda text=text, scope=scope, user=user: _answer(user, scope, text))
            # The kind of word only: no cell of the page may hold a star.
            what = f"{text.replace('*', '＊')} in a {label} of {scope.count():,}"
            report.record(report.Line("search", what, None, took / 1000, limit))


def _answer(user, scope, text: str) -> None:
    found = search.find(scope, text).people
    found.count()
    selectors.page(user, found, 50)


@pytest.mark.bench
def test_a_page_far_down_costs_what_the_first_costs(committed, monkeypatch) -> None:
    """Goal 7 for a county of 200,000, and 6 for a list of 100 against one of 25: whole pages, in the usual order."""
    cast = make_cast()
    fill(PEOPLE, cast.county.pk)
    unit = {"county_id": cast.county.pk, "township_id": cast.township.pk, "village_id": cast.village.pk}
    Person.objects.filter(pk__in=Person.objects.order_by("pk").values("pk")[:900]).update(**unit)
    analyze(committed)
    url, officer = reverse("visits_roster:people"), signed_in(cast.county_officer)
    everybody = Person.objects.filter(county_id=cast.county.pk).on_roster()
    pk = selectors.ordered(everybody).values_list("pk", flat=True)[49_999]
    first, far = report.median(lambda: officer.get(url), lambda: officer.get(url, {"after": pk}), times=15)
    report.record(report.Line("7", "page at row 50,000 beside page 1, whole page", first, far, 1.2, NOTE_7))

    user = cast.county_officer
    user.while_reading = {}  # as while a page is made: what is asked again and again is asked once
    begins, goes_on = report.median(
        lambda: selectors.page(user, everybody, 50),
        lambda: selectors.page(user, everybody, 50, after=pk),
        times=61,
    )
    report.record(report.Line("7", "its rows alone", begins, goes_on, 1.2))

    client = signed_in(cast.township_clerk)
    queries = []

    def shows(size: int) -> None:
        monkeypatch.setattr(views, "PAGE", size)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(url)
        assert answer.status_code == 200
        assert len(set(re.findall(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-", answer.content))) >= size
        queries.append(len(captured))

    shows(25)
    shows(100)
    queries.clear()
    narrow, wide = report.median(lambda: shows(25), lambda: shows(100), times=25)
    assert len(set(queries)) == 1
    report.record(report.Line("6", "list of 100 beside list of 25, whole page", narrow, wide, 2.0, NOTE_6))


@pytest.mark.bench
def test_an_export_costs_little_more_than_writing_the_cells(committed) -> None:
    """Goal 14: at most 1.4 times xlsxwriter alone, ids decrypted and classes looked up."""
    user = make_cast().inspector
    fill(30_000)
    analyze(committed)
    keys = workbook.columns(workbook.USUAL, full=False)
    found = Person.objects.filter(status="live")
    cells = list(workbook.cells(lines.of_people(found, TODAY, user), keys))

    def alone() -> None:
        with tempfile.TemporaryFile() as out:
            book = xlsxwriter.Workbook(out, {"constant_memory": True})
            sheet, text = book.add_worksheet(), book.add_format({"num_format": "@"})
            for row, values in enumerate(cells):
                for number, value in enumerate(values):
                    if isinstance(value, int):
                        sheet.write_number(row, number, value)
                    elif value:
                        sheet.write_string(row, number, value, text)
            book.close()

    def ours(people: Any = found) -> None:
        rows = workbook.cells(lines.of_people(people, TODAY, user), keys)
        workbook.make(
            rows, columns=[workbook.COLUMNS[key] for key in keys], title="名单", mark="谁 2026-11-24"
        )

    base, took = report.median(alone, ours, times=5)
    third = found.filter(file_no__lte="B-010000")
    more = _peak(ours) / _peak(lambda: ours(third))
    note = f"{NOTE_14} Python's memory at its highest for 30,000 rows: {more:.2f} times that for 10,000."
    report.record(report.Line("14", f"Excel export of {len(cells):,} people", base, took, 1.4, note))


def _peak(work: Callable[[], object]) -> int:
    """Bytes that Python held at most while at it."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most
