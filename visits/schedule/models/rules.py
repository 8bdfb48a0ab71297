"""How often whom: dated rules of the city and of counties and townships that ask for more."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.region import Level
from accounts.roles import Role
from visits.roster.models import CareGroup
from xunfang.kit.history import tracked


class FrequencyRuleQuerySet(models.QuerySet["FrequencyRule"]):
    def live(self, on: date) -> "FrequencyRuleQuerySet":
        return self.lasting(on).filter(starts_on__lte=on)

    def lasting(self, on: date) -> "FrequencyRuleQuerySet":
        """Live on that day or later; what was taken back before it held is not."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on) & Q(ends_on__gt=F("starts_on")))

    def visible_to(self, user: Any) -> "FrequencyRuleQuerySet":
        """The city's, and those of one's own county and its townships; whoever looks after the city sees all.
        The labels of classes are another question (docs/adr 15)."""
        if any(post.level == Level.CITY for post in user.duty.posts):
            return self
        counties = {post.county_id for post in user.duty.posts if post.county_id}
        return self.filter(Q(region__level=Level.CITY) | Q(region__county_id__in=counties))

    def ruled_by(self, user: Any) -> "FrequencyRuleQuerySet":
        """Those the user may end: a county officer the county's and its townships', the city's desk the city's."""
        condition = Q(region__county_id__in=user.duty.unit_ids(Role.COUNTY_OFFICER))
        if user.duty.has({Role.CITY_BUSINESS}):
            condition |= Q(region__level=Level.CITY)
        return self.filter(condition)


@tracked()
class FrequencyRule(models.Model):
    """四(一)-4, -5, -6: a unit's rule for a tier or one group: how often, by which means, from when on."""

    class Kind(models.TextChoices):
        WEEK = "week", "每周"
        MONTH = "month", "每月"
        QUARTER = "quarter", "每季度"
        HALF = "half", "每半年"

    region = models.ForeignKey("accounts.Region", on_delete=models.PROTECT, related_name="+")
    tier = models.CharField("重点或普遍", max_length=8, choices=CareGroup.Tier, null=True)
    group = models.ForeignKey(CareGroup, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("多久一次", max_length=8, choices=Kind)
    modes = ArrayField(models.CharField(max_length=12), verbose_name="可用方式")
    min_home = models.PositiveSmallIntegerField("其中至少上门几次", default=0)
    sentence = models.CharField("给人看的一句话", max_length=60)
    clause = models.CharField("依据", max_length=60)
    document_no = models.CharField("文号", max_length=60, default="")
    position = models.PositiveSmallIntegerField(default=0)
    starts_on = models.DateField("从")
    ends_on = models.DateField("到", null=True)
    # None: the guideline's own two, and what was added before there was a page for it.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(null=True)
    # By which document it ends; why, when it was withdrawn before it held.
    end_document_no = models.CharField("停用文号", max_length=60, default="", blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    objects = FrequencyRuleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tier__isnull=True) ^ Q(group__isnull=True), name="rule_for_tier_or_group"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="rule_dates_in_order"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, end_document_no="")
                | (
                    Q(ended_at__isnull=False, ended_by__isnull=False, ends_on__isnull=False)
                    & ~Q(end_document_no="")
                ),
                name="rule_end_complete",
                violation_error_message="停用一条规定要写文号",
            ),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def withdrawn(self) -> bool:
        """Taken back before it held, or on the day it was made. For one day it owes nothing: no period has it whole."""
        return self.ends_on is not None and self.ends_on == self.starts_on
