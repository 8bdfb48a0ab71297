"""来函 of an entrustment outside the city: the paper itself, kept with what was typed from it (四(一)-3, 1-E E5)."""

import hashlib
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster.entrusting import standing
from visits.roster.models import ReplyPaper, Transition
from visits.roster.services.common import CannotChange
from visits.roster.services.transitions import lock_both, side_of
from xunfang.kit import files, images, scans
from xunfang.kit.models import StoredFile

MOST = 6
# Before the letter has gone out, or been taken back, nothing can have come.
NO_LETTERS = frozenset({"proposed", "withdrawn"})
KIND = "reply_paper"


def takes_letters(row: Transition, on: date) -> bool:
    """Whether letters about it are attached: outside the city, answered or fallen back, also when it is over."""
    return bool(row.to_outside) and standing(row, on) not in NO_LETTERS


@transaction.atomic
def attach(
    *, transition_id: int, name: str, content: bytes, words: str, by: User, at: datetime
) -> ReplyPaper:
    """Keep a photograph or scan of what came back, for the clerk who asked. The same picture twice is the first one.
    Raises `CannotChange`."""
    scan = clean(name, content)  # the slow part, before anything is locked
    _, row = lock_both(transition_id, by)
    if row.to_outside and not takes_letters(row, by.duty.on):  # type: ignore[attr-defined]
        raise CannotChange("对方怎么答复的，先录入答复；收回了的，不再附来函")
    return keep(row, scan, words, by, at)


def clean(name: str, content: bytes) -> scans.Scan:
    """The paper as it may be stored. Raises `CannotChange` at “file” for what is none."""
    try:
        return scans.cleaned(name, content)
    except images.CannotRead as error:
        raise CannotChange(str(error), "file") from error


def keep(row: Transition, scan: scans.Scan, words: str, by: User, at: datetime) -> ReplyPaper:
    """The same under the caller's locks. Raises `CannotChange`."""
    if side_of(row, by) != "from":
        raise CannotChange("来函由发起委托的民政办经办人来附")
    if not row.to_outside:
        raise CannotChange("这一份由对方在系统里答复，没有来函")
    there = list(row.replies.kept().select_related("file"))
    digest = hashlib.sha256(scan.content).hexdigest()
    if same := next((one for one in there if one.file.sha256 == digest), None):
        return same
    if len(there) >= MOST:
        raise CannotChange(f"一份委托最多附{MOST}张。先去掉一张，再附新的", "file")
    file = _store(scan, scan.content, row, at)
    small = _store(scan, scan.small, row, at) if scan.small is not None else None
    made = ReplyPaper.objects.create(transition=row, file=file, small=small, words=words[:40], by=by, at=at)
    _record("reply_attached", made, row, by, at)
    return made


def _store(scan: scans.Scan, content: bytes, row: Transition, at: datetime) -> StoredFile:
    # SECURITY: private and of no owner: the one door to it is the entrustment's own view, not that of files.
    return files.store(
        content, name=scan.name, content_type=scan.content_type, kind=KIND, owner_id=None, encrypted=True, at=at,
        county_id=row.from_county_id, township_id=row.from_township_id,
    )  # fmt: skip


@transaction.atomic
def remove(*, transition_id: int, paper_id: int, by: User, at: datetime) -> None:
    """Taken away: the wrong letter, somebody else's. The picture goes, that it was there stays. Raises `CannotChange`."""
    _, row = lock_both(transition_id, by)
    if side_of(row, by) != "from":
        raise CannotChange("来函由发起委托的民政办经办人来去掉")
    papers = row.replies.kept().select_for_update(of=("self",), no_key=True).select_related("file")
    paper = papers.filter(pk=paper_id).first()
    if paper is None:
        raise CannotChange("这一张已经去掉了，请刷新后再看")
    paper.removed_by, paper.removed_at = by, at
    paper.save(update_fields=["removed_by", "removed_at"])
    # Taken off the disk by the sweeper of expired files; fact and hash stay.
    StoredFile.objects.filter(pk__in={paper.file_id, paper.small_id} - {None}).update(expires_at=at)
    _record("reply_removed", paper, row, by, at)


def _record(action: str, paper: ReplyPaper, row: Transition, by: User, at: datetime) -> None:
    audit.record(
        action, at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, object_type="transition", object_id=row.pk,
        paper=paper.pk, sha256=paper.file.sha256,
    )  # fmt: skip
