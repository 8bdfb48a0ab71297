"""What a person must look at (待核, 二-G3), found set-based: one statement for each kind.

It opens questions and changes nothing else; nobody leaves a class by it. Running it twice, late, or twice at
once gives the same rows: a question is known by person, kind and what it is about (`Review.ref`). Dates come
from the caller; birthdays are those of `membership.birthday`, 29 February included.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import Region
from accounts.models.region import Level
from visits.core.options import options
from visits.roster import membership

AHEAD = timedelta(days=30)
# A scheduler that was down for weeks still asks; what is older than this is nobody's question any more.
BACK = timedelta(days=60)
TEMPORARY_DAYS = 90  # 1-E E17: a temporary number is replaced within 90 days


def _birthday(years: str) -> str:
    """SQL of the day on which somebody becomes that old: born on 29 February, on 1 March in other years."""
    day = f"p.birth_date + make_interval(years => {years})"
    leap = f"to_char(p.birth_date, 'MMDD') = '0229' AND to_char({day}, 'MMDD') = '0228'"
    return f"(({day})::date + CASE WHEN {leap} THEN 1 ELSE 0 END)"


_MEMBER = """EXISTS (SELECT 1 FROM visits_roster_membership m WHERE m.person_id = p.id AND m.voided_at IS NULL
   AND m.group_id = '{group}' AND m.starts_on <= %(on)s AND (m.ends_on IS NULL OR m.ends_on >= %(on)s))"""
_LIVE = "m.voided_at IS NULL AND m.starts_on <= %(on)s AND (m.ends_on IS NULL OR m.ends_on >= %(on)s)"
_SEVERE_CHILD = """EXISTS (SELECT 1 FROM visits_roster_relative r WHERE r.person_id = p.id AND r.kind = 'child'
   AND r.voided_at IS NULL AND r.disability_grade <= 2)"""
_AGES = """JOIN unnest(%(counties)s::bigint[], %(alone)s::int[], %(childless)s::int[], %(disabled)s::int[],
   %(left_behind)s::int[]) AS s(county_id, alone, childless, disabled, left_behind) ON s.county_id = p.county_id"""
_MAX = "CASE WHEN g.code = 'left_behind' THEN s.left_behind ELSE g.max_age END + 1"

# kind → SELECT person, ref, day, detail FROM …; `p` is the person, on the roster.
QUESTIONS: dict[str, str] = {
    # Who lives alone, or is in the younger class of people alone, and would fit the class of the old.
    "turns_80": f"""
SELECT p.id, to_char(d.day, 'YYYY'), d.day, jsonb_build_object('age', s.alone, 'group', 'old_alone')
  FROM visits_roster_person p {_AGES} CROSS JOIN LATERAL (SELECT {_birthday("s.alone")} AS day) d
 WHERE d.day BETWEEN %(back)s AND %(ahead)s AND NOT {_MEMBER.format(group="old_alone")}
   AND (p.lives_alone OR {_MEMBER.format(group="old_childless")})""",
    "turns_60": f"""
SELECT p.id, to_char(d.day, 'YYYY'), d.day, jsonb_build_object('age', d.age, 'group', d.code)
  FROM visits_roster_person p {_AGES} CROSS JOIN LATERAL (
       SELECT {_birthday("s.childless")} AS day, s.childless AS age, 'old_childless' AS code
        WHERE p.lives_alone AND NOT {_MEMBER.format(group="old_childless")}
       UNION ALL
       SELECT {_birthday("s.disabled")}, s.disabled, 'old_with_disabled_child'
        WHERE {_SEVERE_CHILD} AND NOT {_MEMBER.format(group="old_with_disabled_child")}) d
 WHERE d.day BETWEEN %(back)s AND %(ahead)s""",
    # Out of a class by age: no lower bound, whoever has outgrown it and is still in it is asked about.
    "turns_18": f"""
SELECT p.id, to_char(d.day, 'YYYY'), d.day, jsonb_build_object('age', d.age, 'group', m.group_id, 'membership', m.id)
  FROM visits_roster_person p {_AGES}
  JOIN visits_roster_membership m ON m.person_id = p.id AND {_LIVE}
  JOIN visits_roster_caregroup g ON g.code = m.group_id
 CROSS JOIN LATERAL (SELECT {_MAX} AS age, {_birthday(_MAX)} AS day
                     UNION ALL
                     SELECT 18, {_birthday("18")} WHERE g.code = 'tekun') d
 WHERE d.age >= 18 AND d.day <= %(ahead)s AND (g.code <> 'tekun' OR (d.day >= %(back)s AND d.day > m.starts_on))""",
    "turns_16": f"""
SELECT p.id, to_char(d.day, 'YYYY'), d.day, jsonb_build_object('age', d.age, 'group', m.group_id, 'membership', m.id)
  FROM visits_roster_person p {_AGES}
  JOIN visits_roster_membership m ON m.person_id = p.id AND {_LIVE}
  JOIN visits_roster_caregroup g ON g.code = m.group_id
 CROSS JOIN LATERAL (SELECT {_MAX} AS age, {_birthday(_MAX)} AS day) d
 WHERE d.age < 18 AND d.day <= %(ahead)s""",
    "group_review": f"""
SELECT p.id, m.id || ':' || m.review_on, m.review_on, jsonb_build_object('membership', m.id, 'group', m.group_id)
  FROM visits_roster_person p JOIN visits_roster_membership m ON m.person_id = p.id AND {_LIVE}
 WHERE m.review_on <= %(ahead)s""",
    "group_ends": f"""
