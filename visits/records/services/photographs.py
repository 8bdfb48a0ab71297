"""Photographs of a visit: sent at once while the form is open, part of the record when it is submitted."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import User
from visits.records.models import Draft, Photo, Visit
from visits.records.services.common import CannotVisit, lock_person, role_of
from visits.records.services.visiting import Submission
from xunfang.kit import files, images

MOST = 6
FORGOTTEN = timedelta(days=30)
FULL = f"一次最多{MOST}张。先去掉一张，再传新的。"


@transaction.atomic
def add_photo(*, person_id: int, key: UUID, content: bytes, by: User, at: datetime) -> Photo:
    """Keep a photograph for the form with this key; only its author sees it until the form is submitted.

    The same picture twice is the first one. Raises CannotVisit when the person is not theirs to visit, when there
    are six, or when the record is submitted already; images.CannotRead when it is no picture."""
    clean = images.cleaned(content)  # the slow part, before anything is locked
    person = lock_person(person_id, by)
    if Visit.objects.filter(key=key).exists():
        raise CannotVisit("这一次已经交了，照片不能再加。要加的，请点“填错了，更正”。")
    mine = Photo.objects.kept().filter(key=key, person=person, by=by)
    units = {
        "county_id": person.county_id,
        "township_id": person.township_id,
        "village_id": person.village_id,
    }
    same = mine.filter(file__sha256=hashlib.sha256(clean.content).hexdigest()).first()
    if same is not None:
        return same
    if mine.count() >= MOST:
        raise CannotVisit(FULL)
    # SECURITY: private and of no owner: the one door to a photograph is its own view, not that of files.
    facts: dict[str, Any] = {
        "content_type": "image/jpeg",
        "kind": "photo",
        "owner_id": None,
        "at": at,
        **units,
    }
    large = files.store(clean.content, name="photo.jpg", **facts)
    small = files.store(clean.small, name="photo-small.jpg", **facts)
    # What was photographed must be found again with the page it belongs to, also when nothing was typed yet.
    Draft.objects.get_or_create(
        author=by, person=person, together=False, defaults={"key": key, "saved_at": at}
    )
    return Photo.objects.create(person=person, key=key, file=large, small=small, by=by, at=at)


@transaction.atomic
def remove_photo(*, photo_id: int, by: User, at: datetime) -> None:
    """Its author takes it away before the form is submitted; the picture itself goes. Raises CannotVisit."""
    photo = Photo.objects.select_for_update(of=("self",), no_key=True).filter(pk=photo_id, by=by).first()
    if photo is None:
        raise CannotVisit("只有拍的人可以去掉这张照片。")
    if photo.visit_id is not None:
        raise CannotVisit("已经交了的照片不能去掉。")
    if photo.removed_at is None:
        _remove([photo], at)


def drop_photos(*, person_id: int, by: User, at: datetime) -> None:
    """The draft was thrown away: what was photographed for it goes too."""
    _remove(list(Photo.objects.kept().filter(person_id=person_id, by=by, visit=None)), at)


def _remove(photos: list[Photo], at: datetime) -> None:
    for photo in photos:
        photo.removed_at = at
        photo.save(update_fields=["removed_at"])
        for file in (photo.file, photo.small):
            # Taken off the disk by the sweeper of expired files; fact and hash stay.
            file.expires_at = at
            file.save(update_fields=["expires_at"])


def take_in(submission: Submission) -> None:
    """The form was submitted: the photographs of its key are part of the record from now on, and with them those of
    the record that it takes the place of. Raises CannotVisit when these are too many together."""
    visit, count = submission.visit, 0
    if submission.before.photos:
        taken = Photo.objects.kept().filter(
            key=visit.key, person_id=visit.person_id, by=submission.by, visit=None
        )
        count = taken.update(visit=visit)
    if submission.replaced is not None:
        count += _take_over(submission.replaced, visit, submission.left_photos)
        if count > MOST:
            raise CannotVisit(f"照片一共{count}张，最多{MOST}张，请去掉{count - MOST}张。", "left_photos")
    if count:
        audit.record(
            "photos_kept", at=submission.at, by_id=submission.by.pk,
            role=role_of(submission.by, submission.person), target=visit, rows=count,
        )  # fmt: skip


def _take_over(old: Visit, visit: Visit, left: Collection[str]) -> int:
    """The photographs of a corrected record belong to its new version as well: the same files, which the old version
    goes on showing. Those that are left out stay with the old one alone. Returns how many."""
    rows = Photo.objects.kept().filter(visit=old).exclude(uuid__in=left).order_by("pk")
    made = Photo.objects.bulk_create(
        Photo(person_id=visit.person_id, key=visit.key, visit=visit, file_id=row.file_id, small_id=row.small_id,
              words=row.words, by_id=row.by_id, at=row.at)
        for row in rows
    )  # fmt: skip
    return len(made)


def drop_forgotten(at: datetime) -> int:
    """Photographs for a form that nobody submitted, 30 days and more ago. Returns how many."""
    old = list(Photo.objects.kept().filter(visit=None, at__lt=at - FORGOTTEN)[:500])
    _remove(old, at)
    return len(old)
