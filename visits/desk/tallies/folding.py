"""Counting again what was marked (docs/adr/0027): a task does it every few seconds, one at a time.

The marks are taken first and the villages counted after: what is committed in between is marked still, and its village
read live until the next time. So a row that nothing marks is what a recount would give."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction
from django.db.models import Max, Min, Q

from accounts.models import Region
from accounts.models.region import Level
from visits.desk import scope, standing
from visits.desk.models import Tally, TallyMark, TallyPeriod, TallyShared
from visits.desk.tallies import counting
from visits.desk.tallies.counting import EARLY, View, Village
from visits.schedule.models import DueItem
from visits.schedule.periods import HalfYear, Period, Quarter

EVERYWHERE: Village = (0, 0, 0)
CITY = {int(Level.CITY): {0}}
LIST = ("county_id", "township_id", "village_id")
# From so many villages on a period is read once, not village by village.
MANY = 400

# Who has items in several villages in a half-year, alone or with the household: of everybody, or of those near a
# change. One row for each village and quarter.
SPREAD = """
WITH near AS MATERIALIZED (
  SELECT DISTINCT person_id FROM visits_schedule_dueitem WHERE id IN ({near})
   UNION SELECT unnest(%(listed)s::bigint[])
), mate AS MATERIALIZED (
  SELECT p.id, coalesce(p.household_id, -p.id) AS key FROM visits_roster_person p
   WHERE %(everybody)s OR p.id IN (SELECT person_id FROM near)
   UNION
  SELECT m.id, m.household_id FROM near n JOIN visits_roster_person p ON p.id = n.person_id
    JOIN visits_roster_person m ON m.household_id = p.household_id
), item AS MATERIALIZED (
  SELECT m.key, m.id, d.due_on, d.county_id, d.township_id, d.village_id
    FROM mate m JOIN visits_schedule_dueitem d ON d.person_id = m.id
   WHERE d.cause = 'rule' AND d.stored NOT IN ('superseded', 'dropped') AND d.due_on BETWEEN %(start)s AND %(end)s
     AND d.period_end = ANY(%(ends)s)
)
SELECT DISTINCT id FROM item
 WHERE key IN (SELECT key FROM item GROUP BY key HAVING count(DISTINCT (county_id, township_id, village_id)) > 1)
"""
SUMS = ", ".join(f"sum({name})" for name in Tally.COUNTS)
UPPER = f"""
INSERT INTO visits_desk_tally (period, level, shared, county_id, township_id, village_id, day, {", ".join(Tally.COUNTS)})
SELECT period, l.level, false, CASE WHEN l.level >= 2 THEN county_id ELSE 0 END AS a,
       CASE WHEN l.level >= 3 THEN township_id ELSE 0 END AS b, 0, day, {SUMS}
  FROM visits_desk_tally t CROSS JOIN (VALUES (1), (2), (3)) AS l (level)
 WHERE t.period = %s AND t.level = 4 AND NOT t.shared
 GROUP BY period, l.level, a, b, day
"""


@transaction.atomic
def fold(*, today: date) -> int:
    """Count again what is marked, and the roster of a new day. Returns how many villages (of a quarter) were marked.
    Safe to run twice, and twice at once: the second finds nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(4042019)")
        if not cursor.fetchone()[0]:
            return 0
        table = TallyMark._meta.db_table
        cursor.execute(f"DELETE FROM {table} RETURNING quarter, county_id, township_id, village_id")
        marks = set(cursor.fetchall())
    on_list = {mark[1:] for mark in marks if mark[0] is None}
    halves: dict[HalfYear, dict[date, set[Village]]] = defaultdict(lambda: defaultdict(set))
    for quarter, *village in marks:
        if quarter is not None:
            halves[HalfYear.containing(quarter)][quarter].add(tuple(village))  # type: ignore[arg-type]
    for half, marked in sorted(halves.items()):
        _half(half, marked)
    _views(today)
    _roster(on_list, today)
    return len(marks)


