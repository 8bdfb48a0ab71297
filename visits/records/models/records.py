"""What was found on a visit, and what is being typed."""

import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.scoping import counted, visible
from visits.records.items import ITEM_CODES
from visits.roster.models import Grant, Person, Placed
from visits.schedule.models import DueItem
from xunfang.kit.history import tracked


class Mode(models.TextChoices):
    HOME = "home", "上门"
    PHONE = "phone", "电话"
    VIDEO = "video", "视频"
    WECHAT = "wechat", "微信"
    INSTITUTION = "institution", "机构内"
    HOSPITAL = "hospital", "医院内"
    OTHER = "other", "其他"


class Met(models.TextChoices):
    SELF = "self", "见到本人"
    PROXY = "proxy", "家人代述"
    AWAY = "away", "在外务工或就学"


class FormVersion(models.Model):
    """The wording of the six areas from a day on. Old visits keep the wording they were made under."""

    number = models.PositiveSmallIntegerField("第几版", unique=True)
    starts_on = models.DateField("从")
    definition = models.JSONField("内容")
    document_no = models.CharField("文号", max_length=60, default="", blank=True)
    # What was changed and why, in a sentence for those who fill it in. The first version was seeded by nobody.
    summary = models.CharField("改了什么", max_length=200, default="", blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(null=True)
    # Taken back before it began: no visit was made under it.
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["starts_on"],
                condition=Q(withdrawn_at=None),
                name="form_version_one_a_day",
                violation_error_message="这一天已经有一版开始用了",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="form_version_withdrawn_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"form {self.number}"

    @classmethod
    def live(cls, on: date) -> "FormVersion":
        """The version in force on that day."""
        return cls.objects.filter(starts_on__lte=on, withdrawn_at=None).latest("starts_on")


def of_files(rows: Any, person_ids: Collection[int]) -> Any:
    """Rows about these files and about those merged into them, with `file_id`: the file that holds them now."""
    files = Person.objects.of_files(person_ids).values("pk")
    return rows.filter(person_id__in=files).annotate(file_id=Coalesce("person__merged_into_id", "person_id"))


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: Any) -> "VisitQuerySet":
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)

    def counted_in(self, units: dict[int, set[int]]) -> "VisitQuerySet":
        return counted(self, units)

    def valid(self) -> "VisitQuerySet":
        return self.filter(voided_at=None)

    def of_files(self, person_ids: Collection[int]) -> "VisitQuerySet":
        """Visits of these files and of those merged into them, with `file_id`: the file that holds them now."""
        return of_files(self, person_ids)


# The eighteen answers are eighteen columns named after the items (docs/adr), made from the item table.
Answers = type(
    "Answers",
    (models.Model,),
    {
        "__module__": __name__,
        "Meta": type("Meta", (), {"abstract": True}),
        **{code: models.PositiveSmallIntegerField() for code in ITEM_CODES},
    },
)


