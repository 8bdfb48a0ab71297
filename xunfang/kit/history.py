"""Row history by database trigger, one event statement for a whole change."""

from collections.abc import Callable, Sequence

import pghistory
from django.conf import settings
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper


def tracked(*, exclude: Sequence[str] = ()) -> Callable[[type[models.Model]], type[models.Model]]:
    """Keep every inserted and every updated row of the model in an append-only table of its own.

    Statement level: one trigger call for an import of thousands. The trackers are made anew each time,
    because django-pghistory writes the model into them."""
    return pghistory.track(
        pghistory.InsertEvent(level=pghistory.Statement),
        pghistory.UpdateEvent(level=pghistory.Statement),
        exclude=list(exclude) or None,
    )


# The rows before and after a change are put side by side by their key. The plan of a trigger is made at its first call
# in a session and kept: after a single row, pairs were looked for one by one: 3,200 people took 45 s, and it grows with the square.
SIDE_BY_SIDE = r"old_values\s+JOIN\s+new_values"
FUNCTIONS = """
SELECT oid::regprocedure::text FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace AND prosrc ~ %s AND proconfig IS NULL ORDER BY 1
"""


def plan_for_many(connection: BaseDatabaseWrapper) -> None:
    """Let the triggers of the history pair rows by hashing, whatever they were first called for. As their owner."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS, [SIDE_BY_SIDE])
        for (function,) in cursor.fetchall():
            cursor.execute(f"ALTER FUNCTION {function} SET enable_nestloop = off")


def plan_after_migrate(using: str, **_: object) -> None:
    """After every migrate: a function that is made anew has forgotten it."""
    connection = connections[using]
    if connection.settings_dict["USER"] != settings.RUNTIME_DB_ROLE:
        plan_for_many(connection)