SELECT p.id, m.id::text, m.ends_on, jsonb_build_object('membership', m.id, 'group', m.group_id)
  FROM visits_roster_person p JOIN visits_roster_membership m ON m.person_id = p.id AND {_LIVE}
 WHERE m.ends_on <= %(ahead)s""",
    "benefit_ends": """
SELECT p.id, b.id::text, b.ends_on, jsonb_build_object('benefit', b.id, 'kind', b.kind)
  FROM visits_roster_person p JOIN visits_roster_benefit b ON b.person_id = p.id AND b.voided_at IS NULL
 WHERE b.ends_on BETWEEN %(back)s AND %(ahead)s""",
    "certificate_ends": """
SELECT p.id, c.id || ':' || c.valid_until, c.valid_until, jsonb_build_object('certificate', c.id)
  FROM visits_roster_person p
  JOIN visits_roster_disabilitycertificate c ON c.person_id = p.id AND c.voided_at IS NULL
 WHERE c.valid_until <= %(ahead)s""",
    "care_review": """
SELECT p.id, p.care_review_on::text, p.care_review_on, '{}'::jsonb
  FROM visits_roster_person p WHERE p.care_review_on <= %(ahead)s""",
    # E10: who is suspended is looked at again on the day that was said.
    "absence_review": """
SELECT p.id, a.id || ':' || a.review_on, a.review_on, jsonb_build_object('absence', a.id, 'absent', a.kind)
  FROM visits_roster_person p JOIN visits_roster_absence a ON a.person_id = p.id
 WHERE a.ends_on IS NULL AND a.voided_at IS NULL AND a.review_on <= %(on)s""",
    "temporary_no": """
SELECT p.id, (d.days / %(temporary)s * %(temporary)s)::text, d.since + d.days / %(temporary)s * %(temporary)s,
       '{}'::jsonb
  FROM visits_roster_person p
 CROSS JOIN LATERAL (SELECT (p.created_at AT TIME ZONE 'Asia/Shanghai')::date AS since,
                            %(on)s::date - (p.created_at AT TIME ZONE 'Asia/Shanghai')::date AS days) d
 WHERE p.temporary_no IS NOT NULL AND d.days >= %(temporary)s""",
}

# The same of what the rooms above keep about people (docs/adr 7): they add theirs when they start, under a kind of
# `Review.Kind` and in the same shape.
asked_above: dict[str, str] = {}

# One year's question about one person, however many classes ask it; the first stands.
INSERT = """
INSERT INTO visits_roster_review (person_id, kind, ref, due_on, detail, opened_at, outcome, note)
SELECT q.person_id, %(kind)s, q.ref, q.due_on, q.detail, %(at)s, '', ''
  FROM ({question}) AS q(person_id, ref, due_on, detail)
  JOIN visits_roster_person p ON p.id = q.person_id AND p.status = 'live' AND p.merged_into_id IS NULL
 ORDER BY q.person_id, q.due_on
ON CONFLICT (person_id, kind, ref) DO NOTHING
"""

# What a list could not say about the classes of these memberships (`membership.ask_of`).
ASK = """
SELECT m.person_id, m.id || ':ask', %(ahead)s::date,
       jsonb_build_object('membership', m.id, 'group', m.group_id, 'ask', a.ask)
  FROM visits_roster_membership m
  JOIN unnest(%(groups)s::text[], %(asks)s::text[]) AS a(code, ask) ON a.code = m.group_id
 WHERE m.id = ANY(%(memberships)s::bigint[])
   AND CASE a.ask
       WHEN 'event' THEN m.event = ''
       ELSE NOT EXISTS (SELECT 1 FROM visits_roster_relative r
                         WHERE r.person_id = m.person_id AND r.voided_at IS NULL
                           AND CASE a.ask WHEN 'disabled_child' THEN r.kind = 'child' AND r.disability_grade IS NOT NULL
                                          WHEN 'children' THEN r.kind = 'child' AND r."where" <> ''
                                          WHEN 'guardian' THEN r.kind = 'guardian'
                                          ELSE r.kind = 'parent' AND (r."where" <> '' OR r.unable) END) END
"""


def open_all(*, on: date, at: datetime) -> int:
    """Ask whatever is to be asked on that day, for the whole city. Returns how many questions are new."""
    parameters = {
        "on": on, "at": at, "ahead": on + AHEAD, "back": on - BACK, "temporary": TEMPORARY_DAYS, **_ages(on),
    }  # fmt: skip
    made = 0
    with connection.cursor() as cursor:
        for kind, question in (QUESTIONS | asked_above).items():
            cursor.execute(INSERT.format(question=question), parameters | {"kind": kind})
            made += cursor.rowcount
    return made


def ask_about(membership_ids: Sequence[int], *, on: date, at: datetime) -> int:
    """Ask what could not be known when these memberships were written. Returns how many questions are new."""
    if not membership_ids:
        return 0
    asks = [(code, membership.ask_of(code)) for code in membership.ASKING]
    parameters = {
        "kind": "group_review", "at": at, "ahead": on + AHEAD, "memberships": list(membership_ids),
        "groups": [code for code, _ in asks], "asks": [ask for _, ask in asks],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(question=ASK), parameters)
        return cursor.rowcount


def _ages(on: date) -> dict[str, Any]:
    """The ages that each county has decided, as columns."""
    counties = list(Region.objects.filter(level=Level.COUNTY).order_by("pk"))
    found = [options(membership.SETTING_KEYS, county, on) for county in counties]
    return {
        "counties": [county.pk for county in counties],
        "alone": [one["min_age_old_alone"] for one in found],
        "childless": [one["min_age_old_childless"] for one in found],
        "disabled": [one["min_age_old_with_disabled_child"] for one in found],
        "left_behind": [one["max_age_left_behind"] for one in found],
    }
