"""How each person stands in a period: the one definition that every number is a count of and every list a filter of."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, DateField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from visits.desk.scope import Units
from visits.records.models import Excuse
from visits.roster.models import Membership, Person, PersonQuerySet
from visits.roster.selectors.by_day import end_of
from visits.schedule import households
from visits.schedule.due import FIRST_VISIT_DAYS
from visits.schedule.models import DueItem, state_case
from visits.schedule.periods import Period

# Somebody is done when all items are.
DONE = "bool_and(i.state IN ('done', 'done_late'))"
# `item`: the items of the period with their state, from the one definition (`schedule.models.state_case`).
# A paper counts when it holds all three names; a line sent back does not.
STANDING = """
WITH item (person_id, county_id, township_id, village_id, state, due_on, seen_on, met, via) AS MATERIALIZED ({items}),
seen AS MATERIALIZED (SELECT DISTINCT person_id, seen_on FROM item WHERE seen_on IS NOT NULL),
-- Under which number somebody may stand on a paper: their own, and those of files merged into theirs.
number AS (
  SELECT person_id, seen_on, person_id AS written_id FROM seen
   UNION ALL
  SELECT i.person_id, i.seen_on, m.id FROM visits_roster_person m JOIN seen i ON i.person_id = m.merged_into_id
   WHERE m.merged_into_id IS NOT NULL
), paper AS (
  SELECT i.person_id, i.seen_on, bool_or(s.state = 'approved') AS approved
    FROM number i
    JOIN visits_records_sheetline l ON l.person_id = i.written_id
    JOIN visits_records_visit v ON v.id = l.visit_id AND v.visited_on = i.seen_on AND v.voided_at IS NULL
    JOIN visits_records_sheet s ON s.id = l.sheet_id AND s.state IN ('signed', 'approved')
   WHERE NOT EXISTS (SELECT 1 FROM visits_records_linereturn r WHERE r.line_id = l.id)
   GROUP BY i.person_id, i.seen_on
), person AS (
  SELECT {unit} AS unit_id, i.person_id,
         {done} AS done,
         bool_or(i.state IN ('late', 'missed')) AS late,
         bool_or(i.state = 'idle') AS waiting,
         -- Of what is open, the first day: from the next day on the person is late.
         min(i.due_on) FILTER (WHERE i.state IN ('late', 'missed', 'idle')) AS day,
         bool_or(i.met = 'self') AS met_self,
         bool_or(i.met = 'proxy') AS told,
         bool_and(p.person_id IS NOT NULL) AS signed,
         bool_and(coalesce(p.approved, FALSE)) AS approved,
         -- Nothing is left to be signed, and something never will be (practice P4).
         bool_and(p.person_id IS NOT NULL OR i.via NOT IN ('', 'entrusted'))
           AND bool_or(p.person_id IS NULL AND i.via NOT IN ('', 'entrusted')) AS offline
    FROM item i LEFT JOIN paper p ON p.person_id = i.person_id AND p.seen_on = i.seen_on
   GROUP BY 1, 2
), standing AS (
  SELECT unit_id, person_id, day, met_self, told, signed, approved, offline,
         CASE WHEN done THEN 'done' WHEN late THEN 'late' WHEN waiting THEN 'open' ELSE 'tried' END AS standing
    FROM person
)
"""
# A household by the rule of `schedule.households.reached`: the people of it who are owed a visit in the unit, as
# they live together today.
HOME = """, home AS (
  SELECT s.unit_id,
         (array_agg(s.person_id ORDER BY p.relation <> '户主', s.person_id))[1] AS person_id,
         bool_and(s.standing = 'done')
           AND (bool_or(s.told) OR bool_or(s.met_self AND p.birth_date <= %s) OR bool_and(p.birth_date > %s)) AS reached
    FROM standing s JOIN visits_roster_person p ON p.id = s.person_id
   GROUP BY s.unit_id, coalesce(p.household_id, -p.id)
)
"""
# Who is done, with the last day of all: what the weeks ask for, at a fifth of the cost of `STANDING`.
REACHED = """
WITH item (person_id, county_id, township_id, village_id, state, seen_on) AS MATERIALIZED ({items}),
reached AS (SELECT {unit} AS unit_id, i.person_id, max(i.seen_on) AS last_on FROM item i GROUP BY 1, 2 HAVING {done})
"""
HOMES = ("homes", "homes_done")
COUNTED = ("due", "done", "self", "open", "late", "tried", "signed", "approved", "offline")


def items_of(units: Units, period: Period, today: date, *, soon: bool = False) -> QuerySet:
    """The items that fall due in the period, with their state on `today`. A first visit may fall due up to
    30 days after its own period: it belongs to the period of its day, and the index leads by the former.
    `soon`: whether what will soon be due is told from the rest; no figure does."""
    return (
        DueItem.objects.counted_in(units)
        .counting()
        .filter(
            due_on__range=(period.start, period.end),
            period_end__range=(period.start - timedelta(days=FIRST_VISIT_DAYS + 1), period.end),
        )
        .with_state(today, soon=soon)
        .annotate(seen_on=Coalesce("done_on", "made_up_on"))
        .order_by()
    )


def items_at(units: Units, period: Period, day: date) -> QuerySet:
    """The items of the period as they stood at the end of `day`: what was done or given up later is open."""
    later = Q(done_on__gt=day) | Q(done_on=None, made_up_on__gt=day)
    given_up_later = Q(stored="excused", done_on=None, made_up_on=None) & Exists(
        Excuse.objects.filter(due_item_id=OuterRef("pk"), undone_at=None, noted_at__gte=end_of(day))
    )
    undone = Case(
        When(closes_on__lt=day, then=Value("missed")),
        When(due_on__lt=day, then=Value("late")),
        default=Value("idle"),
        output_field=CharField(),
    )
    return items_of(units, period, day).annotate(
        state_at=Case(
            When(later | given_up_later, then=undone),
            default=state_case(day, soon=False),
            output_field=CharField(),
        ),
        seen_at=Case(
            When(done_on__lte=day, then=F("done_on")),
            When(done_on=None, made_up_on__lte=day, then=F("made_up_on")),
            default=None,
            output_field=DateField(),
        ),
    )


def statement(items: QuerySet, unit: str) -> tuple[str, tuple[Any, ...]]:
    """`STANDING` over items (as `items_of` or `items_at` gives them), and its parameters. `unit`: the unit of an item `i`
    in SQL."""
    state, seen = _stood(items)
    columns = (*PLACE, state, "due_on", seen, "done_met", "done_via")
    sql, parameters = items.values(*columns).query.sql_with_params()
    return STANDING.format(items=sql, unit=unit, done=DONE), parameters


PLACE = ("person_id", "county_id", "township_id", "village_id")


def _stood(items: QuerySet) -> tuple[str, str]:
    """The names of state and day, of items as they stand or as they stood."""
    return ("state_at", "seen_at") if "state_at" in items.query.annotations else ("state", "seen_on")


def reached(items: QuerySet, unit: str) -> tuple[str, tuple[Any, ...]]:
    """`REACHED` over items, and its parameters; both as of `statement`."""
    sql, parameters = items.values(*PLACE, *_stood(items)).query.sql_with_params()
    return REACHED.format(items=sql, unit=unit, done=DONE), parameters


def grown_up(period: Period) -> tuple[date, date]:
    """What `HOME` asks for twice: born until then, somebody is grown up at the end of the period."""
    born = households.adult_born(period.end)
    return born, born


def on_roster(units: Units, today: date) -> PersonQuerySet:
    """People on the list today: on file and in at least one group."""
    member = Membership.objects.live(today).filter(person_id=OuterRef("pk"))
    return Person.objects.on_roster().counted_in(units).filter(Exists(member))
