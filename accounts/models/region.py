"""The tree of managing units: who is responsible for which village on which day.

It is not the tree of statistical codes: 高新区 has no code and manages a township coded under 闽侯县;
平潭 has one and is run by the province. Codes are kept beside, with their dates.
"""

from datetime import date

from django.db import models
from django.db.models import F, Q

from xunfang.kit.history import tracked


class Level(models.IntegerChoices):
    CITY = 1, "市"
    COUNTY = 2, "县（市、区）"
    TOWNSHIP = 3, "乡镇（街道）"
    VILLAGE = 4, "村（居）"


class RegionQuerySet(models.QuerySet["Region"]):
    def live(self, on: date) -> "RegionQuerySet":
        """Units that exist and take part on that day."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on, active=True)

    def under(self, unit: "Region") -> "RegionQuerySet":
        """The unit itself and everything it manages."""
        return self.filter(path__startswith=unit.path)


@tracked()
class Region(models.Model):
    """A managing unit. `key` is ours and never changes; `code` is the statistics office's and may."""

    key = models.CharField("单位编号", max_length=20, unique=True)
    code = models.CharField("统计代码", max_length=12, null=True)
    name = models.CharField("名称", max_length=40)
    source_name = models.CharField("代码表里的名称", max_length=40, default="")
    level = models.PositiveSmallIntegerField(choices=Level)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=60, db_collation="C")
    # The three columns every scoped row carries, also on the unit itself (a county's own is itself).
    county_id = models.BigIntegerField(null=True)
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    active = models.BooleanField("启用", default=True)
    inactive_reason = models.CharField("停用原因", max_length=100, default="")
    valid_from = models.DateField("从")
    valid_to = models.DateField("到", null=True)
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaces")
    position = models.PositiveIntegerField(default=0)
    duty_phone = models.CharField("值班电话", max_length=20, default="")

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [
            models.Index(fields=["path"], name="region_path"),
            models.Index(fields=["code"], name="region_code"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(level=Level.CITY) ^ Q(parent__isnull=False), name="region_only_city_is_root"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="region_dates_in_order",
                violation_error_message="停用日期早于启用日期，请核对",
            ),
            models.CheckConstraint(condition=~Q(replaced_by=F("id")), name="region_not_replaced_by_itself"),
            # One managing unit for a code at a time: a village has exactly one manager on a day.
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="region_code_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def level_word(self) -> str:
        return Level(self.level).label


@tracked()
class RegionMove(models.Model):
    """A unit comes under another manager from a day on. History is who managed what when; a move with a day
    to come waits until then (`regions.apply_moves`)."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="moves")
    was_under = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField("从哪天起")
    document_no = models.CharField("文号", max_length=60, default="")
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(to=F("was_under")), name="move_leads_elsewhere"),
            models.UniqueConstraint(fields=["region"], condition=Q(applied_at=None), name="move_one_planned"),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.starts_on}"
