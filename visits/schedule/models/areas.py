"""五(一)-4: who visits where, with dates; and the nightly recount of what is owed."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.scoping import counted, where
from visits.roster.models import Person, Placed
from xunfang.kit.history import tracked

_DAYS = Func(F("starts_on"), F("ends_on"), Value("[]"), function="DATERANGE", output_field=DateRangeField())


class AreaQuerySet(models.QuerySet["Area"]):
    def live(self, on: date) -> "AreaQuerySet":
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)

    def visible_to(self, user: Any) -> "AreaQuerySet":
        return self.filter(where(user.duty, assignee="visitor_id"))

    def counted_in(self, units: dict[int, set[int]]) -> "AreaQuerySet":
        return counted(self, units)


@tracked()
class Area(Placed):
    """责任区: a village, or one 自然村 of it, belongs to a visitor from one day to another, both inclusive. A row
    without `hamlet` is the rest of the village. No two on one day for the same place, by constraint."""

    hamlet = models.CharField("自然村（小区）", max_length=30, default="", blank=True)
    visitor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="areas")
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = AreaQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="area_dates_in_order",
                violation_error_message="结束日期早于开始日期，请核对",
            ),
            ExclusionConstraint(
                name="area_no_overlap",
                expressions=[
                    ("village_id", RangeOperators.EQUAL),
                    ("hamlet", RangeOperators.EQUAL),
                    (_DAYS, RangeOperators.OVERLAPS),
                ],
                violation_error_message="这个地方这几天已经有巡访人了",
            ),
        ]
        indexes = [models.Index(fields=["township_id", "village_id"], name="area_township")]

    def __str__(self) -> str:
        return f"area {self.pk}"


class AreaMember(models.Model):
    """Whose visitor comes with the area (跟责任区走). Who has no row, or another visitor than the area's, was given
    to somebody by name and keeps that visitor when the area changes hands."""

    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, primary_key=True, related_name="area_member"
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="members")

    def __str__(self) -> str:
        return f"{self.person_id} in {self.area_id}"


class FullRun(models.Model):
    """Up to which day everybody's list was brought up to date: one row. After an outage the list is written from
    here on; what was refreshed for single people in between does not move it."""

    on = models.DateField("更新到哪天")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="full_run_one_row")]

    def __str__(self) -> str:
        return f"{self.on}"


class SelfCheck(models.Model):
    """What is owed, recounted by the plain definition beside the set-based one. `wrong`: how many people differ;
    `sample`: a few of their ids. Kept for the health page."""

    ran_at = models.DateTimeField()
    on = models.DateField("哪一天的名单")
    people = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()
    sample = models.JSONField(default=list)
    mended = models.PositiveIntegerField(default=0)
    seconds = models.FloatField()

    class Meta:
        ordering = ["-ran_at"]

    def __str__(self) -> str:
        return f"{self.on} {self.wrong}/{self.people}"


class WrittenPeriod(models.Model):
    """What everybody's list of a period was written from: while nothing of it changed, there is nothing to add."""

    kind = models.CharField(max_length=8)
    start = models.DateField("哪天起的一期")
    mark = models.TextField("按什么写的")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "start"], name="written_once_a_period")]

    def __str__(self) -> str:
        return f"{self.kind} {self.start}"
