"""Where people are when they are not at home, and who visits them there: absences, entrustments, moves."""

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models.region import Level
from visits.roster.models.people import Person
from xunfang.kit.history import tracked


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def live(self, on: date) -> "AbsenceQuerySet":
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on, voided_at=None)

    def suspending(self) -> "AbsenceQuerySet":
        return self.filter(kind__in=Absence.SUSPENDING, voided_at=None)


@tracked()
class Absence(models.Model):
    """1-E E8, E10: a person is in hospital, away, in prison or rehabilitation, or can't be found. Both dates
    inclusive; no end: still so. Some kinds suspend what is owed (暂缓): they need a document and a review."""

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", "住院"
        AWAY = "away", "外出"
        PRISON = "prison", "服刑"
        REHAB = "rehab", "强制戒毒"
        MISSING = "missing", "失联"

    SUSPENDING = (Kind.PRISON, Kind.REHAB, Kind.MISSING)

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="absences")
    kind = models.CharField("什么情况", max_length=10, choices=Kind)
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    back_on = models.DateField("预计哪天回来", null=True)
    place = models.CharField("在哪里", max_length=60, default="", blank=True)
    phone = models.CharField("那边的电话", max_length=20, default="", blank=True)
    document_no = models.CharField("文书号", max_length=60, default="", blank=True)
    review_on = models.DateField("哪天再核", null=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=60, default="", blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="absence_dates_in_order",
                violation_error_message="回来的日子早于离开的日子，请核对",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["prison", "rehab", "missing"])
                | (~Q(document_no="") & Q(review_on__isnull=False)),
                name="absence_suspending_has_document",
                violation_error_message="暂缓巡访要写文书号和再核日期",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ends_on=None, voided_at=None),
                name="absence_one_open",
                violation_error_message="已经登记过不在家了，先结束原来的",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None) ^ ~Q(void_reason=""), name="absence_void_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on}"

    @property
    def suspends(self) -> bool:
        """Whether nothing is owed meanwhile."""
        return self.kind in self.SUSPENDING


class TransitionQuerySet(models.QuerySet["Transition"]):
    def open(self) -> "TransitionQuerySet":
        return self.filter(state__in=Transition.OPEN)

    def visible_to(self, user: Any) -> "TransitionQuerySet":
        """For the offices of both sides."""
        from accounts.scoping import BY_UNIT

        condition = Q(pk__in=[])
        for level, ids in user.duty.units(BY_UNIT).items():
            if level == Level.CITY:
                return self
            if level == Level.COUNTY:
                condition |= Q(from_county_id__in=ids) | Q(to_county_id__in=ids)
            elif level == Level.TOWNSHIP:
                condition |= Q(from_township_id__in=ids) | Q(to_township_id__in=ids)
        return self.filter(condition)


@tracked()
class Transition(models.Model):
    """三-1, 四(一)-3, E4, E5: a person's visits are entrusted to the township where they live (委托), or the file
    moves to another township for good (移交). The duty and the figures of an entrusted person stay where they are
    registered. One that is open at a time for each person."""

    class Kind(models.TextChoices):
        ENTRUST = "entrust", "委托探访"
        TRANSFER = "transfer", "移交"

    class State(models.TextChoices):
        PROPOSED = "proposed", "等对方答复"
        ACCEPTED = "accepted", "对方接受，正在委托"
        DECLINED = "declined", "对方不接受"
        LAPSED = "lapsed", "对方没有答复，退回"
        WITHDRAWN = "withdrawn", "已收回"
        ENDED = "ended", "委托已结束"
        DONE = "done", "已移交"

    OPEN = (State.PROPOSED, State.ACCEPTED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("文号", max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="transitions")
    from_county_id = models.BigIntegerField()
    from_township = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="+")
    to_county_id = models.BigIntegerField(null=True)
    to_township = models.ForeignKey(
        "accounts.Region", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="哪个乡镇"
    )
    # Outside the city the letter goes by post.
    to_outside = models.CharField("外市哪里", max_length=80, default="", blank=True)
    # 移交: the village that takes them, said by the side that accepts.
    to_village = models.ForeignKey(
        "accounts.Region", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="哪个村"
    )
    address = models.CharField("现住址", max_length=100, default="", blank=True)
    phone = models.CharField("那边的电话", max_length=20, default="", blank=True)
    reason = models.CharField("为什么", max_length=100)
    asks = models.CharField("请对方做什么", max_length=200, default="", blank=True)
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    # 四(一)-3: silence until the end of this day falls back.
    answer_by = models.DateField("对方最迟哪天答复")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField("答复的话", max_length=100, default="", blank=True)
    # Whose people they were before, to be given back.
    assignee_before = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    close_reason = models.CharField("为什么结束", max_length=100, default="", blank=True)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_township__isnull=False, to_outside="")
                | (Q(to_township=None) & ~Q(to_outside="")),
                name="transition_to_somewhere",
                violation_error_message="请选一个乡镇，或写明外市哪里",
            ),
            models.CheckConstraint(
                condition=Q(to_township=None) | ~Q(to_township=F("from_township")),
                name="transition_not_to_itself",
                violation_error_message="不能委托给自己的乡镇",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="transition_dates_in_order",
                violation_error_message="结束日期早于开始日期，请核对",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=["proposed", "accepted"]),
                name="transition_one_open",
                violation_error_message="这个人已经有一次委托或移交在办",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "accepted"], closed_at=None)
                | (~Q(state__in=["proposed", "accepted"]) & Q(closed_at__isnull=False)),
                name="transition_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(kind="entrust"), name="transition_only_entrust_runs"
            ),
        ]
        indexes = [
            models.Index(
                fields=["to_township", "state"], condition=Q(state__in=["proposed", "accepted"]),
                name="transition_to",
            ),
            models.Index(fields=["from_township", "state"], name="transition_from"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number
