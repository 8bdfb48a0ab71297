"""The business log: what was done to whom by whom. It only grows; each row is chained to the one before.

A service writes its row whenever it likes; a deferred trigger seals it at COMMIT (docs/adr), so that no
service holds the head of the chain while it works.
"""

import uuid

from django.db import models


class LogEntry(models.Model):
    """One thing done. `detail` holds codes, counts and ids: never a name, a number of a person or a note."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=20, default="")
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40, default="")
    object_id = models.CharField(max_length=40, default="")
    county_id = models.BigIntegerField(null=True)
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    # Filled by the seal, never by the application.
    number = models.BigIntegerField(null=True, unique=True)
    previous = models.BinaryField(null=True)
    seal = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "-at"], name="log_object"),
            models.Index(fields=["-at"], name="log_at"),
            models.Index(fields=["actor_id", "-at"], name="log_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"


class LogHead(models.Model):
    """The last number and seal: one row. Shows a log whose tail was cut off."""

    number = models.BigIntegerField()
    seal = models.BinaryField()
