"""去世 and 迁出: one action, reversible, at once on every list (practice P8)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from accounts import audit
from accounts.models import User
from accounts.roles import WRITES_VISITS, Role
from visits.roster.models import Departure, MissingRow, Person, Review
from visits.roster.services import keeping
from visits.roster.services.common import CannotChange, NeedsConfirmation, lock_visible, seen_after, tell

LEFT = (Person.Status.DEAD, Person.Status.DEPARTED)
# 1-E E2: what a death asks of the township is looked at within a month.
LOOK_WITHIN = timedelta(days=30)
UNDONE = "undone"


@transaction.atomic
def mark_left(
    *,
    person_id: int,
    status: str,
    on: date,
    by: User,
    at: datetime,
    approximate: bool = False,
    reason: str = "",
    confirmed: Collection[str] = (),
) -> Person:
    """Note that a person died or moved away on that day; whoever visits may do it. `approximate`: the day is
    the last of the month that is meant. The memberships stay as they are; nothing is owed from that day on.

    Raises `NeedsConfirmation` ("seen") when a visit says that the person was met after that day: confirmed, it
    is noted all the same and the township is asked for an explanation. Raises `CannotChange`."""
    person = lock_visible(person_id, by)
    _check(person, status, on, by.duty.on)  # type: ignore[attr-defined]
    seen = _seen_after(person, status, on, confirmed)
    among = keeping.of_departures()
    before = keeping.remember([person.pk], among)
    person.status, person.left_on = status, on
    person.left_approximate, person.left_reason = approximate, reason
    _save("person_left", person, by, at, status=status, on=on.isoformat(), approximate=approximate)
    departure = Departure.objects.create(
        person=person,
        status=status,
        left_on=on,
        approximate=approximate,
        reason=reason,
        by_office=by.duty.role_for(person, {Role.TOWNSHIP_CLERK}) is not None,  # type: ignore[attr-defined]
        made=keeping.difference(before, [person.pk], among),
        noted_by=by,
        noted_at=at,
    )
    _ask_township(departure, person, seen, at)
    return person


def leave_many(
    people: Collection[Person],
    *,
    status: str,
    on: date,
    approximate: bool,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    """`mark_left` for many people of one's own township at once, under the caller's locks. Who was met by a
    visit after the day is not noted in passing. Raises `CannotChange`."""
    for person in people:
        _check(person, status, on, by.duty.on)  # type: ignore[attr-defined]
    ids = [person.pk for person in people]
    seen = visits_after(dict.fromkeys(ids, on)) if status == Person.Status.DEAD else {}
    if seen:
        raise CannotChange(
            f"有{len(seen)}人在这天以后还有巡访写着见到本人，请先不勾他们，打开档案核对日期再登记", "on"
        )
    among = keeping.of_departures()
    before = keeping.remember(ids, among)
    Person.objects.filter(pk__in=ids).update(
        status=status, left_on=on, left_approximate=approximate, left_reason=reason, version=F("version") + 1
    )
    audit.record_many(
        "person_left", people, at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK,
        status=status, on=on.isoformat(), approximate=approximate,
    )  # fmt: skip
    tell(ids)
    made = keeping.differences(before, ids, among)
    departures = Departure.objects.bulk_create(
        [
            Departure(
                person=person, status=status, left_on=on, approximate=approximate, reason=reason,
                by_office=True, made=made[person.pk], noted_by=by, noted_at=at,
            )
            for person in people
        ],
        batch_size=500,
    )  # fmt: skip
    if status == Person.Status.DEAD:
        _ask_families(departures, at)


def _ask_families(departures: Collection[Departure], at: datetime) -> None:
    """待核 for whoever is left in the households of those who died (1-E E2)."""
    homes: dict[int, list[Departure]] = {}
    for departure in departures:
        if departure.person.household_id is not None:
            homes.setdefault(departure.person.household_id, []).append(departure)
    members = Person.objects.on_roster().filter(household_id__in=homes).order_by("pk")
    Review.objects.bulk_create(
        [
            Review(
                person=member, kind=Review.Kind.HOUSEHOLD_DEATH, ref=str(departure.pk),
                due_on=departure.left_on + LOOK_WITHIN, opened_at=at,
                detail={"left_on": departure.left_on.isoformat(), "person": str(departure.person_id)},
            )
            for member in members.defer("id_number", "id_tail")
            for departure in homes[member.household_id or 0]
        ],
        batch_size=500,
    )  # fmt: skip


def _check(person: Person, status: str, on: date, today: date) -> None:
    if status not in LEFT:
        raise CannotChange("请选去世还是迁出", "status")
    if person.merged_into_id is not None:
        raise CannotChange("这份档案已经并到另一份里了，请在那一份上登记")
    if person.left_on is not None:
        raise CannotChange(f"已经登记过{person.get_status_display()}，请刷新后再看")
    if on > today:
        raise CannotChange("日期晚于今天，请核对", "on")
    if on < person.birth_date:
        raise CannotChange("日期早于出生日期，请核对", "on")


def _seen_after(person: Person, status: str, on: date, confirmed: Collection[str]) -> date | None:
    """The latest visit that met the person after the day of their death; None without one. Raises
    `NeedsConfirmation` until somebody said that the day is right."""
    if status != Person.Status.DEAD:
        return None
    day = visits_after({person.pk: on}).get(person.pk)
    if day is not None and "seen" not in confirmed:
        raise NeedsConfirmation(
            {"seen": f"{day.month}月{day.day}日有一次巡访写着见到本人，比去世的日子晚，请核对去世日期"}
        )
    return day


def visits_after(deaths: dict[int, date]) -> dict[int, date]:
    """Person id → day of the latest visit that says the person was met after that day (practice P8)."""
    found: dict[int, date] = {}
    for ask in seen_after:
        found |= ask(deaths)
    return found


def _ask_township(departure: Departure, person: Person, seen: date | None, at: datetime) -> None:
    """待核 for the township: the visit after a death, and the family of who died (1-E E2)."""
    if departure.status != Person.Status.DEAD:
        return
    common = {"ref": str(departure.pk), "due_on": departure.left_on + LOOK_WITHIN, "opened_at": at}
    if seen is not None:
        detail = {"left_on": departure.left_on.isoformat(), "seen_on": seen.isoformat()}
        Review.objects.create(person=person, kind=Review.Kind.SEEN_AFTER_DEATH, detail=detail, **common)
    for member in family_of(person):
        detail = {"left_on": departure.left_on.isoformat(), "person": str(person.pk)}
        Review.objects.create(person=member, kind=Review.Kind.HOUSEHOLD_DEATH, detail=detail, **common)


def family_of(person: Person) -> list[Person]:
    """The others of the household who are on the roster."""
    if person.household_id is None:
        return []
    members = Person.objects.on_roster().filter(household_id=person.household_id)
    return list(members.exclude(pk=person.pk).order_by("pk"))


def open_departure(person: Person) -> Departure | None:
    """How the present departure was noted; None for a person on the roster, and for one of an old list."""
    if person.status not in LEFT:
        return None
    return person.departures.filter(undone_at=None).select_related("noted_by").first()


def may_undo(person: Person, departure: Departure | None, by: User) -> bool:
    """Whoever visits takes back what was noted on the way; what the office noted, the office."""
    if person.status not in LEFT or person.merged_into_id is not None:
        return False
    clerk = by.duty.role_for(person, {Role.TOWNSHIP_CLERK}) is not None  # type: ignore[attr-defined]
    if clerk:
        return True
    return departure is not None and not departure.by_office and by.duty.has(WRITES_VISITS)  # type: ignore[attr-defined]


@transaction.atomic
def undo_left(*, person_id: int, by: User, at: datetime) -> Person:
    """It was a mistake: back on the roster, with exactly what was owed. Raises `CannotChange`."""
    person = lock_visible(person_id, by)
    if person.left_on is None:
        raise CannotChange("这个人在册，不用撤销")
    if person.status == Person.Status.VOIDED:
        raise CannotChange("整份作废的档案由民政办恢复")
    departure = open_departure(person)
    if not may_undo(person, departure, by):
        raise CannotChange("这是民政办登记的，记错了请找民政办经办人撤销")
    was = person.status
    person.status, person.left_on = Person.Status.LIVE, None
    person.left_approximate, person.left_reason = False, ""
    if departure is not None:
        keeping.put_back(departure.made, keeping.of_departures())
        departure.undone_at, departure.undone_by = at, by
        departure.save(update_fields=["undone_at", "undone_by"])
        _take_back_questions(departure, by, at)
    _ask_again(person, was)
    _save("person_left_undone", person, by, at, status=was)
    return person


def _take_back_questions(departure: Departure, by: User, at: datetime) -> None:
    """What the death asked is asked no more; a death list that was believed is a question again."""
    asked = Review.objects.waiting().filter(
        Q(ref=str(departure.pk)) | Q(ref__startswith=f"{departure.pk}v"),
        kind__in=[Review.Kind.SEEN_AFTER_DEATH, Review.Kind.HOUSEHOLD_DEATH],
    )
    asked.update(outcome=UNDONE, settled_at=at, settled_by=by)
    Review.objects.filter(
        person_id=departure.person_id, kind=Review.Kind.DEATH_LIST, outcome="dead",
        settled_at=departure.noted_at,
    ).update(outcome="", note="", settled_at=None, settled_by=None)  # fmt: skip


def _ask_again(person: Person, was: str) -> None:
    """名单上没有了, answered by this death or move: a question again, unless a later list asks already."""
    asked = MissingRow.objects.filter(membership=OuterRef("membership"), settled_at=None)
    MissingRow.objects.filter(
        ~Exists(asked), person=person, outcome=was, membership__ends_on=None, membership__voided_at=None
    ).update(outcome="", settled_at=None, settled_by=None)


@transaction.atomic
def redate_left(
    *, person_id: int, on: date, approximate: bool, reason: str, by: User, at: datetime
) -> Person:
    """Another day of the same death, which the office knows better now. Raises `CannotChange`."""
    person = lock_visible(person_id, by)
    if person.status != Person.Status.DEAD or by.duty.role_for(person, {Role.TOWNSHIP_CLERK}) is None:  # type: ignore[attr-defined]
        raise CannotChange("这个人没有登记去世，或者档案不归您这里管，请刷新后再看")
    why = reason
    undo_left(person_id=person.pk, by=by, at=at)
    return mark_left(
        person_id=person.pk, status=Person.Status.DEAD, on=on, approximate=approximate, reason=why,
        confirmed=["seen"], by=by, at=at,
    )  # fmt: skip


def _save(action: str, person: Person, by: User, at: datetime, **detail: Any) -> None:
    person.version += 1
    person.save(update_fields=["status", "left_on", "left_approximate", "left_reason", "version"])
    role = by.duty.role_for(person, WRITES_VISITS)  # type: ignore[attr-defined]
    audit.record(action, at=at, by_id=by.pk, role=role or "", target=person, **detail)
    tell([person.pk])
