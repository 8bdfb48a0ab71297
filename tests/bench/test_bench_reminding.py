"""Who is late, in a city with ten years behind it (goal 11 of docs/bench.md); and what the bar's number costs."""

from datetime import date, datetime

import pytest
from django.db import connection

from accounts import scoping
from accounts.scoping import duty_of
from tests.bench import report
from tests.bench.filling import analyze
from tests.cast import SHANGHAI, make_cast, make_person
from visits.core.calendar import load as load_calendar
from visits.followup.deadlines import BY_SUBJECT
from visits.followup.models import Subject
from visits.followup.services import escalating

REPORTS, OPEN, NOTICES = 400_000, 400, 2_000_000
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
NOTE_11 = (
    f"{REPORTS:,} change reports of ten years, {OPEN} of them open, every level of all told before. Base: counting the late "
    "ones by reading the table from end to end. Ours: one level of the scan, with the question whether it was told. The "
    "whole scan (seven subjects, all levels, the settling) stands beside it in seconds."
)
NOTE_BAR = (
    f"{NOTICES:,} notices in the table, 60 unread of this user. Base: the posts of a request alone. Ours: with the number that "
    "rides on the same query."
)
FILL = """
INSERT INTO visits_followup_changereport (uuid, person_id, source, key, told_by, county_id, township_id, village_id, found_on,
  due_on, due_note, items, urgent, state, noted_by_id, noted_at, filed_by_id, filed_at, late_reason)
SELECT gen_random_uuid(), %(person)s, 'call', gen_random_uuid(), '', v.county_id, v.township_id, v.id, d.on, d.on + 2, '',
  '[{"code": "income", "item": "收入变化", "was": "无变化", "now": "明显减少", "level": 2, "note": ""}]', false,
  CASE WHEN n > %(filed)s THEN 'noted' ELSE 'filed' END, %(user)s, d.on,
  CASE WHEN n > %(filed)s THEN NULL ELSE %(user)s END, CASE WHEN n > %(filed)s THEN NULL ELSE d.on END, ''
FROM generate_series(1, %(count)s) n
CROSS JOIN LATERAL (SELECT CASE WHEN n > %(filed)s THEN date '2026-11-16' ELSE date '2016-11-20' + n / 110 END AS on) d
JOIN (SELECT id, county_id, township_id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS all_
      FROM accounts_region WHERE level = 4) v ON v.place = n %% v.all_
"""
TOLD = """
INSERT INTO visits_followup_escalation (subject, subject_id, due_on, level, stay, told_at, told, county_id, township_id, village_id)
SELECT 'report', r.id, r.due_on, level, 0, r.noted_at, 1, r.county_id, r.township_id, r.village_id
FROM visits_followup_changereport r, generate_series(1, 5) level WHERE level < 3 OR r.state = 'noted'
"""
NOTED = """
INSERT INTO visits_core_notice (user_id, key, kind, words, url, subject, subject_id, at_once, created_at, read_at)
SELECT (ARRAY(SELECT id FROM accounts_user ORDER BY id))[1 + n %% (SELECT count(*) FROM accounts_user)], 'report:' || n || ':1',
  'report', '一份变化要报县级', '/changes/', 'report', n, false, timestamptz '2026-01-01' + n * interval '1 second',
  CASE WHEN n > %(count)s - 60 * (SELECT count(*) FROM accounts_user) THEN NULL ELSE now() END
FROM generate_series(1, %(count)s) n
"""


@pytest.mark.bench
def test_who_is_late_is_found_without_reading_ten_years(committed) -> None:
    cast = make_cast()
    person = make_person(cast)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        values = {"person": person.pk, "user": cast.visitor.pk, "count": REPORTS, "filed": REPORTS - OPEN}
        cursor.execute(FILL, values)
        cursor.execute(TOLD)
        cursor.execute(NOTED, {"count": NOTICES})
    analyze(committed)
    source, calendar = BY_SUBJECT[Subject.REPORT], load_calendar()
    step = next(
        one
        for one in escalating.policies(NOW.date())[0].steps
        if (one.subject, one.level) == (Subject.REPORT, 3)
    )

    def whole_table() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off"
            )
            cursor.execute(
                "SELECT count(*) FROM visits_followup_changereport WHERE state = 'noted' AND due_on < %s",
                [date(2026, 11, 24)],
            )
            cursor.execute("RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_indexonlyscan")

    def level() -> None:
        one = escalating.Policy((step,), None)
        assert list(escalating.candidates(source, [one], calendar, NOW)) == []

    base, ours = report.median(whole_table, level, times=15)
    report.record(report.Line("11", "one level of the late reports of the city", base, ours, 0.01, NOTE_11))
    user, riders = cast.township_clerk, dict(scoping.riders)

    def without() -> None:
        scoping.riders.clear()
        duty_of(user, NOW.date())

    def with_number() -> None:
        scoping.riders.update(riders)
        duty_of(user, NOW.date())
        assert user.unread_notices == 60

    base, ours = report.median(without, with_number, times=61)
    scoping.riders.update(riders)
    report.record(
        report.Line("bar", "the posts of a request with the number of notices", base, ours, 1.5, NOTE_BAR)
    )
    # Last: a scan settles the notices of what is over.
    (scan,) = report.median(lambda: escalating.scan(at=NOW), times=5)
    report.record(report.Line("11", "the whole scan, nothing new", None, scan, 1.0))
