"""What somebody had typed when they could not be let through: kept for its author only (decisions 12)."""

import uuid

from django.db import models

from xunfang.kit.crypto import EncryptedTextField


class KeptForm(models.Model):
    """The body of a POST that came without a session, from a page whose signed token says whose it was. Only that
    author, signed in again, gets it back; after some days nobody does."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    author = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="kept_forms")
    # The path without a query: uuids, never a name.
    path = models.CharField(max_length=300)
    # The key of the page that was posted (the field that makes the same press one row), if it has one.
    form_key = models.UUIDField(null=True)
    # Names and values as JSON; they hold what people said about their lives.
    body = EncryptedTextField(purpose="kept_form.body")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Sent again, or thrown away by its author.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["author", "-at"], condition=models.Q(ended_at=None), name="kept_of_author")
        ]

    def __str__(self) -> str:
        return f"kept form {self.pk}"
