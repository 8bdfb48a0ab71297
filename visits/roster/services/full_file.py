"""打印全档: everything of one person is taken out, for a reason that is logged; a worker makes it (五(一)-8)."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from visits.roster.services.common import CannotChange, lock_visible
from visits.roster.services.guarded import REASONS, SEES_IDS
from xunfang.kit import jobs
from xunfang.kit.models import Job

KIND = "desk.full_file"


@transaction.atomic
def take_out(*, person_id: int, reason: str, with_id: bool, packed: bool, by: User, at: datetime) -> Job:
    """Have it made: one PDF, or (`packed`) a ZIP with photographs and a list to check it by. `with_id`: the full id
    number stands on its first page. Raises `CannotChange`."""
    person = lock_visible(person_id, by)
    role = by.duty.role_for(person, SEES_IDS)  # type: ignore[attr-defined]
    # SECURITY: a file that is only lent (协办) is read, not taken out.
    if role is None:
        raise CannotChange("这份档案不归您这里管，不能打印全档")
    if reason not in REASONS:
        raise CannotChange("请选为什么要打印", "reason")
    audit.record(
        "file_taken_out",
        at=at,
        by_id=by.pk,
        role=role,
        target=person,
        reason=reason,
        ids=with_id,
        packed=packed,
    )
    return jobs.enqueue(
        KIND,
        {"user_id": by.pk, "person_id": person.pk, "with_id": with_id, "packed": packed},
        title="打印一个人的全档",
        owner_id=by.pk,
    )
