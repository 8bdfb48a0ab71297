"""协办: one person's file open to a named officer until a day, for a reason (decisions 19).

The `Grant` row is the truth and `visible_to` reads its day; django-guardian's object permission mirrors
it in the same transaction, and goes with it.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from accounts import audit
from accounts.models import Post, User
from accounts.roles import CASES, Role
from accounts.scoping import duty_of
from visits.roster.models import Grant, Person
from visits.roster.services.common import CannotChange, lock_own

PERMISSION = "visits_roster.assist_person"
LONGEST = timedelta(days=366)


def officer_called(key: str, on: date) -> User:
    """The active colleague with this mobile or staff number who holds a post that opens files. Raises
    `CannotChange`."""
    key = key.strip()
    user = (
        User.objects.filter(is_active=True, phone=key).first()
        or User.objects.filter(is_active=True, staff_no=key).first()
    )
    if user is None or not Post.objects.live(on).filter(user=user, role__in=CASES).exists():
        raise CannotChange("没有找到在任的同志，请核对手机号或工号", "officer")
    return user


@transaction.atomic
def share(*, person_id: int, to_id: int, reason: str, until: date, by: User, at: datetime) -> Grant:
    """Open the file to a colleague to the end of that day. Raises `CannotChange`."""
    person = lock_own(person_id, by)
    today = by.duty.on  # type: ignore[attr-defined]
    to = User.objects.get(pk=to_id)
    # What ran out is over, whether or not the nightly task has been there.
    Grant.objects.filter(person=person, to=to, ended_at=None, until__lt=today).update(ended_at=at)
    _check(person, to, reason, until, by)
    grant = Grant.objects.create(
        person=person, to=to, reason=reason, until=until, created_by=by, created_at=at
    )
    assign_perm(PERMISSION, to, person)
    audit.record(
        "person_shared",
        at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=person, to=to.pk, until=until.isoformat(),
    )  # fmt: skip
    return grant


def _check(person: Person, to: User, reason: str, until: date, by: User) -> None:
    today = by.duty.on  # type: ignore[attr-defined]
    if to.pk == by.pk:
        raise CannotChange("不用请自己协办，请填另一位同志", "officer")
    if not reason:
        raise CannotChange("请写明为什么请人协办", "reason")
    if until < today:
        raise CannotChange("截止日期已经过了，请核对", "until")
    if until > today + LONGEST:
        raise CannotChange("协办最长一年，到期可以再请", "until")
    if not to.is_active or not Post.objects.live(today).filter(user=to, role__in=CASES).exists():
        raise CannotChange("这位同志现在没有任职，不能协办", "officer")
    open_ = Grant.objects.filter(person=person, to=to, ended_at=None).first()
    if open_ is not None:
        raise CannotChange("已经请这位同志协办了，要改日期请先结束原来的", "officer")
    duty_of(to, today)
    if Person.objects.visible_to(to).filter(pk=person.pk).exists():
        raise CannotChange("这位同志本来就看得到这份档案，不用请协办", "officer")


@transaction.atomic
def end_share(*, grant_id: int, by: User, at: datetime) -> Grant:
    """Close the file to the colleague again. Raises `CannotChange`."""
    grant = Grant.objects.filter(pk=grant_id).select_related("to", "person").first()
    if grant is None:
        raise CannotChange("没有这次协办，请刷新后再看")
    lock_own(grant.person_id, by)
    if not Grant.objects.filter(pk=grant_id, ended_at=None).update(ended_at=at):
        raise CannotChange("这次协办已经结束了，请刷新后再看")
    remove_perm(PERMISSION, grant.to, grant.person)
    audit.record(
        "person_share_ended",
        at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=grant.person, to=grant.to_id,
    )  # fmt: skip
    return grant


@transaction.atomic
def expire_grants(*, on: date, at: datetime) -> int:
    """End what ran out before that day. `visible_to` closed the files at midnight without it; this takes
    the mirrored permissions away. Safe to run twice and at once. Returns how many."""
    rows = (
        Grant.objects.filter(until__lt=on, ended_at=None)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("to", "person")
        .order_by("pk")
    )
    count = 0
    for grant in rows:
        Grant.objects.filter(pk=grant.pk).update(ended_at=at)
        remove_perm(PERMISSION, grant.to, grant.person)
        audit.record("person_share_expired", at=at, by_id=None, target=grant.person, to=grant.to_id)
        count += 1
    return count
