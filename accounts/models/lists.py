"""Lists of accounts that are brought: who is to have one, and as what."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from xunfang.kit.crypto import EncryptedTextField


class AccountImportQuerySet(models.QuerySet["AccountImport"]):
    def visible_to(self, user: Any) -> "AccountImportQuerySet":
        """One's own lists: what somebody else brings is judged by their own rights."""
        return self.filter(created_by_id=user.pk)


class AccountImport(models.Model):
    """A list of names, numbers and posts: who brought it, when, what came of it. Its rows go after 7 days."""

    class State(models.TextChoices):
        READING = "reading", "正在读"
        PREVIEW = "preview", "等您确认"
        LOADING = "loading", "正在开账号"
        DONE = "done", "办好了"
        REFUSED = "refused", "读不了"
        DROPPED = "dropped", "没有办"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.ForeignKey("kit.StoredFile", on_delete=models.PROTECT, related_name="+")
    errors_file = models.ForeignKey("kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    default_start = models.DateField("没写从哪天的，从哪天算")
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    refusal = models.CharField(max_length=200, default="")
    counts = models.JSONField(default=dict)
    job = models.ForeignKey("kit.Job", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = AccountImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["done", "refused", "dropped"]) ^ Q(finished_at__isnull=True),
                name="account_import_finished",
            )
        ]
        indexes = [models.Index(fields=["created_by", "-created_at"], name="account_import_own")]

    def __str__(self) -> str:
        return f"account import {self.pk} {self.state}"


class AccountRow(models.Model):
    """A row of a list between preview and confirmation. `content` holds it in full, encrypted."""

    class Verdict(models.TextChoices):
        NEW = "new", "新开账号"
        POST = "post", "加任职"
        SAME = "same", "已经有了"
        WRONG = "wrong", "有错"

    batch = models.ForeignKey(AccountImport, on_delete=models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=40, default="")
    number = models.PositiveIntegerField("原表第几行")
    content = EncryptedTextField(purpose="account.row")
    verdict = models.CharField(max_length=8, choices=Verdict)
    reason = models.CharField("原因", max_length=200, default="")
    remedy = models.CharField("怎么改", max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "sheet", "number"], name="account_row_once"),
            models.CheckConstraint(
                condition=Q(verdict="wrong") ^ Q(reason=""), name="account_wrong_has_reason"
            ),
        ]
        ordering = ["batch", "pk"]

    def __str__(self) -> str:
        return f"row {self.number} {self.verdict}"