def count_first(*, today: date) -> None:
    """`count_all` where nothing was counted yet: a page would count live until the night."""
    if not TallyPeriod.objects.filter(period=TallyPeriod.ALL).exists():
        count_all(today=today)


def count_all(*, today: date) -> list[str]:
    """Every period that has items and was never counted: after the first migration, or a restored copy. Returns which."""
    found = DueItem.objects.counting().aggregate(first=Min("due_on"), last=Max("due_on"))
    if found["first"] is not None:
        quarter = Quarter.containing(found["first"])
        known = set(TallyPeriod.objects.values_list("period", flat=True))
        while quarter.start <= found["last"]:
            if quarter.key not in known:
                mark_everything(quarter.start)
            quarter = quarter.next()
    fold(today=today)
    TallyPeriod.objects.get_or_create(period=TallyPeriod.ALL)
    return list(TallyPeriod.objects.exclude(period=TallyPeriod.ALL).values_list("period", flat=True))


def mark_everything(quarter: date | None) -> None:
    """Have a quarter (None: the roster) counted anew, all of it."""
    with connection.cursor() as cursor:  # as triggers do: the moment is the table's default
        table = TallyMark._meta.db_table
        cursor.execute(
            f"INSERT INTO {table} (quarter, county_id, township_id, village_id) VALUES (%s, 0, 0, 0)",
            [quarter],
        )


def _half(half: HalfYear, marked: dict[date, set[Village]]) -> None:
    """Both quarters and the half-year itself: who is spread over villages is so for all three."""
    quarters = [Quarter.containing(half.start), Quarter.containing(half.end)]
    keys = list(
        TallyPeriod.objects.exclude(period__in=[TallyPeriod.LIST, TallyPeriod.ALL]).values_list(
            "period", flat=True
        )
    )
    known = [view for key in keys if (view := View.of(key)).period in (half, *quarters)]
    near = set().union(*(marked[quarter.start] for quarter in quarters))
    everybody = EVERYWHERE in near or View(half) not in known
    listed = _taken(half)
    spread = _spread(half, set() if everybody else near, listed, everybody=everybody)
    rows = [TallyShared(half=half.start, person_id=pk) for pk in sorted(spread)]
    TallyShared.objects.bulk_create(rows, batch_size=5000)
    also = _villages_of(spread ^ listed, half)
    plain = [View(half), *map(View, quarters)]
    for view in sorted({*known, *plain, *(View(one.period, weeks=True) for one in plain)}, key=_by_key):
        within = quarters if view.period == half else [view.period]
        own = set().union(*(marked[quarter.start] for quarter in within))
        whole = view not in known or EVERYWHERE in own
        new = view not in known and (View(view.period) in known or _has_items(view.period))
        if own or also or new:
            _count(view, None if whole else own | also, spread)


def _by_key(view: View) -> str:
    return view.key


def _views(today: date) -> None:
    """Periods as they stood on a day: those that are over when they had come as far as the running ones, for comparison,
    a day long; and quarters on the day until which their return counts. By week, what was counted before weeks were."""
    wanted = set()
    for now in (Quarter.containing(today), HalfYear.containing(today)):
        for past in scope.compared_with(now):
            wanted.add(View(past, scope.as_far(past, today, now)))
    city = Region.objects.filter(level=Level.CITY).first()
    for quarter in scope.quarters_of_returns(today) if city else ():
        cut = scope.cut_of(quarter, city, today)
        if cut < today:
            wanted.add(View(quarter, cut))
    known = set(TallyPeriod.objects.values_list("period", flat=True))
    plain = (View.of(key) for key in known - {TallyPeriod.LIST, TallyPeriod.ALL})
    wanted |= {View(view.period, weeks=True) for view in plain if view == View(view.period)}
    old = {key for key in known if "@" in key} - {view.key for view in wanted}
    if old:
        Tally.objects.filter(period__in=old).delete()
        TallyPeriod.objects.filter(period__in=old).delete()
    for view in wanted:
        half = HalfYear.containing(view.period.start)
        if view.key not in known and {view.period.key, half.key} <= known:
            spread = TallyShared.objects.filter(half=half.start).values_list("person_id", flat=True)
            _count(view, None, set(spread))


