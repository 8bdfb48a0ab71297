"""Writing to the business log, and proving that nobody changed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models.audit import LogEntry
from xunfang.kit.prepared import insert


def record(
    action: str,
    *,
    at: datetime,
    by_id: int | None,
    role: str = "",
    target: Any = None,
    object_type: str = "",
    object_id: object = "",
    **detail: Any,
) -> None:
    """Write one row in the running transaction. `target` gives type, id and units if it has them."""
    units = {}
    if target is not None:
        object_type = object_type or target._meta.model_name
        object_id = object_id or getattr(target, "uuid", None) or target.pk
        units = {name: getattr(target, name, None) for name in ("county_id", "township_id", "village_id")}
    entry = LogEntry(
        at=at,
        actor_id=by_id,
        role=role,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        detail=detail,
        **units,
    )
    insert(entry)


def record_many(
    action: str, targets: Iterable[Any], *, at: datetime, by_id: int | None, role: str = "", **detail: Any
) -> None:
    """One row for each target, with the same detail: for what is done to many people at once."""
    LogEntry.objects.bulk_create(
        [
            LogEntry(
                at=at,
                actor_id=by_id,
                role=role,
                action=action,
                object_type=target._meta.model_name,
                object_id=str(getattr(target, "uuid", None) or target.pk),
                detail=detail,
                **{name: getattr(target, name, None) for name in ("county_id", "township_id", "village_id")},
            )
            for target in targets
        ],
        batch_size=500,
    )


@dataclass(frozen=True)
class Verdict:
    """`rows` sealed rows were read; the first `broken` number (None: all is well) and what is wrong."""

    rows: int
    broken: int | None
    why: str


VERIFY = """
SELECT count(*),
       min(w.number) FILTER (WHERE l.seal IS DISTINCT FROM accounts_log_seal_of(l)),
       min(w.number) FILTER (WHERE l.previous IS DISTINCT FROM w.before),
       min(w.number) FILTER (WHERE w.number <> w.position),
       max(w.number),
       (SELECT count(*) FROM accounts_logentry WHERE number IS NULL)
  FROM (SELECT id, number, lag(seal, 1, '\\x00'::bytea) OVER (ORDER BY number) AS before,
               row_number() OVER (ORDER BY number) AS position
          FROM accounts_logentry WHERE number IS NOT NULL) w
  JOIN accounts_logentry l USING (id)
"""


def verify() -> Verdict:
    """Recompute every seal and every link, and compare the end with the head. Ask outside a transaction
    that has written to the log itself: its rows are sealed only at COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute(VERIFY)
        rows, changed, unlinked, missing, last, loose = cursor.fetchone()
        cursor.execute("SELECT number, seal FROM accounts_loghead")
        head_number, head_seal = cursor.fetchone()
        cursor.execute("SELECT seal FROM accounts_logentry WHERE number = %s", [last or 0])
        row = cursor.fetchone()
    if changed is not None:
        return Verdict(rows, changed, f"第{changed}条的内容被改过")
    if missing is not None:
        return Verdict(rows, missing, f"第{missing}条之前少了记录")
    if unlinked is not None:
        return Verdict(rows, unlinked, f"第{unlinked}条和前一条接不上")
    if head_number != (last or 0) or (row and bytes(row[0]) != bytes(head_seal)):
        return Verdict(rows, (last or 0) + 1, f"末尾少了{head_number - (last or 0)}条")
    if loose:
        return Verdict(rows, (last or 0) + 1, f"有{loose}条没有编号，不是系统写的")
    return Verdict(rows, None, "逐条核对过，没有改动")
