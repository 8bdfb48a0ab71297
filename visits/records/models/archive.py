"""县、乡各存一份 (五(一)-8): what each of the two offices keeps of a village's year, and where (practice P28)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scoping import where
from visits.roster.models import Placed
from xunfang.kit.history import tracked


class ArchiveDepositQuerySet(models.QuerySet["ArchiveDeposit"]):
    def visible_to(self, user: Any) -> "ArchiveDepositQuerySet":
        """Those of the offices in one's units, as they were when it was kept; visitors keep no archive."""
        return self.filter(where(user.duty, assignee=None))

    def valid(self) -> "ArchiveDepositQuerySet":
        return self.filter(voided_at=None)


@tracked()
class ArchiveDeposit(Placed):
    """One volume in one office's cabinet: the records of a village and a year, or what came after it was closed
    (补存). The receipt says what was in it, so that a later correction shows."""

    class Level(models.TextChoices):
        TOWNSHIP = "township", "乡镇（街道）"
        COUNTY = "county", "县级民政部门"

    class Medium(models.TextChoices):
        PAPER = "paper", "纸质"
        ELECTRONIC = "electronic", "电子"
        BOTH = "both", "纸质和电子"

    level = models.CharField("哪一级", max_length=8, choices=Level)
    year = models.PositiveSmallIntegerField("哪一年")
    # 0: the year's volume; 1, 2, …: what was added to it later.
    supplement = models.PositiveSmallIntegerField("第几次补存", default=0)
    box_no = models.CharField("盒号", max_length=20)
    volume_no = models.PositiveIntegerField("案卷号")
    medium = models.CharField("载体", max_length=10, choices=Medium)
    pages = models.PositiveSmallIntegerField("页数")
    place = models.CharField("放在哪里", max_length=60)
    keeper = models.CharField("保管人", max_length=30)
    kept_on = models.DateField("存档日期")
    records = models.PositiveIntegerField("记录份数")
    people = models.PositiveIntegerField("人数")
    # [[id of the visit, its version], …] in the order of ids, and what it all hashes to.
    content = models.JSONField(default=list)
    digest = models.BinaryField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    void_reason = models.CharField("为什么作废", max_length=100, default="", blank=True)

    objects = ArchiveDepositQuerySet.as_manager()

    class Meta:
        ordering = ["year", "level", "supplement"]
        constraints = [
            models.UniqueConstraint(
                fields=["village_id", "year", "level", "supplement"],
                condition=Q(voided_at=None),
                name="deposit_once",
                violation_error_message="这一份已经登记过了",
            ),
            models.UniqueConstraint(
                fields=["township_id", "year", "box_no", "volume_no"],
                condition=Q(voided_at=None, level="township"),
                name="deposit_township_number_once",
                violation_error_message="这个盒号和案卷号已经用过了",
            ),
            models.UniqueConstraint(
                fields=["county_id", "year", "box_no", "volume_no"],
                condition=Q(voided_at=None, level="county"),
                name="deposit_county_number_once",
                violation_error_message="这个盒号和案卷号已经用过了",
            ),
            models.CheckConstraint(condition=Q(records__gte=1, pages__gte=1), name="deposit_holds_something"),
            models.CheckConstraint(
                condition=~Q(box_no="") & ~Q(place="") & ~Q(keeper=""), name="deposit_can_be_found"
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
                name="deposit_void_complete",
                violation_error_message="作废要写原因",
            ),
        ]
        indexes = [
            models.Index(fields=["year", "township_id"], name="deposit_township"),
            models.Index(fields=["year", "county_id"], name="deposit_county"),
        ]

    def __str__(self) -> str:
        return f"deposit {self.pk}"
