"""Whoever was met at home is at home: a stay in hospital, or that somebody was away, ends with that visit."""

from datetime import datetime

from accounts.models import User
from visits.records.models import Visit
from visits.records.services.visiting import Submission
from visits.roster.services.absences import end_absence, open_of, reopen_absence


def note_back(submission: Submission) -> None:
    """After a visit at home that met the person. What suspends the visits is ended by the clerk only."""
    visit = submission.visit
    row = open_of(submission.person) if submission.before.away else None
    if row is None or row.suspends or (visit.mode, visit.met) != ("home", "self"):
        return
    if row.starts_on < visit.visited_on:
        end_absence(absence_id=row.pk, on=visit.visited_on, by=submission.by, at=submission.at)


def take_back(visit: Visit, by: User, at: datetime) -> None:
    """The visit was voided: away again, unless somebody said otherwise since."""
    person = visit.person
    row = person.absences.filter(
        voided_at=None, ended_at=visit.submitted_at, ends_on=visit.visited_on
    ).first()
    if row is None or open_of(person) is not None:
        return
    reopen_absence(absence_id=row.pk, by=by, at=at, checked=True)
