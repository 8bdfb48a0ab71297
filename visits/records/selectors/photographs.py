"""Photographs that somebody took for a form that is still open."""

from typing import Any
from uuid import UUID

from visits.records.models import Photo


def loose(key: Any, user: Any) -> list[Photo]:
    """Those of this form's key and this author, in their order; none when the key is none."""
    try:
        wanted = UUID(str(key))
    except ValueError:
        return []
    return list(Photo.objects.kept().filter(key=wanted, by=user, visit=None).order_by("pk"))
