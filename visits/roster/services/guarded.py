"""What is done to a file with particular care: its full id number is shown, or it is voided as a whole."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import ROLES, Role
from visits.roster.models import DisabilityCertificate, Membership, Person
from visits.roster.services.common import CannotChange, lock_own, lock_visible, tell

SEES_IDS = frozenset(role for role, facts in ROLES.items() if facts.ids)
# Why somebody needs the whole number (decisions 22): a code, so that no name gets into the log.
REASONS = {
    "other_system": "在别的系统里核对或办理",
    "paper": "填表、打印上报材料",
    "match": "核对是不是同一个人",
    "asked": "本人或监护人要求",
}
FILE_VOIDED = "整份档案作废"

# Each says why a file can't be voided ("" if it can): the rooms above append when they start.
before_void: list[Callable[[int], str]] = []


@transaction.atomic
def reveal_id(*, person_id: int, reason: str, by: User, at: datetime) -> str:
    """The full id number, once, for a reason; the log row is written in the same transaction. Raises
    `CannotChange`."""
    person, role = _may_see(person_id, by)
    if person.id_number is None:
        raise CannotChange("这份档案只有临时编号，没有身份证号")
    _seen("id_revealed", person, role, reason, by, at)
    return str(person.id_number)


@transaction.atomic
def reveal_certificate(*, certificate_id: int, reason: str, by: User, at: datetime) -> str:
    """The full number of a valid 残疾证, which holds the id number: the same rule and the same log (decisions
    22). Raises `CannotChange`."""
    row = DisabilityCertificate.objects.filter(pk=certificate_id, voided_at=None).first()
    if row is None:
        raise CannotChange("这本残疾证已经作废了，请刷新后再看")
    person, role = _may_see(row.person_id, by)
    if not row.number:
        raise CannotChange("这本残疾证没有登记号码")
    _seen("certificate_revealed", person, role, reason, by, at, certificate=row.pk)
    return str(row.number)


def _may_see(person_id: int, by: User) -> tuple[Person, Role]:
    person = lock_visible(person_id, by)
    role = by.duty.role_for(person, SEES_IDS)  # type: ignore[attr-defined]
    # SECURITY: a file that is only lent (协办) shows its last four.
    if role is None:
        raise CannotChange("这份档案不归您这里管，看不到完整号码")
    return person, role


def _seen(
    action: str, person: Person, role: Role, reason: str, by: User, at: datetime, **detail: Any
) -> None:
    if reason not in REASONS:
        raise CannotChange("请选为什么要看完整号码", "reason")
    audit.record(action, at=at, by_id=by.pk, role=role, target=person, reason=reason, **detail)


@transaction.atomic
def void_file(*, person_id: int, reason: str, by: User, at: datetime) -> Person:
    """A file that was opened by mistake: it never counted, and stays with the reason. Not when a signed visit
    stands on it. Raises `CannotChange`."""
    person = lock_own(person_id, by)
    if person.left_on is not None:
        raise CannotChange(f"已登记{person.get_status_display()}，请刷新后再看")
    if not reason:
        raise CannotChange("请写明为什么作废", "reason")
    for ask in before_void:
        if why := ask(person.pk):
            raise CannotChange(why)
    person.memberships.filter(voided_at=None).update(voided_at=at, void_reason=FILE_VOIDED)
    person.status, person.left_reason = Person.Status.VOIDED, reason
    person.left_on = by.duty.on  # type: ignore[attr-defined]
    _save("file_voided", person, by, at)
    return person


@transaction.atomic
def undo_void(*, person_id: int, by: User, at: datetime) -> Person:
    """It was no mistake: the file holds again, with the classes it was in. Raises `CannotChange`."""
    person = lock_own(person_id, by)
    if person.status != Person.Status.VOIDED:
        raise CannotChange("这份档案没有作废，不用恢复")
    if person.merged_into_id is not None:
        raise CannotChange("这份档案已经并到另一份，请先撤销并档")
    rows = Membership.objects.filter(person=person, void_reason=FILE_VOIDED)
    rows.update(voided_at=None, void_reason="")
    person.status, person.left_on, person.left_reason = Person.Status.LIVE, None, ""
    _save("file_void_undone", person, by, at)
    return person


def _save(action: str, person: Person, by: User, at: datetime, **detail: Any) -> None:
    person.version += 1
    person.save(update_fields=["status", "left_on", "left_reason", "version"])
    audit.record(action, at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=person, **detail)
    tell([person.pk])
