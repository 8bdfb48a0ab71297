"""线下已访: visits that were made outside the system, and the workbooks that tell of them (practice P4, P19)."""

import uuid
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.roles import Role
from accounts.scoping import counted, visible
from visits.records.models.records import Met, Mode, of_files
from visits.roster.models import Grant, Person, Placed
from xunfang.kit.history import tracked


class OfflineVisitQuerySet(models.QuerySet["OfflineVisit"]):
    def visible_to(self, user: Any) -> "OfflineVisitQuerySet":
        granted = Grant.open_to(user)
        return visible(self, user, prefix="person__", granted=Q(person_id__in=granted) if granted else None)

    def counted_in(self, units: dict[int, set[int]]) -> "OfflineVisitQuerySet":
        return counted(self, units)

    def valid(self) -> "OfflineVisitQuerySet":
        return self.filter(voided_at=None)

    def of_files(self, person_ids: Collection[int]) -> "OfflineVisitQuerySet":
        return of_files(self, person_ids)


@tracked()
class OfflineVisit(Placed):
    """线下已访: a visit that was made and is not in this system: before the township began (practice P4), or for
    another programme (P19). It counts; it has no items and nobody signs it here. The paper lies where it says."""

    class Kind(models.TextChoices):
        BEFORE_START = "before_start", "启用前已巡访"
        OTHER_PROGRAMME = "other_programme", "别的系统已走访"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="offline_visits", db_index=False
    )
    kind = models.CharField(max_length=16, choices=Kind)
    visited_on = models.DateField("哪天去的")
    mode = models.CharField("怎么访的", max_length=12, choices=Mode)
    met = models.CharField("见到谁", max_length=8, choices=Met)
    # The name stands for itself: who went may have no account.
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    visitor_name = models.CharField("巡访人", max_length=40)
    # Blank: nothing had changed.
    change_note = models.CharField("什么变化", max_length=100, default="", blank=True)
    paper_place = models.CharField("纸在哪里", max_length=60, default="", blank=True)
    programme = models.CharField("哪个系统", max_length=30, default="", blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    void_reason = models.CharField(max_length=100, default="", blank=True)

    objects = OfflineVisitQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also the index by person. A second bringing of the same list adds nothing.
            models.UniqueConstraint(
                fields=["person", "visited_on", "kind", "programme"],
                condition=Q(voided_at=None),
                name="offline_once",
                violation_error_message="这一天的已经登记过了",
            ),
            models.CheckConstraint(
                condition=Q(kind="other_programme") ^ Q(programme=""),
                name="offline_programme_named",
                violation_error_message="请写明是哪个系统的",
            ),
            models.CheckConstraint(
                condition=~Q(visitor_name=""),
                name="offline_visitor_named",
                violation_error_message="请写明是谁去的",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="offline_void_complete",
                violation_error_message="作废要写原因",
            ),
        ]
        indexes = [
            models.Index(fields=["village_id", "visited_on"], name="offline_of_village"),
            models.Index(fields=["township_id", "-recorded_at"], name="offline_of_township"),
        ]

    def __str__(self) -> str:
        return f"offline {self.pk}"

    @property
    def changed(self) -> bool:
        return bool(self.change_note)

    @property
    def words(self) -> str:
        """What every page calls it: 线下已访, or the name of the programme that asked for it."""
        return f"{self.programme}已走访" if self.programme else "启用前线下已访"


class OfflineListQuerySet(models.QuerySet["OfflineList"]):
    def visible_to(self, user: Any) -> "OfflineListQuerySet":
        return self.filter(township_id__in=user.duty.unit_ids(Role.TOWNSHIP_CLERK))


class OfflineList(models.Model):
    """A workbook of visits that were made elsewhere: who brought it, when, what came of it. Rows that could not
    be read go back in a file of their own; nothing of them stays here."""

    class State(models.TextChoices):
        READING = "reading", "正在登记"
        DONE = "done", "登记好了"
        REFUSED = "refused", "读不了"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    county_id = models.BigIntegerField()
    township_id = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=OfflineVisit.Kind)
    programme = models.CharField("哪个系统", max_length=30, default="", blank=True)
    file = models.ForeignKey("kit.StoredFile", on_delete=models.PROTECT, related_name="+")
    errors_file = models.ForeignKey("kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.READING)
    refusal = models.CharField(max_length=200, default="", blank=True)
    counts = models.JSONField(default=dict)
    job = models.ForeignKey("kit.Job", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = OfflineListQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="other_programme") ^ Q(programme=""), name="offline_list_programme_named"
            ),
            models.CheckConstraint(
                condition=Q(state="reading", finished_at=None)
                | Q(state__in=["done", "refused"], finished_at__isnull=False),
                name="offline_list_finished",
            ),
        ]
        indexes = [models.Index(fields=["township_id", "-created_at"], name="offline_list_township")]

    def __str__(self) -> str:
        return f"offline list {self.pk} {self.state}"
