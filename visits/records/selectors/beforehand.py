"""What has to be known of somebody before a visit is written down, asked in one statement.

Mostly it is that there is nothing: no absence, no lasting state, no entrustment, no draft. Then nobody asks for it
again; where there is something, the services read it as they always do."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from visits.records.items import ITEM_CODES
from visits.records.models import Visit
from visits.records.wordings import MARK
from visits.schedule.due import HOME_MODES
from xunfang.kit.prepared import Sql

# Higher rooms add what they want to know, before the first visit is saved: name → whether there is such a thing about
# %(person)s, as a condition in SQL. `Beforehand.above` holds the names of what there is.
asked_above: dict[str, str] = {}

# The file and those merged into it: a visit under an old number was one to this person.
STATEMENT = """
WITH files AS (SELECT id FROM visits_roster_person WHERE id = %(person)s OR merged_into_id = %(person)s),
     visits AS (
       SELECT v.id, v.visited_on, v.mode FROM visits_records_visit v JOIN files f ON f.id = v.person_id
        WHERE v.voided_at IS NULL
     )
SELECT EXISTS (SELECT FROM visits_records_visit WHERE key = %(key)s) AS repeated,
       (SELECT min(starts_on) FROM visits_roster_membership WHERE person_id = %(person)s AND voided_at IS NULL)
         AS joined_on,
       EXISTS (SELECT FROM visits WHERE visited_on = %(on)s) AS same_day,
       EXISTS (SELECT FROM visits_records_knownstate WHERE person_id = %(person)s AND ended_on IS NULL) AS known,
       EXISTS (SELECT FROM visits_roster_absence
                WHERE person_id = %(person)s AND ends_on IS NULL AND voided_at IS NULL) AS away,
       EXISTS (SELECT FROM visits_roster_transition
                WHERE person_id = %(person)s AND kind = 'entrust' AND starts_on <= %(on)s) AS entrusted,
       EXISTS (SELECT FROM visits_roster_membership m JOIN visits_roster_caregroup g ON g.code = m.group_id
                WHERE m.person_id = %(person)s AND m.voided_at IS NULL AND g.alone AND m.starts_on <= %(on)s
                  AND (m.ends_on IS NULL OR m.ends_on >= %(on)s)) AS by_self,
       EXISTS (SELECT FROM visits_records_draft
                WHERE person_id = %(person)s AND author_id = %(by)s AND NOT together) AS draft,
       EXISTS (SELECT FROM visits_records_photo
                WHERE person_id = %(person)s AND by_id = %(by)s AND key = %(key)s AND removed_at IS NULL
                  AND visit_id IS NULL) AS photos,
       EXISTS (SELECT FROM visits_core_unitsetting WHERE key = 'sign_exceptions') AS signing_decided,
       ARRAY(SELECT visited_on FROM visits WHERE mode = ANY(%(home)s)
              UNION ALL
             SELECT o.visited_on FROM visits_records_offlinevisit o JOIN files f ON f.id = o.person_id
              WHERE o.voided_at IS NULL AND o.mode = ANY(%(home)s)) AS home_days,
       w.id AS wording, w.mark,
       array_remove(ARRAY[{above}]::text[], NULL) AS above,
       {last}
  FROM (SELECT id, {mark} AS mark FROM visits_records_formversion
         WHERE starts_on <= %(today)s AND withdrawn_at IS NULL ORDER BY starts_on DESC LIMIT 1) w
  LEFT JOIN visits_records_visit l
    ON l.id = (SELECT id FROM visits WHERE visited_on <= %(on)s ORDER BY visited_on DESC, id DESC LIMIT 1)
"""
# What is asked of the last visit; the rest of it is read when somebody asks for it.
LAST = ("id", "person_id", "visited_on", *ITEM_CODES, "extra")


@dataclass(frozen=True)
class Beforehand:
    """`repeated`: the press was recorded already. `joined_on`: the first day in any class. `same_day`: there is a valid
    visit of that day. `known`: lasting states. `away`: an absence goes on. `entrusted`: to another township, now or
    once. `by_self`: in a class whose people speak for themselves (P18). `draft`, `photos`: of whoever writes.
    `signing_decided`: somewhere it was decided which records are signed singly. `home_days`: of valid visits at home,
    of both kinds, in no order. `wording` with its `mark`: the form of today. `above`: what higher rooms asked for.
    `last`: the newest valid visit of that day or before, with its answers."""

    repeated: bool
    joined_on: date | None
    same_day: bool
    known: bool
    away: bool
    entrusted: bool
    by_self: bool
    draft: bool
    photos: bool
    signing_decided: bool
    home_days: list[date]
    wording: int
    mark: str
    above: list[str]
    last: Visit | None


@cache
def _asked() -> Sql:
    above = [f"CASE WHEN {condition} THEN '{name}' END" for name, condition in sorted(asked_above.items())]
    return Sql(
        STATEMENT.format(above=", ".join(above), last=", ".join(f"l.{column}" for column in LAST), mark=MARK),
        {"person": "bigint", "by": "bigint", "key": "uuid", "on": "date", "today": "date"},
        {"home": sorted(HOME_MODES)},
    )


def beforehand(*, person_id: int, by_id: int, key: UUID, on: date, today: date) -> Beforehand:
    """Asked while the person is locked: nobody writes about them meanwhile."""
    values = {"person": person_id, "by": by_id, "key": key, "on": on, "today": today}
    row = _asked().fetch(values)[0]
    return Beforehand(*row[: -len(LAST)], _visit(list(row[-len(LAST) :])))


def _visit(values: list[Any]) -> Visit | None:
    if values[0] is None:
        return None
    extra: Any = Visit._meta.get_field("extra")
    values[-1] = extra.from_db_value(values[-1], None, connection)
    return Visit.from_db(connection.alias, LAST, values)
