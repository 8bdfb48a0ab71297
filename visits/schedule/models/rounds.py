"""四(二)-4, -5: a round before or after a typhoon, a rainstorm, a cold wave: who is reached, and by when."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.region import Level
from xunfang.kit.history import tracked


class RoundQuerySet(models.QuerySet["Round"]):
    def open(self) -> "RoundQuerySet":
        return self.filter(called_off_at=None)

    def visible_to(self, user: Any) -> "RoundQuerySet":
        """Rounds of one's own units, of those above and of those below."""
        condition = Q(pk__in=[])
        for post in user.duty.posts:
            if post.level == Level.CITY:
                return self
            above = [pk for pk in (post.county_id, post.township_id, post.village_id, post.region_id) if pk]
            condition |= Q(region__level=Level.CITY) | Q(region_id__in=above)
            condition |= Q(region__county_id=post.region_id) | Q(region__township_id=post.region_id)
        return self.filter(condition)


@tracked()
class Round(models.Model):
    """专项巡访: an area, a profile of people, a short date and a few questions. Its items are `DueItem`s with
    `cause` round: any visit in its days fulfils them, and one visit fulfils them and what the rules ask."""

    class Kind(models.TextChoices):
        TYPHOON = "typhoon", "台风"
        RAIN = "rain", "暴雨"
        COLD = "cold", "寒潮"
        HEAT = "heat", "高温"
        OTHER = "other", "其他"

    class Block(models.TextChoices):
        """Which of the season's questions the visit form shows whatever the date."""

        FLOOD = "flood", "汛期问题"
        WINTER = "winter", "冬季问题"
        NONE = "", "不加"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    region = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("为什么", max_length=10, choices=Kind)
    name = models.CharField("名称", max_length=40)
    starts_on = models.DateField("从")
    due_on = models.DateField("哪天前（含）")
    modes = ArrayField(models.CharField(max_length=12), verbose_name="可用方式")
    # Villages chosen; empty: the whole area. Profile: {who: codes of rounds.kinds.WHO, groups: codes of groups}; whom
    # one of them fits is meant, but nobody whom the rounds of `without` (their keys) ask for.
    village_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    profile: Any = models.JSONField("哪些人", default=dict)
    block = models.CharField("加问", max_length=8, choices=Block, default=Block.NONE, blank=True)
    # Up to five short questions of its own, answered yes or no.
    questions = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    say = models.CharField("给巡访人的话", max_length=100, default="", blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    called_off_at = models.DateTimeField(null=True)
    called_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    called_off_reason = models.CharField("为什么取消", max_length=60, default="", blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=F("starts_on")),
                name="round_dates_in_order",
                violation_error_message="截止日期早于开始日期，请核对",
            ),
            models.CheckConstraint(
                condition=Q(called_off_at=None, called_off_by=None, called_off_reason="")
                | (Q(called_off_at__isnull=False, called_off_by__isnull=False) & ~Q(called_off_reason="")),
                name="round_called_off_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.name
