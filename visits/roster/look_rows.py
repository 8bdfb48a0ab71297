"""市局查看 in the shape its list draws; and the cell by which the city opens a masked line of any list."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from visits.roster.models import Look, Person
from visits.roster.selectors.looking import masked
from visits.templatetags.xf import day, mask_name, moment

WORD = "写明理由后查看"


def cell(person: Person | None, open_ids: Collection[int], to: str = "") -> dict[str, str]:
    """The last cell of a masked line: the way to the reason, or, where it was given today, into the file. `to`: the page
    to go on to; the person's by default."""
    if person is None:
        return {"text": "—"}
    person = person.merged_into or person
    if person.pk in open_ids:
        return {"text": "今天可以看", "url": to or reverse("visits_desk:person", args=[person.uuid])}
    query = f"?{urlencode({'next': to})}" if to else ""
    return {"text": WORD, "url": reverse("visits_roster:look", args=[person.uuid]) + query}


def crumb(user: Any, word: str, url: str, person: Person) -> tuple[str, str]:
    """The first crumb of a page in a file: the list it stands in; at the city, which reads one file and no list, the
    person's page."""
    if masked(user):
        return (person.name, reverse("visits_desk:person", args=[person.uuid]))
    return (word, url)


def villages(found: Sequence[Look]) -> set[int]:
    """Where these people live, for the names of their villages."""
    return {(row.person.merged_into or row.person).village_id for row in found}


def table(
    found: Sequence[Look], names: Mapping[int, str], user: Any, open_ids: Collection[int], today: date
) -> dict[str, Any]:
    """Who, whose file, why, when. At the city a name is masked again when its day is over."""
    hidden = masked(user)
    lines = []
    for row in found:
        # A file that was merged since is read, and opened, in the one it is kept in.
        person = row.person.merged_into or row.person
        place = names.get(person.village_id, "")
        seen = not hidden or person.pk in open_ids
        name: dict[str, Any] = {"text": mask_name(person.name), "note": place}
        if seen:
            name = {
                "text": person.name,
                "url": reverse("visits_desk:person", args=[person.uuid]),
                "note": place,
            }
        cells = [
            name,
            {"text": row.why},
            {"text": moment(row.at, today), "note": f"看到{day(row.until, today)}24:00"},
        ]
        cells.append(cell(person, open_ids) if hidden else {"text": row.by.name})
        lines.append({"cells": cells})
    columns = ["谁的档案", "为什么看", "什么时候", "查看" if hidden else "谁看的"]
    return {"caption": "市局查看过的档案", "columns": columns, "rows": lines}
