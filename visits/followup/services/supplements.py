"""要补材料 (补正): the county asks, the township sends. Its own clock; neither the two days nor the three stop for it."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Region, User
from visits.core.calendar import load as load_calendar
from visits.core.options import option
from visits.followup import clock, pictures
from visits.followup.models import UNANSWERED, Case, CaseStep, Subject, Supplement
from visits.followup.services import hooks
from visits.followup.services.common import ensure_taken, lock_at_county, lock_at_township, today_of
from visits.followup.services.joining import step
from visits.roster.services.common import CannotChange

Kind = CaseStep.Kind


def open_of(case: Case) -> Supplement | None:
    """What the township has still to send."""
    return case.supplements.filter(answered_at=None, withdrawn_at=None).first()


@transaction.atomic
def ask(*, case_id: int, what: str, by: User, at: datetime) -> Supplement:
    """The county says what is missing; whoever asks has taken the case on. Raises `CannotChange` with the field."""
    case = lock_at_county(case_id, by)
    if case.state not in UNANSWERED:
        raise CannotChange("这个案子已经批准过了，不用再补材料")
    if not what.strip():
        raise CannotChange("请写要补什么", "what")
    ensure_taken(case, by, at)
    today = today_of(at)
    days = option("supplement_days", Region.objects.get(pk=case.county_id), today)
    due = clock.due(load_calendar(), today, days)
    try:
        with transaction.atomic():
            row = Supplement.objects.create(
                case=case,
                what=what.strip(),
                asked_by=by,
                asked_at=at,
                days=days,
                due_on=due.on,
                due_note=due.note,
            )
    except IntegrityError as error:
        raise CannotChange("上一次要的材料还没有补来，不用再要一次", "what") from error
    step(case, Kind.ASKED, row.what, by, at)
    audit.record("supplement_asked", at=at, by_id=by.pk, target=case)
    hooks.started(Subject.SUPPLEMENT, row.pk, at)
    return row


def _open(case: Case) -> Supplement:
    row = case.supplements.filter(answered_at=None, withdrawn_at=None).first()
    if row is None:
        raise CannotChange("现在没有要补的材料，请刷新后再看")
    return row


@transaction.atomic
def answer(*, case_id: int, words: str, photo: bytes | None, by: User, at: datetime) -> Supplement:
    """The township sends it: words, and a photograph of the paper where there is one. Raises `CannotChange`."""
    case = lock_at_township(case_id, by)
    row = _open(case)
    if not words.strip():
        raise CannotChange("请写补了什么", "words")
    file = (
        pictures.keep(photo, case.person, by, at, kind="supplement", longest=pictures.PAPER_EDGE)
        if photo
        else None
    )
    row.answer, row.file, row.answered_by, row.answered_at = words.strip(), file, by, at
    row.save(update_fields=["answer", "file", "answered_by", "answered_at"])
    step(case, Kind.SUPPLIED, row.answer, by, at)
    late = clock.is_late(today_of(at), row.due_on)
    audit.record("supplement_answered", at=at, by_id=by.pk, target=case, late=late)
    hooks.stopped(Subject.SUPPLEMENT, row.pk, at)
    return row


@transaction.atomic
def withdraw(*, case_id: int, by: User, at: datetime) -> None:
    """The county does not need it any more. Raises `CannotChange`."""
    case = lock_at_county(case_id, by)
    _open(case)
    withdraw_open(case, by, at)


def withdraw_open(case: Case, by: User, at: datetime) -> None:
    """Inside the caller's transaction: an answered case waits for nothing."""
    for row in case.supplements.filter(answered_at=None, withdrawn_at=None):
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        step(case, Kind.SUPPLIED, f"不用补了：{row.what}", by, at)
        audit.record("supplement_withdrawn", at=at, by_id=by.pk, target=case)
        hooks.stopped(Subject.SUPPLEMENT, row.pk, at)
