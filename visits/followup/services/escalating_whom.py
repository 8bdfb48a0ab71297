"""Who is told of a level: those who hold the post at the unit over the row, whoever has it in hand, whose turn it is
(docs/adr/0025)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.holders import holders
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import ROLES, Role
from visits.followup import deadlines
from visits.followup.deadlines import HANDLER, TURN, Source
from visits.followup.escalation import Step
from visits.followup.models import Subject


@dataclass
class Due:
    """A row and the levels of it that have come, lowest first; who is told of each."""

    row: Any
    steps: list[Step]
    people: dict[int, list[tuple[int, str]]] = field(default_factory=dict)  # level → (user, role)


def find_people(source: Source, due: list[Due], on: date) -> None:
    """Fill in who is told of each level that has come."""
    turns = deadlines.turns([one.row.pk for one in due]) if source.subject == Subject.SIGNING else {}
    city = Region.objects.filter(level=Level.CITY).values_list("pk", flat=True).first() or 0
    asked: dict[str, set[int]] = {}
    places: dict[tuple[int, int], list[tuple[str, int]]] = {}
    for one in due:
        county, township, village = source.units(one.row)
        units = {1: city, 2: county, 3: township, 4: village}
        for step in one.steps:
            for role in _roles(source, one.row, step, turns):
                unit = units[ROLES[Role(role)].level]
                if unit:
                    asked.setdefault(role, set()).add(unit)
                    places.setdefault((one.row.pk, step.level), []).append((role, unit))
    posts = holders(asked, on)
    for one in due:
        for step in one.steps:
            one.people[step.level] = _of_step(
                source, one.row, step, places.get((one.row.pk, step.level), []), posts
            )


def _roles(source: Source, row: Any, step: Step, turns: dict[int, str]) -> list[str]:
    """Posts of a step: whose turn it is, and, where nobody has it in hand, those who would."""
    found = []
    for role in step.roles:
        if role == TURN:
            found.append(turns.get(row.pk, Role.TOWNSHIP_HEAD))
        elif role == HANDLER:
            found += [Role.TOWNSHIP_CLERK] if source.subject == Subject.EMERGENCY else [Role.COUNTY_OFFICER]
        else:
            found.append(role)
    return found


def _of_step(
    source: Source,
    row: Any,
    step: Step,
    places: list[tuple[str, int]],
    posts: dict[tuple[str, int], list[int]],
) -> list[tuple[int, str]]:
    """Who is told: all who hold the posts; of several at the county, the one who has it in hand, if still there."""
    handler = source.handler_of(row)
    found: dict[int, str] = {}
    for role, unit in places:
        ids = posts.get((role, unit), [])
        if handler in ids and role == Role.COUNTY_OFFICER:
            ids = [handler]  # type: ignore[list-item]
        for user_id in ids:
            found.setdefault(user_id, role)
    if HANDLER in step.roles and source.subject == Subject.EMERGENCY and handler:
        found.setdefault(handler, HANDLER)
    return list(found.items())
