"""The due list, written set-based: what `due.items_for` says, for everybody at once.

One statement for each period and kind. It reads membership *dates*, never who is live today, so that a
generation that was late gives the rows of one that was not; running it twice, or twice at once, adds
nothing. A property test compares it with the pure definition.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import F

from visits.schedule import steady
from visits.schedule.due import FIRST_VISIT_DAYS, Rule, asks_as_much, days_needed
from visits.schedule.models import DueItem, FrequencyRule, FullRun
from visits.schedule.periods import Kind, Period, parts, period_of
from visits.schedule.rounds import people as rounds
from visits.schedule.writing import one_at_a_time

# Fewer people than this are found by index.
FEW = 500
KINDS: tuple[Kind, ...] = ("week", "month", "quarter", "half")


def rules() -> list[Rule]:
    """All rules as values for the pure definition; the region's part is `FrequencyRule.region`."""
    from visits.roster.models import CareGroup

    tiers: dict[str, set[str]] = {}
    for code, tier in CareGroup.objects.values_list("code", "tier"):
        tiers.setdefault(tier, set()).add(code)
    return [
        Rule(
            id=row.pk,
            kind=cast(Kind, row.kind),
            target=frozenset({row.group_id} if row.group_id else tiers.get(row.tier or "", set())),
            modes=frozenset(row.modes),
            min_home=row.min_home,
            order=row.position,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        )
        for row in FrequencyRule.objects.order_by("position", "pk")
    ]


# Parameters: person ids or NULL for all; the rules of this kind; the pairs (rule, rule that stands in for
# it, part of the period, days needed); the period. Everything else is read from the tables.
OWED = """
WITH target AS MATERIALIZED (
  SELECT r.id AS rule_id, g.code, r.region_id, (SELECT u.level FROM accounts_region u WHERE u.id = r.region_id) AS level,
         daterange(r.starts_on, r.ends_on, '[]') AS holds
    FROM visits_schedule_frequencyrule r
    JOIN visits_roster_caregroup g ON r.group_id = g.code OR r.tier = g.tier
), away AS (
  -- 暂缓: on these days nobody is a member for what is owed; who comes back is visited as a newcomer is.
  SELECT person_id, range_agg(daterange(starts_on, ends_on, '[]')) AS days
    FROM visits_roster_absence
   WHERE kind IN ('prison', 'rehab', 'missing') AND voided_at IS NULL
     AND (%(everybody)s OR person_id = ANY(%(people)s::bigint[]))
   GROUP BY person_id
), joined AS (
  SELECT m.person_id, t.rule_id, t.holds,
         range_agg(daterange(m.starts_on, m.ends_on, '[]')) - coalesce(a.days, '{}'::datemultirange) AS runs
    FROM visits_roster_membership m
    JOIN target t ON t.code = m.group_id
    JOIN visits_roster_person p ON p.id = m.person_id
    LEFT JOIN away a ON a.person_id = m.person_id
   WHERE m.voided_at IS NULL AND p.merged_into_id IS NULL
     AND (t.level = 1 OR t.region_id IN (p.county_id, p.township_id, p.village_id))
     AND (%(everybody)s OR m.person_id = ANY(%(people)s::bigint[]))
   GROUP BY m.person_id, t.rule_id, t.holds, a.days
), live AS (
  SELECT person_id, rule_id, runs AS joined, runs * datemultirange(holds) AS runs FROM joined
), pair AS (
  SELECT * FROM unnest(%(pair_rules)s::bigint[], %(pair_others)s::bigint[], %(pair_starts)s::date[], %(pair_ends)s::date[],
                       %(pair_needed)s::int[]) AS d(rule_id, other_id, start, "end", needed)
), dominated AS MATERIALIZED (
  SELECT DISTINCT o.person_id, d.rule_id
    FROM live o JOIN pair d ON d.other_id = o.rule_id
   WHERE (SELECT coalesce(sum(upper(x) - lower(x)), 0)
            FROM unnest(o.runs * datemultirange(daterange(d.start, d."end", '[]'))) x) >= d.needed
), candidate AS MATERIALIZED (
  SELECT l.person_id, l.rule_id, l.joined, l.runs,
         (SELECT coalesce(sum(upper(x) - lower(x)), 0)
            FROM unnest(l.runs * datemultirange(daterange(%(start)s, %(end)s, '[]'))) x) AS days,
         (SELECT lower(x) FROM unnest(l.runs) x WHERE x @> %(end)s::date) AS since
    FROM live l
   WHERE l.rule_id = ANY(%(rules)s::bigint[]) AND l.runs && daterange(%(start)s, %(end)s, '[]')
), item AS MATERIALIZED (
  SELECT c.person_id, c.rule_id, c.days < %(needed)s AS first,
         CASE WHEN c.days >= %(needed)s
              THEN (SELECT greatest(min(lower(x)), %(start)s::date)
                      FROM unnest(c.runs) x WHERE upper(x) IS NULL OR upper(x) > %(start)s::date)
              ELSE c.since END AS opens_on,
         CASE WHEN c.days >= %(needed)s THEN %(end)s::date ELSE c.since + %(first_days)s END AS due_on
    FROM candidate c
    JOIN visits_roster_person p ON p.id = c.person_id
   WHERE (c.days >= %(needed)s
          OR (c.since IS NOT NULL
              AND (SELECT lower(x) FROM unnest(c.joined) x WHERE x @> c.since)
                  >= greatest(%(start)s::date, coalesce(p.on_roster_before, %(start)s::date))))
     AND NOT EXISTS (SELECT 1 FROM dominated d WHERE d.person_id = c.person_id AND d.rule_id = c.rule_id)
), owed AS MATERIALIZED (
  SELECT i.person_id, i.rule_id, %(start)s::date AS period_start, %(end)s::date AS period_end, i.first,
         i.opens_on, i.due_on,
         CASE WHEN i.first THEN (SELECT c.closes FROM unnest(%(close_from)s::date[], %(close_to)s::date[])
                                   AS c("from", closes) WHERE i.due_on BETWEEN c."from" AND c.closes)
              ELSE %(end)s::date END AS closes_on
    FROM item i JOIN visits_roster_person p ON p.id = i.person_id
    LEFT JOIN away a ON a.person_id = i.person_id
   WHERE (p.left_on IS NULL OR i.due_on < p.left_on) AND NOT coalesce(a.days @> i.due_on, FALSE)
), tiered AS (
  SELECT o.*, CASE WHEN EXISTS (
           SELECT 1 FROM visits_roster_membership m JOIN visits_roster_caregroup g ON g.code = m.group_id
            WHERE m.person_id = o.person_id AND m.voided_at IS NULL AND g.tier = 'key'
              -- Not the days after the period, for a first visit that closes later: a late generation knows more of them.
              AND m.starts_on <= o.period_end AND (m.ends_on IS NULL OR m.ends_on >= o.opens_on))
         THEN 'key' ELSE 'general' END AS tier
    FROM owed o
)
"""

