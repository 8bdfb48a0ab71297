"""A query put into words once and asked a thousand times: Django takes longer to write most statements of a page than
PostgreSQL to answer them.

Whoever prepares a query keeps it (`functools.lru_cache`) under everything by which it differs: the day, the posts, the
filters. What differs with every call, a list of keys, is `GIVEN` in it.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

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
        with connection.cursor() as cursor:
            # Sorted: the plan walks an index, and the same question is the same statement.
            keys = sorted(given)
            cursor.execute(self.sql, [keys if value is _LIST else value for value in self.values])
            return cursor.fetchall()  # type: ignore[no-any-return]

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
