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
from accounts.services import CannotManage, acting_as
from visits.roster.models import Grant, Person, RosterImport, Transition
from visits.roster.services.common import tell
from visits.roster.services.sharing import PERMISSION
from visits.roster.services.transitions import mirror, record, visitors_in


def _grants(user: User, on: date) -> Mapping[int, int]:
    rows = (
        Grant.objects.filter(to=user, ended_at=None, until__gte=on, transition=None)
        .order_by()
        .values("person__village_id")
    )
    return {row["person__village_id"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def _end(move: Move) -> list[Grant]:
    rows = (
        Grant.objects.filter(
            to=move.user, ended_at=None, until__gte=move.on, person__village_id=move.unit_id, transition=None
        )
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


def _entrusted(user: User, on: date) -> Mapping[int, int]:
    """People of other townships whom this visitor goes to see (四(一)-3), by the township that took them on."""
    rows = Person.objects.on_roster().filter(assignee=user, entrusted_to__isnull=False).order_by()
    return {
        row["entrusted_to_id"]: row["n"] for row in rows.values("entrusted_to_id").annotate(n=Count("pk"))
    }


def _hand_entrusted(move: Move, to_id: int | None) -> int:
    rows = Transition.objects.filter(
        kind=Transition.Kind.ENTRUST, state=Transition.State.ACCEPTED, to_township_id=move.unit_id,
        person__assignee=move.user,
    )  # fmt: skip
    done = 0
    for pk, person_id in list(rows.order_by("person_id").values_list("pk", "person_id")):
        person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
        row = Transition.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
        person.assignee_id = to_id
        person.version += 1
        person.save(update_fields=["assignee", "version"])
        mirror(row, person, move.at)
        record("transition_visitor", row, move.by, move.at, to=to_id)
        tell([person.pk])
        done += 1
    return done


def _pass_entrusted(move: Move) -> int:
    """Raises `CannotManage` at the pile when the successor may not visit in that township."""
    assert move.to is not None
    if move.to.pk not in {user.pk for user in visitors_in(move.unit_id, move.on)}:
        raise CannotManage(
            f"{move.to.name}在这个乡镇没有巡访的任职，请先加任职，或者另选一位", f"entrusted_{move.unit_id}"
        )
    return _hand_entrusted(move, move.to.pk)


def _release_entrusted(move: Move) -> int:
    return _hand_entrusted(move, None)


ENTRUSTED = Kind(
    code="entrusted",
    title="受托探访的人",
    unit="人",
    say="别的乡镇委托的，期限不变。",
    count=_entrusted,
    pass_on=_pass_entrusted,
    release=_release_entrusted,
    release_word="先不定，列入“未落实巡访人员”",
    order=12,
)
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
