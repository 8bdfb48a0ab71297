"""Photographs of a finding, before and after: drawn anew, without where and when they were taken (decisions 13)."""

from datetime import datetime

from accounts.models import User
from visits.roster.models import Person
from visits.roster.services.common import CannotChange
from xunfang.kit import files, images
from xunfang.kit.models import StoredFile

EDGE = 1280


def keep(content: bytes, person: Person, by: User, at: datetime) -> StoredFile:
    """Store a photograph. Raises `CannotChange` at “photo” for what is none."""
    try:
        picture = images.cleaned(content, longest=EDGE)
    except images.CannotRead as error:
        raise CannotChange(str(error), "photo") from error
    return files.store(
        picture.content,
        name="zhaopian.jpg",
        content_type="image/jpeg",
        kind="finding_photo",
        owner_id=by.pk,
        encrypted=True,
        at=at,
        county_id=person.county_id,
        township_id=person.township_id,
        village_id=person.village_id,
    )
