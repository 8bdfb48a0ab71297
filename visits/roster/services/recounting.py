"""Days off were announced or changed: until when the other township answers is counted anew, while it is open."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from visits.core import calendar
from visits.core.workdays import YearNotLoaded
from visits.roster.models import Transition
from visits.roster.services.transitions import ANSWER_DAYS
from xunfang.kit import jobs
from xunfang.kit.models import Job

KIND = "roster.recount"


def later(year: int) -> None:
    """In the transaction that puts a calendar in force: the counting itself is a job of its own."""
    jobs.enqueue(KIND, {"year": year}, title=f"按{year}年放假安排重新算答复期限")


@jobs.handler(KIND)
def _job(job: Job, progress: jobs.Progress) -> None:
    changed = recount(at=timezone.now())
    progress(1, 1, f"重新算了{changed}份委托的答复期限")


@transaction.atomic
def recount(*, at: datetime) -> int:
    """Entrustments within the city that nobody has answered (四(一)-3). How many got another day."""
    table, changed = calendar.load(), 0
    rows = Transition.objects.select_for_update(of=("self",), no_key=True).filter(
        kind=Transition.Kind.ENTRUST, state=Transition.State.PROPOSED, to_township__isnull=False
    )
    for row in rows.order_by("pk"):
        try:
            new = table.add_workdays(timezone.localtime(row.proposed_at).date(), ANSWER_DAYS)
        except YearNotLoaded:
            continue  # it was counted when it was proposed; a year that went away again changes nothing
        if new != row.answer_by:
            row.answer_by = new
            row.save(update_fields=["answer_by"])
            audit.record("transition_recounted", at=at, by_id=None, target=row)
            changed += 1
    return changed
