"""A photograph of a signed paper that came with a form that was refused: it need not be taken or sent again."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from visits.records.services.approval import Paper, clean
from visits.records.services.signing import CannotSign
from xunfang.kit import files
from xunfang.kit.models import StoredFile

KIND = "sheet_paper_waiting"
KEEP_DAYS = 1


def keep(file: Paper, *, by: User, at: datetime) -> UUID | None:
    """Keep it for a day for whoever sent it, without what a phone writes beside it; None: it can't be read."""
    try:
        cleaned, _ = clean(file, look=False)
    except CannotSign:
        return None
    stored = files.store(
        cleaned.content,
        name=cleaned.name,
        content_type="",
        kind=KIND,
        owner_id=by.pk,
        keep_days=KEEP_DAYS,
        at=at,
    )
    return stored.uuid


def waiting(by: User, at: datetime) -> "QuerySet[StoredFile]":
    """Whatever this user has waiting."""
    return StoredFile.objects.filter(owner=by, kind=KIND, deleted_at=None, expires_at__gt=at)


def taken(stored: StoredFile) -> Paper:
    return Paper(stored.name, files.read(stored))
