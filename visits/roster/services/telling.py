"""Whether the family wants to hear of visits (practice P33): one question, answered at the door."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import WRITES_VISITS, Role
from visits.roster.models import Person
from visits.roster.services.common import CannotChange, lock_visible


@transaction.atomic
def set_family_notice(*, person_id: int, answer: str, by: User, at: datetime) -> Person:
    """Note 愿意 or 不愿意. Whoever visits asks it once; what was answered is the office's to change. Raises
    `CannotChange`."""
    person = lock_visible(person_id, by)
    if person.status != Person.Status.LIVE or person.merged_into_id is not None:
        raise CannotChange("这份档案不再用了，不用再问")
    if answer not in (Person.FamilyNotice.YES, Person.FamilyNotice.NO):
        raise CannotChange("请选愿意或不愿意", "answer")
    if person.family_notice == answer:
        return person
    if person.family_notice != Person.FamilyNotice.UNASKED:
        raise CannotChange("已经问过了，要改请民政办在“告知”里改")
    person.family_notice = answer
    person.version += 1
    person.save(update_fields=["family_notice", "version"])
    role = by.duty.role_for(person, WRITES_VISITS) or Role.VISITOR  # type: ignore[attr-defined]
    audit.record("family_notice_set", at=at, by_id=by.pk, role=role, target=person)
    return person
