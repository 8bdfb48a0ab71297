"""Reading who looked at the city, and whom the city may ask to see."""

from datetime import date
from typing import Any

from visits.roster.models import Grant, Look, LookQuerySet, Person, PersonQuerySet
from visits.roster.services.looking import CITY


def may_ask(user: Any) -> PersonQuerySet:
    """Whose file this reader may open with a reason: at the city anybody's, elsewhere nobody's."""
    rows = Person.objects.filter(merged_into=None)
    return rows if user.duty.has(CITY) else rows.none()


def masked(user: Any) -> bool:
    """Whether this reader reads names only of files that were opened with a reason."""
    return user.duty.has(CITY)


def open_ids(user: Any) -> frozenset[int]:
    """People whose files are open to the reader today."""
    return frozenset(Grant.open_to(user))


def waiting(user: Any, **which: Any) -> Person | None:
    """The person of this filter for whom the reader has yet to write a reason; None: nothing stands in the way, or
    nobody is there."""
    if not user.duty.has(CITY):
        return None
    shut = Person.objects.filter(**which).exclude(pk__in=Person.objects.visible_to(user).values("pk"))
    return shut.select_related("merged_into").first()


def listed(user: Any) -> LookQuerySet:
    """The newest first: of the county's people, or the reader's own."""
    found = Look.objects.visible_to(user).select_related("person__merged_into", "by")
    # SECURITY: no whole id number is even read.
    return found.defer("person__id_number", "person__merged_into__id_number").order_by("-at", "-pk")


def of_person(person: Person, user: Any) -> LookQuerySet:
    """Of the file and of those merged into it, for whoever may read of it."""
    files = Person.objects.of_files([person.pk]).values("pk")
    return Look.objects.visible_to(user).filter(person__in=files).select_related("by").order_by("at", "pk")


def own_today(person: Person, user: Any, today: date) -> Look | None:
    """What the reader wrote today."""
    return Look.objects.filter(person=person, by=user, until=today).first() if user.duty.has(CITY) else None
