"""Tries in vain as expressions about an item of the due list: of the person's own file, since the item opened."""

from django.db.models import CharField, Count, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import BaseExpression

from visits.records.models import Attempt
from visits.records.trying import COUNTED
from visits.schedule.models import DueItem

DISCHARGE = DueItem.Cause.DISCHARGE


def _since() -> QuerySet[Attempt]:
    made = Attempt.objects.filter(person_id=OuterRef("person_id"), outcome__in=sorted(COUNTED))
    # `DueItem.tries_from`, in SQL.
    return made.annotate(cause=ExpressionWrapper(OuterRef("cause"), CharField())).filter(
        Q(tried_on__gt=OuterRef("opens_on")) | Q(tried_on=OuterRef("opens_on")) & ~Q(cause=DISCHARGE)
    )


def tries() -> BaseExpression:
    return Subquery(_since().order_by().values("person_id").annotate(n=Count("pk")).values("n"))


def next_on() -> BaseExpression:
    return Subquery(_since().order_by("-tried_on", "-pk").values("next_on")[:1])
