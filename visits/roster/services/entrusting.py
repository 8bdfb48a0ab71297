"""委托探访: the township where somebody lives visits them for the one where they are registered (四(一)-3, 1-E E5).

Duty and figures stay where the person is registered. Propose → the other side accepts and names a visitor, or
declines with a reason; silence to the end of the third working day falls back.
"""

from datetime import date, datetime

from django.db import transaction

from accounts.models import Region, User
from visits.roster.entrusting import LONGEST
from visits.roster.models import Person, Transition
from visits.roster.services import replies
from visits.roster.services.common import CannotChange, tell
from visits.roster.services.transitions import (
    answer_by,
    check_target,
    check_visitor,
    close,
    fall,
    give_back,
    letter_number,
    lock_both,
    lock_to_propose,
    mirror,
    need,
    record,
    side_of,
)

State, Kind = Transition.State, Transition.Kind


@transaction.atomic
def entrust(
    *,
    person_id: int,
    to_township_id: int | None,
    to_outside: str,
    address: str,
    phone: str,
    reason: str,
    asks: str,
    ends_on: date,
    by: User,
    at: datetime,
) -> Transition:
    """Ask another township to visit somebody to the end of that day. Outside the city the letter goes on paper.
    Raises `CannotChange`."""
    person = lock_to_propose(person_id, by, at)
    today: date = by.duty.on  # type: ignore[attr-defined]
    target = check_target(person, to_township_id, to_outside)
    if not address:
        raise CannotChange("请填现住址，对方要找得到人", "address")
    if not (phone or person.phone):
        raise CannotChange("请填那边的电话，档案上也没有电话", "phone")
    if ends_on < today:
        raise CannotChange("结束日期已经过了，请核对", "ends_on")
    if ends_on > today + LONGEST:
        raise CannotChange("一次最长委托一年，到期可以再委托", "ends_on")
    own = Region.objects.get(pk=person.township_id)
    made = Transition.objects.create(
        number=letter_number(Kind.ENTRUST, own, today.year), kind=Kind.ENTRUST, person=person,
        from_county_id=person.county_id, from_township=own, to_county_id=target.county_id if target else None,
        to_township=target, to_outside=to_outside, address=address, phone=phone or person.phone, reason=reason,
        asks=asks, starts_on=today, ends_on=ends_on, proposed_by=by, proposed_at=at,
        answer_by=answer_by(Kind.ENTRUST, today, outside=target is None),
    )  # fmt: skip
    record("transition_proposed", made, by, at)
    return made


@transaction.atomic
def accept(
    *, transition_id: int, visitor_id: int | None, answer: str = "", by: User, at: datetime
) -> Transition:
    """The other side takes it on and names who goes. Raises `CannotChange`."""
    person, row = lock_both(transition_id, by)
    need(row, by, "to", State.PROPOSED)
    _still_there(row, person)
    visitor = check_visitor(row.to_township_id or 0, visitor_id, by.duty.on)  # type: ignore[attr-defined]
    row.state, row.answer, row.answered_by, row.answered_at = State.ACCEPTED, answer, by, at
    row.assignee_before_id = person.assignee_id
    row.save(update_fields=["state", "answer", "answered_by", "answered_at", "assignee_before"])
    person.entrusted_to_id, person.assignee_id = row.to_township_id, visitor.pk
    person.version += 1
    person.save(update_fields=["entrusted_to", "assignee", "version"])
    mirror(row, person, at)
    record("transition_accepted", row, by, at)
    tell([person.pk])
    return row


def _still_there(row: Transition, person: Person) -> None:
    if row.kind != Kind.ENTRUST:
        raise CannotChange("这一份是移交，请在移交里接收")
    if person.status != Person.Status.LIVE or person.merged_into_id is not None:
        raise CannotChange("这个人已经不在册，委托不用办了")


