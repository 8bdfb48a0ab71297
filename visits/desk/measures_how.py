"""How people were reached, whether on time, and why some were not: parts of what `selectors` counts.

The common table expression of `selectors` says how each person stands; this adds how, when and why to it, so that the
parts of 已访 and 未访成 add up to them whatever happened. Everything can also be asked as it was at the end of a day
that is over (统计截止日, practice P26): a visit made later is not yet made then.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from visits.desk.measures import MEASURES, Measure
from visits.desk.scope import BELOW, Units
from visits.desk.standing import COUNTED, DONE, STANDING, items_at
from visits.roster.models import Person, PersonQuerySet
from visits.schedule.due import HOME_MODES
from visits.schedule.periods import Period

# Parts of 已访 by time and by way, parts of 未访成 by reason: each group adds up to its whole.
HOW: dict[str, Measure] = {
    "ontime": Measure("按时", "standing = 'done' AND ontime", "已访的人当中，每一次都在期限以内访成的。"),
    "made_late": Measure(
        "逾期后补访", "standing = 'done' AND NOT ontime", "已访的人当中，至少有一次是过了期限才访成的。"
    ),
    "by_home": Measure(
        "上门",
        "standing = 'done' AND NOT offline AND NOT entrusted AND home",
        "已访的人当中，至少有一次是面对面的：上门，或者在机构、医院里见的。",
    ),
    "by_phone": Measure(
        "电话等",
        "standing = 'done' AND NOT offline AND NOT entrusted AND NOT home",
        "已访的人当中，只用电话、视频、微信等方式访的。",
    ),
    "by_entrusted": Measure(
        "受托",
        "standing = 'done' AND NOT offline AND entrusted",
        "已访的人当中，至少有一次是委托的乡镇（街道）替我们访成的。",
    ),
    "by_offline": Measure("线下", MEASURES["offline"].where, MEASURES["offline"].explained),
    "tried_refused": Measure(
        "拒访", "standing = 'tried' AND reason = 'refused'", "按规定去过，本人不愿意见。"
    ),
    "tried_not_home": Measure(
        "不在家", "standing = 'tried' AND reason = 'not_home'", "按规定找过，最后一次人不在家。"
    ),
    "tried_away": Measure(
        "外出", "standing = 'tried' AND reason = 'away'", "按规定找过，最后一次知道人在外地。"
    ),
    "tried_lost": Measure(
        "失联", "standing = 'tried' AND reason = 'lost'", "按规定找过，最后一次联系不上人。"
    ),
    "tried_other": Measure(
        "没写原因", "standing = 'tried' AND reason = ''", "记了未访成，那一期里没有写明是哪一种情况。"
    ),
    "sent": Measure(
        "待县级审核",
        "standing = 'done' AND signed AND NOT approved",
        "三人都签了，表已经送到县级，还没有审核。",
    ),
}
TIMES = ("ontime", "made_late")
WAYS = ("by_home", "by_phone", "by_entrusted", "by_offline")
# Kept beside the plain numbers (`visits.desk.tallies`): the others follow from these.
KEPT = ("ontime", "by_home", "by_phone", "by_entrusted", "tried_refused", "tried_not_home", "tried_away", "tried_lost",
        "tried_other")  # fmt: skip
REASONS = ("tried_refused", "tried_not_home", "tried_away", "tried_lost", "tried_other")

# Behind `selectors.STANDING`, whose `item` here carries four more columns: id, done_mode, opens_on, closes_on.
# A visit after the window is noted by its day alone: the way is that of the visit of that day.
MORE = """, made AS (
  SELECT i.id, bool_or(v.mode IN ({home})) AS home
    FROM item i
    JOIN number n ON n.person_id = i.person_id AND n.seen_on = i.seen_on
    JOIN visits_records_visit v ON v.person_id = n.written_id AND v.visited_on = i.seen_on AND v.voided_at IS NULL
   WHERE i.done_mode = '' AND i.seen_on IS NOT NULL
   GROUP BY i.id
), given_up AS (
  SELECT DISTINCT ON (1, 2) {unit} AS unit_id, i.person_id, i.id, i.opens_on, i.closes_on
    FROM item i WHERE i.state = 'excused' ORDER BY 1, 2, i.due_on DESC, i.id DESC
), why AS (
  SELECT g.id, CASE WHEN x.basis = 'refused' THEN 'refused' ELSE a.outcome END AS reason
    FROM given_up g
    LEFT JOIN visits_records_excuse x ON x.due_item_id = g.id AND x.undone_at IS NULL
    LEFT JOIN LATERAL (
      SELECT t.outcome FROM visits_records_attempt t
       WHERE t.person_id IN (SELECT g.person_id UNION ALL
                             SELECT m.id FROM visits_roster_person m WHERE m.merged_into_id = g.person_id)
         AND t.tried_on BETWEEN g.opens_on AND g.closes_on AND t.outcome IN ('not_home', 'away', 'lost')
       ORDER BY t.tried_on DESC, t.id DESC LIMIT 1
    ) a ON TRUE
), way AS (
  SELECT {unit} AS unit_id, i.person_id,
         bool_and(i.state = 'done') AS ontime,
         bool_or(i.via = 'entrusted') AS entrusted,
         bool_or(i.done_mode IN ({home}) OR coalesce(m.home, FALSE)) AS home,
         max(i.seen_on) AS last_on,
         -- Joined to the items, whose number the database knows: to the people it would go through them one by one.
         max(y.reason) AS reason
    FROM item i LEFT JOIN made m ON m.id = i.id LEFT JOIN why y ON y.id = i.id
   GROUP BY 1, 2
), one AS (
  -- Put together by grouping and not by joining: the database takes both for a handful of rows, and would go through one
  -- for each of the other.
  SELECT unit_id, person_id, min(day) AS day, bool_or(met_self) AS met_self, bool_or(told) AS told,
         bool_or(signed) AS signed, bool_or(approved) AS approved, bool_or(offline) AS offline, max(standing) AS standing,
         bool_or(ontime) AS ontime, bool_or(entrusted) AS entrusted, bool_or(home) AS home, max(last_on) AS last_on,
         coalesce(max(reason), '') AS reason
    FROM (SELECT unit_id, person_id, day, met_self, told, signed, approved, offline, standing, NULL::boolean AS ontime,
                 NULL::boolean AS entrusted, NULL::boolean AS home, NULL::date AS last_on, NULL::text AS reason
            FROM standing
           UNION ALL
          SELECT unit_id, person_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ontime, entrusted, home, last_on, reason
            FROM way) both_of
   GROUP BY 1, 2
)
"""


@dataclass(frozen=True)
class Week:
    """A calendar week (Monday to Sunday) as far as it lies in a period; both days inclusive. The first and the last
    of a period take in what was done before it began and after it was over."""

    code: str
    start: date
    end: date
    first: bool
    last: bool

    @property
    def where(self) -> str:
        low = "" if self.first else f" AND last_on >= '{self.start:%Y-%m-%d}'"
        high = "" if self.last else f" AND last_on <= '{self.end:%Y-%m-%d}'"
        return f"standing = 'done'{low}{high}"


def weeks(period: Period) -> list[Week]:
    """The weeks of a period: their people add up to 已访."""
    days = [period.start]
    while (following := days[-1] + timedelta(days=7 - days[-1].weekday())) <= period.end:
        days.append(following)
    ends = [*(start - timedelta(days=1) for start in days[1:]), period.end]
    return [
        Week(f"week{n}", start, end, n == 1, n == len(days))
        for n, (start, end) in enumerate(zip(days, ends, strict=True), start=1)
    ]


def measure_of(code: str, period: Period) -> Measure | None:
    """What a code of this module means in a period; None: nothing of this module."""
    if code in HOW:
        return HOW[code]
    for week in weeks(period) if code.startswith("week") else ():
        if week.code == code:
            also = (
                "（含这一期开始前就访了的）" if week.first else "（含这一期过后补访的）" if week.last else ""
            )
            word = f"{week.start.month}月{week.start.day}日到{week.end.month}月{week.end.day}日"
            return Measure(
                word, week.where, f"已访的人当中，最后一次在这几天访成的{also}。各周加起来就是已访。"
            )
    measure = MEASURES.get(code)
    return measure if measure is not None and code in COUNTED else None


def head(items: QuerySet, unit: str) -> tuple[str, tuple[Any, ...]]:
    """`STANDING` and `MORE` over items (as `items_of` or `items_at` gives them), and their parameters. `unit`: the unit of an
    item `i` in SQL."""
    at = "at" if "state_at" in items.query.annotations else "on"
    columns = (
        "person_id", "county_id", "township_id", "village_id", "state_at" if at == "at" else "state", "due_on", f"seen_{at}",
        "done_met", "done_via", "id", "done_mode", "opens_on", "closes_on",
    )  # fmt: skip
    sql, parameters = items.values(*columns).query.sql_with_params()
    home = ", ".join(f"'{mode}'" for mode in sorted(HOME_MODES))
    return STANDING.format(items=sql, unit=unit, done=DONE) + MORE.format(unit=unit, home=home), parameters


def _where(codes: Collection[str], period: Period) -> Iterator[tuple[str, str]]:
    for code in codes:
        measure = measure_of(code, period)
        if measure is None:
            raise KeyError(code)
        yield code, measure.where


def counts(
    units: Units, period: Period, day: date, codes: Collection[str], level: int | None = None
) -> dict[int, dict[str, int]]:
    """Unit id one level below `level` (0: all together) → code → people, at the end of `day`. One query. Codes are
    those of this module, of its weeks, and those of `selectors` that are about people owed a visit."""
    column = BELOW[level] if level is not None else None  # type: ignore[index]
    start, parameters = head(items_at(units, period, day), f"i.{column}" if column else "0")
    wanted = dict(_where(codes, period))
    counted = ", ".join(f'count(*) FILTER (WHERE {where}) AS "{code}"' for code, where in wanted.items())
    with connection.cursor() as cursor:
        cursor.execute(f"{start} SELECT unit_id, {counted} FROM one GROUP BY unit_id", parameters)
        return {row[0]: dict(zip(wanted, row[1:], strict=True)) for row in cursor.fetchall()}


def people(units: Units, period: Period, day: date, code: str, near: Q | None = None) -> PersonQuerySet:
    """Exactly the people that `counts` counted; `near`: those with such items only, all of theirs. Raises KeyError for a measure that does not exist."""
    ((_, where),) = _where([code], period)
    items = items_at(units, period, day)
    start, parameters = head(items if near is None else items.filter(near), "0")
    chosen = RawSQL(f"{start} SELECT person_id FROM one WHERE {where}", parameters)
    return Person.objects.filter(pk__in=chosen).order_by("township_id", "village_id", "hamlet", "pk")
