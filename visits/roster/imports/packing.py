"""A judged row as the encrypted text that waits for confirmation, and back."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from visits.roster.imports.checking import Fault, Good, Place
from visits.roster.imports.judging import Judged
from visits.roster.models import ImportRow

SHOWN = 200


def pack(row: Judged, batch_id: int) -> ImportRow:
    """The row to be stored. A row that changes nothing keeps no values, only its name."""
    content: dict[str, Any] = {"name": row.name}
    if row.verdict == ImportRow.Verdict.WRONG:
        content |= {"texts": row.texts, "written": "；".join(f.written for f in row.faults if f.written)}
    elif row.verdict != ImportRow.Verdict.SAME and row.good is not None:
        content |= {"texts": row.texts, "good": asdict(row.good), "changes": row.changes, "notes": row.notes}
        content |= {"village": row.village, "groups": row.groups}
    return ImportRow(
        batch_id=batch_id,
        sheet=row.sheet,
        number=row.number,
        content=json.dumps(content, ensure_ascii=False, default=str),
        verdict=row.verdict,
        reason="；".join(f.reason for f in row.faults)[:SHOWN],
        remedy="；".join(dict.fromkeys(f.remedy for f in row.faults))[:SHOWN],
        person_id=row.existing.id if row.existing else None,
        person_version=row.existing.version if row.existing else None,
    )


def content_of(row: ImportRow) -> dict[str, Any]:
    """What `pack` put away, as plain values."""
    return json.loads(row.content)


def unpack(row: ImportRow) -> Judged:
    """The row as it was judged; `existing` is to be looked up again."""
    content = content_of(row)
    good = content.get("good")
    return Judged(
        sheet=row.sheet,
        number=row.number,
        texts=content.get("texts", {}),
        verdict=row.verdict,
        name=content["name"],
        good=_good(good) if good else None,
        faults=[Fault(row.reason, row.remedy, content.get("written", ""))] if row.reason else [],
        changes=[tuple(change) for change in content.get("changes", [])],
        notes=content.get("notes", []),
    )


def _good(values: dict[str, Any]) -> Good:
    places = tuple(
        Place(place["code"], date.fromisoformat(place["starts_on"]), place["area"], place["care"])
        for place in values["places"]
    )
    birth = date.fromisoformat(values["birth_date"])
    return Good(**{**values, "places": places, "birth_date": birth, "notes": tuple(values["notes"])})
