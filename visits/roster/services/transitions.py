"""What entrustments and transfers share: numbers, locks, whose turn it is, and the file that follows (四(一)-3, E4, E5).

The person is locked before the transition, always: an answer, a withdrawal and a death that come at once wait for
one another, and the second finds the state of the first.
"""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime

from django.db.models import Q
from guardian.shortcuts import assign_perm, remove_perm

from accounts import audit
from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import WRITES_VISITS, Role
from visits.core import calendar
from visits.core.workdays import YearNotLoaded
from visits.roster.entrusting import ANSWER_DAYS, OUTSIDE_DAYS, TRANSFER_DAYS, standing
from visits.roster.models import Grant, Person, Transition
from visits.roster.names import county_short
from visits.roster.services.common import CannotChange, clerk_townships, lock_own, tell
from visits.roster.services.keeping import Keeper
from visits.roster.services.sharing import PERMISSION
from xunfang.kit import numbering

State, Kind = Transition.State, Transition.Kind
WORD = {Kind.ENTRUST: "委", Kind.TRANSFER: "移"}
GONE = {Person.Status.DEAD: "本人去世", Person.Status.DEPARTED: "本人迁出", Person.Status.VOIDED: "档案作废"}

# A death ends it, a merge carries it; an undo gives back what was.
KEEPER = Keeper(
    "roster.transition",
    Transition,
    ("person_id", "state", "closed_at", "closed_by_id", "close_reason", "assignee_before_id"),
    lambda ids: Transition.objects.filter(person_id__in=ids),
    departs=True,
)

# Higher rooms may say who visits a place: (village id, 自然村, day) → user id or None.
visitor_of_place: list[Callable[[int, str, date], int | None]] = []


def letter_number(kind: str, township: Region, year: int) -> str:
    """嵩口委〔2026〕1号: by township, kind and year; with the county in front where two townships are called the
    same."""
    stem = re.sub(r"(街道|镇|乡)$", "", township.name) or township.name
    same = Region.objects.filter(level=Level.TOWNSHIP, name__regex=f"^{re.escape(stem)}(街道|镇|乡)?$")
    if same.exclude(pk=township.pk).exists():
        stem = county_short(Region.objects.get(pk=township.county_id).name) + stem
    given = numbering.take_one(f"transition:{kind}:{township.pk}:{year}")
    return f"{stem}{WORD[Kind(kind)]}〔{year}〕{given}号"


def answer_by(kind: str, today: date, *, outside: bool) -> date:
    """The last day for the answer, inclusive. Raises `CannotChange` when the calendar lacks its year."""
    if kind == Kind.TRANSFER:
        return date.fromordinal(today.toordinal() + TRANSFER_DAYS)
    if outside:
        return date.fromordinal(today.toordinal() + OUTSIDE_DAYS)
    try:
        return calendar.load().add_workdays(today, ANSWER_DAYS)
    except YearNotLoaded as error:
        raise CannotChange(f"{error}，算不出对方最迟哪天答复，请系统管理员先录日历") from error


def lock_to_propose(person_id: int, by: User, at: datetime) -> Person:
    """The person, if the user keeps the file and nothing else is under way. Raises `CannotChange`."""
    person = lock_own(person_id, by)
    if person.status != Person.Status.LIVE or person.merged_into_id is not None:
        raise CannotChange("这个人已经不在册，不能委托也不能移交")
    open_ = (
        Transition.objects.open().select_for_update(of=("self",), no_key=True).filter(person=person).first()
    )
    if open_ is not None and standing(open_, by.duty.on) != open_.state:  # type: ignore[attr-defined]
        fall(open_, person, by.duty.on, at)  # type: ignore[attr-defined]
        person.refresh_from_db()
        open_ = None
    if open_ is not None:
        raise CannotChange(f"这个人已经有一次{open_.get_kind_display()}在办（{open_.number}），先办完那一次")
    return person


def check_target(person: Person, to_township_id: int | None, to_outside: str) -> Region | None:
    """The township that is asked; None outside the city. Raises `CannotChange`."""
    if (to_township_id is None) == (not to_outside):
        raise CannotChange("请选本市的一个乡镇，或写明外市哪里，只填一样", "to_township")
    if to_township_id is None:
        return None
    if to_township_id == person.township_id:
        raise CannotChange("这就是户籍所在的乡镇，不用委托自己", "to_township")
    found = Region.objects.filter(pk=to_township_id, level=Level.TOWNSHIP, valid_to=None, active=True).first()
    if found is None:
        raise CannotChange("没有这个乡镇，请从名单里选", "to_township")
    return found


def lock_both(transition_id: int, by: User) -> tuple[Person, Transition]:
    """Person, then transition, both locked; only for the offices of the two sides. Raises `CannotChange`."""
    found = Transition.objects.visible_to(by).filter(pk=transition_id).first()
    if found is None:
        raise CannotChange("没有这份委托或移交，请刷新后再看")
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=found.person_id)
    row = Transition.objects.select_for_update(of=("self",), no_key=True).get(pk=transition_id)
    return person, row


