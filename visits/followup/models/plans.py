"""救助方案 (四(一)-8): for each person a plan by how hard life is and what is needed, in versions."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scoping import visible
from visits.roster.models import Grant, Person, Placed
from xunfang.kit.history import tracked


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: Any) -> "PlanQuerySet":
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)

    def live(self) -> "PlanQuerySet":
        return self.filter(replaced_at=None)


@tracked()
class Plan(Placed):
    """What is meant to be done for one person. A change is a new version; the old one stays as it was told."""

    class Degree(models.TextChoices):
        COMMON = "common", "一般"
        HEAVY = "heavy", "较重"
        GRAVE = "grave", "特重"

    class Told(models.TextChoices):
        NOT_YET = "", "还没告诉"
        SELF = "self", "告诉了本人"
        FAMILY = "family", "告诉了家人或监护人"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField("第几版")
    degree = models.CharField("困难程度", max_length=8, choices=Degree)
    # Codes of what is needed, in the words of `visits.records.needs`.
    needs = models.JSONField("需要什么", default=list)
    # practice P25: “维持现有救助，按期巡访” is a plan, confirmed for a whole village at once.
    standard = models.BooleanField("标准方案", default=False)
    note = models.CharField("说明", max_length=300, default="", blank=True)
    review_on = models.DateField("哪天复核")
    told = models.CharField("告诉本人了吗", max_length=8, choices=Told, default=Told.NOT_YET, blank=True)
    told_on = models.DateField("哪天告诉的", null=True)
    # The press that confirmed standard plans for many at once: what one press made, one press takes back.
    batch = models.UUIDField(null=True, editable=False)
    # The same for plans that say the same, so that equal texts can be counted; "" for standard plans.
    alike = models.CharField(max_length=32, default="", blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    replaced_by = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaces")

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "version"], name="plan_version_once"),
            models.UniqueConstraint(fields=["person"], condition=Q(replaced_at=None), name="plan_one_live"),
            models.CheckConstraint(
                condition=Q(told="", told_on=None) | ~Q(told="") & Q(told_on__isnull=False),
                name="plan_told_complete",
                violation_error_message="告诉了谁，要写哪天",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | Q(replaced_at__isnull=False), name="plan_replaced_complete"
            ),
        ]
        indexes = [
            models.Index(
                fields=["township_id", "review_on"], condition=Q(replaced_at=None), name="plan_township"
            ),
            models.Index(
                fields=["county_id", "review_on"], condition=Q(replaced_at=None), name="plan_county"
            ),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="plan_batch"),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk}"


@tracked()
class PlanMeasure(models.Model):
    """One thing to be done: by which office, by whom, until when (inclusive), and what came of it."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="measures")
    kind = models.CharField("哪一类", max_length=16)
    words = models.CharField("做什么", max_length=100)
    unit = models.CharField("哪个单位", max_length=40)
    who = models.CharField("谁负责", max_length=40)
    due_on = models.DateField("哪天前")
    done_on = models.DateField("哪天办好", null=True)
    result = models.CharField("结果", max_length=200, default="", blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(words="") & ~Q(unit="") & ~Q(who=""),
                name="measure_complete",
                violation_error_message="每条措施要写做什么、哪个单位、谁负责",
            ),
            models.CheckConstraint(
                condition=Q(done_on=None, done_by=None, result="")
                | Q(done_on__isnull=False, done_by__isnull=False) & ~Q(result=""),
                name="measure_done_complete",
                violation_error_message="办好了要写日期和结果",
            ),
        ]

    def __str__(self) -> str:
        return f"measure {self.pk}"


class OpenNeedQuerySet(models.QuerySet["OpenNeed"]):
    def visible_to(self, user: Any) -> "OpenNeedQuerySet":
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)


class OpenNeed(Placed):
    """“有需要、没方案” (practice P25): what somebody needs and no measure answers. The row is there while it is so:
    it follows from visits and plans (`planning.unmet`) and is written when one of them changes."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="open_need")
    # Codes of `visits.records.needs`, in its order.
    codes = models.JSONField("需要什么", default=list)
    since = models.DateField("哪天起")

    objects = OpenNeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(codes=[]), name="open_need_says_what"),
        ]
        indexes = [
            models.Index(fields=["township_id", "since"], name="open_need_township"),
            models.Index(fields=["county_id", "since"], name="open_need_county"),
        ]

    def __str__(self) -> str:
        return f"open need of person {self.person_id}"
