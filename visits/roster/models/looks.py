"""The city looks into one person's file (practice P30): for a reason, until the end of the day, seen by the county."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.roles import COUNTY, Role
from accounts.scoping import where
from visits.roster.models.people import Person


class LookQuerySet(models.QuerySet["Look"]):
    def visible_to(self, user: Any) -> "LookQuerySet":
        """The county in which the person is now; and whoever looked, as long as they are at the city."""
        seen = where(user.duty, roles=COUNTY, prefix="person__", assignee=None)
        return self.filter(seen | Q(by=user) if user.duty.has({Role.CITY_SUPERVISOR}) else seen)


class Look(models.Model):
    """市局查看: who opened whose file at the city, why, and until when (inclusive). Names are masked there otherwise.

    The row is the permission (`Grant.open_to` reads it): it ends with its day, and with the post at the city."""

    class Reason(models.TextChoices):
        """A code, so that no name gets into the log."""

        CASE = "case", "督办变化、案子"
        EMERGENCY = "emergency", "督办紧急情况"
        COMPLAINT = "complaint", "核对信访、12345转来的事"
        CHECK = "check", "检查、抽查，核对记录和签字"
        FIGURE = "figure", "核对数字对不上的地方"
        OTHER = "other", "别的"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="looks")
    reason = models.CharField("为什么要看", max_length=10, choices=Reason)
    words = models.CharField("具体是什么事", max_length=100, default="", blank=True)
    at = models.DateTimeField("什么时候")
    until = models.DateField("到哪天24:00（含）")

    append_only = True
    objects = LookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "by", "until"], name="look_once_a_day"),
            models.CheckConstraint(
                condition=Q(reason__in=["case", "emergency", "complaint", "check", "figure"])
                | Q(reason="other") & ~Q(words=""),
                name="look_says_why",
                violation_error_message="请写明为什么要看",
            ),
        ]
        indexes = [models.Index(fields=["by", "until"], name="look_open")]

    def __str__(self) -> str:
        return f"look {self.pk}"

    @property
    def why(self) -> str:
        """The reason in words: 核对信访、12345转来的事：11月20日来信."""
        if self.reason == self.Reason.OTHER:
            return self.words
        return f"{self.get_reason_display()}{'：' + self.words if self.words else ''}"
