"""发现新对象 (practice P19): told by a cadre, opened as a file by the clerk, or answered why not."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import WRITES_VISITS, Role
from visits.roster.models import Discovery, Person
from visits.roster.services.common import CannotChange, clerk_townships
from visits.roster.services.people import add_person

State = Discovery.State
SAID = ("name", "village_id", "where", "why", "age", "phone", "group_id")


class AlreadyTold(CannotChange):
    """This page was sent before with other words: `discovery` is what was told then."""

    def __init__(self, discovery: Discovery) -> None:
        super().__init__("这一页刚才已经报过一次，两次填的不一样。要另报一个人，再按一次就行")
        self.discovery = discovery


def villages_of(by: User, on: date) -> list[Region]:
    """Where somebody may tell of people: the villages of their posts, and those below their township."""
    units: dict[int, set[int]] = by.duty.units(WRITES_VISITS)  # type: ignore[attr-defined]
    rows = Region.objects.live(on).filter(level=Level.VILLAGE)
    own = rows.filter(pk__in=units.get(Level.VILLAGE, set()))
    below = rows.filter(township_id__in=units.get(Level.TOWNSHIP, set()))
    return list((own | below).order_by("position", "pk"))


def tell_of(
    *,
    key: UUID,
    name: str,
    village_id: int,
    where: str,
    why: str,
    by: User,
    at: datetime,
    age: int | None = None,
    phone: str = "",
    group_id: str | None = None,
) -> tuple[Discovery, bool]:
    """Tell of somebody who is on no list. Returns it and whether this call made it: the same press twice gives
    the first one. Raises `AlreadyTold` when it came with other words, `CannotChange`."""
    village = next((v for v in villages_of(by, by.duty.on) if v.pk == village_id), None)  # type: ignore[attr-defined]
    if village is None:
        raise CannotChange("这个村不在您的任职范围里，请从名单里选", "village")
    said = {
        "name": name, "village_id": village_id, "where": where, "why": why, "age": age, "phone": phone,
        "group_id": group_id,
    }  # fmt: skip
    try:
        with transaction.atomic():
            return _tell(key, village, said, by, at), True
    except IntegrityError:
        stored = Discovery.objects.filter(key=key, told_by=by).first()
        if stored is None:
            raise CannotChange("这一页已经用过了，请重新打开再填") from None
        if {field: getattr(stored, field) for field in SAID} != said:
            raise AlreadyTold(stored) from None
        return stored, False


def _tell(key: UUID, village: Region, said: dict[str, Any], by: User, at: datetime) -> Discovery:
    made = Discovery.objects.create(
        key=key,
        county_id=village.county_id,
        township_id=village.township_id,
        told_by=by,
        told_at=at,
        **said,
    )
    role = by.duty.role_for(made, WRITES_VISITS)  # type: ignore[attr-defined]
    audit.record("discovery_told", at=at, by_id=by.pk, role=role or "", target=made)
    return made


@transaction.atomic
def add_discovered(*, discovery_id: int, by: User, at: datetime, **file: Any) -> Person:
    """Open the file of somebody who was told of; `file` as `add_person` takes it, which also raises what this
    raises."""
    found = lock_waiting(discovery_id, by)
    person = add_person(by=by, at=at, **file)
    _settle("discovery_filed", found, by, at, state=State.FILED, person=person)
    return person


@transaction.atomic
def link_discovery(*, discovery_id: int, person_id: int, by: User, at: datetime) -> Discovery:
    """The person has a file already. Raises `CannotChange`."""
    found = lock_waiting(discovery_id, by)
    person = Person.objects.writable_by(by).filter(pk=person_id, merged_into=None).first()
    if person is None:
        raise CannotChange("这份档案不归您这里管，请刷新后再看")
    return _settle("discovery_filed", found, by, at, state=State.FILED, person=person, answer="原来就有档案")


@transaction.atomic
def refuse_discovery(*, discovery_id: int, answer: str, by: User, at: datetime) -> Discovery:
    """No file is needed; whoever told reads why. Raises `CannotChange`."""
    found = lock_waiting(discovery_id, by)
    if not answer.strip():
        raise CannotChange("请写明为什么不用建档", "answer")
    return _settle("discovery_refused", found, by, at, state=State.REFUSED, answer=answer.strip())


def lock_waiting(discovery_id: int, by: User) -> Discovery:
    """A discovery of the clerk's township that waits, locked. Raises `CannotChange`."""
    found = (
        Discovery.objects.filter(pk=discovery_id, township_id__in=clerk_townships(by))
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if found is None:
        raise CannotChange("这一条不归您这里核，请刷新后再看")
    if found.state != State.WAITING:
        raise CannotChange(f"这一条已经核过了：{found.get_state_display()}")
    return found


def _settle(action: str, found: Discovery, by: User, at: datetime, **values: Any) -> Discovery:
    for name, value in values.items():
        setattr(found, name, value)
    found.settled_at, found.settled_by = at, by
    found.save(update_fields=[*values, "settled_at", "settled_by"])
    audit.record(action, at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=found)
    return found
