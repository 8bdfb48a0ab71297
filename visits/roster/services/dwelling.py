"""房屋情况 (practice P13, 四(二)-4): noted once, confirmed on a visit, put right when it changed.

The person's row is the unit of change: facts that change take its lock and its next version; a look that finds
everything as it was takes neither from whoever has the file open."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import WRITES_VISITS
from visits.roster.models import Dwelling, Person
from visits.roster.services.common import CannotChange, Conflict, lock_visible


@dataclass(frozen=True)
class Facts:
    """`risks`: codes of `Dwelling.Risk`, empty when somebody looked and there is none. `helper`, `refuge` "": not
    known. `helper_phone`: digits."""

    risks: tuple[str, ...]
    helper: str = ""
    helper_phone: str = ""
    refuge: str = ""

    @classmethod
    def of(cls, row: Dwelling) -> "Facts":
        return cls(tuple(row.risks), row.helper, row.helper_phone, row.refuge)


@transaction.atomic
def note_dwelling(
    *, person_id: int, facts: Facts, on: date, by: User, at: datetime, version: int | None = None
) -> Dwelling:
    """Write what was seen on the day `on`. Who typed an older look later changes nothing that was seen since.
    `version`: of the file when the page was opened (None: not asked). Raises `Conflict`, `CannotChange`."""
    person = _lock(person_id, by)
    if version is not None and person.version != version:
        raise Conflict(person)
    _check(person, facts, on, by)
    row = Dwelling.objects.filter(person=person).first()
    if row is not None and row.confirmed_on > on:
        return row
    before = Facts.of(row) if row is not None else None
    values = {
        "risks": ordered(facts.risks),
        "helper": facts.helper,
        "helper_phone": facts.helper_phone,
        "refuge": facts.refuge,
        "confirmed_on": on,
        "confirmed_by": by,
    }
    row, _ = Dwelling.objects.update_or_create(person=person, defaults=values)
    if before != Facts.of(row):
        person.version += 1
        person.save(update_fields=["version"])
        role = by.duty.role_for(person, WRITES_VISITS) or ""  # type: ignore[attr-defined]
        audit.record("dwelling_noted", at=at, by_id=by.pk, role=role, target=person, risks=len(row.risks))
    return row


@transaction.atomic
def confirm_dwelling(*, person_id: int, on: date, by: User, at: datetime) -> Dwelling:
    """“房屋情况无变化”: looked at on that day. Raises `CannotChange` when nobody has written anything yet."""
    person = _lock(person_id, by)
    row = Dwelling.objects.filter(person=person).first()
    if row is None:
        raise CannotChange("房屋情况还没有人看过，请点出来", "dwelling_risks")
    if row.confirmed_on < on:
        row.confirmed_on, row.confirmed_by = on, by
        row.save(update_fields=["confirmed_on", "confirmed_by"])
    return row


def ordered(risks: Collection[str]) -> list[str]:
    """Risks in the order of the form, each once."""
    return [code for code in Dwelling.Risk.values if code in risks]


def _lock(person_id: int, by: User) -> Person:
    if not by.duty.has(WRITES_VISITS):  # type: ignore[attr-defined]
        raise CannotChange("房屋情况由巡访人和民政办登记")
    return lock_visible(person_id, by)


def _check(person: Person, facts: Facts, on: date, by: User) -> None:
    if unknown := set(facts.risks) - set(Dwelling.Risk.values):
        raise CannotChange(f"没有这一项：{'、'.join(sorted(unknown))}", "risks")
    if on > by.duty.on:  # type: ignore[attr-defined]
        raise CannotChange("看房屋的日期晚于今天，请核对", "confirmed_on")
    if facts.helper_phone and not facts.helper:
        raise CannotChange("写了电话，也请写上转移责任人是谁", "helper")