INSERT = """
INSERT INTO visits_schedule_dueitem (cause, person_id, rule_id, period_start, period_end, first, opens_on, due_on,
       closes_on, tier, county_id, township_id, village_id, assignee_id, entrusted_to_id, stored, done_mode, done_met,
       done_via, at_county_id, at_township_id, at_village_id)
SELECT 'rule', t.person_id, t.rule_id, t.period_start, t.period_end, t.first, t.opens_on, t.due_on, t.closes_on, t.tier,
       p.county_id, p.township_id, p.village_id, p.assignee_id, p.entrusted_to_id, '', '', '', '', p.county_id,
       p.township_id, p.village_id
  FROM tiered t JOIN visits_roster_person p ON p.id = t.person_id
 -- Nobody is owed a visit in a period that was over before they were put on file.
 WHERE (p.created_at AT TIME ZONE 'Asia/Shanghai')::date <= t.closes_on
   AND NOT EXISTS (SELECT 1 FROM visits_schedule_dueitem d WHERE d.person_id = t.person_id
                      AND d.rule_id = t.rule_id AND d.period_start = t.period_start)
ON CONFLICT (person_id, rule_id, period_start) DO NOTHING
"""

# Open items that are owed no longer: superseded when another rule stands in, else dropped; and back again.
CORRECT = """
, stands_in AS MATERIALIZED (
  SELECT DISTINCT o.person_id, s.rule_id
    FROM live o JOIN pair s ON s.other_id = o.rule_id
   WHERE o.runs && daterange(%(start)s, %(end)s, '[]')
)
UPDATE visits_schedule_dueitem d
   SET stored = CASE WHEN t.person_id IS NOT NULL THEN ''
                     WHEN p.left_on IS NULL AND i.person_id IS NOT NULL
                     THEN 'superseded' ELSE 'dropped' END,
       first = coalesce(t.first, d.first), opens_on = coalesce(t.opens_on, d.opens_on),
       due_on = coalesce(t.due_on, d.due_on), closes_on = coalesce(t.closes_on, d.closes_on),
       tier = coalesce(t.tier, d.tier)
  FROM visits_schedule_dueitem o
  JOIN visits_roster_person p ON p.id = o.person_id
  LEFT JOIN tiered t ON t.person_id = o.person_id AND t.rule_id = o.rule_id
  LEFT JOIN stands_in i ON i.person_id = o.person_id AND i.rule_id = o.rule_id
 WHERE o.id = d.id AND d.period_start = %(start)s AND d.rule_id = ANY(%(rules)s::bigint[])
   AND d.done_on IS NULL AND d.made_up_on IS NULL AND d.stored IN ('', 'superseded', 'dropped')
   AND (%(everybody)s OR d.person_id = ANY(%(people)s::bigint[]))
   AND (d.stored, d.first, d.opens_on, d.due_on, d.closes_on, d.tier) IS DISTINCT FROM
       (CASE WHEN t.person_id IS NOT NULL THEN ''
             WHEN d.stored <> '' THEN d.stored ELSE 'x' END,
        coalesce(t.first, d.first), coalesce(t.opens_on, d.opens_on), coalesce(t.due_on, d.due_on),
        coalesce(t.closes_on, d.closes_on), coalesce(t.tier, d.tier))
"""

