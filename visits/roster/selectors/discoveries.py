"""Reading what cadres told: what waits, what became of it, and who may be meant."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from visits.roster.models import Discovery, DiscoveryQuerySet, Person

KEPT_ON_HOME = timedelta(days=30)
PAGE = 50


def discoveries(user: Any, state: str) -> DiscoveryQuerySet:
    """What the user may see of a state ("" for all), the newest first."""
    rows = Discovery.objects.visible_to(user).select_related("told_by", "group", "person", "settled_by")
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("-told_at", "-pk")


def own_news(user: Any, today: date) -> list[Discovery]:
    """What one told oneself: what still waits, and what was answered in the last thirty days."""
    rows = Discovery.objects.filter(told_by_id=user.pk).select_related("person")
    recent = Q(settled_at__date__gte=today - KEPT_ON_HOME) | Q(state=Discovery.State.WAITING)
    return list(rows.filter(recent).order_by("-told_at", "-pk")[:20])


def alike(found: Discovery) -> list[Person]:
    """Files of the township that may be the person who was told of: the same name or the same telephone."""
    same = Q(name=found.name)
    if found.phone:
        same |= Q(phone=found.phone) | Q(contact_phone=found.phone)
    rows = Person.objects.filter(same, township_id=found.township_id, merged_into=None)
    return list(rows.order_by("village_id", "pk")[:10])
