"""Two rounds of the demo's first county: a storm that is over, and a cold wave (or a storm) that runs today."""

import uuid
from datetime import date, timedelta
from typing import Any

from visits.management.demo.history import Past, at_evening, on_duty
from visits.management.demo.staff import Staff
from visits.records.models import Visit
from visits.records.services import attempt, submit
from visits.roster.models import Person
from visits.schedule.models import DueItem, Round
from visits.schedule.rounds import services
from visits.schedule.rounds.kinds import USUAL, due_of, name_of
from visits.schedule.rounds.services import Plan

OVER = 20  # days ago
WINTER_MONTHS = (11, 12, 1, 2, 3)
# The blocks as they are when all is well.
WELL = {
    "flood": {"code": "flood", "answers": {"leak": 0, "refuge_told": 0}},
    "winter": {"code": "winter", "answers": {"warmth": 0, "heating": [20]}},
}


def play(staff: Staff, past: Past, today: date) -> None:
    """The county sends both; most of the first were reached, some of the second."""
    over = _send(staff, "typhoon", today - timedelta(days=OVER))
    _reach(staff, past, over, over.starts_on, share=0.9)
    kind = "cold" if today.month in WINTER_MONTHS else "rain"
    runs = _send(staff, kind, today - timedelta(days=1), due_on=today + timedelta(days=1))
    _reach(staff, past, runs, today - timedelta(days=1), share=0.3)
    _reach(staff, past, runs, today, share=0.25)


def _send(staff: Staff, kind: str, day: date, due_on: date | None = None) -> Round:
    county = staff.villages[0].region.county_id
    officer = on_duty(staff.officers[county], day)
    usual = USUAL[kind]
    plan = Plan(
        kind=kind, name=name_of(Round.Kind(kind).label, day), starts_on=day, due_on=due_on or due_of(kind, day),
        modes=("home", "phone", "video"), block=usual.block, who=usual.who, groups=("tekun",), questions=usual.questions,
        say=usual.say,
    )  # fmt: skip
    made, _ = services.make(key=uuid.uuid4(), plan=plan, unit_id=county, by=officer, at=at_evening(day))
    return made


def _reach(staff: Staff, past: Past, row: Round, day: date, *, share: float) -> None:
    """Some of whoever is open are met or rung on that day, some in vain."""
    township = staff.villages[0].region.township_id
    items = DueItem.objects.filter(round=row, done_on=None, stored="", township_id=township).order_by("pk")
    for person in Person.objects.filter(pk__in=items.values("person_id"), assignee__isnull=False).order_by(
        "pk"
    ):
        luck = past.dice.random()
        if Visit.objects.filter(person=person, visited_on=day).exists():
            continue
        if luck < share:
            _visit(past, row, person, day)
        elif luck < share + 0.1:
            _try(past, person, day, "refused" if luck < share + 0.02 else "not_home")


def _visit(past: Past, row: Round, person: Person, day: date) -> None:
    mode = "phone" if past.dice.random() < 0.4 else "home"
    body: dict[str, Any] = {
        "visited_on": day, "part_of_day": "am", "mode": mode, "met": "self", "notes": {}, "phrases": ["stove"],
        "values": past._values(person, day, mode), "remark": "",
        "rounds": {str(row.uuid): [0] if past.dice.random() < 0.12 else []},
    }  # fmt: skip
    past._extras(body, person, day, mode)
    if row.block and (body.get("season") or {}).get("code") != row.block:
        body["more_seasons" if body.get("season") else "season"] = (
            [WELL[row.block]] if body.get("season") else WELL[row.block]
        )
    assert person.assignee is not None
    by = on_duty(person.assignee, day)
    submit(person_id=person.pk, by=by, at=at_evening(day), key=uuid.uuid4(), body=body)


def _try(past: Past, person: Person, day: date, outcome: str) -> None:
    body = {
        "tried_on": day, "part_of_day": "am", "mode": "home", "outcome": outcome,
        "note": "说自己好好的，不用来" if outcome == "refused" else "", "next_on": day + timedelta(days=1),
    }  # fmt: skip
    assert person.assignee is not None
    by = on_duty(person.assignee, day)
    attempt(person_id=person.pk, by=by, at=at_evening(day), key=uuid.uuid4(), body=body)
