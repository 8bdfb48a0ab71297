"""抽查: a sample of records, drawn by lot, and what was heard when the people were asked."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.roles import COUNTY, Role
from accounts.scoping import where
from visits.records.models.records import Visit
from xunfang.kit.history import tracked

SEES_SAMPLES = COUNTY | {Role.INSPECTOR}


class SampleQuerySet(models.QuerySet["Sample"]):
    def visible_to(self, user: Any) -> "SampleQuerySet":
        """Those of one's county; an inspector's, of the units shown to them."""
        return self.filter(where(user.duty, roles=SEES_SAMPLES, assignee=None))


class Sample(models.Model):
    """The records of a quarter that a county drew by lot to ask the people themselves. Never changed."""

    append_only = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    county_id = models.BigIntegerField()
    # None: of the whole county.
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    period = models.CharField("哪一期", max_length=8)
    seed = models.CharField("抽签数", max_length=20)
    # Keys of all records it was drawn from (`sampling.key`), sorted: with the seed, anybody draws it again.
    drawn_from = models.JSONField(default=list)
    digest = models.BinaryField()
    total = models.PositiveIntegerField("从几份里抽")
    size = models.PositiveIntegerField("抽几份")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = SampleQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=1, total__gte=models.F("size")), name="sample_within_its_list"
            ),
            models.CheckConstraint(condition=~Q(seed=""), name="sample_has_seed"),
        ]
        indexes = [models.Index(fields=["county_id", "-at"], name="sample_county")]

    def __str__(self) -> str:
        return f"sample {self.pk}"


class SampledRecordQuerySet(models.QuerySet["SampledRecord"]):
    def visible_to(self, user: Any) -> "SampledRecordQuerySet":
        return self.filter(where(user.duty, roles=SEES_SAMPLES, prefix="sample__", assignee=None))


@tracked()
class SampledRecord(models.Model):
    """A record that was drawn: first what the person said, then the record beside it (journeys J6)."""

    class How(models.TextChoices):
        PHONE = "phone", "电话回访"
        HOME = "home", "上门核实"

    class Heard(models.TextChoices):
        CAME = "came", "来过"
        NOT = "not", "没来过"
        UNSURE = "unsure", "说不清"
        UNREACHED = "unreached", "联系不上"

    class Result(models.TextChoices):
        TRUE = "true", "属实"
        WRONG = "wrong", "不符"
        UNREACHED = "unreached", "联系不上"

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="records")
    place = models.PositiveIntegerField("第几个抽到")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="+")
    how = models.CharField("怎么问的", max_length=5, choices=How, default="", blank=True)
    heard = models.CharField("问到什么", max_length=9, choices=Heard, default="", blank=True)
    heard_words = models.CharField("怎么说的", max_length=200, default="", blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(null=True)
    result = models.CharField("查下来", max_length=9, choices=Result, default="", blank=True)
    note = models.CharField("说明", max_length=200, default="", blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    judged_at = models.DateTimeField(null=True)

    objects = SampledRecordQuerySet.as_manager()

    class Meta:
        ordering = ["sample", "place"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "place"], name="sampled_place_once"),
            models.UniqueConstraint(fields=["sample", "visit"], name="sampled_record_once"),
            models.CheckConstraint(
                condition=Q(asked_at=None, asked_by=None, heard="", how="")
                | (Q(asked_at__isnull=False, asked_by__isnull=False) & ~Q(heard="") & ~Q(how="")),
                name="sampled_asked_complete",
                violation_error_message="问过的要写怎么问的、问到什么",
            ),
            # The record is judged after the person was asked, never before.
            models.CheckConstraint(
                condition=Q(judged_at=None, judged_by=None, result="")
                | (
                    Q(judged_at__isnull=False, judged_by__isnull=False, asked_at__isnull=False)
                    & ~Q(result="")
                ),
                name="sampled_judged_after_asked",
                violation_error_message="先问，再对记录",
            ),
            models.CheckConstraint(
                condition=~Q(result="wrong") | ~Q(note=""),
                name="sampled_wrong_has_note",
                violation_error_message="不符的要写哪里不符",
            ),
        ]

    def __str__(self) -> str:
        return f"record {self.place} of sample {self.sample_id}"
