"""Whom to ring: the emergency strip of a page (J4)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import Region
from accounts.roles import COUNTY, TOWNSHIP, VILLAGE
from visits.roster.models import Person

KINDS = ("街道", "镇", "乡", "县", "区", "市")
# Who may write down an emergency: everybody whose work is people.
REPORTS = VILLAGE | TOWNSHIP | COUNTY


@dataclass(frozen=True)
class OnDuty:
    """Who answers now. `place`: 1 is called first."""

    unit_id: int
    place: int
    name: str
    phone: str


# Unit ids and the moment → who is on duty there by the 值班表, asked of the room that keeps it.
on_duty: list[Callable[[Collection[int], datetime], list[OnDuty]]] = []


def duty_phones(*unit_ids: int | None, at: datetime | None = None) -> list[dict[str, str]]:
    """Label and number for each of these units, the nearest unit first: at a moment, whoever is on duty there then,
    in the order in which they are called; else, and without a moment, the unit's night telephone if it has one."""
    units = Region.objects.filter(pk__in=[pk for pk in unit_ids if pk])
    return phones_of(list(units.order_by("-level")), at=at)


def phones_of(units: Sequence[Region], *, at: datetime | None = None) -> list[dict[str, str]]:
    """The same of units that were read already, in their order."""
    people = [one for ask in on_duty for one in ask([unit.pk for unit in units], at)] if at and units else []
    lines: list[dict[str, str]] = []
    for unit in units:
        own = sorted((one for one in people if one.unit_id == unit.pk), key=lambda one: one.place)
        lines += [{"label": f"{_kind(unit.name)}值班 {one.name}", "number": one.phone} for one in own]
        if not own and unit.duty_phone:
            lines.append({"label": f"{_kind(unit.name)}值班室", "number": unit.duty_phone})
    return lines


def _kind(name: str) -> str:
    return next((word for word in KINDS if name.endswith(word)), name)


class Strip(list[dict[str, str]]):
    """The lines of `components/_sos.html`, and where it is written down afterwards ("" for who only reads)."""

    def __init__(self, lines: list[dict[str, str]], report_url: str = "") -> None:
        super().__init__(lines)
        self.report_url = report_url


def strip(
    user: Any, at: datetime, person: Person | None = None, *, units: Sequence[Region] | None = None
) -> Strip:
    """Whom to ring on a page about a person, or (without one) about the reader's own unit. `units`: the person's township
    and county, where they were read already."""
    if units is not None:
        return Strip(phones_of(units, at=at), report_url(user, person))
    if person is not None:
        ids: tuple[int | None, ...] = (person.township_id, person.county_id)
    else:
        main = user.duty.main
        ids = (main.township_id, main.county_id) if main else ()
    return Strip(duty_phones(*ids, at=at), report_url(user, person))


def report_url(user: Any, person: Person | None = None) -> str:
    """Where an emergency is written down: about this person, or about nobody on the roster."""
    if not user.duty.has(REPORTS):
        return ""
    if person is None:
        return reverse("visits_followup:emergency_new")
    return reverse("visits_followup:emergency_of", args=[person.uuid])
