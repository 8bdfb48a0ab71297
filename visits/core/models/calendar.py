"""The working calendar as it was announced, and what a unit may decide for itself, with dates."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xunfang.kit.history import tracked


class CalendarYear(models.Model):
    """A year whose days off are known. Deadlines refuse to guess a year that is not here."""

    class Status(models.TextChoices):
        OFFICIAL = "official", "正式"
        ESTIMATED = "estimated", "预估"

    year = models.PositiveSmallIntegerField("年份", primary_key=True)
    status = models.CharField("状态", max_length=10, choices=Status)
    document = models.CharField("文件", max_length=120)

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day that differs from its weekday: off though it is Monday to Friday, or work on a weekend."""

    class Kind(models.TextChoices):
        OFF = "off", "休"
        WORK = "work", "班"

    day = models.DateField("日期", primary_key=True)
    kind = models.CharField("休或班", max_length=4, choices=Kind)
    name = models.CharField("节日", max_length=20)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


@tracked()
class CalendarDraft(models.Model):
    """A year's days off as somebody brought them: in force once a second person has compared them with the notice.
    What was confirmed stays as the history of the year."""

    class State(models.TextChoices):
        WAITING = "waiting", "等第二个人核对"
        CONFIRMED = "confirmed", "已启用"
        RETURNED = "returned", "退回"
        DROPPED = "dropped", "作废"

    year = models.PositiveSmallIntegerField("哪一年")
    document = models.CharField("文件", max_length=120)
    source = models.CharField("文号或网址", max_length=200, default="", blank=True)
    text = models.TextField("通知原文", max_length=8000)
    # [[day, kind, name], …] as read from the text.
    days = models.JSONField("日子")
    # What was unusual when it was brought, and was looked at.
    odd = models.JSONField("要看的", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField("为什么退回", max_length=100, default="", blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(state="waiting"),
                name="calendar_draft_one_waiting",
                violation_error_message="这一年已经有一份等着核对",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | ~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="calendar_draft_decided_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(decided_by=F("made_by")),
                name="calendar_draft_two_people",
                violation_error_message="录入的人不能自己核对",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(reason=""), name="calendar_draft_return_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"calendar {self.year} {self.state}"


class UnitSettingQuerySet(models.QuerySet["UnitSetting"]):
    def live(self, on: date) -> "UnitSettingQuerySet":
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)


@tracked()
class UnitSetting(models.Model):
    """One decision of a unit about itself and what lies below, from a day on (`core.settings`)."""

    region = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="+")
    key = models.CharField("设置", max_length=40)
    value: Any = models.JSONField("值")
    document_no = models.CharField("文号", max_length=40, default="")
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    # None: decided before there was a page for it.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    objects = UnitSettingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="setting_dates_in_order"
            ),
            models.UniqueConstraint(
                fields=["region", "key"], condition=Q(ends_on=None), name="setting_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="setting_decided_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}@{self.region_id}"
