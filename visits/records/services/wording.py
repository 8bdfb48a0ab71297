"""The form gets another wording from a day on; old visits keep the one they were made under."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.records.assessment import FormError, load
from visits.records.models import FormVersion
from visits.roster.services import CannotChange
from visits.templatetags.xf import day_year


def _check(by: User) -> None:
    if not by.duty.has({Role.CITY_BUSINESS}):  # type: ignore[attr-defined]
        raise CannotChange("巡访表的文字由市级业务管理员定。")


@transaction.atomic
def make_version(
    *, definition: dict[str, Any], starts_on: date, document_no: str, summary: str, by: User, at: datetime
) -> FormVersion:
    """A new wording from `starts_on`, tomorrow at the earliest. Raises CannotChange with the field."""
    _check(by)
    try:
        load(definition)
    except FormError as error:
        raise CannotChange(str(error)) from None
    if starts_on <= timezone.localtime(at).date():
        raise CannotChange("最早从明天起用，今天的表有人正在填", "starts_on")
    last = FormVersion.objects.select_for_update(of=("self",), no_key=True).order_by("-number").first()
    if FormVersion.objects.filter(starts_on=starts_on, withdrawn_at=None).exists():
        raise CannotChange(f"{day_year(starts_on)}已经有一版开始用了，换一天，或先撤回那一版", "starts_on")
    made = FormVersion.objects.create(
        number=last.number + 1 if last else 1,
        starts_on=starts_on,
        definition=definition,
        document_no=document_no.strip(),
        summary=summary.strip(),
        made_by=by,
        made_at=at,
    )
    audit.record(
        "wording_made", at=at, by_id=by.pk, role=Role.CITY_BUSINESS, target=made, day=starts_on.isoformat()
    )
    return made


@transaction.atomic
def withdraw_version(*, version_id: int, by: User, at: datetime) -> FormVersion:
    """Take a wording back before it begins; never after. Raises CannotChange."""
    _check(by)
    found = FormVersion.objects.select_for_update(of=("self",), no_key=True).filter(pk=version_id).first()
    if found is None or found.withdrawn_at is not None:
        raise CannotChange("这一版已经撤回了。")
    if found.starts_on <= timezone.localtime(at).date():
        raise CannotChange("这一版已经开始用了，不能撤回；要改，请出新的一版。")
    found.withdrawn_at, found.withdrawn_by = at, by
    found.save(update_fields=["withdrawn_at", "withdrawn_by"])
    audit.record("wording_withdrawn", at=at, by_id=by.pk, role=Role.CITY_BUSINESS, target=found)
    return found
