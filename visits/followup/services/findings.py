"""问题台账, from the office's and the visitor's side: what is done about it, by whom, until when; and 销号."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.roles import COUNTY, TOWNSHIP
from visits.followup import pictures
from visits.followup.models import Finding, FindingStep
from visits.followup.services.noting import recompute
from visits.records.services.common import may_go, may_write
from visits.roster.models import Person
from visits.roster.services.common import CannotChange

Kind, State = FindingStep.Kind, Finding.State
MOST = 200


def may_handle(person: Person, by: User) -> bool:
    """Who says what is done about a finding and that it is done: whoever visits the person, and the offices."""
    return may_write(person, by) or by.duty.role_for(person, TOWNSHIP | COUNTY) is not None  # type: ignore[attr-defined]


def _lock(finding_ids: Collection[int], by: User) -> list[Finding]:
    """Open findings that this user may handle, locked. Raises `CannotChange`."""
    ids = Finding.objects.visible_to(by).filter(pk__in=finding_ids).values("pk")
    rows = list(
        Finding.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True)
        .select_related("person")
        .order_by("pk")
    )
    if len(rows) != len(set(finding_ids)) or not all(may_handle(row.person, by) for row in rows):
        raise CannotChange("有的问题已经不归您这里管，请刷新后再看")
    if any(row.state != State.OPEN for row in rows):
        raise CannotChange("有的问题刚才已经销号或作废，请刷新后再看")
    return rows


@transaction.atomic
def set_measure(
    *,
    finding_ids: Collection[int],
    measure: str,
    owner_id: int | None,
    owner_words: str,
    due_on: date,
    by: User,
    at: datetime,
    photo: bytes | None = None,
) -> int:
    """Say what is done, by whom (an account, or somebody in words) and until when (inclusive), for one finding or
    for many that are alike. Returns how many. Raises `CannotChange` with the field."""
    today = timezone.localtime(at).date()
    if not finding_ids:
        raise CannotChange("请先在左边勾", "finding")
    if not measure.strip():
        raise CannotChange("请写怎么处理", "measure")
    if owner_id is None and not owner_words.strip():
        raise CannotChange("请写谁来办，选一位或写单位、姓名", "owner_words")
    if due_on < today:
        raise CannotChange("这一天已经过了，请写今天或以后", "due_on")
    rows = _lock(finding_ids, by)
    _check_owner(rows, owner_id, today)
    for row in rows:
        row.owner_id, row.owner_words, row.due_on = owner_id, owner_words.strip(), due_on
        _say(row, measure.strip(), by, at, photo=photo)
        recompute(row)
    audit.record_many("finding_measured", rows, at=at, by_id=by.pk, due_on=due_on.isoformat())
    return len(rows)


def _say(row: Finding, measure: str, by: User, at: datetime, photo: bytes | None = None) -> None:
    FindingStep.objects.create(
        finding=row,
        kind=Kind.MEASURE,
        on=timezone.localtime(at).date(),
        words=measure,
        photo=pictures.keep(photo, row.person, by, at) if photo else None,
        by=by,
        at=at,
    )


def _check_owner(rows: Collection[Finding], owner_id: int | None, today: date) -> None:
    """The account must be one that may go to everybody who is meant, or have the matter already."""
    if owner_id is None:
        return
    places = {(row.person.village_id, row.person.entrusted_to_id): row.person for row in rows}
    for person in places.values():
        if owner_id not in {user.pk for user in may_go(person, today)}:
            raise CannotChange("这位同志在其中有的村没有任职，请另选，或写姓名", "owner")


@transaction.atomic
def close(
    *,
    finding_id: int,
    note: str,
    by: User,
    at: datetime,
    on: date | None = None,
    measure: str = "",
    photo: bytes | None = None,
) -> Finding:
    """销号: it is mended, in a sentence how. Refused without a measure (四(二)-3): one may be given in the same go.
    `on`: the day of mending, today by default. Raises `CannotChange` with the field."""
    row = _lock([finding_id], by)[0]
    today = timezone.localtime(at).date()
    on = on or today
    if not (row.measure or measure.strip()):
        raise CannotChange("还没有写怎么处理的，先写一句再销号", "measure")
    if not note.strip():
        raise CannotChange("请写一句怎么办好的", "note")
    if on > today:
        raise CannotChange("日期晚于今天，请核对", "on")
    if on < row.last_seen_on:
        raise CannotChange(f"{row.last_seen_on.month}月{row.last_seen_on.day}日还看到没好，请核对日期", "on")
    if measure.strip() and measure.strip() != row.measure:
        _say(row, measure.strip(), by, at)
    FindingStep.objects.create(
        finding=row,
        kind=Kind.CLOSED,
        on=on,
        words=note.strip(),
        photo=pictures.keep(photo, row.person, by, at) if photo else None,
        by=by,
        at=at,
    )
    recompute(row)
    audit.record("finding_closed", at=at, by_id=by.pk, target=row)
    return row