def side_of(row: Transition, by: User) -> str:
    """On which side the user is the clerk: from, to, or neither ("")."""
    own = clerk_townships(by)
    if row.from_township_id in own:
        return "from"
    return "to" if row.to_township_id in own else ""


def need(row: Transition, by: User, side: str, state: str) -> None:
    """Raises `CannotChange` unless it is that side's turn and the transition stands so today."""
    if side_of(row, by) != side:
        raise CannotChange("这一步由对方的民政办经办人来办")
    now = standing(row, by.duty.on)  # type: ignore[attr-defined]
    if now == state:
        return
    if now == State.LAPSED:
        raise CannotChange("答复的日子已经过了，委托已退回原乡镇；要委托，请对方重新发起")
    raise CannotChange(f"这一份刚才已经变成“{State(now).label}”，请刷新后再看")


def visitors_in(township_id: int, on: date) -> list[User]:
    """Who may be given people of a township: posts there or in its villages, by name."""
    posts = (
        Post.objects.live(on)
        .filter(Q(region_id=township_id) | Q(region__parent_id=township_id), role__in=WRITES_VISITS)
        .filter(user__is_active=True)
        .select_related("user")
        .order_by("user__name", "user_id")
    )
    return list({post.user_id: post.user for post in posts}.values())


def check_visitor(township_id: int, visitor_id: int | None, on: date) -> User:
    """The visitor who was named there. Raises `CannotChange`."""
    found = next((one for one in visitors_in(township_id, on) if one.pk == visitor_id), None)
    if found is None:
        raise CannotChange("请选由谁去访；这位同志要在本乡镇有巡访的任职", "visitor")
    return found


# ── what follows from a state ────────────────────────────────────────────────────────────────────


def mirror(row: Transition, person: Person, at: datetime) -> None:
    """The visitor over there opens the file by a `Grant` that lives as long as the entrustment."""
    live = row.state == State.ACCEPTED and row.to_township_id is not None
    keep = person.assignee_id if live else None
    for grant in Grant.objects.filter(transition=row, ended_at=None).select_related("to", "person"):
        if grant.to_id == keep:
            continue
        Grant.objects.filter(pk=grant.pk).update(ended_at=at)
        remove_perm(PERMISSION, grant.to, grant.person)
    if keep is None or Grant.objects.filter(person=person, to_id=keep, ended_at=None).exists():
        return
    to = User.objects.get(pk=keep)
    Grant.objects.create(
        person=person, to=to, reason=f"受托探访（{row.number}）", until=row.ends_on, transition=row,
        created_by=row.answered_by or row.proposed_by, created_at=at,
    )  # fmt: skip
    assign_perm(PERMISSION, to, person)


def close(row: Transition, state: str, at: datetime, by: User | None, reason: str = "") -> None:
    """No longer open. The caller holds the locks and tells the others."""
    row.state, row.closed_at, row.closed_by, row.close_reason = state, at, by, reason[:100]
    row.save(update_fields=["state", "closed_at", "closed_by", "close_reason"])


def give_back(row: Transition, person: Person, at: datetime) -> None:
    """The registered township visits again, by whoever did before."""
    person.entrusted_to_id = None
    if row.to_township_id is not None:
        person.assignee_id = row.assignee_before_id
    person.version += 1
    person.save(update_fields=["entrusted_to", "assignee", "version"])
    mirror(row, person, at)
    tell([person.pk])


def fall(row: Transition, person: Person, on: date, at: datetime) -> bool:
    """Bring a row whose day is over to the state it has had since. The caller holds both locks. Returns whether
    anything changed."""
    now = standing(row, on)
    if now == row.state:
        return False
    was = row.state
    word = "到了约定的日子" if now == State.ENDED else "三个工作日没有答复"
    close(row, now, at, None, word)
    record("transition_ended" if now == State.ENDED else "transition_lapsed", row, None, at)
    if was == State.ACCEPTED:
        give_back(row, person, at)
    return True


def follow_people(person_ids: Collection[int], at: datetime) -> None:
    """After a death, a move away, a void or its undo: who is gone is visited by nobody. The file's own columns
    stay as they are, so that an undo (`keeping`) finds the entrustment as it was."""
    rows = Transition.objects.open().filter(person_id__in=list(person_ids)).select_related("person")
    for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        word = GONE.get(Person.Status(row.person.status))
        if word:
            close(row, State.ENDED if row.state == State.ACCEPTED else State.WITHDRAWN, at, None, word)
            record("transition_ended", row, None, at)
        if word or row.state == State.ACCEPTED:
            mirror(row, row.person, at)


def record(action: str, row: Transition, by: User | None, at: datetime, **detail: object) -> None:
    audit.record(
        action, at=at, by_id=by.pk if by else None, role=Role.TOWNSHIP_CLERK if by else "",
        object_type="transition", object_id=row.pk, state=row.state, **detail,
    )  # fmt: skip
