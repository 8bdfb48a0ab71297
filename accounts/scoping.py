"""From posts to filters: the only place that turns a unit into a WHERE clause.

`duty_of` reads a user's live posts once a request; `visible` narrows a queryset to what those posts may
see. Jurisdiction is equality on the row's own columns; the named exceptions (`Grant`) come as ids.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.expressions import BaseExpression

from accounts.models.post import Post
from accounts.models.region import Level, Region
from accounts.models.user import User
from accounts.roles import ROLES, WRITES_VISITS, Role
from xunfang.kit.prepared import Prepared

T = TypeVar("T")
COLUMN = {Level.COUNTY: "county_id", Level.TOWNSHIP: "township_id", Level.VILLAGE: "village_id"}


@dataclass(frozen=True)
class HeldPost:
    """A live post as a value: what a request needs, without further queries."""

    id: int
    role: Role
    region_id: int
    level: int
    region_name: str
    title: str
    county_id: int | None
    township_id: int | None
    village_id: int | None
    document_no: str = ""

    @property
    def words(self) -> str:
        return self.title or ROLES[self.role].label


@dataclass(frozen=True)
class Duty:
    """What a user is today. `units` maps a level to the unit ids, successors of old units included."""

    on: date
    user_id: int
    posts: tuple[HeldPost, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(post.role for post in self.posts)

    @property
    def main(self) -> HeldPost | None:
        """The post shown in the bar: the highest unit first, an office before a visitor."""
        order = list(Role)
        return min(self.posts, key=lambda post: (post.level, -order.index(post.role)), default=None)

    def has(self, roles: Iterable[Role]) -> bool:
        return not self.roles.isdisjoint(roles)

    def units(self, roles: Collection[Role]) -> dict[int, set[int]]:
        """Level → ids of the units in which one of these roles is held."""
        found: dict[int, set[int]] = {}
        for post in self.posts:
            if post.role in roles:
                found.setdefault(post.level, set()).add(post.region_id)
        return found

    def unit_ids(self, *roles: Role) -> set[int]:
        return {post.region_id for post in self.posts if post.role in roles}

    def role_for(self, row: Any, roles: Collection[Role]) -> Role | None:
        """In which of these roles the user stands over a row with the three unit columns."""
        for post in self.posts:
            if post.role in roles and (
                post.level == Level.CITY or getattr(row, COLUMN[Level(post.level)]) == post.region_id
            ):
                return post.role
        return None


def county_of(duty: Duty) -> int | None:
    """The county in which all posts stand; None: there are several, or none, or one is the city's."""
    found = {post.county_id for post in duty.posts}
    return found.pop() if len(found) == 1 else None


# What higher rooms want to know of a user with each request, as an expression of the user's id: it rides on the
# query for the posts and is found under its name on the user. Appended to in AppConfig.ready().
riders: dict[str, Callable[[int], BaseExpression]] = {}
_POSTS = Prepared[Post](
    lambda names, *, user, on: (
        Post.objects.live(on)
        .filter(user_id=user)
        .annotate(**{name: riders[name](user) for name in names})
        .select_related("region")
        .order_by("region__level", "region__position", "pk")
    )
)


def duty_of(user: User, on: date) -> Duty:
    """The user's duty on that day; also kept on the user, where `visible` looks for it. One query, and one
    more when a unit of theirs was merged: a post covers every unit that its unit's chain ends in."""
    rows = _POSTS.all(tuple(riders), user=user.pk, on=on)
    posts = tuple(_held(post, post.region) for post in rows)
    old = {post.pk: post.region for post in rows if post.region.replaced_by_id is not None}
    if old:
        posts += tuple(_held(post, _successor(old[post.pk])) for post in rows if post.pk in old)
    duty = Duty(on=on, user_id=user.pk, posts=posts)
    for name in riders:
        setattr(user, name, next((getattr(post, name) for post in rows), 0))
    user.duty = duty  # type: ignore[attr-defined]
    return duty


