"""A question (待核) gets its answer: by a tap, or because the file says by now what was asked."""

from datetime import datetime

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster import membership
from visits.roster.models import Membership, Person, Review
from visits.roster.services.circumstances import family_of


def settle_row(row: Review, outcome: str, note: str, by: User, at: datetime) -> None:
    """Write the answer on the question and in the log, inside the caller's transaction."""
    row.outcome, row.note, row.settled_at, row.settled_by = outcome, note, at, by
    row.save(update_fields=["outcome", "note", "settled_at", "settled_by"])
    audit.record(
        "review_settled", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=row.person,
        review=row.pk, kind=row.kind, outcome=outcome,
    )  # fmt: skip


def settle_answered(person: Person, *, by: User, at: datetime) -> int:
    """What a list could not say is in the file now: those questions are answered. Inside the caller's
    transaction. Returns how many."""
    waiting = Review.objects.filter(person=person, kind=Review.Kind.GROUP_REVIEW, settled_at=None)
    rows = [row for row in waiting.select_for_update(of=("self",), no_key=True) if row.detail.get("ask")]
    if not rows:
        return 0
    kin = family_of(person)
    ids = [row.detail["membership"] for row in rows]
    events = dict(Membership.objects.filter(pk__in=ids).values_list("pk", "event"))
    done = 0
    for row in rows:
        if membership.answered(row.detail["ask"], kin, events.get(row.detail["membership"], "")):
            settle_row(row, "entered", "", by, at)
            done += 1
    return done
