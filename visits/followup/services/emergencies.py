"""紧急情况 (五(三)-9, J4): told in one line after the calls, acknowledged, told in full within a day, closed.

The system never calls anybody. Nothing but the kind is asked for, and even that has an answer when it is missing."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, VILLAGE, Role
from accounts.scoping import BY_UNIT
from visits.followup.models import POLICE, DutyShift, Emergency
from visits.records.models import Visit
from visits.roster.models import Person
from visits.roster.services.common import CannotChange

DETAILS_WITHIN = timedelta(hours=24)
ADULT = 18
NOT_SAID = "还没写是谁、在哪里"
State = Emergency.State
Hook = Callable[[Emergency, User, datetime], None]

# Called inside the transaction with the emergency as it stands now, who did it, and when (ADR 7). Whoever tells
# people of things appends to them when the application starts.
after_reported: list[Hook] = []
after_acknowledged: list[Hook] = []
after_details: list[Hook] = []
after_closed: list[Hook] = []


class AlreadyReported(CannotChange):
    """This page was sent before with other words: `emergency` is what was told then."""

    def __init__(self, emergency: Emergency) -> None:
        super().__init__("这一页刚才已经记过一次，两次填的不一样。要另记一件，再按一次就行")
        self.emergency = emergency


def _call(hooks: list[Hook], row: Emergency, by: User, at: datetime) -> None:
    for hook in hooks:
        hook(row, by, at)


def report(
    *,
    key: UUID,
    by: User,
    at: datetime,
    person_id: int | None = None,
    visit_id: int | None = None,
    about: str = "",
    unit_id: int | None = None,
    kind: str = "",
    words: str = "",
    called: Sequence[Sequence[str]] = (),
    found_at: datetime | None = None,
) -> tuple[Emergency, bool]:
    """Tell of it. Returns it and whether this call made it: the same press twice gives the first one.

    What is missing never blocks: no kind is 其他, no time is now, a time to come is now. `called`: [number, HH:MM or
    "", words] each. `unit_id`: where it happened, when it is about nobody on the roster; else the user's own unit.
    Raises `AlreadyReported` when the press came with other words, `CannotChange` when the person is out of sight."""
    said: dict[str, Any] = {
        "kind": kind if kind in Emergency.Kind.values else Emergency.Kind.OTHER,
        "words": words.strip(),
        "called": [list(row) for row in called],
    }
    try:
        with transaction.atomic():
            return _report(key, person_id, visit_id, about.strip(), unit_id, found_at, said, by, at), True
    except IntegrityError:
        stored = Emergency.objects.filter(key=key, reported_by=by).first()
        if stored is None:
            raise CannotChange("这一页已经用过了，请重新打开再填") from None
        if any(getattr(stored, name) != value for name, value in said.items()):
            raise AlreadyReported(stored) from None
        return stored, False


def _report(
    key: UUID,
    person_id: int | None,
    visit_id: int | None,
    about: str,
    unit_id: int | None,
    found_at: datetime | None,
    said: dict[str, Any],
    by: User,
    at: datetime,
) -> Emergency:
    person = _person(person_id, by) if person_id is not None else None
    visit = None
    if visit_id is not None and person is not None:
        visit = Visit.objects.of_files([person.pk]).filter(pk=visit_id, voided_at=None).first()
    where: Any = person or _unit(unit_id, by)
    row = Emergency(
        key=key,
        person=person,
        visit=visit,
        about="" if person else about or NOT_SAID,
        county_id=where.county_id,
        township_id=where.township_id,
        village_id=where.village_id,
        found_at=min(found_at or at, at),
        reported_by=by,
        reported_at=at,
        details_due_at=at + DETAILS_WITHIN,
        **said,
    )
    _police_from(visit, row)
    row.save(force_insert=True)
    role = by.duty.role_for(row, BY_UNIT) or ""  # type: ignore[attr-defined]
    audit.record("emergency_reported", at=at, by_id=by.pk, role=role, target=row, kind=row.kind)
    _call(after_reported, row, by, at)
    if on_duty(row, by, at):  # whoever answers the telephone and writes it down has it in hand
        _acknowledge(row, by, at)
    return row


def _person(person_id: int, by: User) -> Person:
    person = Person.objects.visible_to(by).filter(pk=person_id).select_related("merged_into").first()
    if person is None:
        raise CannotChange(
            "没有找到这个人，可能已经不归您管。人在眼前的，请先打电话，再从“紧急”里不选人记一句"
        )
    return person.merged_into or person


def places_of(by: User) -> list[Region]:
    """Where somebody may say that it happened: the villages of their posts and of their townships; for a county
    its townships."""
    units: dict[int, set[int]] = by.duty.units(VILLAGE | TOWNSHIP | COUNTY)  # type: ignore[attr-defined]
    rows = Region.objects.live(by.duty.on)  # type: ignore[attr-defined]
    found = rows.filter(level=Level.VILLAGE, pk__in=units.get(Level.VILLAGE, set()))
    found |= rows.filter(level=Level.VILLAGE, township_id__in=units.get(Level.TOWNSHIP, set()))
    found |= rows.filter(level=Level.TOWNSHIP, county_id__in=units.get(Level.COUNTY, set()))
    return list(found.order_by("position", "pk"))


def _unit(unit_id: int | None, by: User) -> Any:
    """What was chosen if it is one's own, else the unit of the highest post: being wrong here must not block."""
    chosen = next((unit for unit in places_of(by) if unit.pk == unit_id), None) if unit_id else None
    found = chosen or by.duty.main  # type: ignore[attr-defined]
    if found is None or found.county_id is None:
        raise CannotChange("您现在没有任职，记不了。请先打电话")
    return found


