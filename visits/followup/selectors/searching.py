"""Who was not found in 24 hours, for those who were told so."""

from datetime import datetime
from typing import Any

from visits.core.models import Notice
from visits.records.selectors.unreached import Unreached, unreached_among
from visits.roster.models import Person

# What the notices about them are called (`services.searching`).
KIND = "unreached"


def told(user: Any, now: datetime) -> list[Unreached]:
    """The most urgent first, out of what the user may see. One query while they were told of nobody."""
    open_ = Notice.objects.to(user).filter(kind=KIND, subject=KIND, settled_at=None).order_by()
    ids = set(open_.values_list("subject_id", flat=True))
    if not ids:
        return []
    seen = Person.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
    found = unreached_among(set(seen), now)
    return sorted(found.values(), key=lambda one: (one.until, one.person.pk))
