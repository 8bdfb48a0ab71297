"""Reading who is not at home."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Count, F, QuerySet

from visits.roster.models import Absence, Person

# Tab → its word and kinds.
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "suspended": ("暂缓", tuple(kind.value for kind in Absence.SUSPENDING)),
    "hospital": ("住院", (Absence.Kind.HOSPITAL.value,)),
    "away": ("外出", (Absence.Kind.AWAY.value,)),
}


def _live(user: Any, today: date) -> QuerySet:
    people = Person.objects.visible_to(user).on_roster()
    return Absence.objects.live(today).filter(person__in=people)


def absent(user: Any, today: date, which: str, start: int, size: int) -> tuple[list[Absence], bool]:
    """Those of one tab, the nearest day first; and whether there are more."""
    rows = _live(user, today).filter(kind__in=PARTS[which][1]).select_related("person")
    order = "review_on" if which == "suspended" else "back_on"
    found = list(rows.order_by(F(order).asc(nulls_last=True), "pk")[start : start + size + 1])
    return found[:size], len(found) > size


def counts(user: Any, today: date) -> dict[str, int]:
    """How many stand under each tab."""
    by_kind = dict(_live(user, today).order_by().values_list("kind").annotate(n=Count("pk")))
    return {code: sum(by_kind.get(kind, 0) for kind in kinds) for code, (_, kinds) in PARTS.items()}


def where_now(person_ids: Collection[int], today: date) -> dict[int, Absence]:
    """Person id → where they are today, of those who are not at home. One query."""
    rows = Absence.objects.live(today).filter(person_id__in=person_ids, ends_on=None)
    return {row.person_id: row for row in rows}


def page_of(text: str) -> int:
    """The number of a page in an address; nonsense is the first."""
    return min(max(int(text), 1), 9999) if text.isdecimal() and len(text) < 6 else 1