def _held(post: Post, region: Region) -> HeldPost:
    return HeldPost(
        id=post.pk,
        role=Role(post.role),
        region_id=region.pk,
        level=region.level,
        region_name=region.name,
        title=post.title,
        county_id=region.county_id,
        township_id=region.township_id,
        village_id=region.village_id,
        document_no=post.document_no,
    )


def once(user: Any, key: Hashable, ask: Callable[[], T]) -> T:
    """What is asked again and again for one page, asked once while a page that changes nothing is made (the middleware
    gives the request's user a place for it); elsewhere, and for everybody else, each time."""
    kept = getattr(user, "while_reading", None)
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    return kept[key]  # type: ignore[no-any-return]


def _successor(region: Region) -> Region:
    seen = set()
    while region.replaced_by is not None and region.pk not in seen:
        seen.add(region.pk)
        region = region.replaced_by
    return region


# Whose posts open case files, by what they stand on. A visitor sees the people assigned to them.
BY_UNIT = frozenset(role for role, facts in ROLES.items() if facts.cases and role is not Role.VISITOR) - {
    Role.CITY_SUPERVISOR
}


def where(
    duty: Duty, *, roles: Collection[Role] = BY_UNIT, prefix: str = "", assignee: str | None = "assignee_id"
) -> Q:
    """The condition that a row lies in the units of these roles; nothing matches without a post.

    `prefix` leads to the row with the unit columns ("person__"); `assignee` names the column that opens a
    row to the visitor it is assigned to, there or by a path of its own (None: visitors see nothing)."""
    return _where(duty, frozenset(roles), prefix, assignee)


@lru_cache(maxsize=2048)
def _where(duty: Duty, roles: frozenset[Role], prefix: str, assignee: str | None) -> Q:
    parts = [
        Q(
            **{f"{prefix}{COLUMN[Level(level)]}__in": ids}
            if len(ids) > 1
            else {f"{prefix}{COLUMN[Level(level)]}": min(ids)}
        )
        for level, ids in sorted(duty.units(roles).items())
        if level != Level.CITY
    ]
    if Level.CITY in duty.units(roles):
        return Q()
    if assignee is not None and Role.VISITOR in duty.roles:
        path = assignee if "__" in assignee else f"{prefix}{assignee}"
        parts.append(Q(**{path: duty.user_id}) & _visiting(duty, prefix))
    if not parts:
        return Q(pk__in=[])
    condition = parts[0]
    for part in parts[1:]:
        condition |= part
    return condition


def _visiting(duty: Duty, prefix: str) -> Q:
    """Where somebody may visit. One whose post in one village is over, and who holds another elsewhere, does
    not keep the people of the first (1-E19)."""
    parts = Q(pk__in=[])
    for level, ids in duty.units(WRITES_VISITS).items():
        if level == Level.CITY:
            return Q()
        parts |= Q(**{f"{prefix}{COLUMN[Level(level)]}__in": sorted(ids)})
    return parts


def visible(
    queryset: models.QuerySet,
    user: Any,
    *,
    prefix: str = "",
    assignee: str | None = "assignee_id",
    granted: Q | None = None,
) -> models.QuerySet:
    """The rows whose person's present unit is in the user's scope, or who was granted to them by name."""
    duty: Duty = user.duty
    condition = where(duty, prefix=prefix, assignee=assignee)
    if granted is not None:
        condition |= granted
    return queryset.filter(condition)


def counted(queryset: models.QuerySet, units: dict[int, set[int]]) -> models.QuerySet:
    """The rows that count for these units (level → ids) by the ids frozen on the row."""
    if Level.CITY in units:
        return queryset
    condition = Q(pk__in=[])
    for level, ids in units.items():
        condition |= Q(**{f"{COLUMN[Level(level)]}__in": ids})
    return queryset.filter(condition)
