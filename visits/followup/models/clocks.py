"""What the clocks leave behind: the day's summary, and each level of each deadline that was told."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, Role
from accounts.scoping import where
from visits.roster.models import Placed
from xunfang.kit.history import tracked


class DaySummaryQuerySet(models.QuerySet["DaySummary"]):
    def visible_to(self, user: Any) -> "DaySummaryQuerySet":
        """The offices over a township read its days; villages and visitors have no summaries."""
        units = user.duty.units(TOWNSHIP | COUNTY | {Role.CITY_SUPERVISOR, Role.INSPECTOR})
        if Level.CITY in units:
            return self
        return self.filter(
            Q(township_id__in=units.get(Level.TOWNSHIP, set()))
            | Q(county_id__in=units.get(Level.COUNTY, set()))
        )


@tracked()
class DaySummary(models.Model):
    """当日汇总 (五(三)-7, practice P22): what a township's visits of one calendar day found, as it stood at 24:00.

    It compiles itself, days off included; a day on which nothing was visited and nothing changed has no row. The
    township confirms it on the next working day. What is typed in later is shown beside it and changes nothing."""

    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    on = models.DateField("哪一天")
    # How many: see `followup.summing`. The lists behind them are read from the rows themselves.
    visits = models.PositiveIntegerField("巡访", default=0)
    attempts = models.PositiveIntegerField("没见到", default=0)
    changes = models.PositiveIntegerField("变化", default=0)
    urgent = models.PositiveIntegerField("紧急", default=0)
    findings = models.PositiveIntegerField("新发现的问题", default=0)
    # Ids of the change reports that were known at 24:00, in order.
    report_ids = models.JSONField(default=list)
    compiled_at = models.DateTimeField()
    confirm_by = models.DateField("哪天前确认", null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    note = models.CharField("说明", max_length=200, default="", blank=True)

    objects = DaySummaryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["township_id", "on"], name="day_summary_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="day_summary_confirmed_complete",
            ),
            models.CheckConstraint(
                condition=Q(visits__gt=0) | Q(attempts__gt=0) | Q(changes__gt=0), name="day_summary_not_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["county_id", "on"], name="day_summary_county"),
            models.Index(fields=["confirm_by"], condition=Q(confirmed_at=None), name="day_summary_open"),
        ]

    def __str__(self) -> str:
        return f"summary of {self.township_id} on {self.on}"


class Subject(models.TextChoices):
    """Whose deadline it is."""

    REPORT = "report", "变化上报"
    CASE = "case", "初步方案"
    SUPPLEMENT = "supplement", "补材料"
    MEASURE = "measure", "措施"
    SUMMARY = "summary", "当日汇总"
    EMERGENCY = "emergency", "紧急情况"
    VISIT = "visit", "巡访到期"
    SIGNING = "signing", "签字"


@tracked()
class EscalationRule(models.Model):
    """Who is told of a deadline, and how long before or after its day: the city's defaults, and what a county adds.

    `days`: working days after the last day (negative: before; 0: on it). Levels of one subject go up with `days`."""

    region = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="+")
    subject = models.CharField("什么期限", max_length=12, choices=Subject)
    level = models.PositiveSmallIntegerField("第几级")
    days = models.SmallIntegerField("最后一天之后几个工作日")
    at = models.TimeField("几点")
    # accounts.roles.Role at the unit over the row, or one of `followup.deadlines.ROLE_WORDS`.
    role = models.CharField("告诉谁", max_length=20)
    # Told at once, apart from the daily digest.
    at_once = models.BooleanField("马上告诉", default=False)
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["subject", "level", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "subject", "level", "role"],
                condition=Q(ends_on=None),
                name="escalation_rule_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="escalation_rule_in_order",
            ),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=9), name="escalation_rule_level"),
            models.CheckConstraint(condition=Q(days__gte=-10, days__lte=30), name="escalation_rule_days"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} level {self.level}"


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def visible_to(self, user: Any) -> "EscalationQuerySet":
        return self.filter(where(user.duty, assignee=None))


class Escalation(Placed):
    """One level of one deadline, told: the row is the proof that it was told, and that it is never told again.

    A deadline that moves to another day (the calendar was changed) begins anew: its day is part of the key. So does
    one whose row goes to another township, also back to the first: `stay` counts from 0."""

    # A day's summary belongs to a township, an emergency about nobody on the roster may belong to a county only.
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=12, choices=Subject)
    subject_id = models.BigIntegerField()
    due_on = models.DateField()
    level = models.PositiveSmallIntegerField()
    # In which township's hands the row was: the first that was told of this level, the one after it, and so on.
    stay = models.PositiveSmallIntegerField(default=0)
    told_at = models.DateTimeField()
    # How many people it was told; 0: the post was vacant, which the next level learns.
    told = models.PositiveSmallIntegerField(default=0)

    objects = EscalationQuerySet.as_manager()
    append_only = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "subject_id", "due_on", "level", "stay"], name="escalation_once"
            ),
        ]
        indexes = [models.Index(fields=["county_id", "told_at"], name="escalation_county")]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id} level {self.level}"