@tracked()
class Visit(Placed, Answers):  # type: ignore[misc, valid-type]
    """A visit that was made. It counts when it is submitted (decisions 2); only voiding takes it back."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="visits")
    record_no = models.PositiveIntegerField("第几号记录")
    visited_on = models.DateField("哪天去的")
    part_of_day = models.CharField("上午或下午", max_length=4, default="")
    mode = models.CharField("怎么访的", max_length=12, choices=Mode)
    met = models.CharField("见到谁", max_length=8, choices=Met)
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits_made"
    )
    recorder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits_typed"
    )
    companions = models.CharField("同行人", max_length=60, default="", blank=True)
    # practice P18: records of one household made in one go share this.
    together = models.UUIDField("一户一起访", null=True)
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="+")
    # Bit n set: the n-th item (in the order of ITEM_CODES) was told by the person, not seen.
    told = models.PositiveIntegerField("自述", default=0)
    notes = models.JSONField("各项的说明", null=True)
    extra = models.JSONField("季节与专门内容", null=True)
    phrases = models.JSONField("今天做了什么", default=list)
    remark = models.CharField("写几句", max_length=500, default="", blank=True)
    private_note = models.CharField("不便在村里公开", max_length=500, default="", blank=True)
    max_level = models.PositiveSmallIntegerField(default=0)
    reportable = models.BooleanField("有应报的变化", default=False)
    report_wanted = models.BooleanField("报给民政办", default=False)
    rise = models.BooleanField("有一项变差两级", default=False)
    returned = models.BooleanField("退回过", default=False)
    version = models.PositiveSmallIntegerField("第几版", default=1)
    key = models.UUIDField("防重复", unique=True)
    body_digest = models.BinaryField()
    submitted_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    void_reason = models.CharField(max_length=100, default="", blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["village_id", "record_no"], name="visit_number_once"),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="visit_void_complete",
                violation_error_message="作废要写原因",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-visited_on", "-id"], name="visit_of_person"),
            models.Index(fields=["village_id", "visited_on"], name="visit_of_village"),
            models.Index(fields=["township_id", "visited_on"], name="visit_of_township"),
            models.Index(fields=["county_id", "visited_on"], name="visit_of_county"),
        ]

    def __str__(self) -> str:
        return f"visit {self.pk}"

    @property
    def ratings(self) -> dict[str, int]:
        """The eighteen answers by item code."""
        return {code: getattr(self, code) for code in ITEM_CODES}

    @property
    def exceptional(self) -> bool:
        """Printed in full in the table: needs handling, a change, a rise of two, a return (decisions 14)."""
        return self.max_level >= 2 or self.reportable or self.rise or self.returned


class Fulfilment(models.Model):
    """Which visit did which item: one visit fulfils every open item it qualifies for."""

    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="fulfilments")
    offline = models.ForeignKey(
        "visits_records.OfflineVisit", null=True, on_delete=models.PROTECT, related_name="fulfilments"
    )
    due_item = models.OneToOneField(DueItem, on_delete=models.PROTECT, related_name="fulfilment")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(visit=None) ^ Q(offline=None), name="fulfilment_by_one"),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id or f'offline {self.offline_id}'}→{self.due_item_id}"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, user: Any) -> "AttemptQuerySet":
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)

    def counted_in(self, units: dict[int, set[int]]) -> "AttemptQuerySet":
        return counted(self, units)

    def of_files(self, person_ids: Collection[int]) -> "AttemptQuerySet":
        """Tries of these files and of those merged into them, with `file_id`: the file that holds them now."""
        return of_files(self, person_ids)


class Attempt(Placed):
    """Somebody went or rang and did not meet the person: one tap, with its next step (E6–E10)."""

    class Outcome(models.TextChoices):
        NOT_HOME = "not_home", "不在家"
        REFUSED = "refused", "拒访"
        HOSPITAL = "hospital", "住院"
        AWAY = "away", "外出"
        LOST = "lost", "失联"
        PRISON = "prison", "服刑·戒毒"
        DIED = "died", "去世"
        MOVED = "moved", "迁出"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attempts")
    tried_on = models.DateField("哪天")
    part_of_day = models.CharField(max_length=4, default="")
    mode = models.CharField(max_length=12, choices=Mode)
    outcome = models.CharField("什么情况", max_length=10, choices=Outcome)
    # E6: somebody who can bear witness: a second visitor, or somebody of the village.
    companions = models.CharField("同行或在场的人", max_length=60, default="", blank=True)
    note = models.CharField("说明", max_length=200, default="", blank=True)
    next_on = models.DateField("下次哪天再去", null=True)
    visitor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True)
    body_digest = models.BinaryField()
    submitted_at = models.DateTimeField()

    objects = AttemptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "-tried_on"], name="attempt_of_person"),
            models.Index(fields=["village_id", "tried_on"], name="attempt_of_village"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"


@tracked()
class Excuse(models.Model):
    """未访成（已按规定尝试）: why a visit owed stands neither as done nor as overdue (E6, E7). `DueItem.stored`
    says so; this row says who noted it, by which tries, and why it was taken back."""

    class Basis(models.TextChoices):
        REFUSED = "refused", "拒访"
        NOT_MET = "not_met", "没见到"

    due_item = models.ForeignKey(DueItem, on_delete=models.PROTECT, related_name="excuses")
    basis = models.CharField("凭什么", max_length=8, choices=Basis)
    tries = models.PositiveSmallIntegerField("找过几次")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField("为什么撤回", max_length=100, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["due_item"],
                condition=Q(undone_at=None),
                name="excuse_one_open",
                violation_error_message="这一期已经记过未访成了",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undo_reason="")
                | (Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undo_reason="")),
                name="excuse_undone_complete",
                violation_error_message="撤回要写原因",
            ),
            models.CheckConstraint(condition=Q(tries__gte=1), name="excuse_has_tries"),
        ]

    def __str__(self) -> str:
        return f"excuse {self.pk}"


class Draft(models.Model):
    """What somebody is typing about a person: kept as typed, also when it is not valid yet. For its author
    only. One for each author and person (and one of the person's household), so that two tabs of one author
    meet here."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="drafts")
    key = models.UUIDField(default=uuid.uuid4)
    body = models.JSONField(default=dict)
    # practice P18: the whole household's page, kept under the person it was opened from.
    together = models.BooleanField("一户一起访", default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "person", "together"], name="draft_once_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"
