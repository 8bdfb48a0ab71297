"""Classes of later documents: added and closed as data (二-G4)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection
from django.db.models import Max

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster.imports.matching import squeeze
from visits.roster.models import CareGroup, VisibleFrom
from visits.roster.reviewing import AHEAD, INSERT
from visits.roster.seeds import GUIDELINE
from visits.roster.services.common import CannotChange

# Everybody in a class that is used no longer (`Review.detail["closed"]`).
CLOSED = """
SELECT m.person_id, m.id || ':closed', %(day)s::date,
       jsonb_build_object('membership', m.id, 'group', m.group_id, 'closed', true)
  FROM visits_roster_membership m
 WHERE m.group_id = %(code)s AND m.voided_at IS NULL AND (m.ends_on IS NULL OR m.ends_on > %(day)s)
"""


def add_care_group(
    *,
    name: str,
    short: str,
    clause: str,
    tier: str,
    words: Sequence[str],
    visible_from: str,
    by: User,
    at: datetime,
    min_age: int | None = None,
    max_age: int | None = None,
    alone: bool = False,
) -> CareGroup:
    """One more class, inside the caller's transaction. Raises `CannotChange`."""
    _check_business(by)
    if min_age is not None and max_age is not None and min_age > max_age:
        raise CannotChange("年龄的下限大于上限，请核对", "max_age")
    taken = _taken()
    for field, texts in (("name", [name]), ("short", [short]), ("words", list(words))):
        for text in texts:
            if squeeze(text) in taken:
                raise CannotChange(f"“{text}”已经是“{taken[squeeze(text)]}”的叫法，请换一个", field)
    with connection.cursor() as cursor:  # two at once: one waits
        cursor.execute("SELECT pg_advisory_xact_lock(2018002)")
    last = CareGroup.objects.aggregate(last=Max("position"))["last"] or 0
    made = CareGroup.objects.create(
        code=f"added_{last + 1}", name=name, short=short, clause=clause, tier=tier, words=list(words),
        min_age=min_age, max_age=max_age, alone=alone, visible_from=VisibleFrom(visible_from), position=last + 1,
    )  # fmt: skip
    audit.record(
        "group_added", at=at, by_id=by.pk, role=Role.CITY_BUSINESS, object_type="caregroup", object_id=made.pk
    )
    return made


def close_care_group(*, code: str, on: date, document_no: str, by: User, at: datetime) -> int:
    """No more of a class, inside the caller's transaction; whoever is in it is asked about. Returns how many.
    Raises `CannotChange`."""
    _check_business(by)
    group = CareGroup.objects.select_for_update(no_key=True).filter(pk=code, active=True).first()
    if group is None:
        raise CannotChange("这一类已经停用了，请刷新后再看")
    if code in GUIDELINE:
        raise CannotChange("指导意见里的九类不能停用")
    group.active = False
    group.save(update_fields=["active"])
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT.format(question=CLOSED),
            {"kind": "group_review", "at": at, "day": on, "code": code, "ahead": on + AHEAD},
        )
        asked = cursor.rowcount
    audit.record(
        "group_closed", at=at, by_id=by.pk, role=Role.CITY_BUSINESS, object_type="caregroup", object_id=code,
        ends_on=on.isoformat(), document_no=document_no, people=asked,
    )  # fmt: skip
    return asked


def _check_business(by: User) -> None:
    if not by.duty.has({Role.CITY_BUSINESS}):  # type: ignore[attr-defined]
        raise CannotChange("类别由市级业务管理员增加和停用")


def _taken() -> dict[str, str]:
    """Every spelling that a list may use, and whose it is."""
    return {
        squeeze(word): group.short
        for group in CareGroup.objects.order_by("position")
        for word in (group.name, group.short, *group.words)
    }
