"""写明理由后查看: the city opens one person's file (practice P30)."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster.models import Look, Person
from visits.roster.services.common import CannotChange

CITY = frozenset({Role.CITY_SUPERVISOR})


@transaction.atomic
def look(*, person_id: int, reason: str, words: str = "", by: User, at: datetime) -> Look:
    """Open the file to this reader until the end of the day; the log row is written in the same transaction. Opened
    already today, the first reason stands. Raises `CannotChange`."""
    # SECURITY: the city's scope is everybody, masked; nobody else opens a file this way.
    if not by.duty.has(CITY):  # type: ignore[attr-defined]
        raise CannotChange("市局督查人员才能这样查看")
    rows = Person.objects.filter(pk=person_id, merged_into=None)
    person = rows.select_for_update(of=("self",), no_key=True).first()
    if person is None:
        raise CannotChange("没有这份档案，可能并到别的档案里了，请刷新后再看")
    if reason not in Look.Reason.values:
        raise CannotChange("请选为什么要看", "reason")
    if reason == Look.Reason.OTHER and not words.strip():
        raise CannotChange("请写明为什么要看", "words")
    today = by.duty.on  # type: ignore[attr-defined]
    row, made = Look.objects.get_or_create(
        person=person, by=by, until=today, defaults={"reason": reason, "words": words.strip(), "at": at}
    )
    if made:
        audit.record(
            "city_looked", at=at, by_id=by.pk, role=Role.CITY_SUPERVISOR, target=person, reason=reason
        )
    return row
