"""待核: opened by night and by lists, settled by the clerk with what was done, one or many at once (二-G3)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from visits.roster import membership, reviewing
from visits.roster.models import Comparison, Membership, Person, Review
from visits.roster.outcomes import ABSENCE_AGAIN, CARE_AGAIN, DIE, END, PROLONG, Outcome, answers_of, plan_of
from visits.roster.selectors.labels import readable
from visits.roster.services.absences import prolong_absence
from visits.roster.services.common import CannotChange, lock_own
from visits.roster.services.departures import mark_left
from visits.roster.services.memberships import end_membership, prolong_membership
from visits.roster.services.questions import settle_row

CARE_MONTHS = 12
# What an answer writes in the rooms above, by `Outcome.does`: called with the question, the note, and who answers
# when. They add theirs when they start; what they raise is a `CannotChange`.
answers_above: dict[str, Callable[[Review, str, User, datetime], None]] = {}
# Why somebody leaves a class by an answer: too old for it, or aid that stopped.
_REASONS = {Review.Kind.TURNS_16: "满龄", Review.Kind.TURNS_18: "满龄"}


def open_reviews(*, on: date, at: datetime) -> int:
    """Ask whatever is to be asked on that day. Safe to run twice, late, and twice at once."""
    return reviewing.open_all(on=on, at=at)


@dataclass
class Settled:
    """How many are done; `left`: (name, why) of those that are not."""

    done: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


def settle_reviews(
    *,
    review_ids: Collection[int],
    outcome: str,
    by: User,
    at: datetime,
    note: str = "",
    ends_on: date | None = None,
) -> Settled:
    """The same answer to many questions, each by itself: one that can't be settled says why and stays, the
    others are done. Raises `CannotChange`, before anything is written, when the answer itself is incomplete."""
    asked = Review.objects.visible_to(by).filter(pk__in=review_ids).values_list("kind", "detail")
    for one in answers_of(asked):
        if one.code == outcome:
            _check(one, note, ends_on)
    result = Settled()
    for pk in sorted(set(review_ids)):
        try:
            settle_review(review_id=pk, outcome=outcome, note=note, ends_on=ends_on, by=by, at=at)
        except CannotChange as error:
            name = Review.objects.visible_to(by).filter(pk=pk).values_list("person__name", flat=True).first()
            result.left.append((name or "", str(error)))
        else:
            result.done += 1
    return result


@transaction.atomic
def settle_review(
    *,
    review_id: int,
    outcome: str,
    by: User,
    at: datetime,
    note: str = "",
    ends_on: date | None = None,
) -> Review:
    """A question is answered, and what the answer says is written. Raises `CannotChange`."""
    found = Review.objects.filter(pk=review_id).first()
    if found is None:
        raise CannotChange("没有这件待核，请刷新后再看")
    person = lock_own(found.person_id, by)
    row = Review.objects.select_for_update(of=("self",), no_key=True).get(pk=review_id)
    if row.settled_at is not None:
        raise CannotChange("这件已经核过了，请刷新后再看")
    chosen = next((one for one in plan_of(row.kind, row.detail).outcomes if one.code == outcome), None)
    if chosen is None:
        raise CannotChange("这件事不能这样核，请点进去办", "outcome")
    _check(chosen, note, ends_on)
    if chosen.does == PROLONG:
        _prolong(row, by, at)
    elif chosen.does == CARE_AGAIN:
        _care_again(person, by)
    elif chosen.does == DIE:
        _mark_dead(person, row, by, at)
    elif chosen.does == END and ends_on is not None:
        _end(row, ends_on, by, at)
    elif chosen.does == ABSENCE_AGAIN:
        prolong_absence(absence_id=row.detail.get("absence", 0), today=by.duty.on)  # type: ignore[attr-defined]
    elif chosen.does in answers_above:
        answers_above[chosen.does](row, note.strip(), by, at)
    settle_row(row, outcome, note.strip(), by, at)
    return row


def _check(chosen: Outcome, note: str, ends_on: date | None) -> None:
    if chosen.note and not note.strip():
        raise CannotChange("请写一句说明", "note")
    if chosen.does == END and ends_on is None:
        raise CannotChange("请填最后一天", "ends_on")


def _prolong(row: Review, by: User, at: datetime) -> None:
    own = Membership.objects.filter(pk=row.detail.get("membership"), person_id=row.person_id)
    found = own.filter(readable(by)).first()
    if found is None:
        raise CannotChange("这一类已经不在了，请选另一个结果")
    later = membership.add_months(by.duty.on, membership.REVIEW_MONTHS)  # type: ignore[attr-defined]
    prolong_membership(membership_id=found.pk, review_on=later, by=by, at=at)


def _care_again(person: Person, by: User) -> None:
    person.refresh_from_db()
    person.care_review_on = membership.add_months(by.duty.on, CARE_MONTHS)  # type: ignore[attr-defined]
    person.version += 1
    person.save(update_fields=["care_review_on", "version"])


def _mark_dead(person: Person, row: Review, by: User, at: datetime) -> None:
    """As the list says. The clerk has seen beside it which visit came later: the township explains it next."""
    if person.status == Person.Status.DEAD:
        return
    source = Comparison.objects.filter(pk=int(row.ref)).first() if row.ref.isdecimal() else None
    words = f"{source.month.year}年{source.month.month}月死亡名单" if source else "死亡名单"
    mark_left(
        person_id=person.pk,
        status=Person.Status.DEAD,
        on=date.fromisoformat(row.detail["on"]),
        approximate=bool(row.detail.get("approximate")),
        reason=f"{words}（{source.source}）" if source and source.source else words,
        confirmed=["seen"],
        by=by,
        at=at,
    )


def _end(row: Review, ends_on: date, by: User, at: datetime) -> None:
    """The class that the question is about ends on that day. One that is over by now needs no end."""
    rows = Membership.objects.filter(person_id=row.person_id, ends_on=None, voided_at=None)
    if "membership" in row.detail:
        rows = rows.filter(pk=row.detail["membership"])
    else:
        rows = rows.filter(group_id=row.detail.get("group"))
    found = rows.first()
    if found is not None:
        reason = _REASONS.get(Review.Kind(row.kind), "停发")
        end_membership(membership_id=found.pk, ends_on=ends_on, reason=reason, by=by, at=at)
