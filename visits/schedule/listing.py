"""A page of the due list and every number that stands beside it, found in one statement.

What is open for the reader is looked up once; the rows of the page, the counts by state, cause and place and the
choices of the filters all come from it. Which items are open, how each stands, whom a filter keeps and in which
order they follow each other is said by `selectors` and `DueItem` alone: their querysets are compiled into the
statement.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Value

from accounts.models.region import Level
from accounts.scoping import county_of, where
from visits.roster.selectors.reader import Reader, reader_of
from visits.schedule import selectors
from visits.schedule.models import DueItem, DueItemQuerySet, to_do_case
from xunfang.kit.compiled import compiled, kind_of
from xunfang.kit.prepared import Sql

# `open`: one row an item. `chosen`: the most urgent item of each person whom the filters keep, whatever its state.
# By cause there is only something to count when not everybody is owed by a rule.
STATEMENT = """
WITH open AS MATERIALIZED ({open}), chosen AS MATERIALIZED (
  SELECT DISTINCT ON (person_id) * FROM open
   WHERE fits AND (%(cause)s = '' OR cause = %(cause)s) ORDER BY person_id, due_on, id
), page AS (
  SELECT {columns} FROM chosen
   WHERE (%(states)s::text[] IS NULL OR state = ANY(%(states)s)) AND {beyond}
   ORDER BY {columns} LIMIT %(limit)s
), spot AS MATERIALIZED (
  SELECT at_township, at_village, visitor, at_hamlet FROM open GROUP BY at_township, at_village, visitor, at_hamlet
), cause AS (
  SELECT DISTINCT ON (person_id, cause) cause, state FROM open
   WHERE fits AND EXISTS (SELECT FROM open WHERE cause <> 'rule') ORDER BY person_id, cause, due_on, id
)
SELECT 'item', id, NULL, NULL, NULL, row_number() OVER (ORDER BY {columns}) FROM page
UNION ALL
SELECT 'spot', at_township, at_village, visitor, at_hamlet, NULL FROM spot
UNION ALL
SELECT 'unit', id, position, NULL, name, NULL FROM accounts_region
 WHERE id IN (SELECT at_township FROM spot UNION SELECT at_village FROM spot)
UNION ALL
SELECT 'visitor', id, NULL, NULL, name, NULL FROM accounts_user WHERE id IN (SELECT visitor FROM spot)
UNION ALL
SELECT 'count', at_township, at_village, NULL, state, count(*) FROM chosen GROUP BY at_township, at_village, state
UNION ALL
SELECT 'cause', NULL, NULL, NULL, cause, count(*) FROM cause
 WHERE %(states)s::text[] IS NULL OR state = ANY(%(states)s) GROUP BY cause
