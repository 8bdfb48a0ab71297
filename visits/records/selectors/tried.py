"""Tries in vain as expressions about an item of the due list: of the person's own file, since the item opened."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.expressions import BaseExpression

from visits.records.models import Attempt
from visits.records.trying import COUNTED


def _since() -> QuerySet[Attempt]:
    return Attempt.objects.filter(
        person_id=OuterRef("person_id"), tried_on__gte=OuterRef("opens_on"), outcome__in=sorted(COUNTED)
    )


def tries() -> BaseExpression:
    return Subquery(_since().order_by().values("person_id").annotate(n=Count("pk")).values("n"))


def next_on() -> BaseExpression:
    return Subquery(_since().order_by("-tried_on", "-pk").values("next_on")[:1])
