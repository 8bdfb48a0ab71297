"""What somebody is typing: kept as typed, valid or not, for its author only (decisions 12)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from visits.records.models import Draft, Visit
from visits.records.services.common import lock_person
from visits.records.services.photographs import drop_photos


@transaction.atomic
def save_draft(
    *, person_id: int, by: User, at: datetime, key: UUID, body: dict[str, Any], together: bool = False
) -> Draft | None:
    """Keep what is on the page. None when it was submitted meanwhile: a save on its way must not bring back a
    draft of what stands in the file. `together`: the page of a household, opened from this person. Raises
    CannotVisit when the person is not the author's to visit."""
    person = lock_person(person_id, by)
    if Visit.objects.filter(Q(key=key) | Q(together=key)).exists():
        return None
    draft, _ = Draft.objects.update_or_create(
        author=by, person=person, together=together, defaults={"key": key, "body": body, "saved_at": at}
    )
    return draft


@transaction.atomic
def drop_draft(*, person_id: int, by: User, at: datetime, together: bool = False) -> None:
    """Throw away what was typed and photographed, because its author said so."""
    if not together:
        drop_photos(person_id=person_id, by=by, at=at)
    Draft.objects.filter(author=by, person_id=person_id, together=together).delete()
