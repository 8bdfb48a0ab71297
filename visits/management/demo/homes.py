"""Families of the demo that were visited in one go (practice P18), and what stands on the 巡访联系卡."""

import uuid
from datetime import date, timedelta
from typing import Any

from visits.core.models import UnitSetting
from visits.management.demo.history import Past, at_evening, on_duty
from visits.management.demo.staff import Staff
from visits.records.services.household import submit_household
from visits.roster.models import Person
from visits.schedule.models import DueItem
from visits.schedule.services import accepted_meetings

FAMILIES = 5  # so many families are visited together; the others stay for whoever tries the page
LONG_AGO = date(2020, 1, 1)


def play(staff: Staff, past: Past, today: date) -> None:
    """Yesterday, in every village the first family of which several are still to be visited, up to `FAMILIES`."""
    day, left = today - timedelta(days=1), FAMILIES
    for village in staff.villages[1:]:
        members = _family(village.region.pk, day)
        if left and members:
            bodies = {row.pk: _body(past, row, members[0], day) for row in members}
            by = on_duty(members[0].assignee or village.head, day)
            submit_household(by=by, at=at_evening(day), key=uuid.uuid4(), bodies=bodies)
            left -= 1
    for number, (township_id, clerk) in enumerate(staff.clerks.items()):
        UnitSetting.objects.create(
            region_id=township_id, key="office_phone", value=f"0591-224801{number + 20}", starts_on=LONG_AGO,
            document_no="", decided_by=clerk, decided_at=at_evening(today),
        )  # fmt: skip


def _family(village_id: int, day: date) -> list[Person]:
    """A family of one visitor in which at least two are owed a visit and were not visited that day."""
    owed = DueItem.objects.to_do(day).filter(village_id=village_id, opens_on__lte=day).values("person_id")
    homes: dict[Any, list[Person]] = {}
    rows = Person.objects.on_roster().filter(pk__in=owed, household__isnull=False, entrusted_to=None)
    for row in rows.exclude(assignee=None).exclude(visits__visited_on=day).select_related("assignee"):
        homes.setdefault((row.household_id, row.assignee_id), []).append(row)
    return next((sorted(home, key=lambda row: row.pk) for home in homes.values() if len(home) > 1), [])


def _body(past: Past, person: Person, first: Person, day: date) -> dict[str, Any]:
    """The first was met; for the others the family spoke, where that counts."""
    spoken = person.pk != first.pk and "proxy" in accepted_meetings(person.pk, day)
    body: dict[str, Any] = {
        "visited_on": day, "part_of_day": "pm", "mode": "home", "met": "proxy" if spoken else "self",
        "values": past._values(person, day, "home"), "phrases": ["stove", "fraud"], "remark": "一家人都在，说了用电。",
        "notes": {},
    }  # fmt: skip
    past._extras(body, person, day, "home")
    return body
