"""代录 (practice P3): a row of a filled sheet becomes a record, and knows on which paper and photograph it stood."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from visits.records.models import Attempt, PaperScan, RoundPaper, TypedRow, Visit
from visits.records.services.attempting import attempt
from visits.records.services.visiting import submit


@transaction.atomic
def type_visit(
    *,
    person_id: int,
    by: User,
    at: datetime,
    key: UUID,
    body: dict[str, Any],
    paper: RoundPaper | None = None,
    scan: PaperScan | None = None,
) -> Visit:
    """Record a visit from paper: nothing is judged otherwise than on the form. Raises what `submit` raises."""
    visit, made = submit(person_id=person_id, by=by, at=at, key=key, body=body)
    if made and paper is not None:
        TypedRow.objects.create(paper=paper, scan=scan, row=_row(paper, person_id), visit=visit)
    return visit


@transaction.atomic
def type_attempt(
    *,
    person_id: int,
    by: User,
    at: datetime,
    key: UUID,
    body: dict[str, Any],
    paper: RoundPaper | None = None,
    scan: PaperScan | None = None,
) -> Attempt:
    """Record “没见到” from paper. Raises what `attempt` raises."""
    tried, made = attempt(person_id=person_id, by=by, at=at, key=key, body=body)
    if made and paper is not None:
        TypedRow.objects.create(paper=paper, scan=scan, row=_row(paper, person_id), attempt=tried)
    return tried


def _row(paper: RoundPaper, person_id: int) -> int:
    """The row on the paper; 0 for somebody who was added below by hand."""
    return paper.people.index(person_id) + 1 if person_id in paper.people else 0
