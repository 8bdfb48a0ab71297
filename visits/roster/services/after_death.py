"""A visit dated after a death: the visitor says that it was so, and the township explains it first (practice P8)."""

from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from visits.roster.models import Person, Review
from visits.roster.services.departures import LOOK_WITHIN, UNDONE, open_departure


def ask_about_visit(*, person: Person, visit_id: int, visited_on: date, met: str, at: datetime) -> None:
    """待核 for the township, in the transaction that records the visit. `met`: whom it says was met, in words."""
    departure = open_departure(person)
    assert person.left_on is not None
    Review.objects.create(
        person=person,
        kind=Review.Kind.SEEN_AFTER_DEATH,
        ref=f"{departure.pk if departure else ''}v{visit_id}",
        due_on=timezone.localtime(at).date() + LOOK_WITHIN,
        opened_at=at,
        detail={"left_on": person.left_on.isoformat(), "seen_on": visited_on.isoformat(), "met": met},
    )


def visit_taken_back(*, person_id: int, visit_id: int, by: User, at: datetime) -> None:
    """The visit was voided: nothing is left to explain."""
    asked = Review.objects.waiting().filter(
        Q(ref=f"v{visit_id}") | Q(ref__regex=rf"^\d+v{visit_id}$"),
        person_id=person_id,
        kind=Review.Kind.SEEN_AFTER_DEATH,
    )
    asked.update(outcome=UNDONE, settled_at=at, settled_by=by)
