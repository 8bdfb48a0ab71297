"""A record whose change the county has already is corrected: its case hears of it, and nothing is late for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import User
from visits.followup.models import Case, CaseStep, ChangeReport
from visits.followup.services import joining
from visits.records.models import Visit
from visits.records.services import Submission


def filed_before(submission: Submission) -> list[ChangeReport]:
    """Reports that the county has of the records this one took the place of, one after another; the newest first."""
    found: list[ChangeReport] = []
    old = submission.replaced
    while old is not None:
        found += ChangeReport.objects.filter(visit=old, state=ChangeReport.State.FILED)
        # The record that `old` took the place of was taken back in the moment in which `old` was written.
        rows = Visit.objects.filter(person_id=old.person_id, voided_at=old.submitted_at, pk__lt=old.pk)
        old = rows.order_by("pk").last()
    return found


def has_all(filed: Sequence[ChangeReport], items: Sequence[dict[str, Any]], *, urgent: bool) -> bool:
    """Whether the county knows of every one of these items already, and that it is urgent where it is."""
    known = {row["code"] for report in filed for row in report.items}
    return {row["code"] for row in items} <= known and (not urgent or any(report.urgent for report in filed))


def say(report: ChangeReport, items: Sequence[dict[str, Any]], by: User, at: datetime) -> None:
    """One more line of the case; what waits for the head is proposed anew. Reports of before there were cases
    have none."""
    case = (
        Case.objects.filter(pk=report.case_id).select_for_update(of=("self",), no_key=True).first()
        if report.case_id
        else None
    )
    if case is None:
        return
    words = "；".join(f"{row['item']}：{row['now']}" for row in items) or "没有要报的变化了"
    joining.step(case, CaseStep.Kind.CORRECTED, f"{report.person.name}：{words}", by, at)
    if case.state == Case.State.PROPOSED:
        joining.propose_anew(case, "记录更正了，请看过再提", at)
