"""Who makes accounts and posts for whom: as data, and as filters. Nobody for themselves."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q, QuerySet

from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import Role
from accounts.scoping import COLUMN, Duty, HeldPost

# decisions 18: the county makes the posts of its townships, a township those of its villages.
GRANTS: dict[Role, frozenset[Role]] = {
    Role.SYSTEM_ADMIN: frozenset(Role),
    Role.COUNTY_OFFICER: frozenset({Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD}),
    Role.TOWNSHIP_CLERK: frozenset({Role.VISITOR, Role.VILLAGE_HEAD, Role.LIAISON}),
}
MANAGERS = frozenset(GRANTS)
# Whoever runs the system, whoever keeps its rules and whoever reads its log are three people.
APART = frozenset({Role.SYSTEM_ADMIN, Role.CITY_BUSINESS, Role.AUDITOR})


def _managing(duty: Duty) -> list[HeldPost]:
    return [post for post in duty.posts if post.role in MANAGERS]


def grantable(duty: Duty) -> list[Role]:
    """Roles this duty may give to somebody, in the order of `Role`."""
    allowed = {role for post in _managing(duty) for role in GRANTS[post.role]}
    return [role for role in Role if role in allowed]


def may_grant(duty: Duty, role: str, region: Region) -> bool:
    """Whether this duty may make, and end, a post of that role in that unit."""
    return any(
        role in GRANTS[post.role]
        and (post.level == Level.CITY or getattr(region, COLUMN[Level(post.level)]) == post.region_id)
        for post in _managing(duty)
    )


def units(duty: Duty, on: date) -> QuerySet[Region]:
    """Living units in which this duty may make posts."""
    condition = Q(pk__in=[])
    for post in _managing(duty):
        if post.level == Level.CITY:
            condition = Q()
            break
        condition |= Q(**{COLUMN[Level(post.level)]: post.region_id})
    return Region.objects.live(on).filter(condition)


def users(duty: Duty) -> QuerySet[User]:
    """Accounts this duty looks after: those that hold, or held, a post it may give."""
    if Role.SYSTEM_ADMIN in duty.roles:
        return User.objects.all()
    condition = Q(pk__in=[])
    for post in _managing(duty):
        unit = {f"region__{COLUMN[Level(post.level)]}": post.region_id}
        condition |= Q(role__in=GRANTS[post.role], **unit)
    return User.objects.filter(pk__in=Post.objects.filter(condition).values("user_id"))


def unended(user_id: int, on: date) -> QuerySet[Post]:
    """Posts that run, or will."""
    return Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user_id=user_id)


def unended_of(user_ids: Iterable[int], on: date) -> dict[int, list[Post]]:
    """User id → posts that run, or will. One query."""
    found: dict[int, list[Post]] = {}
    rows = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user_id__in=list(user_ids))
    for post in rows.select_related("region"):
        found.setdefault(post.user_id, []).append(post)
    return found


def looks_after(duty: Duty, region: Region) -> bool:
    """Whether a unit lies where this duty makes posts."""
    return any(
        post.level == Level.CITY or getattr(region, COLUMN[Level(post.level)]) == post.region_id
        for post in _managing(duty)
    )


def why_not_keep(duty: Duty, user: User, on: date, posts: Sequence[Post] | None = None) -> str:
    """Why this duty can't change the account as a whole ("" if it can). `posts`: those of `unended_of`, when
    they were read before."""
    # SECURITY: a new password opens every post of the account; so one must be able to give them all.
    if user.pk == duty.user_id:
        return "自己的账号要请别人改"
    if posts is None:
        posts = list(unended(user.pk, on).select_related("region"))
    if not all(may_grant(duty, post.role, post.region) for post in posts):
        return "这个账号在别处还有任职，请上一级或系统管理员来改"
    return ""
