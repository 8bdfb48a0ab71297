"""The due list of a period for whoever has nothing that begins, ends or pauses in it: nearly everybody.

For them the definition needs no reckoning with days: in a class on the whole period, under rules that hold on the
whole period, they owe the item of the period unless another of their rules stands in for it. All others are left to
`generation`, which knows everything. The property test of the generation holds both against the definition.
"""

from collections.abc import Sequence
from typing import Any

from visits.schedule.due import Rule, asks_as_much
from visits.schedule.models import WrittenPeriod
from visits.schedule.periods import Period

# Rules that hold on a part of the period only: then days must be reckoned for everybody.
CHANGING = """
SELECT EXISTS (SELECT FROM visits_schedule_frequencyrule
                WHERE starts_on <= %(end)s AND (ends_on IS NULL OR ends_on >= %(start)s)
                  AND NOT (starts_on <= %(start)s AND (ends_on IS NULL OR ends_on >= %(end)s)))
"""
# Whoever was in a class on a part of the period only, or was owed nothing on some of its days.
OTHERS = """
SELECT person_id FROM visits_roster_membership
 WHERE voided_at IS NULL AND starts_on <= %(end)s AND (ends_on IS NULL OR ends_on >= %(start)s)
   AND NOT (starts_on <= %(start)s AND (ends_on IS NULL OR ends_on >= %(end)s))
UNION
SELECT person_id FROM visits_roster_absence
 WHERE kind IN ('prison', 'rehab', 'missing') AND voided_at IS NULL
   AND starts_on <= %(end)s AND (ends_on IS NULL OR ends_on >= %(start)s)
"""
# Somebody in two classes of one rule comes twice: the second time is a conflict.
WRITE = """
WITH target AS MATERIALIZED (
  SELECT r.id AS rule_id, g.code, r.region_id, u.level = 1 AS everywhere
    FROM visits_schedule_frequencyrule r
    JOIN accounts_region u ON u.id = r.region_id
    JOIN visits_roster_caregroup g ON r.group_id = g.code OR r.tier = g.tier
   WHERE r.starts_on <= %(start)s AND (r.ends_on IS NULL OR r.ends_on >= %(end)s)
), member AS MATERIALIZED (
  SELECT m.person_id, t.rule_id, p.county_id, p.township_id, p.village_id, p.assignee_id, p.entrusted_to_id
    FROM visits_roster_membership m
    JOIN target t ON t.code = m.group_id
    JOIN visits_roster_person p ON p.id = m.person_id
   WHERE m.voided_at IS NULL AND m.starts_on <= %(start)s AND (m.ends_on IS NULL OR m.ends_on >= %(end)s)
     AND (t.everywhere OR t.region_id IN (p.county_id, p.township_id, p.village_id))
     AND p.merged_into_id IS NULL AND (p.left_on IS NULL OR p.left_on > %(end)s)
     AND (p.created_at AT TIME ZONE 'Asia/Shanghai')::date <= %(end)s
     AND NOT EXISTS (SELECT FROM unnest(%(others)s::bigint[]) AS o(id) WHERE o.id = m.person_id)
)
INSERT INTO visits_schedule_dueitem (cause, person_id, rule_id, period_start, period_end, first, opens_on, due_on,
       closes_on, tier, county_id, township_id, village_id, assignee_id, entrusted_to_id, stored, done_mode, done_met,
       done_via, at_county_id, at_township_id, at_village_id)
SELECT 'rule', m.person_id, m.rule_id, %(start)s, %(end)s, false, %(start)s, %(end)s, %(end)s,
       CASE WHEN m.person_id IN (
              SELECT k.person_id FROM visits_roster_membership k JOIN visits_roster_caregroup g ON g.code = k.group_id
               WHERE g.tier = 'key' AND k.voided_at IS NULL AND k.starts_on <= %(end)s
                 AND (k.ends_on IS NULL OR k.ends_on >= %(start)s))
            THEN 'key' ELSE 'general' END,
       m.county_id, m.township_id, m.village_id, m.assignee_id, m.entrusted_to_id, '', '', '', '', m.county_id,
       m.township_id, m.village_id
  FROM member m
 WHERE m.rule_id = ANY(%(rules)s::bigint[])
   AND NOT EXISTS (SELECT FROM member o JOIN unnest(%(pair_rules)s::bigint[], %(pair_others)s::bigint[]) AS d(rule_id, other_id)
                                          ON d.other_id = o.rule_id
                    WHERE o.person_id = m.person_id AND d.rule_id = m.rule_id)
   AND NOT EXISTS (SELECT FROM visits_schedule_dueitem d WHERE d.person_id = m.person_id AND d.rule_id = m.rule_id
                      AND d.period_start = %(start)s AND d.period_end = %(end)s)
 ORDER BY m.person_id
ON CONFLICT (person_id, rule_id, period_start) DO NOTHING
"""


