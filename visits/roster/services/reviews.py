"""待核: opened by night and by lists, settled by the clerk with what was done (二-G3)."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from visits.roster import membership, reviewing
from visits.roster.models import Membership, Review
from visits.roster.outcomes import CARE_AGAIN, PROLONG, plan_of
from visits.roster.selectors.labels import readable
from visits.roster.services.common import CannotChange, lock_own
from visits.roster.services.memberships import prolong_membership
from visits.roster.services.questions import settle_row

CARE_MONTHS = 12


def open_reviews(*, on: date, at: datetime) -> int:
    """Ask whatever is to be asked on that day. Safe to run twice, late, and twice at once."""
    return reviewing.open_all(on=on, at=at)


@transaction.atomic
def settle_review(*, review_id: int, outcome: str, by: User, at: datetime, note: str = "") -> Review:
    """A question is answered by what was done. Raises `CannotChange`."""
    found = Review.objects.filter(pk=review_id).first()
    if found is None:
        raise CannotChange("没有这件待核，请刷新后再看")
    person = lock_own(found.person_id, by)
    row = Review.objects.select_for_update(of=("self",), no_key=True).get(pk=review_id)
    if row.settled_at is not None:
        raise CannotChange("这件已经核过了，请刷新后再看")
    chosen = next((one for one in plan_of(row.kind, row.detail).outcomes if one.code == outcome), None)
    if chosen is None:
        raise CannotChange("请从选项里选核的结果", "outcome")
    today: date = by.duty.on  # type: ignore[attr-defined]
    if chosen.does == PROLONG:
        _prolong(row, today, by, at)
    elif chosen.does == CARE_AGAIN:
        person.refresh_from_db()
        person.care_review_on = membership.add_months(today, CARE_MONTHS)
        person.version += 1
        person.save(update_fields=["care_review_on", "version"])
    settle_row(row, outcome, note, by, at)
    return row


def _prolong(row: Review, today: date, by: User, at: datetime) -> None:
    own = Membership.objects.filter(pk=row.detail.get("membership"), person_id=row.person_id)
    found = own.filter(readable(by)).first()
    if found is None:
        raise CannotChange("这一类已经不在了，请选另一个结果")
    later = membership.add_months(today, membership.REVIEW_MONTHS)
    prolong_membership(membership_id=found.pk, review_on=later, by=by, at=at)
