"""Somebody went or rang and did not meet the person: recorded once, with its next step (E6–E10)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from accounts import audit
from accounts.models import User
from visits.records.models import Attempt
from visits.records.outcomes import GONE, GONE_STATUS, OUTCOMES, Outcome
from visits.records.services.common import (
    CannotVisit,
    already,
    check_day,
    digest,
    lock_person,
    role_of,
    visitor_of,
)
from visits.roster.models import Person
from visits.roster.services import CannotChange, NeedsConfirmation, mark_left
from visits.roster.services.absences import ask_about, note_absence, open_of
from visits.schedule.models import DueItem

# Higher rooms append to it in their AppConfig.ready(): called inside the transaction that recorded a try.
after_attempt: list[Callable[[Attempt], None]] = []


@transaction.atomic
def attempt(
    *, person_id: int, by: User, at: datetime, key: UUID, body: dict[str, Any]
) -> tuple[Attempt, bool]:
    """Record a try. Returns it and whether this call made it. Body: tried_on, part_of_day, mode, outcome, note,
    companions, next_on date or None (then by the outcome), visitor_id; of somebody in hospital or away also place,
    phone and back_on; of somebody who died or moved left: {on, approximate, confirmed}. Raises CannotVisit; Conflict
    when the press was recorded with other words; the roster's NeedsConfirmation.

    A stay in hospital, or that somebody is away, stands in the file from that day on; that somebody can't be found or
    is in prison is a question for the clerk. With `left` the name is off every list in the same transaction (practice P8); without it the township is
    told (`selectors.reported_gone`)."""
    person = lock_person(person_id, by)
    fingerprint = digest({key: value for key, value in body.items() if key != "left"} | _day(body))
    stored = already(Attempt, key, person, by, fingerprint)
    if stored is not None:
        return stored, False
    check_day(person, body["tried_on"], at, "on")
    next_on = _next_on(person, body, timezone.localtime(at).date())
    made = Attempt.objects.create(
        person=person,
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
        tried_on=body["tried_on"],
        part_of_day=body.get("part_of_day", ""),
        mode=body["mode"],
        outcome=body["outcome"],
        companions=body.get("companions", ""),
        note=body.get("note", ""),
        next_on=next_on,
        visitor_id=visitor_of(person, by, body.get("visitor_id"), body["tried_on"]),
        recorder=by,
        key=key,
        body_digest=fingerprint,
        submitted_at=at,
    )
    _leave(made, body.get("left"), by, at)
    _note_where(made, body, by, at)
    role = role_of(by, person)
    audit.record(
        "attempt_recorded", at=at, by_id=by.pk, role=role, target=made, outcome=made.outcome, mode=made.mode
    )
    for react in after_attempt:
        react(made)
    return made, True


def _day(body: dict[str, Any]) -> dict[str, Any]:
    """Of the departure only the day tells two presses apart, not whether a warning was ticked meanwhile."""
    left = body.get("left")
    return {"left": [left["on"], left["approximate"]]} if left else {}


def _leave(made: Attempt, left: dict[str, Any] | None, by: User, at: datetime) -> None:
    if left is None or made.outcome not in GONE:
        return
    try:
        mark_left(
            person_id=made.person_id,
            status=GONE_STATUS[made.outcome],
            on=left["on"],
            approximate=left["approximate"],
            reason="；".join(
                filter(None, ("上门时知道的" if made.mode == "home" else "电话里知道的", made.note))
            )[:100],
            confirmed=left.get("confirmed", ()),
            by=by,
            at=at,
        )
    except NeedsConfirmation:
        raise
    except CannotChange as error:
        raise CannotVisit(str(error), {"on": "left_on"}.get(error.field, error.field)) from error


def _note_where(made: Attempt, body: dict[str, Any], by: User, at: datetime) -> None:
    """What the try says about where the person is."""
    facts = OUTCOMES[made.outcome]
    if facts.question:
        ask_about(person=made.person, kind=facts.question, ref=f"try:{made.pk}", on=made.tried_on, at=at)
    if not facts.absence:
        return
    open_ = open_of(made.person)
    if open_ is not None and (open_.suspends or open_.starts_on > made.tried_on):
        return  # the office knows more, or the try was typed late
    try:
        note_absence(
            person_id=made.person_id, kind=facts.absence, starts_on=made.tried_on, place=body.get("place", ""),
            phone=body.get("phone", ""), back_on=body.get("back_on"), by=by, at=at,
        )  # fmt: skip
    except CannotChange as error:
        raise CannotVisit(str(error), {"starts_on": "on"}.get(error.field, error.field)) from error


def _next_on(person: Person, body: dict[str, Any], today: date) -> date | None:
    """The day of the next try: as said, else when the person is back, else by the outcome, but while the visit is not
    late. Refuses a day that is not later than the try."""
    facts: Outcome = OUTCOMES[body["outcome"]]
    if body.get("next_on") is not None and body["next_on"] <= body["tried_on"]:
        raise CannotVisit("下次的日子要晚于这一次。", "next_on")
    if facts.days is None:
        return None
    if body.get("next_on") is not None:
        return body["next_on"]
    back = body.get("back_on") if facts.absence else None
    if back is not None and back > today:
        return back
    last = (
        DueItem.objects.filter(person=person, due_on__gt=today).to_do(today).aggregate(on=Min("due_on"))["on"]
    )
    return min(today + timedelta(days=facts.days), last or date.max)
