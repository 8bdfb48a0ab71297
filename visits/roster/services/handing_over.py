"""办交接: files opened to somebody by name, and lists that wait for a clerk."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Count
from guardian.shortcuts import assign_perm, remove_perm

from accounts import audit
from accounts.handover import Kind, Move
from accounts.models import User
from accounts.roles import Role
from accounts.scoping import duty_of
from accounts.services import acting_as
from visits.roster.models import Grant, Person, RosterImport
from visits.roster.services.sharing import PERMISSION


def _grants(user: User, on: date) -> Mapping[int, int]:
    rows = Grant.objects.filter(to=user, ended_at=None, until__gte=on).order_by().values("person__village_id")
    return {row["person__village_id"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def _end(move: Move) -> list[Grant]:
    rows = (
        Grant.objects.filter(to=move.user, ended_at=None, until__gte=move.on, person__village_id=move.unit_id)
        .select_for_update(no_key=True, of=("self",))
        .select_related("person")
        .order_by("pk")
    )
    ended = list(rows)
    for grant in ended:
        Grant.objects.filter(pk=grant.pk).update(ended_at=move.at)
        remove_perm(PERMISSION, move.user, grant.person)
        audit.record(
            "person_share_ended", at=move.at, by_id=move.by.pk, role=acting_as(move.by), target=grant.person,
            to=move.user.pk,
        )  # fmt: skip
    return ended


def _release(move: Move) -> int:
    return len(_end(move))


def _pass_on(move: Move) -> int:
    """To the same day and for the same reason; whoever sees the file anyway needs no grant."""
    assert move.to is not None
    ended = _end(move)
    duty_of(move.to, move.on)
    for grant in ended:
        if Person.objects.visible_to(move.to).filter(pk=grant.person_id).exists():
            continue
        Grant.objects.create(
            person=grant.person, to=move.to, reason=grant.reason, until=grant.until, created_by=move.by,
            created_at=move.at,
        )  # fmt: skip
        assign_perm(PERMISSION, move.to, grant.person)
        audit.record(
            "person_shared", at=move.at, by_id=move.by.pk, role=acting_as(move.by), target=grant.person,
            to=move.to.pk, until=grant.until.isoformat(),
        )  # fmt: skip
    return len(ended)


def _imports(user: User, on: date) -> Mapping[int, int]:
    """Lists this clerk brought that wait for an answer: any clerk of the township may give it."""
    State = RosterImport.State
    rows = RosterImport.objects.filter(
        created_by=user, state__in=[State.READING, State.ASKING, State.PREVIEW]
    )
    return {
        row["township_id"]: row["n"] for row in rows.order_by().values("township_id").annotate(n=Count("pk"))
    }


GRANTS = Kind(
    code="grants",
    title="协办的档案",
    unit="份",
    say="截止日期和原因不变。",
    count=_grants,
    pass_on=_pass_on,
    release=_release,
    release_word="结束协办",
    order=40,
)
IMPORTS = Kind(
    code="imports",
    title="传了还没确认的名单",
    unit="份",
    say="由镇里的民政办经办人接着确认。",
    count=_imports,
    release_word="先放着，没人接就过期作废",
    stays=True,
    roles=frozenset({Role.TOWNSHIP_CLERK}),
    order=50,
)
