"""Who is asked for by another round in the same days already: nobody is to be rung twice for one cold wave."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from visits.schedule.models import DueItem, Round
from visits.schedule.rounds import people


@dataclass(frozen=True)
class Beside:
    """Another round, how many of the same people it asks for, and how many of them were visited in it."""

    row: Round
    people: int
    done: int


def running(row: Round, user: Any) -> list[Round]:
    """Rounds that the user may read, and whose days meet those of this one, the oldest first."""
    others = Round.objects.visible_to(user).open().exclude(pk=row.pk).select_related("region")
    return list(others.filter(starts_on__lte=row.due_on, due_on__gte=row.starts_on).order_by("pk"))


def beside(row: Round, user: Any, on: date) -> tuple[list[Beside], int]:
    """The rounds in which people of this one (not saved yet) are, and how many are in none of them. Three queries."""
    others = {one.pk: one for one in running(row, user)}
    if not others:
        return [], people.fitting(row, on).count()
    fitting = people.fitting(row, on).order_by()
    items = people.asked(DueItem.objects.filter(round__in=others, person__in=fitting.values("pk")))
    counted = (
        items.order_by()
        .values_list("round")
        .annotate(n=Count("pk"), done=Count("pk", filter=Q(done_on__isnull=False)))
    )
    found = [Beside(others[pk], n, done) for pk, n, done in counted.order_by("round")]
    return found, people.without(fitting, list(others)).count() if found else fitting.count()
