"""A judged row as the encrypted text that waits for confirmation, and back."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date
from typing import Any

from visits.roster.imports.checking import Fault, Good, Place
from visits.roster.imports.judging import SAME, WRONG, Judged
from visits.roster.models import ImportRow
from xunfang.kit import copying, crypto

SHOWN = 200
# A good row's values are kept in this order.
_GOOD = tuple(field.name for field in fields(Good))
_PLACES, _BIRTH, _NOTES = (_GOOD.index(name) for name in ("places", "birth_date", "notes"))
_COLUMNS = (
    "batch_id", "sheet", "number", "content", "verdict", "reason", "remedy", "person_id", "person_version",
    "codes",
)  # fmt: skip
# What `unpack` and `loading.fresh` need: plain rows, a model's instance for each takes twice as long.
READ = ("sheet", "number", "content", "verdict", "reason", "remedy", "person_id", "person_version",
        "codes")  # fmt: skip
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def store(rows: Iterable[Judged], batch_id: int) -> int:
    """Write the rows down, encrypted. Returns how many."""
    return copying.copy_in(ImportRow, _COLUMNS, _lines(rows, batch_id))


def _lines(rows: Iterable[Judged], batch_id: int) -> Iterator[tuple[Any, ...]]:
    encrypt = crypto.encrypter("import.row")
    for row in rows:
        wrong = row.verdict == WRONG
        yield (
            batch_id,
            row.sheet,
            row.number,
            encrypt(_content(row).encode("utf-8", "replace")),
            row.verdict,
            "；".join(f.reason for f in row.faults)[:SHOWN] if wrong else "",
            "；".join(dict.fromkeys(f.remedy for f in row.faults))[:SHOWN] if wrong else "",
            row.person_id,
            row.existing.version if row.existing else None,
            [place.code for place in row.good.places] if row.good else (),
        )


def _content(row: Judged) -> str:
    """A row that changes nothing keeps its values too: the file may change before it is loaded, and then it is
    judged anew."""
    if row.verdict == WRONG:
        written = "；".join(f.written for f in row.faults if f.written)
        return _dumps({"name": row.name, "written": written})
    if row.good is None:
        return _dumps({"name": row.name})
    good = row.good.__dict__
    values = [good[name] for name in _GOOD]
    values[_PLACES] = [(p.code, p.starts_on.isoformat(), p.area, p.care) for p in values[_PLACES]]
    values[_BIRTH] = values[_BIRTH].isoformat()
    if row.verdict == SAME:
        return _dumps({"name": row.name, "good": values})
    return _dumps(
        {
            "name": row.name,
            "good": values,
            "changes": row.changes,
            "notes": row.notes,
            "village": row.village,
            "groups": row.groups,
        }
    )


def content_of(row: ImportRow) -> dict[str, Any]:
    """What was put away, as plain values; `tail`: the last four of the id."""
    content = json.loads(row.content)
    if "good" in content:
        content["tail"] = content["good"][_GOOD.index("number")][-4:]
    return content


def unpack(row: Any) -> Judged:
    """The row as it was judged; `existing` is to be looked up again."""
    content = json.loads(row.content)
    good = content.get("good")
    return Judged(
        sheet=row.sheet,
        number=row.number,
        raw=None,
        verdict=row.verdict,
        name=content["name"],
        good=_good(good) if good else None,
        faults=[Fault(row.reason, row.remedy, content.get("written", ""))] if row.reason else [],
        changes=[tuple(change) for change in content.get("changes", [])],
        notes=content.get("notes", []),
    )


def _good(values: list[Any]) -> Good:
    values[_PLACES] = tuple(
        Place(code, date.fromisoformat(starts), area, care) for code, starts, area, care in values[_PLACES]
    )
    values[_BIRTH] = date.fromisoformat(values[_BIRTH])
    values[_NOTES] = tuple(values[_NOTES])
    return Good(*values)
