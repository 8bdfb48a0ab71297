"""Reading change reports: the township's and the county's list, most urgent first."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, F, Q

from visits.followup.models import ChangeReport, ChangeReportQuerySet
from visits.followup.selectors import timely

FILTERS = ("open", "late", "filed", "all")
State = ChangeReport.State


def _which(which: str, today: date) -> Q:
    return {
        "open": Q(state=State.NOTED),
        "late": Q(state=State.NOTED, due_on__lt=today),
        "filed": Q(state=State.FILED),
        "all": ~Q(state=State.WITHDRAWN),
    }[which]


def _narrowed(user: Any, chosen: Mapping[str, Any], today: date) -> ChangeReportQuerySet:
    return timely.narrowed(ChangeReport.objects.visible_to(user), timely.REPORTS, chosen, today)  # type: ignore[return-value]


def reports(user: Any, chosen: Mapping[str, Any], today: date) -> ChangeReportQuerySet:
    """`chosen`: which: open (not filed yet), late (open and its day is over), filed, all; unit, month, part of
    时限情况."""
    which = chosen.get("which") or "open"
    rows = _narrowed(user, chosen, today).filter(_which(which, today))
    rows = rows.select_related("person", "offline", "visit__visitor", "case")
    if which in ("filed", "all"):
        return rows.order_by(F("filed_at").desc(nulls_first=True), "-pk")
    return rows.order_by("-urgent", F("due_on").asc(nulls_last=True), "pk")


def counts(user: Any, chosen: Mapping[str, Any], today: date) -> dict[str, int]:
    """How many reports each filter shows under the same unit, month and part."""
    rows = _narrowed(user, chosen, today).order_by()
    return rows.aggregate(**{which: Count("pk", filter=_which(which, today)) for which in FILTERS})