# Open rows follow the person, closed rows keep the units they were made under (docs/adr on moves).
FOLLOW = """
UPDATE visits_schedule_dueitem d
   SET county_id = p.county_id, township_id = p.township_id, village_id = p.village_id,
       assignee_id = p.assignee_id, entrusted_to_id = p.entrusted_to_id
  FROM visits_roster_person p
 WHERE p.id = d.person_id AND d.stored = '' AND d.done_on IS NULL AND d.closes_on >= %(on)s
   AND (%(everybody)s OR d.person_id = ANY(%(people)s::bigint[]))
   AND (d.county_id, d.township_id, d.village_id, d.assignee_id, d.entrusted_to_id) IS DISTINCT FROM
       (p.county_id, p.township_id, p.village_id, p.assignee_id, p.entrusted_to_id)
"""

# Where people are now, on all their rows. A trigger does it the moment somebody moves; a row that was just being written
# for them under the old unit, unseen by it, is met here: whoever moves people comes here next, and waits for the writer.
ARRIVE = """
UPDATE visits_schedule_dueitem d
   SET at_county_id = p.county_id, at_township_id = p.township_id, at_village_id = p.village_id
  FROM visits_roster_person p
 WHERE p.id = d.person_id AND d.person_id = ANY(%(people)s::bigint[])
   AND (d.at_county_id, d.at_township_id, d.at_village_id) IS DISTINCT FROM (p.county_id, p.township_id, p.village_id)
"""
ASTRAY = """
SELECT DISTINCT d.person_id
  FROM visits_schedule_dueitem d JOIN visits_roster_person p ON p.id = d.person_id
 WHERE (d.at_county_id, d.at_township_id, d.at_village_id) IS DISTINCT FROM (p.county_id, p.township_id, p.village_id)
   AND d.person_id = ANY(%(people)s::bigint[])
"""


# Death and departure end what was owed from that day on, in periods that nobody writes any more, too.
GONE = """
UPDATE visits_schedule_dueitem d
   SET stored = 'dropped'
  FROM visits_roster_person p
 WHERE p.id = d.person_id AND d.due_on >= p.left_on
   AND d.stored IN ('', 'excused') AND d.done_on IS NULL AND d.made_up_on IS NULL
   AND (%(everybody)s OR d.person_id = ANY(%(people)s::bigint[]))
"""


def _parameters(period: Period, every: Sequence[Rule], people: Sequence[int] | None) -> dict[str, Any]:
    own = [rule for rule in every if rule.kind == period.kind]
    pairs = [
        (rule.id, other.id, part.start, part.end, days_needed(part))
        for rule in own
        for other in every
        if asks_as_much(other, rule)
        for part in parts(other.kind, period)
    ]
    closes = [period, period.next(), period.next().next()]
    closes += [closes[-1].next(), closes[-1].next().next(), closes[-1].next().next().next()]
    return {
        "start": period.start,
        "end": period.end,
        "needed": days_needed(period),
        "first_days": FIRST_VISIT_DAYS,
        "rules": [rule.id for rule in own],
        "pair_rules": [pair[0] for pair in pairs],
        "pair_others": [pair[1] for pair in pairs],
        "pair_starts": [pair[2] for pair in pairs],
        "pair_ends": [pair[3] for pair in pairs],
        "pair_needed": [pair[4] for pair in pairs],
        "close_from": [p.start for p in closes],
        "close_to": [p.end for p in closes],
        "everybody": people is None,
        "people": list(people or []),
    }


@contextmanager
def _many(people: Sequence[int] | None, cursor: Any) -> Iterator[None]:
    """For many at once no loop over a table inside a loop: right after a list came in, the planner knows nothing
    of the new rows yet, takes them for a handful, and a whole city would take hours."""
    if people is not None and len(people) < FEW:
        yield
        return
    with transaction.atomic():
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on; SET LOCAL work_mem TO DEFAULT")


