"""Reading visits that were made elsewhere, and who may still have had one."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef

from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.records.models import OfflineVisit
from visits.roster.models import Person, PersonQuerySet
from visits.schedule.models import DueItem
from visits.schedule.services import visitors_for


def townships(user: Any) -> list[Region]:
    """Townships whose clerk the user is, in their order."""
    ids = user.duty.unit_ids(Role.TOWNSHIP_CLERK)
    return list(Region.objects.filter(pk__in=ids, level=Level.TOWNSHIP).order_by("position", "pk"))


def waiting(township_id: int, today: date, village_id: int | None = None) -> PersonQuerySet:
    """People of a township (or of one village) who are owed a visit, in the order in which they are found."""
    # A round is no part of the period that the lists of the first day are about.
    items = DueItem.objects.to_do(today).exclude(cause=DueItem.Cause.ROUND).filter(person_id=OuterRef("pk"))
    people = Person.objects.on_roster().filter(Exists(items), township_id=township_id)
    if village_id is not None:
        people = people.filter(village_id=village_id)
    return people.select_related("assignee").order_by("village_id", "hamlet", "pk")


def villages(township_id: int, today: date) -> list[tuple[Region, int]]:
    """Villages with people who are owed a visit, and how many, in their order."""
    counts = dict(
        waiting(township_id, today)
        .order_by()
        .values_list("village_id")
        .annotate(n=Count("pk"))
        .values_list("village_id", "n")
    )
    rows = Region.objects.filter(pk__in=counts).order_by("position", "pk")
    return [(row, counts[row.pk]) for row in rows]


def visitors(township: Region, on: date) -> list[User]:
    """Everybody who visits in the township, villages included, by name."""
    return sorted(visitors_for(township, on), key=lambda user: (user.name, user.pk))


def recorded(user: Any, township_id: int, kind: str = "") -> Any:
    """What was entered for a township, the newest first; voided entries stand with their reason."""
    rows = OfflineVisit.objects.visible_to(user).filter(township_id=township_id)
    rows = rows.filter(kind=kind) if kind else rows
    return rows.select_related("person", "recorded_by", "voided_by").order_by("-recorded_at", "-pk")


def registered_people(township_id: int, kind: str) -> int:
    """How many people of a township have an entry of this kind that stands."""
    rows = OfflineVisit.objects.valid().filter(township_id=township_id, kind=kind)
    return rows.order_by().values("person_id").distinct().count()


def done_offline(sheet_village: int, start: date, end: date) -> Collection[int]:
    """People of a village whose item of these days was done by such a visit: nobody signs for it here."""
    return set(
        DueItem.objects.counting()
        .filter(village_id=sheet_village, period_end__range=(start, end), done_on__isnull=False)
        .exclude(done_via__in=[DueItem.Via.RECORD, DueItem.Via.ENTRUSTED])
        .values_list("person_id", flat=True)
    )
