"""问题台账 (四(二)-3): what a visit found at level 2 or 3, what is done about it, and how it ended."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scoping import counted, visible
from visits.records.models import Visit
from visits.roster.models import Grant, Person, Placed
from xunfang.kit.history import tracked


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: Any) -> "FindingQuerySet":
        """An open row goes with the person, so it is seen where the person is now."""
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)

    def counted_in(self, units: dict[int, set[int]]) -> "FindingQuerySet":
        return counted(self, units)

    def open(self) -> "FindingQuerySet":
        return self.filter(state=Finding.State.OPEN)


@tracked()
class Finding(Placed):
    """One thing that is not right with one person: new or worse at level 2 or 3 (practice P15). The same thing seen
    again while it is open is the same row; seen again after it was closed, the row is open once more."""

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        CLOSED = "closed", "已销号"
        VOIDED = "voided", "记录已作废"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="findings")
    # Item of the form, question about a minor, "care_…" of self-care, or "season_…" of a season block.
    code = models.CharField("哪一项", max_length=40)
    level = models.PositiveSmallIntegerField("程度")
    found_on = models.DateField("哪天发现")
    last_seen_on = models.DateField("最近一次看到")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="findings")
    last_visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="+")
    # In the words of that day: they must read the same when the wording has changed.
    item = models.CharField("事项", max_length=40)
    words = models.CharField("发现的情况", max_length=80)
    note = models.CharField("怎么回事", max_length=200, default="", blank=True)
    measure = models.CharField("怎么处理", max_length=200, default="", blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="findings"
    )
    # Somebody without an account: the power company, a son.
    owner_words = models.CharField("谁来办", max_length=40, default="", blank=True)
    due_on = models.DateField("哪天前办好", null=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    times = models.PositiveSmallIntegerField("第几次出现", default=1)
    closed_on = models.DateField("销号日期", null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closing_note = models.CharField("怎么办好的", max_length=200, default="", blank=True)
    # Nobody settled it: the person died or moved away, and whatever was open ended with the file.
    closed_with_person = models.BooleanField("随档案结束", default=False)
    # The newest thing known is that a visit saw it better on that day: it may be settled.
    better_on = models.DateField("哪天看到好转", null=True)
    created_at = models.DateTimeField()

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "code"], condition=~Q(state="voided"), name="finding_once"
            ),
            models.CheckConstraint(condition=Q(level__in=[2, 3]), name="finding_level"),
            models.CheckConstraint(
                condition=Q(last_seen_on__gte=models.F("found_on")), name="finding_seen_after_found"
            ),
            models.CheckConstraint(
                condition=(Q(closed_by__isnull=False) ^ Q(closed_with_person=True))
                & Q(state="closed", closed_on__isnull=False)
                & ~Q(closing_note="")
                & ~Q(measure="")
                | Q(state__in=["open", "voided"], closed_on=None, closed_by=None, closing_note="")
                & Q(closed_with_person=False),
                name="finding_closed_complete",
                violation_error_message="销号要写怎么处理、怎么办好的",
            ),
        ]
        indexes = [
            models.Index(
                fields=["township_id", "due_on", "id"], condition=Q(state="open"), name="finding_township"
            ),
            models.Index(
                fields=["county_id", "due_on", "id"], condition=Q(state="open"), name="finding_county"
            ),
        ]

    def __str__(self) -> str:
        return f"finding {self.pk}"


class FindingStep(models.Model):
    """What happened to a finding, in order: never changed. Before and after can be shown by its photographs."""

    class Kind(models.TextChoices):
        FOUND = "found", "发现"
        SEEN = "seen", "又看到"
        BETTER = "better", "好转"
        MEASURE = "measure", "定措施"
        CLOSED = "closed", "销号"
        REOPENED = "reopened", "又出现"
        VOIDED = "voided", "记录作废"

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind)
    on = models.DateField()
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(null=True)
    words = models.CharField(max_length=200, default="", blank=True)
    photo = models.ForeignKey("kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    append_only = True

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} of finding {self.finding_id}"
