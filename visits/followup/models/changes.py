"""What a visit found that somebody must answer."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scoping import visible
from visits.records.models import OfflineVisit, Visit
from visits.roster.models import Grant, Person, Placed
from xunfang.kit.history import tracked


class ChangeReportQuerySet(models.QuerySet["ChangeReport"]):
    def visible_to(self, user: Any) -> "ChangeReportQuerySet":
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)


@tracked()
class ChangeReport(Placed):
    """五(三)-7, -8: a change that was found, on the township's list, with the day by which the county must know.

    The clock starts on the day of the visit, whoever types it and when."""

    class State(models.TextChoices):
        NOTED = "noted", "待上报"
        FILED = "filed", "已上报县级"
        WITHDRAWN = "withdrawn", "记录已作废"

    class Source(models.TextChoices):
        """Where the township heard of it. The same two working days from the day it was found (五(三)-8)."""

        VISIT = "visit", "巡访发现"
        CALL = "call", "本人或家属来电"
        LETTER = "letter", "来信来访"
        NEIGHBOUR = "neighbour", "邻居、村民反映"
        COMPLAINT = "complaint", "投诉、12345转来"
        OTHER = "other", "其他"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="changes")
    visit = models.OneToOneField(Visit, null=True, on_delete=models.PROTECT, related_name="change")
    # practice P4, P19: found on a visit that was made outside the system.
    offline = models.OneToOneField(OfflineVisit, null=True, on_delete=models.PROTECT, related_name="change")
    source = models.CharField("怎么知道的", max_length=10, choices=Source, default=Source.VISIT)
    # Made in the browser with a report that is typed in: a press that went twice is one report.
    key = models.UUIDField(null=True, unique=True, editable=False)
    # Who told it, as far as they wish to be named; a village reads neither.
    told_by = models.CharField("谁说的", max_length=60, default="", blank=True)
    # Where the county puts it together with others of the family; set when it is filed.
    case = models.ForeignKey(
        "visits_followup.Case", null=True, on_delete=models.PROTECT, related_name="reports"
    )
    found_on = models.DateField("哪天发现的")
    due_on = models.DateField("应于哪天24:00前报县级", null=True)
    due_note = models.CharField("为什么没有日期", max_length=60, default="", blank=True)
    items = models.JSONField("哪些项", default=list)
    urgent = models.BooleanField("紧急", default=False)
    state = models.CharField(max_length=10, choices=State, default=State.NOTED)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    filed_at = models.DateTimeField(null=True)
    late_reason = models.CharField("超时原因", max_length=200, default="", blank=True)

    objects = ChangeReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="filed", filed_by__isnull=False, filed_at__isnull=False)
                | Q(state__in=["noted", "withdrawn"], filed_by=None, filed_at=None),
                name="change_filed_complete",
            ),
            models.CheckConstraint(
                condition=~Q(source="visit", visit=None, offline=None)
                & (Q(source="visit") | Q(visit=None, offline=None, key__isnull=False)),
                name="change_source_complete",
            ),
            # Reports of before there were cases have none.
            models.CheckConstraint(condition=Q(case=None) | Q(state="filed"), name="change_case_when_filed"),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) ^ Q(due_note=""), name="change_due_or_note"
            ),
        ]
        indexes = [
            models.Index(
                fields=["township_id", "due_on"], condition=Q(state="noted"), name="change_township"
            ),
            models.Index(fields=["county_id", "due_on"], name="change_county"),
        ]

    def __str__(self) -> str:
        return f"change {self.pk}"
