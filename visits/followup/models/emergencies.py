"""紧急情况 (五(三)-9): called in at once; what is written down comes afterwards and never stands in the way."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models.region import Level
from accounts.roles import COUNTY, READS_CASEWORK, TOWNSHIP, VILLAGE
from accounts.scoping import BY_UNIT, where
from visits.records.models import Visit
from visits.roster.models import Grant, Person, Placed
from xunfang.kit.history import tracked

OFFICES = BY_UNIT - VILLAGE


class EmergencyQuerySet(models.QuerySet["Emergency"]):
    def visible_to(self, user: Any) -> "EmergencyQuerySet":
        """Whoever may see the person; one about nobody on the roster is seen where it happened, and by its author.

        practice P17: what must not be talked about in a village (`PRIVATE`) is read there by nobody but its author."""
        duty = user.duty
        if Level.CITY in duty.units(OFFICES):
            return self
        granted = Q(person_id__in=Grant.open_to(user))
        office = where(duty, roles=OFFICES, prefix="person__", assignee=None)
        office |= Q(person=None) & where(duty, roles=OFFICES, assignee=None)
        if duty.has(READS_CASEWORK):
            office |= granted
        village = where(duty, prefix="person__") | Q(person=None) & where(duty, assignee=None) | granted
        return self.filter(office | ~Q(kind__in=PRIVATE) & village | Q(reported_by=user))

    def unsettled(self) -> "EmergencyQuerySet":
        return self.exclude(state="closed")


@tracked()
class Emergency(Placed):
    """One emergency: one line at first (what, whom called, when), its details within 24 hours, then how it ended.

    The system never claims to have called anybody. A false alarm keeps its record."""

    class Kind(models.TextChoices):
        ILL = "ill", "突发疾病、受伤"
        FIRE = "fire", "火灾、煤气"
        DISASTER = "disaster", "洪水、塌方、危房"
        MISSING = "missing", "走失、联系不上"
        ABUSE = "abuse", "受虐待、遗弃、家暴"
        MINOR = "minor", "未成年人无人照看"
        SELF_HARM = "self_harm", "轻生迹象"
        OTHER = "other", "其他"

    class State(models.TextChoices):
        REPORTED = "reported", "等值班的接"
        ACKNOWLEDGED = "acknowledged", "值班的已接"
        CLOSED = "closed", "已结束"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Of somebody without a file it may not have been said where: nothing stands in the way of telling.
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    # Made in the browser: a press that went twice is one emergency.
    key = models.UUIDField(unique=True, editable=False)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="emergencies")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="emergencies")
    # Who it is about and where, when there is no file.
    about = models.CharField("谁、在哪里", max_length=100, default="", blank=True)
    kind = models.CharField("什么情况", max_length=10, choices=Kind)
    words = models.CharField("怎么回事", max_length=200, default="", blank=True)
    # [[number, when as HH:MM or "", answer or case number], …]: whom somebody called, as they say it.
    called = models.JSONField("打了哪些电话", default=list)
    found_at = models.DateTimeField("什么时候发现")
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    state = models.CharField("状态", max_length=12, choices=State, default=State.REPORTED)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True)
    # Within 24 hours of the first line.
    details = models.CharField("详细经过", max_length=1000, default="", blank=True)
    details_due_at = models.DateTimeField("最迟什么时候补上经过")
    details_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    details_at = models.DateTimeField(null=True)
    # 未保法11条: the duty to tell the police, answered one way or the other where the kind carries it.
    police = models.CharField(
        "报警了吗",
        max_length=10,
        default="",
        blank=True,
        choices=[("told", "已报警"), ("not_needed", "核实后不用报警")],
    )
    police_words = models.CharField("何时报的、警号，或为什么不用", max_length=200, default="", blank=True)
    outcome = models.CharField("结果", max_length=300, default="", blank=True)
    false_alarm = models.BooleanField("虚惊", default=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(about=""),
                name="emergency_is_about_somebody",
                violation_error_message="请写是谁、在哪里",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_by=None, acknowledged_at=None)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
                name="emergency_acknowledged_pair",
            ),
            models.CheckConstraint(
                condition=~Q(state="acknowledged") | Q(acknowledged_by__isnull=False),
                name="emergency_acknowledged_complete",
            ),
            models.CheckConstraint(
                condition=Q(details="", details_by=None, details_at=None)
                | ~Q(details="") & Q(details_by__isnull=False, details_at__isnull=False),
                name="emergency_details_complete",
            ),
            models.CheckConstraint(
                condition=Q(police="", police_words="") | ~Q(police="") & ~Q(police_words=""),
                name="emergency_police_complete",
                violation_error_message="报警的写时间，不用报警的写为什么",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed")
                | Q(closed_by__isnull=False, closed_at__isnull=False)
                & ~Q(outcome="")
                & (Q(false_alarm=True) | ~Q(details="")),
                name="emergency_closed_complete",
                violation_error_message="结束前要写经过和结果",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed", kind__in=["abuse", "minor"])
                | ~Q(police="")
                | Q(false_alarm=True),
                name="emergency_police_answered",
                violation_error_message="要写报警了没有",
            ),
        ]
        indexes = [
            models.Index(fields=["county_id", "reported_at"], name="emergency_county"),
            models.Index(
                fields=["details_due_at"],
                condition=~Q(state="closed") & Q(details=""),
                name="emergency_details",
            ),
        ]

    def __str__(self) -> str:
        return f"emergency {self.pk}"


# practice P17: kinds that a village reads nothing of; 1-E E12: kinds for which the police are asked about.
PRIVATE = (Emergency.Kind.ABUSE, Emergency.Kind.MINOR, Emergency.Kind.SELF_HARM)
POLICE = (Emergency.Kind.ABUSE, Emergency.Kind.MINOR)


class DutyShiftQuerySet(models.QuerySet["DutyShift"]):
    def visible_to(self, user: Any) -> "DutyShiftQuerySet":
        """The offices of the unit, and those above it."""
        return self.filter(where(user.duty, roles=TOWNSHIP | COUNTY, prefix="region__", assignee=None))

    def of_units(self, unit_ids: Any) -> "DutyShiftQuerySet":
        return self.filter(region_id__in=unit_ids)

    def standing(self) -> "DutyShiftQuerySet":
        """Those that were not cancelled."""
        return self.filter(cancelled_at=None)

    def live(self, at: datetime) -> "DutyShiftQuerySet":
        """Who answers at this moment."""
        return self.standing().filter(starts_at__lte=at, ends_at__gt=at)

    def meeting(self, first: datetime, last: datetime) -> "DutyShiftQuerySet":
        """Those with a moment in the span, `last` not included."""
        return self.standing().filter(starts_at__lt=last, ends_at__gt=first)


@tracked()
class DutyShift(models.Model):
    """值班表: who of a township or a county answers the telephone from when (inclusive) to when (exclusive)."""

    region = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField("从")
    ends_at = models.DateTimeField("到")
    # 1: is called first; 2: is called when the first does not answer.
    place = models.PositiveSmallIntegerField("第几个打", default=1)
    name = models.CharField("姓名", max_length=30)
    phone = models.CharField("电话", max_length=20)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="shifts"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    cancel_reason = models.CharField("为什么取消", max_length=60, default="", blank=True)

    objects = DutyShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "place", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="shift_in_order",
                violation_error_message="结束要晚于开始",
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(phone=""), name="shift_complete"),
            models.CheckConstraint(condition=Q(place__in=[1, 2, 3]), name="shift_place"),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None, cancel_reason="")
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False) & ~Q(cancel_reason=""),
                name="shift_cancelled_complete",
                violation_error_message="取消要写为什么",
            ),
            ExclusionConstraint(
                name="shift_no_overlap",
                expressions=[
                    ("region", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    (Func(F("starts_at"), F("ends_at"), function="TSTZRANGE"), RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at=None),
                violation_error_message="这段时间这个位置已经有人值班",
            ),
        ]

    def __str__(self) -> str:
        return f"shift {self.pk}"
