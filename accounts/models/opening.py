"""开通单: a paper that opens an account once. What stands on it is kept as a keyed hash only."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q


class OpeningQuerySet(models.QuerySet["Opening"]):
    def alive(self, at: datetime) -> "OpeningQuerySet":
        """Papers that still open something: not used, not ended, in time, and the account is in use."""
        return self.filter(used_at=None, ended_at=None, expires_at__gt=at, user__is_active=True)


class Opening(models.Model):
    """One printed paper for one account: a link (in the QR code) and a short code that can be typed instead.
    At most one is open; printing another, using it, or a change of the account ends it."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="openings")
    link_hash = models.BinaryField(unique=True)
    code_hash = models.BinaryField()
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField("有效到")
    used_at = models.DateTimeField("用掉", null=True)
    ended_at = models.DateTimeField("作废", null=True)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(used_at=None, ended_at=None), name="opening_one_open"
            ),
            models.CheckConstraint(condition=Q(used_at=None) | Q(ended_at=None), name="opening_one_end"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="opening_expires_later"),
        ]

    def __str__(self) -> str:
        return f"opening {self.pk}"
