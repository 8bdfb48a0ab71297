"""来函: what came back on paper to an entrustment outside the city."""

from typing import Any

from django.conf import settings
from django.db import models

from visits.roster.models.away import Transition


class ReplyPaperQuerySet(models.QuerySet["ReplyPaper"]):
    def visible_to(self, user: Any) -> "ReplyPaperQuerySet":
        """With the entrustment it belongs to, which the office that asked and those above it see."""
        return self.kept().filter(transition__in=Transition.objects.visible_to(user))

    def kept(self) -> "ReplyPaperQuerySet":
        return self.filter(removed_at=None)


class ReplyPaper(models.Model):
    """四(一)-3, 1-E E5: a photograph or scan of a letter from outside the city: that they take it on, and later what
    they found. What is typed beside it stands in the files; this shows on what that rests."""

    transition = models.ForeignKey(Transition, on_delete=models.PROTECT, related_name="replies")
    file = models.OneToOneField("kit.StoredFile", on_delete=models.PROTECT, related_name="+")
    # A thumbnail; none of a PDF.
    small = models.OneToOneField("kit.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    words = models.CharField("是什么", max_length=40, default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)

    objects = ReplyPaperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(removed_by=None, removed_at=None)
                | models.Q(removed_by__isnull=False, removed_at__isnull=False),
                name="reply_removed_complete",
            )
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"