@transaction.atomic
def change_visitor(*, transition_id: int, visitor_id: int | None, by: User, at: datetime) -> Transition:
    """The other side sends somebody else from now on. Raises `CannotChange`."""
    person, row = lock_both(transition_id, by)
    need(row, by, "to", State.ACCEPTED)
    visitor = check_visitor(row.to_township_id or 0, visitor_id, by.duty.on)  # type: ignore[attr-defined]
    person.assignee_id = visitor.pk
    person.version += 1
    person.save(update_fields=["assignee", "version"])
    mirror(row, person, at)
    record("transition_visitor", row, by, at, to=visitor.pk)
    tell([person.pk])
    return row


@transaction.atomic
def decline(*, transition_id: int, answer: str, by: User, at: datetime) -> Transition:
    """The other side says no, and why; also to a transfer. Raises `CannotChange`."""
    _, row = lock_both(transition_id, by)
    need(row, by, "to", State.PROPOSED)
    if not answer.strip():
        raise CannotChange("请写明为什么不接受", "answer")
    row.answer, row.answered_by, row.answered_at = answer.strip(), by, at
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    close(row, State.DECLINED, at, by, "")
    record("transition_declined", row, by, at)
    return row


@transaction.atomic
def answer_on_paper(
    *,
    transition_id: int,
    accepted: bool,
    answer: str,
    file: tuple[str, bytes] | None = None,
    by: User,
    at: datetime,
) -> Transition:
    """What came back by post from outside the city, typed by the clerk who asked. Nobody over there signs in: what
    they find is typed here from their letters (代录). `file`: the letter itself, name and bytes of its photograph or
    scan. Raises `CannotChange`."""
    scan = replies.clean(*file) if file is not None else None
    _, row = lock_both(transition_id, by)
    need(row, by, "from", State.PROPOSED)
    if row.to_township_id is not None:
        raise CannotChange("这一份由对方在系统里答复")
    if not answer.strip():
        raise CannotChange("请写对方的答复，例如：11月30日复函，由社区张华上门", "answer")
    row.answer, row.answered_by, row.answered_at = answer.strip(), by, at
    if accepted:
        row.state = State.ACCEPTED
    row.save(update_fields=["answer", "answered_by", "answered_at", "state"])
    if not accepted:
        close(row, State.DECLINED, at, by, "")
    if scan is not None:
        replies.keep(row, scan, "复函", by, at)
    record("transition_accepted" if accepted else "transition_declined", row, by, at)
    return row


@transaction.atomic
def withdraw(*, transition_id: int, reason: str, by: User, at: datetime) -> Transition:
    """The side that asked takes it back before there is an answer; also a transfer. Raises `CannotChange`."""
    _, row = lock_both(transition_id, by)
    need(row, by, "from", State.PROPOSED)
    close(row, State.WITHDRAWN, at, by, reason)
    record("transition_withdrawn", row, by, at)
    return row


@transaction.atomic
def end(*, transition_id: int, reason: str, by: User, at: datetime) -> Transition:
    """Either side ends it before its day: the person is back, or can't be visited there. Raises `CannotChange`."""
    person, row = lock_both(transition_id, by)
    need(row, by, side_of(row, by) or "from", State.ACCEPTED)
    if not reason.strip():
        raise CannotChange("请写明为什么结束，例如：人回来了", "reason")
    close(row, State.ENDED, at, by, reason.strip())
    record("transition_ended", row, by, at)
    give_back(row, person, at)
    return row


@transaction.atomic
def expire(*, on: date, at: datetime) -> int:
    """Bring rows whose day is over to where they stand already for everybody who looks. Safe to run twice, late,
    and twice at once. Returns how many."""
    done = 0
    for pk, person_id in list(Transition.objects.open().order_by("pk").values_list("pk", "person_id")):
        with transaction.atomic():
            person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
            row = Transition.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
            if row.state in Transition.OPEN:
                done += fall(row, person, on, at)
    return done