# Whatever a list is written from leaves a row of history, but the few rules and classes, which are read whole. `busy`:
# somebody else is just writing, so that a lower number may still come.
MARK = """
SELECT concat_ws(' ', (SELECT max(pgh_id) FROM visits_roster_personevent), '-',
         (SELECT max(pgh_id) FROM visits_roster_membershipevent), '-',
         (SELECT max(pgh_id) FROM visits_roster_absenceevent), '-',
         (SELECT md5(string_agg(r::text, '|' ORDER BY r.id)) FROM visits_schedule_frequencyrule r),
         (SELECT md5(string_agg(g.code || ' ' || g.tier, '|' ORDER BY g.code)) FROM visits_roster_caregroup g)),
       EXISTS (SELECT FROM pg_snapshot_xip(pg_current_snapshot())) AS busy
"""
COUNT = """
SELECT count(*) FROM visits_schedule_dueitem WHERE cause = 'rule' AND period_end = %(end)s AND period_start = %(start)s
"""


def mark(cursor: Any) -> str:
    """From what a list is written now; "" while that can't be said."""
    cursor.execute(MARK)
    made, busy = cursor.fetchone()
    return "" if busy else made


def is_written(period: Period, seen: str, cursor: Any) -> bool:
    """Whether everybody's list of the period was written from the same and still has all its rows."""
    stored = (
        WrittenPeriod.objects.filter(kind=period.kind, start=period.start)
        .values_list("mark", flat=True)
        .first()
    )
    return bool(seen) and stored == f"{seen} = {_count(period, cursor)}"


def remember(period: Period, seen: str, cursor: Any) -> None:
    """It is written now."""
    value = f"{seen} = {_count(period, cursor)}" if seen else ""
    WrittenPeriod.objects.update_or_create(kind=period.kind, start=period.start, defaults={"mark": value})


def _count(period: Period, cursor: Any) -> int:
    cursor.execute(COUNT, {"start": period.start, "end": period.end})
    return cursor.fetchone()[0]  # type: ignore[no-any-return]


def write(period: Period, every: Sequence[Rule], cursor: Any) -> tuple[int, list[int] | None]:
    """Insert what is owed by whoever is steady. Returns the number of new rows, and who is left to the generation;
    None: everybody, and nothing was written."""
    days = {"start": period.start, "end": period.end}
    cursor.execute(CHANGING, days)
    if cursor.fetchone()[0]:
        return 0, None
    cursor.execute(OTHERS, days)
    others = [row[0] for row in cursor.fetchall()]
    own = [rule for rule in every if rule.kind == period.kind]
    pairs = [(rule.id, other.id) for rule in own for other in every if asks_as_much(other, rule)]
    parameters = {
        **days, "others": others, "rules": [rule.id for rule in own], "pair_rules": [rule for rule, _ in pairs],
        "pair_others": [other for _, other in pairs],
    }  # fmt: skip
    cursor.execute(WRITE, parameters)
    return cursor.rowcount, others
