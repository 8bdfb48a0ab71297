"""Filling tables with millions of rows: without what checks and finds single rows, which is put back at the end.

A foreign key that is put back looks at all rows at once, and so refuses what it would have refused row by row; an index that
is built once takes a tenth of the time of one that grows. Only the owner of the tables may; for anybody else the rows
are written as always."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, models

FOREIGN = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY 1, 2
"""
# Not those that a constraint stands on, nor those that filling itself asks.
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
 WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique AND NOT i.indisprimary
   AND i.indexrelid::regclass::text <> ALL(%s)
   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
 ORDER BY 1
"""


@contextmanager
def bare(
    tables: Sequence[type[models.Model]],
    asked: Sequence[type[models.Model]] = (),
    keep: Sequence[str] = (),
    changed: Sequence[type[models.Model]] = (),
) -> Iterator[None]:
    """These tables without foreign keys and without indexes other than `keep`; both stand again afterwards. `asked`:
    tables that keep their indexes, because what fills the others looks into them. `changed`: those of whose new rows
    most are changed once."""
    without = [model._meta.db_table for model in tables]
    names = without + [model._meta.db_table for model in asked]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(pg_get_userbyid(relowner) = current_user) FROM pg_class WHERE oid = ANY(%s::regclass[])",
            [names],
        )
        if not cursor.fetchone()[0]:
            yield
            return
        # What was written before is checked now: a table with checks to come can't be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(FOREIGN, [names])
        foreign = cursor.fetchall()
        cursor.execute(INDEXES, [without, list(keep)])
        indexes = cursor.fetchall()
        for table, name, _ in foreign:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        # What is written and then changed finds room beside itself, and no index learns of it.
        roomy = [model._meta.db_table for model in changed]
        for table in roomy:
            cursor.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        for table in roomy:
            cursor.execute(f"ALTER TABLE {table} RESET (fillfactor)")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _, made in indexes:
            cursor.execute(made)
        for table, name, made in foreign:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}')


def analyze(*tables: type[models.Model]) -> None:
    """Figures for the planner about what was just written: the night's come too late for who asks in the same transaction.
    Only the owner of a table may; for anybody else the database says so and goes on."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in tables))