"""
# Columns of `open` by the names in `selectors.ORDERS`.
COLUMNS = {
    "due_on": "due_on",
    "person__village_id": "at_village",
    "person__hamlet": "at_hamlet",
    "family": "family",
    "pk": "id",
}
# What each is in the database.
MARKS = {"due_on": "date", "at_village": "bigint", "at_hamlet": "text", "family": "bigint", "id": "bigint"}


@dataclass(frozen=True)
class Listing:
    """`items`: ids of the page, in order. `spots`: township, village, 自然村 and visitor of all that is open,
    whatever was filtered. `units` and `names`: what these townships and villages, and these visitors, are called, units
    in their order. `counts`: people whom the filters keep, without the one for the state, by township,
    village and state; `causes`: by why they are to be visited, without the filter for it, empty when everything
    that is open is owed by a rule."""

    items: list[int] = field(default_factory=list)
    spots: set[tuple[int, int, str, int | None]] = field(default_factory=set)
    units: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    counts: Counter[tuple[int, int, str]] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)

    def states(self) -> dict[str, int]:
        """People by the state of their most urgent item: late (missed included), soon, idle."""
        found = {"late": 0, "soon": 0, "idle": 0}
        for (_, _, state), n in self.counts.items():
            found[_look(state)] += n
        return found

    def by_place(self, level: int, state: str = "") -> dict[int, dict[str, int]]:
        """The same for townships (3) or villages (4), of one state only when it is given."""
        found: dict[int, dict[str, int]] = {}
        for (township, village, stands), n in self.counts.items():
            if state in ("", _look(stands)):
                unit = township if Level(level) == Level.TOWNSHIP else village
                found.setdefault(unit, {"late": 0, "soon": 0, "idle": 0})[_look(stands)] += n
        return found

    def hamlets(self, *, village: int | None = None, township: int | None = None) -> list[str]:
        """The 自然村 of what is open, of one unit when it is given."""
        found = {
            hamlet
            for town, here, hamlet, _ in self.spots
            if hamlet and village in (None, here) and (village is not None or township in (None, town))
        }
        return sorted(found)

    def visitors(self, *, village: int | None = None, township: int | None = None) -> list[tuple[int, str]]:
        """Who is named for somebody on the reader's list, of one unit when it is given: id and name, by name. A name
        that is there twice says where its people are."""
        at: dict[int, set[int]] = {}
        for town, here, _, visitor in self.spots:
            if visitor and village in (None, here) and (village is not None or township in (None, town)):
                at.setdefault(visitor, set()).add(here)
        twice = Counter(self.names[pk] for pk in at)
        found = [
            (pk, self.names[pk] + (self._where(places) if twice[self.names[pk]] > 1 else ""))
            for pk, places in at.items()
        ]
        return sorted(found, key=lambda row: (row[1], row[0]))

    def _where(self, villages: set[int]) -> str:
        """（月洲村等2个村）: the first in the order of the units."""
        first = next((name for pk, name in self.units.items() if pk in villages), "")
        return f"（{first}等{len(villages)}个村）" if len(villages) > 1 else f"（{first}）"


def _look(state: str) -> str:
    return "late" if state == "missed" else state


def read(user: Any, today: date, *, limit: int, after: int | None = None, **filters: Any) -> Listing:
    """The first `limit` rows behind the item `after`. `filters`: as for `selectors.urgent_items`."""
    filters = dict(filters)
    state, cause, sort = filters.pop("state", ""), filters.pop("cause", ""), filters.get("sort", "")
    reader = reader_of(user)
    inner, values = _open(reader, today, tuple(sorted(filters.items())))
    if not inner:
        return Listing()
    names = [COLUMNS[name] for name in selectors.ORDERS[sort]]
    mark = selectors.place_of(user, after, sort) if after is not None else None
    marks = dict(zip(names, mark or (), strict=False))
    kinds = {f"inner{n}": kind_of(value) for n, value in enumerate(values)} | {
        f"mark_{name}": MARKS[name] for name in marks
    }
    found = _statement(inner, tuple(kinds.items()), tuple(names), bool(mark)).fetch(
        {
            "cause": cause,
            "states": selectors.STATES.get(state, [state]) if state else None,
            "limit": limit,
            **{f"inner{n}": value for n, value in enumerate(values)},
            **{f"mark_{name}": value for name, value in marks.items()},
        }
    )
    return _sorted(found)


@lru_cache(maxsize=512)
def _statement(inner: str, kinds: tuple[tuple[str, str], ...], names: tuple[str, ...], marked: bool) -> Sql:
    """The same, and planned once, for all readers with like posts and the same filters."""
    own = [name for name, _ in kinds if name.startswith("inner")]
    text = STATEMENT.format(
        open=inner % tuple(f"%({name})s" for name in own),
        columns=", ".join(names),
        beyond=f"({', '.join(names)}) > ({', '.join(f'%(mark_{name})s' for name in names)})"
        if marked
        else "TRUE",
    )
    return Sql(text, {"cause": "text", "states": "text[]", "limit": "bigint", **dict(kinds)})


@lru_cache(maxsize=512)
def _open(reader: Reader, today: date, filters: tuple[tuple[str, Any], ...]) -> tuple[str, tuple[Any, ...]]:
    """What is open, as a statement and its values: the same for the same posts, grants, day and filters, and
    half of the work of a page to put together. No statement: nothing can be."""
    fits = selectors.narrowing(reader, today, dict(filters))
    own = where(reader.duty, prefix="person__")
    # The person's own columns say the same as the item's: with both, either index may be walked.
    parts = [
        (selectors.open_items(Reader(reader.pk, reader.duty, ()), today).filter(own), county_of(reader.duty))
    ]
    if reader.granted and own:
        # Decisions 19: beside them, not among them. One condition for both would find neither by index.
        granted = DueItem.objects.filter(person_id__in=reader.granted)
        beside = granted.to_do(today).exclude(
            where(reader.duty, prefix="at_", assignee="person__assignee_id")
        )
        parts.append((beside, None))
    found = [made for made in (compiled(_columns(*part, fits, today)) for part in parts) if made.sql]
    return " UNION ALL ".join(made.sql for made in found), tuple(
        value for made in found for value in made.values
    )


def _columns(items: DueItemQuerySet, county: int | None, fits: Q, today: date) -> QuerySet:
    return (
        items.order_by()
        .annotate(
            state=to_do_case(today, county=county),
            fits=ExpressionWrapper(fits, BooleanField()) if fits else Value(True),
            at_township=F("at_township_id"),
            at_village=F("at_village_id"),
            at_hamlet=F("person__hamlet"),
            visitor=F("person__assignee_id"),
            family=selectors.FAMILY,
        )
        .values_list(
            "id", "person_id", "cause", "due_on", "state", "fits", "at_township", "at_village", "at_hamlet",
            "visitor", "family",
        )
    )  # fmt: skip


def _sorted(rows: list[tuple[Any, ...]]) -> Listing:
    found = Listing()
    places: dict[int, int] = {}
    units: list[tuple[int, int, str]] = []
    for what, first, second, third, word, n in rows:
        if what == "item":
            places[first] = n
        elif what == "spot":
            found.spots.add((first, second, word, third))
        elif what == "unit":
            units.append((second, first, word))
        elif what == "visitor":
            found.names[first] = word
        elif what == "count":
            found.counts[first, second, word] += n
        else:
            found.causes[word] += n
    found.units.update((pk, name) for _, pk, name in sorted(units))
    found.items.extend(sorted(places, key=places.__getitem__))
    return found
