"""当日汇总 (五(三)-7, practice P22): what a day's rows were at its 24:00, counted by when they were typed in and not by
when anybody counts: a job that was down for three days finds the same numbers."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from visits.core.workdays import Calendar, YearNotLoaded


@dataclass(frozen=True)
class Day:
    """One township's day. `report_ids`: the changes known at 24:00, in order."""

    township_id: int
    county_id: int
    on: date
    visits: int
    attempts: int
    changes: int
    urgent: int
    findings: int
    report_ids: tuple[int, ...]


# In each: the rows of the days, typed in by 24:00 of their day, and not taken back by then.
_BY_THEN = "({at} AT TIME ZONE 'Asia/Shanghai')::date <= {on}"
_STOOD = "({voided} IS NULL OR ({voided} AT TIME ZONE 'Asia/Shanghai')::date > {on})"


def _when(at: str, on: str, voided: str) -> str:
    parts = [f"{on} BETWEEN %(first)s AND %(last)s", _BY_THEN.format(at=at, on=on)]
    return " AND ".join([*parts, _STOOD.format(voided=voided, on=on)])


DAYS = f"""
WITH visit AS (
  SELECT v.county_id, v.township_id, v.visited_on AS day, count(*) AS n
    FROM visits_records_visit v WHERE {_when("v.submitted_at", "v.visited_on", "v.voided_at")} GROUP BY 1, 2, 3
), tried AS (
  SELECT a.county_id, a.township_id, a.tried_on AS day, count(*) AS n
    FROM visits_records_attempt a
   WHERE a.tried_on BETWEEN %(first)s AND %(last)s AND {_BY_THEN.format(at="a.submitted_at", on="a.tried_on")}
   GROUP BY 1, 2, 3
), changed AS (
  SELECT coalesce(v.county_id, o.county_id, r.county_id) AS county_id,
         coalesce(v.township_id, o.township_id, r.township_id) AS township_id, r.found_on AS day,
         count(*) AS n, count(*) FILTER (WHERE r.urgent) AS urgent, array_agg(r.id ORDER BY r.id) AS ids
    FROM visits_followup_changereport r
    LEFT JOIN visits_records_visit v ON v.id = r.visit_id
    LEFT JOIN visits_records_offlinevisit o ON o.id = r.offline_id
   WHERE {_when("r.noted_at", "r.found_on", "coalesce(v.voided_at, o.voided_at)")} GROUP BY 1, 2, 3
), found AS (
  SELECT v.county_id, v.township_id, s."on" AS day, count(*) AS n
    FROM visits_followup_findingstep s JOIN visits_records_visit v ON v.id = s.visit_id
   WHERE s.kind IN ('found', 'reopened') AND {_when("s.at", 's."on"', "v.voided_at")} GROUP BY 1, 2, 3
), day AS (
  SELECT county_id, township_id, day FROM visit UNION SELECT county_id, township_id, day FROM tried
   UNION SELECT county_id, township_id, day FROM changed
)
SELECT d.township_id, d.county_id, d.day, coalesce(v.n, 0), coalesce(t.n, 0), coalesce(c.n, 0), coalesce(c.urgent, 0),
       coalesce(f.n, 0), coalesce(c.ids, ARRAY[]::bigint[])
  FROM day d
  LEFT JOIN visit v USING (county_id, township_id, day)
  LEFT JOIN tried t USING (county_id, township_id, day)
  LEFT JOIN changed c USING (county_id, township_id, day)
  LEFT JOIN found f USING (county_id, township_id, day)
 ORDER BY d.day, d.township_id
"""


def days(first: date, last: date) -> list[Day]:
    """Every township's days from `first` to `last`, both inclusive; a day on which nothing was is not among them."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"first": first, "last": last})
        return [Day(*row[:8], tuple(row[8])) for row in cursor.fetchall()]


def confirm_by(calendar: Calendar, on: date) -> date | None:
    """The next working day; None while its year's days off are not known."""
    try:
        return calendar.add_workdays(on, 1)
    except YearNotLoaded:
        return None


def yesterday(today: date) -> date:
    return today - timedelta(days=1)
