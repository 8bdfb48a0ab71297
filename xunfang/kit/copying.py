"""Many rows at once: by PostgreSQL's COPY, with the model's own defaults, triggers and constraints."""

import datetime as dt
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.db import connection, models

_ESCAPE = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEEDS = re.compile(r"[\\\t\n\r]")
# Lines handed over at once.
_LINES = 200


def take_ids(model: type[models.Model], count: int) -> list[int]:
    """As many new primary keys, so that rows can be tied to each other before they are written."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            # The sequence's name is looked up once, not for every number.
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id'))::regclass) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of a model: `columns` are its attribute names (`household_id`), each row their values in that
    order. Other columns get the model's defaults. Encrypted fields take their bytes. Returns how many.

    The rows are made while the server takes in those before them: what makes them must not ask the database
    (the connection is busy, it would wait for itself)."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    given = [fields[name].column for name in columns]
    others = [
        field
        for name, field in fields.items()
        if name not in columns and not isinstance(field, models.AutoField)
    ]
    # A callable default (a uuid) is made anew for every row.
    made = [field for field in others if field.has_default() and callable(field.default)]
    constant = [field for field in others if field not in made]
    tail = "".join(f"\t{_cell(field.get_default())}" for field in constant)
    lines = _lines(rows, [_maker(field) for field in made], f"{tail}\n")
    first = list(islice(lines, 1))
    if not first:
        return 0
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in (*given, *(f.column for f in (*made, *constant))))
    source = _Source(chain(first, lines))
    with connection.cursor() as cursor:
        try:
            cursor.copy_expert(f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN", source)
        except Exception:
            # What went wrong while a row was made, not that the server got no more of them.
            if source.error is not None:
                raise source.error from None
            raise
    return source.count


def _maker(field: models.Field) -> Callable[[], Any]:
    """What makes a default. Random uuids are drawn by the hundred: PostgreSQL takes them without hyphens."""
    return _uuids().__next__ if field.default is uuid.uuid4 else field.default


def _uuids() -> Iterator[str]:
    while True:
        drawn = os.urandom(16 * _LINES).hex()
        for at in range(0, len(drawn), 32):
            one = drawn[at : at + 32]
            # Version 4 and variant 1, as the standard has it (RFC 9562).
            yield f"{one[:12]}4{one[13:16]}{'89ab'[int(one[16], 16) & 3]}{one[17:]}"


def _lines(rows: Iterable[Sequence[Any]], made: Sequence[Any], tail: str) -> Iterator[str]:
    for row in rows:
        # Most values are plain words, nothing, or numbers: a call for each would be half of the work.
        line = "\t".join(
            [
                value
                if (kind := type(value)) is str and (value.isalnum() or not value)
                else str(value)
                if kind is int
                else _cell(value)
                for value in row
            ]
        )
        if made:
            line += "".join([f"\t{_cell(default())}" for default in made])
        yield line + tail


class _Source:
    """Lines as the file COPY reads from, some hundred for each reading."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.count = lines, 0
        self.error: Exception | None = None

    def read(self, size: int) -> bytes:
        try:
            part = list(islice(self.lines, _LINES))
        except Exception as error:
            self.error = error
            raise
        self.count += len(part)
        return "".join(part).encode()


def _cell(value: Any) -> str:
    """A value as COPY's text format has it."""
    kind = type(value)
    if kind is str:
        return value.translate(_ESCAPE) if _NEEDS.search(value) else value
    if value is None:
        return "\\N"
    if kind is bytes:
        return "\\\\x" + value.hex()
    if kind is bool:
        return "t" if value else "f"
    if kind is int:
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "{}" if not value else _array(value)
    return str(value).translate(_ESCAPE)


def _array(values: Sequence[Any]) -> str:
    quoted = ('"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return ("{" + ",".join(quoted) + "}").translate(_ESCAPE)
