"""办交接: what hangs on somebody who leaves, to whom it goes, and that nothing is left (五(一)-5, 1-E19).

Rooms above tell of their things by appending a `Kind` to `kinds` when they start (docs/adr 7): this module
knows what a person holds only as counts by unit, and hands it over through the room that owns it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit, authority, services
from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import Role
from accounts.scoping import COLUMN, Duty, duty_of
from accounts.services import CannotManage, NewPost, acting_as

RELEASE, KEEP = "release", "keep"
MOST_COLLEAGUES = 200


@dataclass(frozen=True)
class Move:
    """One hand-over as a provider gets it: whose things of one unit, to whom (None: let go), by whom."""

    user: User
    unit_id: int
    to: User | None
    by: User
    at: datetime
    on: date


@dataclass(frozen=True)
class Kind:
    """A kind of thing that can hang on somebody.

    `count(user, on)`: unit id → how many. `pass_on`: give those of a unit to a successor and return how many;
    None when it can't be passed on. `release`: let go of them; `release_word` says what that means. `stays`: the
    thing belongs to the post, not to the person: it is settled when somebody else holds `roles` in the unit.
    `keep_word`: it may go on as it is when somebody says so, in these words.
    """

    code: str
    title: str
    unit: str
    say: str
    count: Callable[[User, date], Mapping[int, int]]
    pass_on: Callable[[Move], int] | None = None
    release: Callable[[Move], int] | None = None
    release_word: str = ""
    keep_word: str = ""
    stays: bool = False
    roles: frozenset[str] = frozenset()
    order: int = 50


# Appended to in apps.ready of the rooms that own the things.
kinds: list[Kind] = []


def register(kind: Kind) -> None:
    """Once, however often an app is made ready."""
    if all(known.code != kind.code for known in kinds):
        kinds.append(kind)
        kinds.sort(key=lambda one: (one.order, one.code))


@dataclass(frozen=True)
class Pile:
    """Things of one kind in one unit. `holders`: who else holds the post they belong to."""

    kind: Kind
    region: Region
    count: int
    holders: tuple[User, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind.code}_{self.region.pk}"

    @property
    def settled(self) -> bool:
        """Nothing to decide: somebody else in the post goes on with it."""
        return self.kind.stays and bool(self.holders)


@dataclass(frozen=True)
class Plan:
    """What was decided. `choices`: key of a pile → id of a colleague, `RELEASE` or `KEEP`; a pile that is not
    named goes to `to_id`. `last_day` is inclusive and may lie ahead. `takes_posts`: the successor gets the same posts."""

    last_day: date
    to_id: int | None = None
    choices: Mapping[str, int | str] = field(default_factory=dict)
    takes_posts: bool = False
    close: bool = False


def posts_of(user_id: int, duty: Duty, on: date) -> list[Post]:
    """The running and coming posts of the account that this duty may end."""
    rows = authority.unended(user_id, on).select_related("region").order_by("region__level", "pk")
    return [post for post in rows if authority.may_grant(duty, post.role, post.region)]


def piles(user: User, duty: Duty, on: date) -> list[Pile]:
    """Everything that hangs on the person today in the units this duty looks after; units in code order."""
    counted = [(kind, kind.count(user, on)) for kind in kinds]
    ids = {unit_id for _, found in counted for unit_id in found}
    regions = Region.objects.in_bulk(ids)
    found = []
    for kind, counts in counted:
        own = [regions[pk] for pk in counts if pk in regions and authority.looks_after(duty, regions[pk])]
        for region in sorted(own, key=lambda unit: (unit.level, unit.position, unit.pk)):
            if counts[region.pk]:
                holders = tuple(_holders(kind, region, on).exclude(pk=user.pk)) if kind.stays else ()
                found.append(Pile(kind, region, counts[region.pk], holders))
    return found


def _holders(kind: Kind, region: Region, on: date) -> QuerySet[User]:
    posts = Post.objects.live(on).filter(region=region, role__in=kind.roles)
    return User.objects.filter(is_active=True, pk__in=posts.values("user_id")).order_by("name", "pk")


def colleagues(user: User, posts: Sequence[Post], on: date) -> list[User]:
    """Who may take over: accounts with a running post in the same unit, above it in the township, or below."""
    where = Q(pk__in=[])
    for post in posts:
        region = post.region
        column = COLUMN.get(Level(min(region.level, Level.TOWNSHIP)))
        if column is None:
            where |= Q(region=region)
        else:
            where |= Q(**{f"region__{column}": getattr(region, column)})
    rows = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on)).filter(where).values("user_id")
    found = User.objects.filter(is_active=True, pk__in=rows).exclude(pk=user.pk)
    return list(found.order_by("name", "pk")[:MOST_COLLEAGUES])


def within(user_ids: Sequence[int], region: Region, on: date) -> set[int]:
    """Those of these accounts with a live post in the unit or in the township above it."""
    units = {pk for pk in (region.pk, region.township_id) if pk}
    posts = Post.objects.live(on).filter(user_id__in=user_ids, region_id__in=units)
    return set(posts.values_list("user_id", flat=True))


@transaction.atomic
def hand_over(*, user_id: int, plan: Plan, by: User, at: datetime, on: date) -> dict[str, int]:
    """Hand everything over, end the posts on the last day, close the account if wanted. All or nothing: refuses
    while something would be left. Returns kind → how many. Raises `CannotManage`; its `field` is the pile's key
    or the plan's field."""
    duty: Duty = by.duty  # type: ignore[attr-defined]
    user = services.locked(user_id, by)
    if user.pk == by.pk:
        raise CannotManage("自己的交接要请别人来办")
    posts = posts_of(user.pk, duty, on)
    _check_day(posts, plan, on)
    to = _successor(user, plan, on)
    if plan.takes_posts:
        _take_posts(to, posts, by=by, at=at, on=on)
    moved: dict[str, Any] = {}
    for pile in piles(user, duty, on):
        moved[pile.kind.code] = moved.get(pile.kind.code, 0) + _settle(pile, user, to, plan, by, at, on)
    left = [
        pile
        for pile in piles(user, duty, on)
        if not pile.kind.stays and not (pile.kind.keep_word and plan.choices.get(pile.key) == KEEP)
    ]
    if left:
        words = "、".join(f"{pile.kind.title}{pile.count}{pile.kind.unit}" for pile in left)
        raise CannotManage(f"刚才又有新的：{words}。请看一看再办一次", left[0].key)
    for post in posts:
        services.end_post(user_id=user.pk, post_id=post.pk, ends_on=plan.last_day, by=by, at=at, on=on)
    if plan.close:
        services.set_active(user_id=user.pk, active=False, by=by, at=at, on=on)
    audit.record(
        "account_handed_over", at=at, by_id=by.pk, role=acting_as(by), target=user,
        to=to.pk if to else None, posts=len(posts), **moved,
    )  # fmt: skip
    return moved