def _police_from(visit: Visit | None, row: Emergency) -> None:
    """What the visit's form said of the police is not asked again (1-E E12)."""
    said = ((visit.extra or {}) if visit else {}).get("police") or {}
    if said.get("told") and said.get("words"):
        row.police, row.police_words = "told", said["words"][:200]


# ── who ──────────────────────────────────────────────────────────────────────────────────────────


def on_duty(row: Emergency, by: User, at: datetime) -> bool:
    """Whether somebody answers the telephone of its township or county at this moment."""
    units = [pk for pk in (row.county_id, row.township_id) if pk]
    return DutyShift.objects.of_units(units).live(at).filter(user_id=by.pk).exists()


def may_acknowledge(row: Emergency, by: User, at: datetime) -> bool:
    """Whoever is on duty for its township or county; and the county's officers, so that it never waits for one."""
    return by.duty.role_for(row, COUNTY) is not None or on_duty(row, by, at)  # type: ignore[attr-defined]


def may_detail(row: Emergency, by: User, at: datetime) -> bool:
    """The reporter, the township's clerk and head, whoever may acknowledge."""
    own = row.reported_by_id == by.pk or by.duty.role_for(row, TOWNSHIP) is not None  # type: ignore[attr-defined]
    return own or may_acknowledge(row, by, at)


def may_close(row: Emergency, by: User, at: datetime) -> bool:
    """The township's clerk and head, whoever may acknowledge."""
    return by.duty.role_for(row, TOWNSHIP) is not None or may_acknowledge(row, by, at)  # type: ignore[attr-defined]


def asks_police(row: Emergency) -> bool:
    """Whether it must be said what the police were told (1-E E12): by kind, a minor, or signs that a visit saw."""
    if row.kind in POLICE:
        return True
    if row.visit is not None and (row.visit.extra or {}).get("police"):
        return True
    return row.person is not None and row.person.age(timezone.localtime(row.found_at).date()) < ADULT


