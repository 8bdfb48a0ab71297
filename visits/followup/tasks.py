"""Doors for background work on change reports."""

from django.utils import timezone

from visits.followup import services
from xunfang.kit import jobs
from xunfang.kit.models import Job


def recount_later(year: int) -> None:
    """In the transaction that puts a year's days off in force."""
    jobs.enqueue("followup.recount", {"year": year}, title=f"按{year}年放假安排重新算上报期限")


@jobs.handler("followup.recount")
def recount(job: Job, progress: jobs.Progress) -> None:
    """The calendar changed: count the open clocks anew."""
    changed = services.recount(at=timezone.now())
    progress(1, 1, f"重新算了{changed}份变化上报的期限")
