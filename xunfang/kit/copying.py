"""Many rows at once: by PostgreSQL's COPY, with the model's own defaults, triggers and constraints."""

import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

_ESCAPE = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEEDS = re.compile(r"[\\\t\n\r]")


def take_ids(model: type[models.Model], count: int) -> list[int]:
    """As many new primary keys, so that rows can be tied to each other before they are written."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of a model: `columns` are its attribute names (`household_id`), each row their values in that
    order. Other columns get the model's defaults. Encrypted fields take their bytes. Returns how many."""
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
    out = io.StringIO()
    count = 0
    for row in rows:
        line = "\t".join([_cell(value) for value in row])
        if made:
            line += "".join([f"\t{_cell(field.default())}" for field in made])
        out.write(f"{line}{tail}\n")
        count += 1
    if count:
        quote = connection.ops.quote_name
        names = ", ".join(quote(name) for name in (*given, *(f.column for f in (*made, *constant))))
        out.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN", out)
    return count


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
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "{}" if not value else _array(value)
    return str(value).translate(_ESCAPE)


def _array(values: Sequence[Any]) -> str:
    quoted = ('"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return ("{" + ",".join(quoted) + "}").translate(_ESCAPE)
