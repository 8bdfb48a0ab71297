"""What the services of a case share: whose it is, locking it, days and sentences."""

from collections.abc import Collection
from datetime import date, datetime

from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.followup import clock
from visits.followup.models import Case, CaseStep
from visits.followup.services.joining import step
from visits.roster.services.common import CannotChange

GONE = "没有找到这个案子，可能已经不归您这里管，请刷新后再看"


def today_of(at: datetime) -> date:
    return timezone.localtime(at).date()


def role_in(case: Case, by: User, roles: Collection[Role]) -> Role | None:
    """In which of these roles somebody stands over the case: by where the person is now (decisions 6)."""
    return by.duty.role_for(case.person, roles)  # type: ignore[attr-defined]


def lock_case(case_id: int, by: User, roles: Collection[Role], say: str) -> Case:
    """The case, locked, for somebody who acts on it in one of these roles. Raises `CannotChange`."""
    ids = Case.objects.visible_to(by).filter(pk=case_id).values("pk")
    case = (
        Case.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True)
        .select_related("person__merged_into")
        .first()
    )
    if case is None:
        raise CannotChange(GONE)
    if role_in(case, by, roles) is None:
        raise CannotChange(say)
    return case


def lock_at_county(case_id: int, by: User) -> Case:
    return lock_case(case_id, by, COUNTY, "由县级民政部门办理")


def lock_at_township(case_id: int, by: User) -> Case:
    return lock_case(case_id, by, TOWNSHIP, "由本人所在乡镇（街道）办理")


def ensure_taken(case: Case, by: User, at: datetime) -> None:
    """接手: whoever does something about a case that nobody has taken on takes it on with that. The case is locked."""
    if case.state != Case.State.WAITING:
        return
    case.state, case.taken_by, case.taken_at = Case.State.TAKEN, by, at
    case.save(update_fields=["state", "taken_by", "taken_at"])
    step(case, CaseStep.Kind.TAKEN, "", by, at)
    audit.record("case_taken", at=at, by_id=by.pk, target=case)


def is_late(case: Case, at: datetime) -> bool:
    """Whether the three working days are over at that moment."""
    return clock.is_late(today_of(at), case.due_on)
