"""Pictures: photographs of a visit, and of the paper on which a visit was written."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scoping import visible, where
from visits.records.models.records import Attempt, Visit
from visits.roster.models import Grant, Person, Placed


class PhotoQuerySet(models.QuerySet["Photo"]):
    def visible_to(self, user: Any) -> "PhotoQuerySet":
        """With the person's file; one that is not part of a record yet, by whoever took it."""
        granted = Grant.open_to(user)
        found = visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)
        return found.filter(Q(visit__isnull=False) | Q(by=user))

    def kept(self) -> "PhotoQuerySet":
        return self.filter(removed_at=None)


class Photo(models.Model):
    """A photograph taken on a visit: sent at once, while the form is still being filled (decisions 12), and part of
    the record when that is submitted with the same key. Its position and its time are never read (decisions 13). A
    record that takes the place of another has rows of its own for the same files."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="photos")
    # The form's own key: what ties it to a draft, and later to the record.
    key = models.UUIDField()
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="photos")
    file = models.ForeignKey("kit.StoredFile", on_delete=models.PROTECT, related_name="+", db_index=False)
    small = models.ForeignKey("kit.StoredFile", on_delete=models.PROTECT, related_name="+", db_index=False)
    words = models.CharField("拍的是什么", max_length=40, default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["key"], name="photo_of_form"),
            models.Index(fields=["visit"], name="photo_of_visit"),
        ]
        constraints = [
            # A file has one photograph on a form that is open, and in each record.
            models.UniqueConstraint(
                fields=["file", "visit"], nulls_distinct=False, name="photo_once_in_a_record"
            ),
            models.UniqueConstraint(
                fields=["small", "visit"], nulls_distinct=False, name="photo_small_once_in_a_record"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(visit=None),
                name="photo_of_record_stays",
                violation_error_message="已经交了的照片不能去掉",
            ),
        ]

    def __str__(self) -> str:
        return f"photo {self.pk}"


class RoundPaperQuerySet(models.QuerySet["RoundPaper"]):
    def visible_to(self, user: Any) -> "RoundPaperQuerySet":
        """Sheets of one's units, and those that somebody printed for their own round."""
        return self.filter(Q(printed_by=user) | where(user.duty, assignee=None))

    def reached_by(self, user: Any) -> "RoundPaperQuerySet":
        """Besides, those of villages in which somebody has people to visit: whoever holds the paper may follow
        its code to their own list. Nothing of the sheet is shown to them."""
        mine = Person.objects.visible_to(user).filter(merged_into=None).values("village_id")
        return self.filter(Q(printed_by=user) | where(user.duty, assignee=None) | Q(village_id__in=mine))


class RoundPaper(Placed):
    """一村一轮巡访单 as it was printed: its code finds the village, the period and whom each row meant."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # What the printed code carries: short, and nothing about anybody.
    code = models.CharField(max_length=12, unique=True)
    number = models.CharField("编号", max_length=60)
    printed_on = models.DateField("哪天打的")
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Person ids in the order of the rows.
    people = models.JSONField(default=list)
    per_page = models.PositiveSmallIntegerField("一页几行", default=12)

    objects = RoundPaperQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["village_id", "-printed_on"], name="round_paper_of_village")]

    def __str__(self) -> str:
        return f"round paper {self.code}"

    @property
    def pages(self) -> int:
        """How many pages were printed; at least one."""
        return max(1, -(-len(self.people) // self.per_page))

    def rows_of(self, page: int) -> list[int]:
        """Person ids of a page (1 is the first), in the order of its rows."""
        return self.people[(page - 1) * self.per_page : page * self.per_page]


class PaperScanQuerySet(models.QuerySet["PaperScan"]):
    def visible_to(self, user: Any) -> "PaperScanQuerySet":
        """The township's own, and those of nobody yet by whoever brought them."""
        return self.filter(Q(paper=None, by=user) | where(user.duty, prefix="paper__", assignee=None))


class PaperScan(models.Model):
    """A photograph of a filled sheet: found by its code, or laid by hand; from it somebody types (practice P3)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.OneToOneField("kit.StoredFile", on_delete=models.PROTECT, related_name="+")
    paper = models.ForeignKey(RoundPaper, null=True, on_delete=models.PROTECT, related_name="scans")
    page = models.PositiveSmallIntegerField("第几页", null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = PaperScanQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["paper", "page"], name="paper_scan_of_paper")]

    def __str__(self) -> str:
        return f"paper scan {self.pk}"


class TypedRowQuerySet(models.QuerySet["TypedRow"]):
    def visible_to(self, user: Any) -> "TypedRowQuerySet":
        return self.filter(where(user.duty, prefix="paper__", assignee=None))


class TypedRow(models.Model):
    """A row of a sheet that was typed: from the record back to the paper, and to its photograph."""

    paper = models.ForeignKey(RoundPaper, on_delete=models.PROTECT, related_name="typed")
    scan = models.ForeignKey(PaperScan, null=True, on_delete=models.PROTECT, related_name="typed")
    row = models.PositiveSmallIntegerField("第几行")
    visit = models.OneToOneField(Visit, null=True, on_delete=models.PROTECT, related_name="typed_row")
    attempt = models.OneToOneField(Attempt, null=True, on_delete=models.PROTECT, related_name="typed_row")

    objects = TypedRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(visit=None) ^ Q(attempt=None), name="typed_row_made_one"),
        ]
        indexes = [models.Index(fields=["paper", "row"], name="typed_row_of_paper")]

    def __str__(self) -> str:
        return f"row {self.row} of {self.paper_id}"