def _check_day(posts: Sequence[Post], plan: Plan, on: date) -> None:
    late = [post for post in posts if post.starts_on > plan.last_day]
    if late:
        raise CannotManage("有的任职从更晚的日子才开始，请核对最后一天", "last_day")
    if plan.last_day > on + timedelta(days=366):
        raise CannotManage("最后一天太远了，请核对年份", "last_day")
    if plan.close and plan.last_day > on:
        raise CannotManage("最后一天还没到，先不停用；过了那天没有任职，也登录不了", "close")


def _successor(user: User, plan: Plan, on: date) -> User | None:
    if plan.to_id is None:
        if plan.takes_posts:
            raise CannotManage("请选接手的人，才能接任职务", "to")
        return None
    to = User.objects.filter(pk=plan.to_id, is_active=True).exclude(pk=user.pk).first()
    if to is None:
        raise CannotManage("接手的人的账号不能用了，请另选一位", "to")
    duty_of(to, on)
    return to


def _take_posts(to: User | None, posts: Sequence[Post], *, by: User, at: datetime, on: date) -> None:
    """The same posts for the successor from today: for some days two people hold one, which is what handing
    over is."""
    assert to is not None
    held = set(authority.unended(to.pk, on).values_list("region_id", "role"))
    for post in posts:
        # An inspector's letter names one person.
        if post.role != Role.INSPECTOR and (post.region_id, post.role) not in held:
            new = NewPost(post.role, post.region_id, post.title, on, None, "")
            services.add_post(user_id=to.pk, post=new, by=by, at=at, on=on)
    duty_of(to, on)


def _settle(pile: Pile, user: User, to: User | None, plan: Plan, by: User, at: datetime, on: date) -> int:
    """Do what was decided about one pile. Raises `CannotManage` at the pile."""
    if pile.settled:
        return 0
    kind, choice = pile.kind, plan.choices.get(pile.key)
    if choice == KEEP and kind.keep_word:
        return 0
    if choice == RELEASE:
        if kind.stays:
            return 0
        if kind.release is None:
            raise CannotManage("这一项不能空着，请选接手的人", pile.key)
        return kind.release(Move(user, pile.region.pk, None, by, at, on))
    if isinstance(choice, int):
        to = User.objects.filter(pk=choice, is_active=True).exclude(pk=user.pk).first()
        if to is not None:
            duty_of(to, on)
    if kind.stays:  # it goes on with whoever holds the post; the successor may have got it just now
        raise CannotManage("没有别人任这个职务：请勾“接任同样的职务”，或者选先空着", pile.key)
    if kind.keep_word:
        raise CannotManage(f"请选：{kind.keep_word}，还是{kind.release_word}", pile.key)
    if kind.pass_on is None:
        raise CannotManage(f"{kind.title}不能转给别人：{kind.say}", pile.key)
    if to is None:
        raise CannotManage("请选接手的人", pile.key)
    return kind.pass_on(Move(user, pile.region.pk, to, by, at, on))
