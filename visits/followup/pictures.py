"""Photographs of findings, of papers the county asked for, of notices that were handed over: drawn anew, without where
and when they were taken (decisions 13)."""

from datetime import datetime

from accounts.models import User
from visits.roster.models import Person
from visits.roster.services.common import CannotChange
from xunfang.kit import files, images
from xunfang.kit.models import StoredFile

EDGE = 1280
PAPER_EDGE = 2400  # what is written and stamped must be readable


def keep(
    content: bytes,
    person: Person,
    by: User,
    at: datetime,
    *,
    kind: str = "finding_photo",
    longest: int = EDGE,
) -> StoredFile:
    """Store a photograph. Raises `CannotChange` at “photo” for what is none."""
    try:
        picture = images.cleaned(content, longest=longest)
    except images.CannotRead as error:
        raise CannotChange(str(error), "photo") from error
    return files.store(
        picture.content,
        name="zhaopian.jpg",
        content_type="image/jpeg",
        kind=kind,
        owner_id=by.pk,
        encrypted=True,
        at=at,
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
    )
