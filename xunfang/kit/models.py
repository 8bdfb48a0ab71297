"""What every room needs and no room owns: jobs, stored files, counters."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Counter(models.Model):
    """The last number given out under a name (`numbering.take`)."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.BigIntegerField()


class Job(models.Model):
    """Work that must happen, written in the transaction that asks for it. Celery only hurries it.

    `payload` holds ids, never names or numbers of people.
    """

    class State(models.TextChoices):
        NEW = "new", "排队中"
        RUNNING = "running", "正在办"
        DONE = "done", "办完了"
        FAILED = "failed", "没办成"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    dedupe = models.CharField(max_length=120, null=True, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    title = models.CharField(max_length=80, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, default="")
    result_url = models.CharField(max_length=200, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["done", "failed"]) ^ Q(finished_at__isnull=True),
                name="job_finished_at",
            ),
            models.CheckConstraint(
                condition=Q(state="running") ^ Q(lease_until__isnull=True), name="job_running_has_lease"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(state__in=["new", "running"]), name="job_unfinished"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class StoredFile(models.Model):
    """A file outside static and outside the database, found by the SHA-256 of its content.

    Whoever may see the unit (or made the file) may fetch it; `accounts.views.file` is the only door.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    encrypted = models.BooleanField(default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # Only the owner may fetch it: sources and error lists hold full id numbers.
    private = models.BooleanField(default=True)
    county_id = models.BigIntegerField(null=True)
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    # The fact and the hash stay when the content goes.
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(deleted_at__isnull=True, expires_at__isnull=False),
                name="file_expiring",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class BackupRun(models.Model):
    """A backup that was made, or a drill in which one was given back and compared: what the health page shows."""

    class Kind(models.TextChoices):
        BACKUP = "backup", "备份"
        DRILL = "drill", "恢复演练"

    kind = models.CharField(max_length=8, choices=Kind)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    whole = models.BooleanField("完整")
    # The folder's own name, never its path on some machine.
    name = models.CharField(max_length=40)
    rows = models.PositiveBigIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField("字节", default=0)
    note = models.CharField("说明", max_length=300, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__gte=models.F("started_at")), name="backup_run_in_order"
            ),
            models.CheckConstraint(condition=Q(whole=True) | ~Q(note=""), name="backup_run_says_why_not"),
        ]
        indexes = [models.Index(fields=["kind", "-finished_at"], name="backup_run_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Pulse(models.Model):
    """When something that should come again and again last came: whoever beats is alive. One row for each name."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
