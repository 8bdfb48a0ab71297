"""A query put into words once and asked a thousand times: Django takes longer to write most statements of a page than
PostgreSQL to answer them.

Whoever prepares a query keeps it (`functools.lru_cache`) under everything by which it differs: the day, the posts, the
filters. What differs with every call, a list of keys, is `GIVEN` in it.

The database plans it once as well (`prepared.Sql`), and once for all whose statement differs by values only: for every
clerk of one township, whichever it is.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from xunfang.kit.prepared import Sql

_LIST = object()
# `filter(pk__in=GIVEN)`: bigint keys, handed to `rows`.
GIVEN = RawSQL("SELECT unnest(%s::bigint[])", (_LIST,))
# `filter(pk=ONE)`: a single key, for `within`.
ONE = RawSQL("%s::bigint", (_LIST,))


@dataclass(frozen=True)
class Compiled:
    """A statement and its values; no statement where Django knows that nothing can match."""

    sql: str
    values: tuple[Any, ...] = ()

    def rows(self, given: Any = ()) -> list[tuple[Any, ...]]:
        """The answer as the database gives it: no field converts anything (encrypted ones have no place here)."""
        if not self.sql:
            return []
        # Sorted: the plan walks an index, and the same question is the same statement.
        keys = sorted(given)
        return fetched(self.sql, [keys if value is _LIST else value for value in self.values])

    def within(self, key: int) -> RawSQL | None:
        """The same as a part of another query, about this key."""
        if not self.sql:
            return None
        return RawSQL(self.sql, [key if value is _LIST else value for value in self.values])


def compiled(query: QuerySet) -> Compiled:
    """A `values_list` query as a statement."""
    try:
        sql, values = query.query.sql_with_params()
    except EmptyResultSet:
        return Compiled("")
    return Compiled(sql, tuple(values))


# What a value that Django writes into a statement is there; whatever is not named becomes what it stands beside.
_KINDS = {
    bool: "boolean",
    UUID: "uuid",
    dt.date: "date",
    dt.datetime: "timestamp with time zone",
}


def kind_of(value: Any) -> str:
    """The database's type of a value, as if it were written into the statement: a whole number is as wide as it needs to
    be."""
    kind = type(value)
    if isinstance(value, int) and kind is not bool:
        return "integer" if -(1 << 31) <= value < 1 << 31 else "bigint"
    if kind is list and all(type(one) is int for one in value):
        return "bigint[]"
    return _KINDS.get(kind, "unknown")


def fetched(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement with a place (%s) for each value, planned once on each connection."""
    statement = _shape(sql, tuple(map(kind_of, values)))
    return statement.fetch({f"v{n}": value for n, value in enumerate(values)})


@lru_cache(maxsize=512)
def _shape(sql: str, kinds: tuple[str, ...]) -> Sql:
    types = {f"v{n}": kind for n, kind in enumerate(kinds)}
    return Sql(sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in types), types)