def write(
    period: Period, every: Sequence[Rule], people: Sequence[int] | None = None, *, anew: bool = False
) -> int:
    """Insert what is owed in the period and not there yet. Returns the number of new rows. Everybody's list is
    looked at again only when something changed that it is written from (`anew`: also when nothing did)."""
    if not any(rule.kind == period.kind for rule in every):
        return 0
    with connection.cursor() as cursor:
        if people is not None:
            return _write(period, every, people, cursor)
        seen = steady.mark(cursor)
        if not anew and steady.is_written(period, seen, cursor):
            return 0
        with _many(None, cursor):
            made, others = steady.write(period, every, cursor)
        if others is None or others:
            made += _write(period, every, others, cursor)
        steady.remember(period, seen, cursor)
    return made


def _write(period: Period, every: Sequence[Rule], people: Sequence[int] | None, cursor: Any) -> int:
    with _many(people, cursor):
        cursor.execute(OWED + INSERT, _parameters(period, every, people))
        return cursor.rowcount  # type: ignore[no-any-return]


def correct(period: Period, every: Sequence[Rule], people: Sequence[int] | None = None) -> int:
    """Bring the open rows of the period in line with today's memberships. Returns how many changed."""
    if not any(rule.kind == period.kind for rule in every):
        return 0
    with connection.cursor() as cursor, _many(people, cursor):
        cursor.execute(OWED + CORRECT, _parameters(period, every, people))
        return cursor.rowcount


def follow(on: date, people: Sequence[int] | None = None) -> int:
    """Open rows take the person's present units and visitor; all rows of `people` know where these are now."""
    with connection.cursor() as cursor:
        if people is not None:
            cursor.execute(ARRIVE, {"people": list(people)})
        cursor.execute(FOLLOW, {"on": on, "everybody": people is None, "people": list(people or [])})
        return cursor.rowcount


def astray(people: Sequence[int]) -> list[int]:
    """Those of these people who have a row that does not know where they are now: never anybody."""
    with connection.cursor() as cursor:
        cursor.execute(ASTRAY, {"people": list(people)})
        return [row[0] for row in cursor.fetchall()]


def drop_gone(people: Sequence[int] | None = None) -> int:
    """Open rows that fell due on the day of a death or departure, or later. Returns how many were dropped."""
    with connection.cursor() as cursor:
        cursor.execute(GONE, {"everybody": people is None, "people": list(people or [])})
        return cursor.rowcount


def correct_earlier(on: date, every: Sequence[Rule], people: Sequence[int]) -> None:
    """The same as `correct` for periods that are over: a membership was a mistake, a death was not one. Only
    rows of the unit a person is in now: what was missed elsewhere, by rules of that place, stays; and so does
    what was missed under the number of a file that was merged."""
    open_ = DueItem.objects.filter(
        person_id__in=people, cause=DueItem.Cause.RULE, done_on=None, made_up_on=None, period_end__lt=on, person__merged_into=None,
        county_id=F("person__county_id"), township_id=F("person__township_id"), village_id=F("person__village_id"),
    ).exclude(stored=DueItem.Stored.EXCUSED)  # fmt: skip
    affected: dict[Period, set[int]] = {}
    for kind, start, person_id in open_.values_list("rule__kind", "period_start", "person_id"):
        affected.setdefault(period_of(cast(Kind, kind), start), set()).add(person_id)
    for period, ids in affected.items():
        correct(period, every, sorted(ids))


def periods_to_write(on: date, every: Iterable[Rule]) -> list[Period]:
    """For each kind the periods since everybody's list was last brought up to date, that day's own included: after
    an outage all that were missed, also those of a rule that began meanwhile."""
    last = FullRun.objects.filter(pk=1).values_list("on", flat=True).first()
    kinds = {rule.kind for rule in every}
    found: list[Period] = []
    for kind in KINDS:
        if kind not in kinds:
            continue
        period = period_of(kind, min(last or on, on))
        while period.start <= on:
            found.append(period)
            period = period.next()
    return found


@transaction.atomic
def bring_up_to_date(on: date, people: Sequence[int] | None = None, *, anew: bool = False) -> int:
    """Write, correct and follow for the running periods; for some people also what stands open of earlier
    ones. One at a time: a second caller waits, then finds nothing left to do. `anew`: as for `write`. Returns the
    number of new rows."""
    one_at_a_time()
    every = rules()
    made = 0
    for period in periods_to_write(on, every):
        correct(period, every, people)
        made += write(period, every, people, anew=anew)
    if people is not None:
        correct_earlier(on, every, people)
    made += rounds.bring_up_to_date(on, people)
    drop_gone(people)
    follow(on, people)
    if people is None:
        run, _ = FullRun.objects.get_or_create(pk=1, defaults={"on": on})
        FullRun.objects.filter(pk=run.pk, on__lt=on).update(on=on)
    return made
