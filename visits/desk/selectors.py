"""Figures by unit and period, and the lists behind them.

One common table expression says how each person stands; every number is a count of it and every list a
filter of it, so that a number and the list it links to cannot disagree. People count by the unit ids
frozen on their items (docs/adr on moves), once in each unit, however many items they have.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts.models.region import Level
from visits.desk.scope import BELOW, Units
from visits.roster.models import Membership, Person, PersonQuerySet
from visits.schedule import households
from visits.schedule.due import FIRST_VISIT_DAYS
from visits.schedule.models import DueItem
from visits.schedule.periods import Period


@dataclass(frozen=True)
class Measure:
    """One column of figures. `where`: its people among those owed a visit ("" for the roster's own two), or its
    households when `unit` says 户: one person stands for each in the list."""

    word: str
    where: str
    explained: str
    unit: str = "人"


MEASURES: dict[str, Measure] = {
    "homes": Measure(
        "应访户",
        "TRUE",
        "有人在这一期到期要访的户，一起生活的算一户，单独一人的也算一户。每户列一人，先列户主。",
        "户",
    ),
    "homes_done": Measure(
        "访完户",
        "reached",
        "见到了家里的大人（或大人代述了别人的情况），并且每个要访的人都访成了的户；特困、独居、未成年人要见到本人。"
        "每户列一人，先列户主。",
        "户",
    ),
    "due": Measure("应访", "TRUE", "在这一期里有一次巡访到期的人，每人只算一次。去世、迁出的不算。"),
    "done": Measure(
        "已访",
        "standing = 'done'",
        "这一期到期的每一次都访成了的人，逾期后补访的也在内。访了就算，不等签字。",
    ),
    "self": Measure("见到本人", "standing = 'done' AND met_self", "已访的人当中，至少有一次见到了本人的。"),
    "open": Measure("未到期", "standing = 'open'", "还有一次没访，日子没有过。"),
    "late": Measure("逾期", "standing = 'late'", "至少有一次过了日子还没有访成，也没有按规定尝试。"),
    "tried": Measure("未访成", "standing = 'tried'", "没访成的每一次都按规定尝试过了。"),
    "signed": Measure(
        "已签", "standing = 'done' AND signed", "已访的人当中，每一次的结果都已由三人签字（含已审核的）。"
    ),
    "unsigned": Measure(
        "待签", "standing = 'done' AND NOT signed AND NOT offline", "已访，结果还没有三人签完。"
    ),
    "offline": Measure(
        "线下已访",
        "standing = 'done' AND offline",
        "已访的人当中，凭启用前登记的、或别的系统的走访算访过的。没有巡访内容，也没有签字。",
    ),
    "approved": Measure("已审", "standing = 'done' AND approved", "已签的人当中，县级已经审核通过的。"),
    "roster": Measure("名单", "", "今天在名单上的人：在册，并且至少属于一类对象。跟选哪一期无关。"),
    "entrusted": Measure(
        "受托完成",
        "",
        "替别的乡镇访成的人：别处委托、这一期到期、由这里的人访成的。责任和统计还在委托的乡镇，不在上面各栏里。",
    ),
    "unassigned": Measure("未落实巡访人员", "", "今天在名单上、还没有定由谁去访的人。跟选哪一期无关。"),
}


@dataclass(frozen=True)
class Figures:
    """People (and households) of a unit by measure. due = done + late + open + tried; done = signed + unsigned + offline."""

    due: int = 0
    done: int = 0
    met_self: int = 0
    open: int = 0
    late: int = 0
    tried: int = 0
    signed: int = 0
    approved: int = 0
    offline: int = 0
    roster: int = 0
    unassigned: int = 0
    entrusted: int = 0
    homes: int = 0
    homes_done: int = 0

    @property
    def home_rate(self) -> float | None:
        """户完成率, a share of the households; None when none is owed a visit."""
        return self.homes_done / self.homes if self.homes else None

    @property
    def unsigned(self) -> int:
        return self.done - self.signed - self.offline

    @property
    def rate(self) -> float | None:
        """完成率, a share of one; None when nobody is owed a visit."""
        return self.done / self.due if self.due else None

    @property
    def self_rate(self) -> float | None:
        """见到本人率, of the same people as 完成率."""
        return self.met_self / self.due if self.due else None

    def of(self, measure: str) -> int:
        """The number of a measure by its code."""
        return getattr(self, {"self": "met_self"}.get(measure, measure))


# `item`: the items of the period with their state, from the one definition (`schedule.models.state_case`).
# A paper counts when it holds all three names; a line sent back does not.
STANDING = """
WITH item (person_id, county_id, township_id, village_id, state, seen_on, met, via) AS MATERIALIZED ({items}),
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
         bool_and(i.state IN ('done', 'done_late')) AS done,
         bool_or(i.state IN ('late', 'missed')) AS late,
         bool_or(i.state IN ('idle', 'soon')) AS waiting,
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
  SELECT unit_id, person_id, met_self, told, signed, approved, offline,
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
HOMES = ("homes", "homes_done")
COUNTED = ("due", "done", "self", "open", "late", "tried", "signed", "approved", "offline")


def items_of(units: Units, period: Period, today: date) -> QuerySet:
    """The items that fall due in the period, with their state on `today`. A first visit may fall due up to
    30 days after its own period: it belongs to the period of its day, and the index leads by the former."""
    return (
        DueItem.objects.counted_in(units)
        .counting()
        .filter(
            due_on__range=(period.start, period.end),
            period_end__range=(period.start - timedelta(days=FIRST_VISIT_DAYS + 1), period.end),
        )
        .with_state(today)
        .annotate(seen_on=Coalesce("done_on", "made_up_on"))
        .order_by()
    )


def _standing(units: Units, period: Period, today: date, unit: str) -> tuple[str, tuple[Any, ...]]:
    columns = (
        "person_id",
        "county_id",
        "township_id",
        "village_id",
        "state",
        "seen_on",
        "done_met",
        "done_via",
    )
    sql, parameters = items_of(units, period, today).values(*columns).query.sql_with_params()
    return STANDING.format(items=sql, unit=unit), parameters


def _count(units: Units, period: Period, today: date, column: str | None) -> dict[int, dict[str, int]]:
    assert column is None or column in BELOW.values()
    head, parameters = _standing(units, period, today, f"i.{column}" if column else "0")
    people, homes = (
        ", ".join(f'count(*) FILTER (WHERE {MEASURES[code].where}) AS "{code}"' for code in codes)
        for codes in (COUNTED, HOMES)
    )
    columns = ", ".join(f'"{code}"' for code in (*COUNTED, *HOMES))
    sql = (
        f"{head}{HOME} SELECT unit_id, {columns}"
        f" FROM (SELECT unit_id, {people} FROM standing GROUP BY unit_id) one"
        f" JOIN (SELECT unit_id, {homes} FROM home GROUP BY unit_id) two USING (unit_id)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (*parameters, *_grown_up(period)))
        return {row[0]: dict(zip((*COUNTED, *HOMES), row[1:], strict=True)) for row in cursor.fetchall()}


def _grown_up(period: Period) -> tuple[date, date]:
    """What `HOME` asks for twice: born until then, somebody is grown up at the end of the period."""
    born = households.adult_born(period.end)
    return born, born


def on_roster(units: Units, today: date) -> PersonQuerySet:
    """People on the list today: on file and in at least one group."""
    member = Membership.objects.live(today).filter(person_id=OuterRef("pk"))
    return Person.objects.on_roster().counted_in(units).filter(Exists(member))


def _roster(units: Units, today: date, column: str | None) -> dict[int, tuple[int, int]]:
    people = on_roster(units, today).order_by()
    nobody = people.without_visitor(today)
    if column is None:
        return {0: (people.count(), nobody.count())}
    without = dict(nobody.values_list(column).annotate(n=Count("pk")))
    rows = people.values_list(column).annotate(n=Count("pk"))
    return {pk: (n, without.get(pk, 0)) for pk, n in rows}


def entrusted_items(units: Units, period: Period) -> QuerySet:
    """What these townships did for others: items that fall due in the period and count elsewhere (四(一)-3)."""
    rows = DueItem.objects.filter(
        done_via=DueItem.Via.ENTRUSTED, entrusted_to__isnull=False, due_on__range=(period.start, period.end)
    ).order_by()
    if Level.CITY in units:
        return rows
    here = Q(entrusted_to_id__in=units.get(Level.TOWNSHIP, ()))
    return rows.filter(here | Q(entrusted_to__county_id__in=units.get(Level.COUNTY, ())))


def _entrusted(units: Units, period: Period, column: str | None) -> dict[int, int]:
    """Unit id (0: all together) → people visited for other townships. Villages take nobody on."""
    rows = entrusted_items(units, period)
    if column is None:
        return {0: rows.values("person_id").distinct().count()}
    by = {"county_id": "entrusted_to__county_id", "township_id": "entrusted_to_id"}.get(column)
    return dict(rows.values_list(by).annotate(n=Count("person_id", distinct=True))) if by else {}


def _figures(counted: dict[str, int], roster: tuple[int, int], entrusted: int) -> Figures:
    values = {"met_self" if code == "self" else code: n for code, n in counted.items()}
    return Figures(**values, roster=roster[0], unassigned=roster[1], entrusted=entrusted)


def figures(units: Units, period: Period, today: date) -> Figures:
    """All counts of these units together. Four queries."""
    counted = _count(units, period, today, None).get(0, {})
    return _figures(counted, _roster(units, today, None)[0], _entrusted(units, period, None)[0])


def figures_below(units: Units, level: int, period: Period, today: date) -> dict[int, Figures]:
    """Unit id → counts, for the units one level below `level`. Four queries, whatever their number."""
    column = BELOW[Level(level)]
    counted = _count(units, period, today, column)
    roster = _roster(units, today, column)
    entrusted = _entrusted(units, period, column)
    return {
        pk: _figures(counted.get(pk, {}), roster.get(pk, (0, 0)), entrusted.get(pk, 0))
        for pk in counted.keys() | roster.keys() | entrusted.keys()
    }


def people_of(units: Units, period: Period, today: date, measure: str) -> PersonQuerySet:
    """The people of a measure: exactly those that `figures` counted. Ordered by village, 自然村, id.
    Raises KeyError for a measure that does not exist."""
    where = MEASURES[measure].where
    if measure == "entrusted":
        people = Person.objects.filter(pk__in=entrusted_items(units, period).values("person_id"))
    elif not where:
        people = on_roster(units, today)
        people = people.without_visitor(today) if measure == "unassigned" else people
    else:
        head, parameters = _standing(units, period, today, "0")
        table = "standing"
        if measure in HOMES:
            head, parameters, table = head + HOME, (*parameters, *_grown_up(period)), "home"
        chosen = RawSQL(f"{head} SELECT person_id FROM {table} WHERE {where}", parameters)
        people = Person.objects.filter(pk__in=chosen)
    return people.order_by("township_id", "village_id", "hamlet", "pk")
