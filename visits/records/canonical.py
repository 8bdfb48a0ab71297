"""What a name stands under, as bytes: canonical JSON and its SHA-256 (decisions 14).

The same content gives the same bytes on every machine and in every year: keys sorted, no spaces, UTF-8, no
floating point. Nothing that changes without an edit is in it: not the person's name or unit of today, not the
state of a report, not how often a record was sent back.
"""

import datetime as dt
import hashlib
import json
import uuid
from typing import Any

from visits.records.items import ITEM_CODES
from visits.records.models import Visit

#: Goes up when the content of a record or a table is cut differently; old seals keep theirs.
FORMAT = 1


def _plain(value: object) -> str:
    if isinstance(value, dt.date | uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _no_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a floating point number has no canonical form")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            _no_floats(part)


def dumps(value: Any) -> bytes:
    """`value` as canonical JSON. Raises TypeError for floats and for what JSON does not know."""
    _no_floats(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return text.encode()


def digest(value: Any) -> bytes:
    """SHA-256 over the canonical JSON."""
    return hashlib.sha256(dumps(value)).digest()


def record(visit: Visit) -> dict[str, Any]:
    """Everything that was entered on a visit; `visit.person`, `visit.form_version` and `visit.photos` are read.

    Photographs stand in it when there are any: what was sealed before there were photographs keeps its bytes."""
    photos = sorted((photo.pk, photo.file.sha256) for photo in visit.photos.all())
    return {
        "format": FORMAT,
        "visit": str(visit.uuid),
        "version": visit.version,
        "number": visit.record_no,
        "file": visit.person.file_no,
        "village": visit.village_id,
        "visited_on": str(visit.visited_on),
        "part_of_day": visit.part_of_day,
        "mode": visit.mode,
        "met": visit.met,
        "visitor": visit.visitor_id,
        "recorder": visit.recorder_id,
        "companions": visit.companions,
        "wording": visit.form_version.number,
        "answers": {code: getattr(visit, code) for code in ITEM_CODES},
        "told": visit.told,
        "notes": _stable(visit.notes),
        "extra": _stable(visit.extra),
        "phrases": list(visit.phrases),
        "remark": visit.remark,
        "private_note": visit.private_note,
        "report_wanted": visit.report_wanted,
        **({"photos": [sha256 for _, sha256 in photos]} if photos else {}),
    }


def _stable(value: Any) -> Any:
    """Measured values may be typed with a decimal point: sealed as the text they are."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {key: _stable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_stable(part) for part in value]
    return value


def table(*, kind: str, period: str, batch: int, village: int, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """A table as it is sealed; the village by its key, for names change. A line: {"row", "exceptional", "content"}."""
    return {
        "format": FORMAT,
        "kind": kind,
        "period": period,
        "batch": batch,
        "village": village,
        "lines": lines,
    }