def _lock(emergency_id: int, by: User) -> Emergency:
    ids = Emergency.objects.visible_to(by).filter(pk=emergency_id).values("pk")
    row = (
        Emergency.objects.filter(pk__in=ids)
        .select_related("person", "visit")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if row is None:
        raise CannotChange("没有找到这一件，可能已经不归您管")
    if row.state == State.CLOSED:
        raise CannotChange("这一件已经结束了，请刷新后再看")
    return row


def _role(row: Emergency, by: User) -> str:
    found: Role | None = by.duty.role_for(row, BY_UNIT)  # type: ignore[attr-defined]
    return found or ""


# ── what becomes of it ───────────────────────────────────────────────────────────────────────────


@transaction.atomic
def acknowledge(*, emergency_id: int, by: User, at: datetime) -> tuple[Emergency, bool]:
    """Somebody has it in hand. Returns it and whether it was this call: a second press, or a colleague's, changes
    nothing. Raises `CannotChange`."""
    row = _lock(emergency_id, by)
    if row.acknowledged_by_id is not None:
        return row, False
    if not may_acknowledge(row, by, at):
        raise CannotChange("由值班的人或县级经办人接。请直接打值班电话")
    _acknowledge(row, by, at)
    return row, True


def _acknowledge(row: Emergency, by: User, at: datetime) -> None:
    row.state, row.acknowledged_by, row.acknowledged_at = State.ACKNOWLEDGED, by, at
    row.save(update_fields=["state", "acknowledged_by", "acknowledged_at"])
    audit.record("emergency_acknowledged", at=at, by_id=by.pk, role=_role(row, by), target=row)
    _call(after_acknowledged, row, by, at)


@transaction.atomic
def give_details(*, emergency_id: int, details: str, by: User, at: datetime) -> Emergency:
    """What happened, in full: within 24 hours, possible afterwards too; may be said again until it is closed.
    Raises `CannotChange`."""
    row = _lock(emergency_id, by)
    if not may_detail(row, by, at):
        raise CannotChange("由报的人、乡镇民政办或值班的人写")
    if not details.strip():
        raise CannotChange("请写一写经过", "details")
    _detail(row, details.strip(), by, at)
    return row


def _detail(row: Emergency, details: str, by: User, at: datetime) -> None:
    row.details, row.details_by, row.details_at = details, by, at
    row.save(update_fields=["details", "details_by", "details_at"])
    audit.record(
        "emergency_detailed",
        at=at,
        by_id=by.pk,
        role=_role(row, by),
        target=row,
        late=at > row.details_due_at,
    )
    _call(after_details, row, by, at)


@transaction.atomic
def answer_police(*, emergency_id: int, police: str, words: str, by: User, at: datetime) -> Emergency:
    """Whether the police were told: when and under which number, or why it was not needed. Raises `CannotChange`."""
    row = _lock(emergency_id, by)
    if not may_detail(row, by, at):
        raise CannotChange("由报的人、乡镇民政办或值班的人写")
    if police not in ("told", "not_needed"):
        raise CannotChange("请选报警了没有", "police")
    if not words.strip():
        raise CannotChange("报警的写时间、警号，不用报警的写为什么", "police_words")
    row.police, row.police_words = police, words.strip()
    row.save(update_fields=["police", "police_words"])
    audit.record(
        "emergency_police", at=at, by_id=by.pk, role=_role(row, by), target=row, told=police == "told"
    )
    return row


@transaction.atomic
def close(
    *,
    emergency_id: int,
    outcome: str,
    by: User,
    at: datetime,
    false_alarm: bool = False,
    details: str = "",
) -> Emergency:
    """It is over, in a sentence how; a false alarm keeps its record. Closed by somebody who may acknowledge, it counts
    as acknowledged then. Raises `CannotChange` with the field."""
    row = _lock(emergency_id, by)
    if not may_close(row, by, at):
        raise CannotChange("由乡镇民政办、值班的人或县级经办人结束")
    if not outcome.strip():
        raise CannotChange("请写一句结果", "outcome")
    if not false_alarm:
        if row.acknowledged_by_id is None and not may_acknowledge(row, by, at):
            raise CannotChange("值班的还没接。先打值班电话，接了以后再结束")
        if asks_police(row) and not row.police:
            raise CannotChange("先写报警了没有", "police")
        if not row.details and not details.strip():
            raise CannotChange("先写一写经过，再结束", "details")
    if details.strip() and details.strip() != row.details:
        _detail(row, details.strip(), by, at)
    if row.acknowledged_by_id is None and may_acknowledge(row, by, at):
        _acknowledge(row, by, at)
    row.state, row.outcome, row.false_alarm = State.CLOSED, outcome.strip(), false_alarm
    row.closed_by, row.closed_at = by, at
    row.save(update_fields=["state", "outcome", "false_alarm", "closed_by", "closed_at"])
    audit.record(
        "emergency_closed", at=at, by_id=by.pk, role=_role(row, by), target=row, false_alarm=false_alarm
    )
    _call(after_closed, row, by, at)
    return row
