"""Somebody is not at home: in hospital, away, in prison or rehabilitation, or can't be found (1-E E8, E10).

Who visits notes a stay in hospital and who is away. What suspends the visits (暂缓) is noted by the clerk, with the
document and the day on which it is looked at again; what a visitor says of it is a question (待核).
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import WRITES_VISITS, Role
from visits.roster import membership
from visits.roster.models import Absence, Person, Review
from visits.roster.services.common import CannotChange, lock_visible, tell
from visits.roster.services.questions import settle_row
from xunfang.kit.prepared import Prepared

Kind = Absence.Kind
CLERK = {Role.TOWNSHIP_CLERK}
# What the township looks into when a visitor says so, within so many days.
LOOK_WITHIN = timedelta(days=3)
LONGEST = timedelta(days=366)
AGAIN_MONTHS = 6
SUSPENDED = "suspended"


_OPEN = Prepared[Absence](
    lambda *, person: (
        Absence.objects.filter(person_id=person, ends_on=None, voided_at=None)
        .select_related("noted_by")
        .order_by("pk")[:1]
    )
)


def open_of(person: Person) -> Absence | None:
    """The absence that is going on; at most one, by constraint."""
    return _OPEN.first(person=person.pk)


def is_clerk(person: Person, by: User) -> bool:
    return by.duty.role_for(person, CLERK) is not None  # type: ignore[attr-defined]


@transaction.atomic
def note_absence(
    *,
    person_id: int,
    kind: str,
    starts_on: date,
    by: User,
    at: datetime,
    place: str = "",
    phone: str = "",
    back_on: date | None = None,
    document_no: str = "",
    review_on: date | None = None,
) -> Absence:
    """Note where somebody is from that day on. The same kind again brings the open row up to date; another kind
    ends it on the day the new one starts. Raises `CannotChange`."""
    person = lock_visible(person_id, by)
    _check(person, kind, starts_on, back_on, by)
    suspends = kind in Absence.SUSPENDING
    if suspends:
        _check_document(person, document_no, review_on, by)
    open_ = Absence.objects.select_for_update(of=("self",), no_key=True).filter(
        person=person, ends_on=None, voided_at=None
    ).first()  # fmt: skip
    if open_ is not None and open_.kind == kind:
        _bring_up_to_date(open_, place, phone, back_on, document_no, review_on)
        _record("absence_changed", person, open_, by, at)
        return open_
    if open_ is not None:
        _end_before(open_, person, starts_on, suspends, by, at)
    made = Absence.objects.create(
        person=person, kind=kind, starts_on=starts_on, back_on=back_on, place=place, phone=phone,
        document_no=document_no if suspends else "", review_on=review_on if suspends else None,
        noted_by=by, noted_at=at,
    )  # fmt: skip
    if suspends:
        told = Review.objects.waiting().filter(person=person, kind=Review.Kind.ABSENT_TOLD)
        for row in told.select_for_update(of=("self",), no_key=True):
            settle_row(row, SUSPENDED, "", by, at)
    _record("absence_noted", person, made, by, at)
    tell([person.pk])
    return made


def _check(person: Person, kind: str, starts_on: date, back_on: date | None, by: User) -> None:
    today = by.duty.on  # type: ignore[attr-defined]
    if kind not in Kind.values:
        raise CannotChange("请选什么情况", "kind")
    if person.status != Person.Status.LIVE or person.merged_into_id is not None:
        raise CannotChange("这个人已经不在册，不用登记")
    if starts_on > today:
        raise CannotChange("日期晚于今天，请核对", "starts_on")
    if starts_on < person.birth_date:
        raise CannotChange("日期早于出生日期，请核对", "starts_on")
    if back_on is not None and back_on < starts_on:
        raise CannotChange("预计回来的日子早于离开的日子，请核对", "back_on")


def _check_document(person: Person, document_no: str, review_on: date | None, by: User) -> None:
    today = by.duty.on  # type: ignore[attr-defined]
    if not is_clerk(person, by):
        raise CannotChange("失联、服刑、强制戒毒要由民政办凭文书登记，您可以在“没见到”里先报", "kind")
    if not document_no:
        raise CannotChange("请填文书号，例如判决书、戒毒决定书、派出所接警单的号", "document_no")
    if review_on is None:
        raise CannotChange("请填哪天再核，到那天会列到“待核”", "review_on")
    if not today < review_on <= today + LONGEST:
        raise CannotChange("再核日期要在今天以后、一年以内", "review_on")


def _bring_up_to_date(
    row: Absence, place: str, phone: str, back_on: date | None, document_no: str, review_on: date | None
) -> None:
    row.place, row.phone, row.back_on = place or row.place, phone or row.phone, back_on or row.back_on
    if row.suspends:
        row.document_no, row.review_on = document_no or row.document_no, review_on or row.review_on
    row.save(update_fields=["place", "phone", "back_on", "document_no", "review_on"])


def _end_before(
    row: Absence, person: Person, starts_on: date, suspends: bool, by: User, at: datetime
) -> None:
    """The row that is open ends where another begins."""
    if row.suspends and not suspends:
        raise CannotChange(f"现在登记的是{row.get_kind_display()}，暂缓巡访。人回来了的，先结束暂缓", "kind")
    row.ends_on, row.ended_by, row.ended_at = max(row.starts_on, starts_on), by, at
    row.save(update_fields=["ends_on", "ended_by", "ended_at"])
    _record("absence_ended", person, row, by, at)


def _own(absence_id: int, by: User) -> tuple[Person, Absence]:
    """Person and row, both locked. Raises `CannotChange`."""
    found = Absence.objects.filter(pk=absence_id, voided_at=None).first()
    if found is None:
        raise CannotChange("没有这条登记，请刷新后再看")
    person = lock_visible(found.person_id, by)
    row = Absence.objects.select_for_update(of=("self",), no_key=True).get(pk=absence_id)
    if row.voided_at is not None:
        raise CannotChange("这条登记已经作废，请刷新后再看")
    return person, row


@transaction.atomic
def end_absence(*, absence_id: int, on: date, by: User, at: datetime) -> Absence:
    """出院, 回来: `on` is the last day away, on which they come home. After a stay in hospital a visit is owed
    within seven days (E8). Raises `CannotChange`."""
    person, row = _own(absence_id, by)
    if row.ends_on is not None:
        raise CannotChange("已经登记过回来了，请刷新后再看")
    if row.suspends and not is_clerk(person, by):
        raise CannotChange("暂缓由民政办登记，也由民政办结束")
    if on > by.duty.on:  # type: ignore[attr-defined]
        raise CannotChange("日期晚于今天，请核对", "on")
    if on < row.starts_on:
        raise CannotChange(f"早于{row.starts_on.month}月{row.starts_on.day}日离开的日子，请核对", "on")
    row.ends_on, row.ended_by, row.ended_at = on, by, at
    row.save(update_fields=["ends_on", "ended_by", "ended_at"])
    waiting = Review.objects.waiting().filter(
        person=person, kind=Review.Kind.ABSENCE_REVIEW, detail__absence=row.pk
    )
    for asked in waiting.select_for_update(of=("self",), no_key=True):
        settle_row(asked, "back", "", by, at)
    _record("absence_ended", person, row, by, at)
    tell([person.pk])
    return row


@transaction.atomic
def reopen_absence(*, absence_id: int, by: User, at: datetime, checked: bool = False) -> Absence:
    """Not home yet after all: still away, and what the end made is taken back. `checked`: the caller has taken back
    the record by which it ended. Raises `CannotChange`."""
    person, row = _own(absence_id, by)
    if not checked:
        _may_correct(person, row, by)
    if row.ends_on is None:
        raise CannotChange("这条登记还没有结束，不用撤销")
    if Absence.objects.filter(person=person, ends_on=None, voided_at=None).exists():
        raise CannotChange("后来又登记了别的情况，先结束那一条")
    row.ends_on, row.ended_by, row.ended_at = None, None, None
    row.save(update_fields=["ends_on", "ended_by", "ended_at"])
    _record("absence_reopened", person, row, by, at)
    tell([person.pk])
    return row


@transaction.atomic
def void_absence(*, absence_id: int, reason: str, by: User, at: datetime) -> Absence:
    """It was a mistake: as if it had never been noted; what it made is taken back. Raises `CannotChange`."""
    person, row = _own(absence_id, by)
    _may_correct(person, row, by)
    if not reason.strip():
        raise CannotChange("请写明哪里记错了", "reason")
    row.voided_at, row.void_reason = at, reason.strip()
    row.save(update_fields=["voided_at", "void_reason"])
    _record("absence_voided", person, row, by, at)
    tell([person.pk])
    return row


def _may_correct(person: Person, row: Absence, by: User) -> None:
    """The clerk; or whoever noted or ended it, unless it suspends."""
    if is_clerk(person, by) or (not row.suspends and by.pk in (row.noted_by_id, row.ended_by_id)):
        return
    raise CannotChange("这一条请民政办经办人来改")


def prolong_absence(*, absence_id: int, today: date) -> None:
    """The situation goes on: looked at again in half a year. Inside the caller's transaction and locks."""
    later = membership.add_months(today, AGAIN_MONTHS)
    if not Absence.objects.filter(pk=absence_id, ends_on=None, voided_at=None).update(review_on=later):
        raise CannotChange("这条暂缓已经结束了，请刷新后再看")


def ask_about(*, person: Person, kind: str, ref: str, on: date, at: datetime) -> Review:
    """A visitor says that somebody can't be found or is in prison: the clerk looks into it (E10). Nothing is
    suspended by it. One question waits at a time for each kind."""
    waiting = Review.objects.waiting().filter(
        person=person, kind=Review.Kind.ABSENT_TOLD, detail__absent=kind
    )
    found = waiting.first()
    if found is not None:
        return found
    return Review.objects.create(
        person=person, kind=Review.Kind.ABSENT_TOLD, ref=ref, due_on=on + LOOK_WITHIN, opened_at=at,
        detail={"absent": kind, "on": on.isoformat()},
    )  # fmt: skip


def _record(action: str, person: Person, row: Absence, by: User, at: datetime, **detail: Any) -> None:
    role = by.duty.role_for(person, WRITES_VISITS)  # type: ignore[attr-defined]
    audit.record(action, at=at, by_id=by.pk, role=role or "", target=person, kind=row.kind, **detail)
