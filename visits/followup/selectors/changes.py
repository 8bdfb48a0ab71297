"""Reading change reports: the township's and the county's list, most urgent first."""

from datetime import date
from typing import Any

from django.db.models import Count, F, Q

from visits.followup.models import ChangeReport, ChangeReportQuerySet

FILTERS = ("open", "late", "filed")


def reports(user: Any, which: str, today: date) -> ChangeReportQuerySet:
    """`which`: open (not filed yet), late (open and its day is over), filed."""
    rows = ChangeReport.objects.visible_to(user).select_related("person", "offline", "visit__visitor")
    if which == "filed":
        return rows.filter(state=ChangeReport.State.FILED).order_by("-filed_at", "-pk")
    rows = rows.filter(state=ChangeReport.State.NOTED)
    if which == "late":
        rows = rows.filter(due_on__lt=today)
    return rows.order_by("-urgent", F("due_on").asc(nulls_last=True), "pk")


def counts(user: Any, today: date) -> dict[str, int]:
    """How many reports each filter shows: open, late, filed."""
    noted = Q(state=ChangeReport.State.NOTED)
    return (
        ChangeReport.objects.visible_to(user)
        .order_by()
        .aggregate(
            open=Count("pk", filter=noted),
            late=Count("pk", filter=noted & Q(due_on__lt=today)),
            filed=Count("pk", filter=Q(state=ChangeReport.State.FILED)),
        )
    )
