"""移交: a file goes to another township for good, when both sides agree (1-E E4).

In one transaction the person's units change and all that is open follows them; what is closed keeps the units it
was made under (decisions 6). Outside the city nobody takes the file: the person is noted as 迁出, with a letter.
"""

from datetime import date, datetime

from django.db import transaction
from guardian.shortcuts import remove_perm

from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import WRITES_VISITS
from visits.roster.models import Grant, Person, Transition
from visits.roster.services.common import CannotChange, tell
from visits.roster.services.departures import mark_left
from visits.roster.services.sharing import PERMISSION
from visits.roster.services.transitions import (
    answer_by,
    check_target,
    close,
    letter_number,
    lock_both,
    lock_to_propose,
    need,
    record,
    visitor_of_place,
)

State, Kind = Transition.State, Transition.Kind
# What was said about the way to the old door is wrong at the new one.
OF_THE_PLACE = ("hamlet", "find_me", "residence")


@transaction.atomic
def transfer(
    *,
    person_id: int,
    to_township_id: int | None,
    to_outside: str,
    address: str,
    phone: str,
    reason: str,
    by: User,
    at: datetime,
) -> Transition:
    """Offer the file to another township; outside the city note that the person moved away, with a letter. Raises
    `CannotChange`."""
    person = lock_to_propose(person_id, by, at)
    today: date = by.duty.on  # type: ignore[attr-defined]
    target = check_target(person, to_township_id, to_outside)
    if not address:
        raise CannotChange("请填迁到哪里，对方要找得到人", "address")
    own = Region.objects.get(pk=person.township_id)
    made = Transition(
        number=letter_number(Kind.TRANSFER, own, today.year), kind=Kind.TRANSFER, person=person,
        from_county_id=person.county_id, from_township=own, to_county_id=target.county_id if target else None,
        to_township=target, to_outside=to_outside, address=address, phone=phone or person.phone, reason=reason,
        starts_on=today, proposed_by=by, proposed_at=at,
        answer_by=answer_by(Kind.TRANSFER, today, outside=target is None),
    )  # fmt: skip
    if target is None:
        made.state, made.closed_at, made.closed_by, made.close_reason = (
            State.DONE,
            at,
            by,
            "迁到外市，函告对方",
        )
    made.save()
    record("transition_proposed", made, by, at)
    if target is None:
        mark_left(
            person_id=person.pk, status=Person.Status.DEPARTED, on=today, by=by, at=at,
            reason=f"迁到{to_outside}，{made.number}"[:100],
        )  # fmt: skip
    return made


@transaction.atomic
def accept_transfer(
    *,
    transition_id: int,
    village_id: int | None,
    hamlet: str = "",
    visitor_id: int | None = None,
    answer: str = "",
    by: User,
    at: datetime,
) -> Transition:
    """Take the file into a village of one's own, with everything that is open. Without a named visitor the one of
    the place is taken, else nobody yet. Raises `CannotChange`."""
    person, row = lock_both(transition_id, by)
    need(row, by, "to", State.PROPOSED)
    if row.kind != Kind.TRANSFER:
        raise CannotChange("这一份是委托，请在委托里答复")
    if person.status != Person.Status.LIVE or person.merged_into_id is not None:
        raise CannotChange("这个人已经不在册，移交不用办了")
    today: date = by.duty.on  # type: ignore[attr-defined]
    village = _village(row, village_id, today)
    visitor = _visitor(row, village, hamlet, visitor_id, today)
    row.to_village, row.answer, row.answered_by, row.answered_at = village, answer, by, at
    row.assignee_before_id = person.assignee_id
    row.save(update_fields=["to_village", "answer", "answered_by", "answered_at", "assignee_before"])
    close(row, State.DONE, at, by, "")
    _move(person, row, village, hamlet, visitor)
    for grant in Grant.objects.filter(person=person, ended_at=None).select_related("to"):
        Grant.objects.filter(pk=grant.pk).update(ended_at=at)
        remove_perm(PERMISSION, grant.to, person)
    record("transition_done", row, by, at)
    tell([person.pk])
    return row


def _village(row: Transition, village_id: int | None, today: date) -> Region:
    found = Region.objects.live(today).filter(
        pk=village_id, level=Level.VILLAGE, township_id=row.to_township_id
    )
    village = found.first()
    if village is None:
        raise CannotChange("请选接收到哪个村（居）", "village")
    return village


def _visitor(
    row: Transition, village: Region, hamlet: str, visitor_id: int | None, today: date
) -> int | None:
    if visitor_id is None:
        found = (ask(village.pk, hamlet, today) for ask in visitor_of_place)
        return next((pk for pk in found if pk is not None), None)
    held = Post.objects.live(today).filter(
        user_id=visitor_id, user__is_active=True, role__in=WRITES_VISITS,
        region_id__in=[village.pk, row.to_township_id],
    )  # fmt: skip
    if not held.exists():
        raise CannotChange("这位同志在这个村没有巡访的任职，请重新选，或先不定", "visitor")
    return visitor_id


def _move(person: Person, row: Transition, village: Region, hamlet: str, visitor: int | None) -> None:
    person.county_id, person.township_id = village.county_id or 0, village.township_id or 0
    person.village_id, person.hamlet, person.assignee_id = village.pk, hamlet, visitor
    person.find_me, person.residence, person.residence_region_id = "", row.address, None
    person.phone = row.phone or person.phone
    # A household stands in one village; who moves alone leaves it, and the receiving clerk enters the new one.
    person.household, person.relation = None, ""
    person.corrected = [name for name in person.corrected if name not in OF_THE_PLACE]
    person.version += 1
    person.save()
