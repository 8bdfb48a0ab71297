"""Querysets that are put together once and asked again and again with other values.

Django takes longer to turn a queryset into a statement than the database takes to answer it. What every save and every
page asks in the same shape is an ordinary queryset all the same, and is turned into a statement once a process:

    newest = Prepared(lambda *, person: Visit.objects.valid().filter(person_id=person).order_by("-visited_on"))
    newest.first(person=17)

What is asked often on one connection is prepared there as well (PREPARE): the database plans it once, too. Not behind a
pooler that gives each transaction another connection; there, as Django asks, DISABLE_SERVER_SIDE_CURSORS is set.
"""

import datetime as dt
import uuid
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from itertools import count
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.query import ModelIterable, get_related_populators

M = TypeVar("M")
# Shapes that are kept of one queryset, the oldest making way: as many readers in turn at one process.
MOST = 128
# Of one connection: plans take room in the database. From the second time on; the one not asked for longest makes way.
MOST_READY = 120
MOST_ONCE = 5000
UTC = dt.UTC


class Prepared(Generic[M]):
    """`build` makes the queryset: of rows or of `values_list`, without prefetching.

    Positional arguments are its shape: hashable, and everything by which the statement itself differs, such as the
    posts of the reader. Keywords are its values: an id, a day, a moment, a text, a uuid; they must reach the database as
    they were given (no list, no number of a small column, nothing that is computed with)."""

    def __init__(self, build: Callable[..., "models.QuerySet"]) -> None:
        self._build = build
        self._known: dict[Hashable, _Statement | None] = {}
        self._lock = Lock()

    def all(self, *shape: Hashable, **values: Any) -> list[M]:
        """The rows, as the queryset would give them."""
        key = (shape, tuple((name, type(value)) for name, value in values.items()))
        try:
            statement = self._known[key]
        except KeyError:
            statement = self._put_together(shape, values)
            with self._lock:
                if len(self._known) >= MOST:
                    self._known.pop(next(iter(self._known)))
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


TYPES = {
    int: "bigint",
    str: "text",
    uuid.UUID: "uuid",
    dt.date: "date",
    dt.datetime: "timestamp with time zone",
    bool: "boolean",
}
_numbers = count(1)
# Of each connection, the numbers of its statements, the last asked last: those that were asked once, and the prepared.
_asked: "WeakKeyDictionary[Any, tuple[set[int], OrderedDict[int, None]]]" = WeakKeyDictionary()


class Sql:
    """A statement with places for values by name (%(name)s), as one would write it for a cursor. `types`: what each is
    in the database."""

    def __init__(self, text: str, types: dict[str, str], constants: dict[str, Any] | None = None) -> None:
        self._number, self._text, self._types = next(_numbers), text, types
        self._constants = constants or {}
        places = ", ".join(f"%({name})s" for name in types)
        self._execute = f"EXECUTE prepared_{self._number}" + (f" ({places})" if places else "")

    def fetch(self, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of the answer."""
        with connection.cursor() as cursor:
            if self._ready():
                cursor.execute(self._execute, values)
            else:
                cursor.execute(self._text, {**self._constants, **values})
            return cursor.fetchall()

    def _ready(self) -> bool:
        """Whether it is prepared on this connection; the second time, it is made so."""
        if not self._types or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            return False
        once, ready = _asked.setdefault(connection.connection, (set(), OrderedDict()))
        if self._number in ready:
            ready.move_to_end(self._number)
            return True
        if self._number not in once:
            if len(once) >= MOST_ONCE:
                once.clear()
            once.add(self._number)
            return False
        self._prepare()
        ready[self._number] = None
        if len(ready) > MOST_READY:
            self._forget(ready.popitem(last=False)[0])
        return True

    def _prepare(self) -> None:
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            places: dict[str, str] = {name: f"${n}" for n, name in enumerate(self._types, start=1)}
            for name, value in self._constants.items():
                places[name] = cursor.mogrify("%s", [value]).decode()
            kinds = ", ".join(self._types.values())
            cursor.execute(f"PREPARE prepared_{self._number} ({kinds}) AS {self._text % places}")

    @staticmethod
    def _forget(number: int) -> None:
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            cursor.execute(f"DEALLOCATE prepared_{number}")


class _Statement:
    """SQL with places for the values, and how a row of the answer becomes what the queryset gives."""

    def __init__(self, queryset: Any, marks: dict[str, Any]) -> None:
        compiler = queryset.query.get_compiler(queryset.db)
        sql, parameters = compiler.as_sql()
        names = {mark: name for name, mark in marks.items()}
        found = [names.get(one) if isinstance(one, Hashable) else None for one in parameters]
        missing = names.keys() - {marks[name] for name in found if name}
        if missing:
            raise ValueError(f"the statement does not hold {', '.join(names[mark] for mark in missing)}")
        places = [name or f"constant{n}" for n, name in enumerate(found)]
        constants = {
            place: one for place, name, one in zip(places, found, parameters, strict=True) if not name
        }
        types = {name: TYPES[type(mark)] for name, mark in marks.items()}
        self._sql = Sql(
            sql.replace("%%", "%%%%") % tuple(f"%({place})s" for place in places), types, constants
        )
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
        found = [list(row) for row in self._sql.fetch(values)]
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


NEXT = """WITH next AS (
  INSERT INTO kit_counter (name, value) VALUES (%s, 1)
  ON CONFLICT (name) DO UPDATE SET value = kit_counter.value + 1 RETURNING value
) """


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model], numbered: str) -> tuple[str, list[Any]]:
    meta = model._meta
    columns = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
    names = ", ".join(f'"{field.column}"' for field in columns)
    places = ", ".join("(SELECT value FROM next)" if field.name == numbered else "%s" for field in columns)
    back = f', "{numbered}"' if numbered else ""
    sql = f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({places}) RETURNING "{meta.pk.column}"{back}'
    return (NEXT if numbered else "") + sql, [field for field in columns if field.name != numbered]


def insert(row: models.Model, *, numbered: tuple[str, str] | None = None) -> None:
    """As `row.save(force_insert=True)` in a running transaction, for rows without parents, signals and expressions.
    `numbered`: a column, and the counter whose next number it gets (as `kit.numbering` gives it)."""
    column, counter = numbered or ("", "")
    sql, columns = _insertion(type(row), column)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in columns]
    with connection.cursor() as cursor:
        cursor.execute(sql, [counter, *values] if numbered else values)
        found = cursor.fetchone()
    row.pk = found[0]
    if numbered:
        setattr(row, column, found[1])
    row._state.adding, row._state.db = False, connection.alias
