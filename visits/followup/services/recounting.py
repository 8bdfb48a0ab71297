"""Days off were announced or changed: what is open gets its day anew, what is done keeps its own (domain 2.2)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Model

from accounts import audit
from visits.core.calendar import load as load_calendar
from visits.core.workdays import Calendar
from visits.followup import clock
from visits.followup.models import Case, ChangeReport, DaySummary, Subject, Supplement
from visits.followup.services import hooks
from visits.followup.services.changes import counted_from
from visits.followup.services.common import today_of
from visits.followup.summing import confirm_by


@transaction.atomic
def recount(*, at: datetime) -> int:
    """Reports that are not filed, cases that are not answered, papers that are missing, days that are not confirmed.
    Returns how many changed; each has its row in the log."""
    calendar = load_calendar()
    changed = 0
    reports = ChangeReport.objects.filter(state=ChangeReport.State.NOTED)
    for report in reports.select_for_update(of=("self",), no_key=True).select_related("offline"):
        due = clock.due(calendar, counted_from(report))
        changed += _set(report, due, Subject.REPORT, "change_recounted", at)
    for case in Case.objects.unanswered().select_for_update(of=("self",), no_key=True):
        due = clock.due(calendar, today_of(case.received_at), clock.COUNTY_WORKDAYS)
        changed += _set(case, due, Subject.CASE, "case_recounted", at)
    changed += _supplements(calendar, at)
    for row in DaySummary.objects.filter(confirmed_at=None).select_for_update(of=("self",), no_key=True):
        day = confirm_by(calendar, row.on)
        if day != row.confirm_by:
            row.confirm_by = day
            row.save(update_fields=["confirm_by"])
            audit.record("summary_recounted", at=at, by_id=None, target=row)
            hooks.started(Subject.SUMMARY, row.pk, at)
            changed += 1
    return changed


def _supplements(calendar: Calendar, at: datetime) -> int:
    changed = 0
    rows = Supplement.objects.filter(answered_at=None, withdrawn_at=None)
    for row in rows.select_for_update(of=("self",), no_key=True):
        asked = today_of(row.asked_at)
        changed += _set(
            row, clock.due(calendar, asked, row.days), Subject.SUPPLEMENT, "supplement_recounted", at
        )
    return changed


def _set(row: Model, due: clock.Due, subject: Subject, action: str, at: datetime) -> bool:
    if (due.on, due.note) == (row.due_on, row.due_note):  # type: ignore[attr-defined]
        return False
    row.due_on, row.due_note = due.on, due.note  # type: ignore[attr-defined]
    row.save(update_fields=["due_on", "due_note"])
    audit.record(action, at=at, by_id=None, target=row)
    hooks.started(subject, row.pk, at)
    return True
