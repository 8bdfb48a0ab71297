"""What every record shares: who may write it, when it may be dated, and how the same press is recognised."""

import hashlib
import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Min, QuerySet
from django.utils import timezone

from accounts.models import Region, User
from accounts.roles import WRITES_VISITS, Role
from visits.records.models import Attempt, OfflineVisit, Visit
from visits.roster.models import Grant, Person
from visits.roster.selectors.reader import Reader, reader_of
from visits.schedule.services import visitors_for
from xunfang.kit.prepared import Prepared

UNASKED = date.min


class CannotVisit(Exception):
    """This can't be recorded; the text is a Chinese sentence that says why and what to do. `field` names the
    place on the form it belongs to ("" for the whole)."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class AfterDeath(CannotVisit):
    """The day lies after the death that the file knows: it must be said that it was so, and the township explains
    it (practice P8)."""


class Conflict(CannotVisit):
    """This press was recorded already, with other words. `stored` is what stands in the file."""

    def __init__(self, text: str, stored: Visit | Attempt) -> None:
        super().__init__(text)
        self.stored = stored


def digest(body: dict[str, Any]) -> bytes:
    """The same for the same content, whatever the order in which it was put together."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).digest()


def already(
    kind: type[Visit] | type[Attempt], key: UUID, person: Person, by: User, fingerprint: bytes
) -> Any:
    """The row that this press made before, or None. Raises Conflict when it came with other words, CannotVisit
    when the key is somebody else's or another person's."""
    stored = kind.objects.filter(key=key).first()
    if stored is None:
        return None
    if stored.person_id != person.pk or stored.recorder_id != by.pk:
        raise CannotVisit("这一页已经用过了，请从名单重新进来再填。")
    if bytes(stored.body_digest) != fingerprint:
        raise Conflict("这一次您已经存过，两次填的不一样。", stored)
    return stored


def _in_sight(reader: Reader, *, person: int) -> "QuerySet[Person]":
    return (
        Person.objects.visible_to(reader)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=person, merged_into=None)
    )


_IN_SIGHT = Prepared[Person](_in_sight)


def lock_person(person_id: int, by: User) -> Person:
    """The person, locked and scoped once more: a move or a new visitor may have come in between."""
    # Who was lent files by name is asked for only where one's own posts don't open this one.
    for reader in (Reader(by.pk, by.duty, ()), None):  # type: ignore[attr-defined]
        reader = reader or reader_of(by)
        person = _IN_SIGHT.first(reader, person=person_id)
        if person is not None and may_write(person, reader):
            return person
    raise CannotVisit("这个人现在不在您的巡访名单里，没有存。请和民政办核对分工。")


def file_of(visit: Visit | OfflineVisit) -> int:
    """The person whose file holds the record now: the one that the file of its day was merged into."""
    return visit.person.merged_into_id or visit.person_id


def may_write(person: Person, by: User | Reader) -> bool:
    """Whether somebody may record about this person: a post that writes visits over their unit, being their
    visitor, or helping by name. A post that only reads elsewhere lends nothing to a visitor's post here."""
    duty = by.duty  # type: ignore[union-attr]
    if not duty.has(WRITES_VISITS):
        return False
    office = duty.role_for(person, WRITES_VISITS - {Role.VISITOR}) is not None
    return office or person.assignee_id == by.pk or person.pk in Grant.open_to(by)


def role_of(by: User, person: Person) -> str:
    """In which role somebody writes about this person: a post that covers the village, else as the visitor."""
    return by.duty.role_for(person, WRITES_VISITS) or Role.VISITOR  # type: ignore[attr-defined]


def check_day(
    person: Person,
    day: date,
    at: datetime,
    field: str,
    *,
    after_death: bool = False,
    joined_on: date | None = UNASKED,
) -> None:
    """Refuse days on which this person could not have been visited. `after_death`: whoever was there says that it
    was so, though the file knows of a death before that day. `joined_on`: the first day in any class (None: in none),
    where that was asked for already."""
    if person.status == Person.Status.VOIDED:
        raise CannotVisit("这份档案建错了，已经整份作废，不能再记。人还在的，请民政办恢复档案或另外建档。")
    today = timezone.localtime(at).date()
    if day > today:
        raise CannotVisit("日期晚于今天，请核对。巡访要去了以后再记。", field)
    if day < person.birth_date:
        raise CannotVisit("日期早于本人出生，请核对。", field)
    if joined_on == UNASKED:
        joined_on = person.memberships.filter(voided_at=None).aggregate(first=Min("starts_on"))["first"]
    filed = timezone.localtime(person.created_at).date()
    if day < min(joined_on or filed, filed):
        raise CannotVisit("那一天还没有列入巡访名单，请核对日期。", field)
    if person.status != Person.Status.LIVE and person.left_on is not None and day > person.left_on:
        _refuse_after_leaving(person, field, after_death)


def _refuse_after_leaving(person: Person, field: str, after_death: bool) -> None:
    left = person.left_on
    assert left is not None
    about = "前后" if person.left_approximate else ""
    said = f"档案上写着{left.month}月{left.day}日{about}已"
    if person.status == Person.Status.DEAD:
        if after_death:
            return
        raise AfterDeath(
            f"{said}去世，您填的是那天以后。日期写错了请改；确实是那天去的，点一下下面再存，由民政办核对。",
            field,
        )
    raise CannotVisit(f"{said}迁出，那天以后不能再记。如果档案写错了，请民政办先改档案。", field)


def may_go(person: Person, day: date) -> list[User]:
    """Who may visit somebody on that day: in their village, and in the township they are entrusted to."""
    units = Region.objects.filter(pk__in=[person.village_id, person.entrusted_to_id]).order_by("-level")
    found = {user.pk: user for unit in units for user in visitors_for(unit, day)}
    return list(found.values())


def visitor_of(person: Person, by: User, visitor_id: int | None, day: date) -> int:
    """Who went. A township clerk types for others (practice P3): whoever could have gone to this village."""
    if visitor_id is None or visitor_id == by.pk:
        return by.pk
    if Role.TOWNSHIP_CLERK not in by.duty.roles:  # type: ignore[attr-defined]
        raise CannotVisit("只有民政办经办人可以替别人录入。", "visitor")
    if visitor_id not in {user.pk for user in may_go(person, day)}:
        raise CannotVisit("这位同志那天在这个村没有任职，请重新选巡访人。", "visitor")
    return visitor_id