def _has_items(period: Period) -> bool:
    return standing.items_of(CITY, period, EARLY).exists()


def _taken(half: HalfYear) -> set[int]:
    """Those noted so far. What a transaction that is not over yet notes is a row of its own, and stays."""
    with connection.cursor() as cursor:
        table = TallyShared._meta.db_table
        cursor.execute(f"DELETE FROM {table} WHERE half = %s RETURNING person_id", [half.start])
        return {row[0] for row in cursor.fetchall()}


def _spread(half: HalfYear, near: set[Village], listed: set[int], *, everybody: bool) -> set[int]:
    columns = tuple(zip(*near, strict=True)) or ((), (), ())
    ends = counting.ends(half)
    parameters = {
        "listed": sorted(listed), "everybody": everybody, "start": half.start, "end": half.end, "ends": ends,
        **{name: list(ids) for name, ids in zip("abc", columns, strict=True)},
    }  # fmt: skip
    names = iter(("%(a)s", "%(b)s", "%(c)s", "%(ends)s"))
    text = "".join(part + next(names, "") for part in counting.NEAR.split("%s"))
    with connection.cursor() as cursor:
        cursor.execute(SPREAD.format(near=text), parameters)
        return {row[0] for row in cursor.fetchall()}


def _villages_of(people: Iterable[int], half: HalfYear) -> set[Village]:
    ids = sorted(people)
    if not ids:
        return set()
    rows = standing.items_of(CITY, half, EARLY).filter(person_id__in=ids)
    return set(rows.values_list("county_id", "township_id", "village_id").distinct())


def _count(view: View, villages: set[Village] | None, spread: set[int]) -> None:
    """These villages (None: all) of a view, the units above them, and those who are spread."""
    kept = Tally.objects.filter(period=view.key)
    items = view.items(CITY, EARLY)
    alone = items.exclude(person_id__in=sorted(spread)) if spread else items
    kept.filter(Q(shared=True) | Q(level__lt=Level.VILLAGE)).delete()
    if villages is None or len(villages) > MANY:
        kept.delete()
    else:
        _forget(view.key, villages)
        alone = alone.filter(counting.in_villages(villages, view.period))
    counting.keep(view, alone, Level.VILLAGE, shared=False)
    if spread:
        for level in Level:
            counting.keep(view, items.filter(person_id__in=sorted(spread)), level, shared=True)
    _above(view.key)
    TallyPeriod.objects.get_or_create(period=view.key)


def _forget(key: str, villages: Iterable[Village]) -> None:
    columns = tuple(zip(*villages, strict=True)) or ((), (), ())
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM visits_desk_tally t USING unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS x (a, b, c)"
            " WHERE t.period = %s AND t.level = 4 AND t.county_id = x.a AND t.township_id = x.b AND t.village_id = x.c",
            [*(list(ids) for ids in columns), key],
        )


def _above(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(UPPER, [key])


def _roster(marked: set[Village], today: date) -> None:
    """Who is on the list today. Dates decide as well, so that every day is counted once for everybody."""
    held = TallyPeriod.objects.filter(period=TallyPeriod.LIST).first()
    everybody = held is None or held.on != today or EVERYWHERE in marked
    if not everybody and not marked:
        return
    kept = Tally.objects.filter(period=TallyPeriod.LIST)
    kept.filter(level__lt=Level.VILLAGE).delete()
    villages = None if everybody else {village for _, _, village in marked}
    (kept if villages is None else kept.filter(village_id__in=villages)).delete()
    rows = counting.roster(CITY, today, LIST, villages)
    Tally.objects.bulk_create(
        [
            Tally(
                period=TallyPeriod.LIST,
                level=Level.VILLAGE,
                shared=False,
                **dict(zip(LIST, unit, strict=True)),
                **counts,
            )
            for unit, counts in rows.items()
        ],
        batch_size=2000,
    )
    _above(TallyPeriod.LIST)
    TallyPeriod.objects.update_or_create(period=TallyPeriod.LIST, defaults={"on": today})
