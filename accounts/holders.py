"""Who holds a role in a unit on a day: the reverse of a duty, for many units at once."""

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Q

from accounts.models import Delegation, Post, Region
from accounts.roles import SIGNATORIES

Wanted = Mapping[str, Collection[int]]


def holders(wanted: Wanted, on: date) -> dict[tuple[str, int], list[int]]:
    """(role, unit) → ids of the people who work there in that role, in order of their posts. A post in a unit that
    was merged covers the unit it ended in; whoever signs by 授权 is among those who sign. At most three queries."""
    gone = dict(Region.objects.exclude(replaced_by=None).values_list("pk", "replaced_by_id"))
    asked, deputies = Q(pk__in=[]), Q(pk__in=[])
    for role, units in wanted.items():
        ids = set(units)
        asked |= Q(role=role, region_id__in=ids | {old for old in gone if _end(old, gone) in ids})
        if role in SIGNATORIES:
            deputies |= Q(role=role, region_id__in=ids)
    posts = Post.objects.live(on).filter(asked, user__is_active=True).order_by("pk")
    found: dict[tuple[str, int], list[int]] = {}
    for role, unit, user_id in posts.values_list("role", "region_id", "user_id"):
        for place in {unit, _end(unit, gone)}:
            if place in wanted[role]:
                found.setdefault((role, place), []).append(user_id)
    papers = Delegation.objects.live(on).filter(deputies, deputy__is_active=True)
    for role, unit, user_id in papers.order_by("pk").values_list("role", "region_id", "deputy_id"):
        found.setdefault((role, unit), []).append(user_id)
    return {key: list(dict.fromkeys(ids)) for key, ids in found.items()}


def _end(unit: int, gone: Mapping[int, int]) -> int:
    seen: set[int] = set()
    while unit in gone and unit not in seen:
        seen.add(unit)
        unit = gone[unit]
    return unit
