"""名单上没有了, settled: 停发, 去世, 迁出 or 漏导, many in one go, and taken back (practice P6).

Order of locks, as everywhere that many people change at once: township, list, people by id, questions.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster.imports import holding, missing
from visits.roster.models import Listed, Membership, MissingRow, Person, RosterImport
from visits.roster.services.common import CannotChange, tell
from visits.roster.services.departures import leave_many, undo_left
from visits.roster.services.memberships import LATEST_END

Outcome = MissingRow.Outcome
REASON = "名单上没有了"
STOPPED = f"停发（{REASON}）"
CHANGED = "有人刚动过其中的人，请刷新后再看"


@dataclass(frozen=True)
class Answer:
    """What became of them. `last_month`: the month of the last payment (停发); `on`: the day (去世, 迁出),
    `approximate` when it is about that day."""

    outcome: str
    last_month: date | None = None
    on: date | None = None
    approximate: bool = False


@transaction.atomic
def settle(
    *,
    import_id: int,
    row_ids: Collection[int] | None,
    answer: Answer,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> int:
    """Answer for these people, or (`row_ids` None) for all that are open on the list's page, of whom the clerk
    saw `expected`. Returns how many. Raises `CannotChange`."""
    batch = holding.lock(import_id, by)
    rows = missing.open_on(batch).visible_to(by)
    if row_ids is not None:
        rows = rows.filter(pk__in=row_ids)
        expected = len(set(row_ids))
    found = list(rows.order_by("person_id").select_related("membership"))
    if not found:
        raise CannotChange("这些人已经说明过了，请刷新后再看")
    if expected is not None and len(found) != expected:
        raise CannotChange(CHANGED)
    if len(found) > 1 and batch.held:
        raise CannotChange("这份名单少的人太多，请先核对人数，再一起记")
    people = _lock(found)
    _APPLY[answer.outcome](found, people, answer, by, at)
    count = MissingRow.objects.filter(pk__in=[row.pk for row in found], settled_at=None).update(
        outcome=answer.outcome, settled_at=at, settled_by=by
    )
    if count != len(found):
        raise CannotChange(CHANGED)
    _record("missing_settled", batch, by, at, outcome=answer.outcome, people=count)
    if answer.outcome == Outcome.STOPPED:
        tell(people)
    return count


def _lock(rows: Collection[MissingRow]) -> dict[int, Person]:
    """The people under their locks, and the memberships as they are now. Raises `CannotChange`."""
    ids = {row.person_id for row in rows}
    found = Person.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    people = {person.pk: person for person in found.defer("id_number", "id_tail")}
    members = Membership.objects.in_bulk([row.membership_id for row in rows])
    for row in rows:
        person, row.membership = people[row.person_id], members[row.membership_id]
        gone = person.status != Person.Status.LIVE or person.merged_into_id is not None
        if gone or row.membership.ends_on is not None or row.membership.voided_at is not None:
            raise CannotChange(CHANGED)
    return people


def _stop(
    rows: Collection[MissingRow], people: dict[int, Person], answer: Answer, by: User, at: datetime
) -> None:
    """停发: the class ends with the month of the last payment; a second time in it is a second row."""
    if answer.last_month is None:
        raise CannotChange("请选最后发到哪个月", "last_month")
    day = missing.last_day(answer.last_month)
    if day > by.duty.on + LATEST_END:  # type: ignore[attr-defined]
        raise CannotChange("月份太远，请核对年份", "last_month")
    late = sum(1 for row in rows if row.membership.starts_on > day)
    if late:
        raise CannotChange(f"有{late}人是这个月以后才列入的，请把他们分开选", "last_month")
    Membership.objects.filter(pk__in=[row.membership_id for row in rows]).update(
        ends_on=day, end_reason=STOPPED
    )
    _version(people)
    group = next(iter(rows)).membership.group_id
    _log("membership_ended", people, by, at, group=group, ends_on=day.isoformat())


def _leave(
    rows: Collection[MissingRow], people: dict[int, Person], answer: Answer, by: User, at: datetime
) -> None:
    """去世 or 迁出. The memberships stay as they are."""
    if answer.on is None:
        raise CannotChange("请填哪天，大概的也行", "on")
    leave_many(
        list(people.values()), status=answer.outcome, on=answer.on, approximate=answer.approximate,
        reason=REASON, by=by, at=at,
    )  # fmt: skip


def _keep(
    rows: Collection[MissingRow], people: dict[int, Person], answer: Answer, by: User, at: datetime
) -> None:
    """漏导: still in the class; nothing changes."""


_APPLY: dict[str, Callable[..., None]] = {
    Outcome.STOPPED: _stop,
    Outcome.DEAD: _leave,
    Outcome.DEPARTED: _leave,
    Outcome.LEFT_OUT: _keep,
}


@transaction.atomic
def reopen(*, import_id: int, row_ids: Collection[int], by: User, at: datetime) -> int:
    """It was a mistake: as it was before, and asked again. Only what nothing has followed: the person is as it
    was left, not in the class again, not on a later list. Returns how many. Raises `CannotChange`."""
    batch = holding.lock(import_id, by)
    rows = missing.settled_on(batch).visible_to(by).filter(pk__in=row_ids).exclude(outcome=Outcome.BACK)
    found = list(rows.order_by("person_id").select_related("membership"))
    if not found or len(found) != len(set(row_ids)):
        raise CannotChange(CHANGED)
    ids = {row.person_id for row in found}
    locked = Person.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    people = {person.pk: person for person in locked.defer("id_number", "id_tail")}
    members = Membership.objects.in_bulk([row.membership_id for row in found])
    blocked = _followed([row.membership_id for row in found], batch)
    for row in found:
        row.membership = members[row.membership_id]
        if row.membership_id in blocked or not _as_left(row, people[row.person_id]):
            raise CannotChange("有的人后来又有变动，请到他的档案里改")
    _undo(found, people, by, at)
    MissingRow.objects.filter(pk__in=[row.pk for row in found]).update(
        outcome="", settled_at=None, settled_by=None
    )
    _record("missing_reopened", batch, by, at, people=len(found))
    return len(found)


def _followed(membership_ids: Collection[int], batch: RosterImport) -> set[int]:
    """Memberships after which something came: a later row of the group, a later list, another question."""
    rows = Membership.objects.filter(pk__in=membership_ids)
    again = Membership.objects.filter(
        person_id=OuterRef("person_id"), group_id=OuterRef("group_id"), voided_at=None,
        starts_on__gt=OuterRef("starts_on"),
    )  # fmt: skip
    later = Listed.objects.filter(membership=OuterRef("pk"), month__gt=batch.month)
    other = MissingRow.objects.filter(membership=OuterRef("pk"), settled_at=None)
    found = rows.filter(Exists(again)) | rows.filter(Exists(later)) | rows.filter(Exists(other))
    return set(found.values_list("pk", flat=True))


def _as_left(row: MissingRow, person: Person) -> bool:
    """Whether the file is still as the answer left it."""
    if row.membership.voided_at is not None or person.merged_into_id is not None:
        return False
    if row.outcome == Outcome.STOPPED:
        return row.membership.end_reason == STOPPED and person.status == Person.Status.LIVE
    status = Person.Status.LIVE if row.outcome == Outcome.LEFT_OUT else row.outcome
    return row.membership.ends_on is None and person.status == status


def _undo(rows: Collection[MissingRow], people: dict[int, Person], by: User, at: datetime) -> None:
    stopped = [row for row in rows if row.outcome == Outcome.STOPPED]
    Membership.objects.filter(pk__in=[row.membership_id for row in stopped]).update(
        ends_on=None, end_reason=""
    )
    touched = {row.person_id: people[row.person_id] for row in stopped}
    if touched:
        _version(touched)
        _log("membership_reopened", touched, by, at, group=stopped[0].membership.group_id)
        tell(touched)
    for row in rows:
        # At most a page of people; each gets back exactly what was owed.
        if row.outcome in (Outcome.DEAD, Outcome.DEPARTED):
            undo_left(person_id=row.person_id, by=by, at=at)


def _version(people: dict[int, Person]) -> None:
    Person.objects.filter(pk__in=people).update(version=F("version") + 1)


def _log(action: str, people: dict[int, Person], by: User, at: datetime, **detail: Any) -> None:
    audit.record_many(action, people.values(), at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, **detail)


def _record(action: str, batch: RosterImport, by: User, at: datetime, **detail: Any) -> None:
    audit.record(action, at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=batch, **detail)
