"""Querysets that are put together once and asked again and again with other values.

Django takes longer to turn a queryset into a statement than the database takes to answer it. What every save and every
page asks in the same shape is an ordinary queryset all the same, and is turned into a statement once a process:

    newest = Prepared(lambda *, person: Visit.objects.valid().filter(person_id=person).order_by("-visited_on"))
    newest.first(person=17)
"""

import datetime as dt
import uuid
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.query import ModelIterable, get_related_populators

M = TypeVar("M")
MOST = 512
UTC = dt.UTC


class Prepared(Generic[M]):
    """`build` makes the queryset: of rows or of `values_list`, without prefetching.

    Positional arguments are its shape: hashable, and everything by which the statement itself differs, such as the
    posts of the reader. Keywords are its values: an id, a day, a moment, a text, a uuid; they must reach the database as
    they were given (no list, no number of a small column, nothing that is computed with)."""

    def __init__(self, build: Callable[..., "models.QuerySet"]) -> None:
        self._build = build
        self._known: dict[Hashable, _Statement | None] = {}

    def all(self, *shape: Hashable, **values: Any) -> list[M]:
        """The rows, as the queryset would give them."""
        key = (shape, tuple((name, type(value)) for name, value in values.items()))
        try:
            statement = self._known[key]
        except KeyError:
            statement = self._put_together(shape, values)
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = statement
        return [] if statement is None else statement.rows(values)

    def first(self, *shape: Hashable, **values: Any) -> M | None:
        """The first of the rows; the queryset itself says in which order, and how many to ask for."""
        return next(iter(self.all(*shape, **values)), None)

    def _put_together(self, shape: tuple[Hashable, ...], values: dict[str, Any]) -> "_Statement | None":
        marks = {name: _mark(value, n) for n, (name, value) in enumerate(values.items(), start=1)}
        try:
            return _Statement(self._build(*shape, **marks), marks)
        except EmptyResultSet:
            return None


def _mark(value: Any, n: int) -> Any:
    """A value that stands for the one that is given each time, and that nobody would give."""
    if isinstance(value, dt.datetime):
        return dt.datetime(9000, 1, n, tzinfo=UTC)
    if isinstance(value, dt.date):
        return dt.date(9000, 2, n)
    if isinstance(value, uuid.UUID):
        return uuid.UUID(int=(1 << 127) + n)
    if isinstance(value, str):
        return f"⟦{n}⟧"
    if isinstance(value, int) and not isinstance(value, bool):
        return 8_000_000_000_000_000_000 + n
    raise TypeError(f"{type(value).__name__} can't be a value of a prepared queryset")


class _Statement:
    """SQL with places for the values, and how a row of the answer becomes what the queryset gives."""

    def __init__(self, queryset: Any, marks: dict[str, Any]) -> None:
        compiler = queryset.query.get_compiler(queryset.db)
        self._sql, parameters = compiler.as_sql()
        names = {mark: name for name, mark in marks.items()}
        self._parameters = [
            (names.get(one) if isinstance(one, Hashable) else None, one) for one in parameters
        ]
        missing = names.keys() - {one for name, one in self._parameters if name}
        if missing:
            raise ValueError(f"the statement does not hold {', '.join(names[mark] for mark in missing)}")
        columns = [one[0] for one in compiler.select[: compiler.col_count]]
        self._converters = list(compiler.get_converters(columns).items())
        self._whole = queryset._iterable_class is ModelIterable
        self._flat = queryset._iterable_class.__name__ == "FlatValuesListIterable"
        if self._whole:
            self._as_model(compiler, queryset.db)

    def _as_model(self, compiler: Any, db: str) -> None:
        info, chosen = compiler.klass_info, compiler.select
        fields = info["select_fields"]
        self._start, self._end = fields[0], fields[-1] + 1
        self._model = info["model"]
        self._attributes = [one[0].target.attname for one in chosen[self._start : self._end]]
        self._related = get_related_populators(info, chosen, db)
        self._annotations = list(compiler.annotation_col_map.items())
        self._db = db

    def rows(self, values: dict[str, Any]) -> list[Any]:
        """Ask, and make what the queryset would have made."""
        with connection.cursor() as cursor:
            cursor.execute(
                self._sql, [one if name is None else values[name] for name, one in self._parameters]
            )
            found = [list(row) for row in cursor.fetchall()]
        for place, (convert, expression) in self._converters:
            for row in found:
                for one in convert:
                    row[place] = one(row[place], expression, connection)
        if self._whole:
            return [self._made(row) for row in found]
        return [row[0] for row in found] if self._flat else [tuple(row) for row in found]

    def _made(self, row: list[Any]) -> Any:
        made = self._model.from_db(self._db, self._attributes, row[self._start : self._end])
        for related in self._related:
            related.populate(row, made)
        for name, place in self._annotations:
            setattr(made, name, row[place])
        return made


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model]) -> tuple[str, list[Any]]:
    meta = model._meta
    columns = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
    names = ", ".join(f'"{field.column}"' for field in columns)
    places = ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({places}) RETURNING "{meta.pk.column}"', columns


def insert(row: models.Model) -> None:
    """As `row.save(force_insert=True)` in a running transaction, for rows without parents, signals and expressions."""
    sql, columns = _insertion(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in columns]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias
