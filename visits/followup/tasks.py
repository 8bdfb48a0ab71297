"""Doors for background work on change reports."""

from django.utils import timezone

from visits.followup import services
from xunfang.kit import jobs
from xunfang.kit.models import Job


@jobs.handler("followup.recount")
def recount(job: Job, progress: jobs.Progress) -> None:
    """The calendar changed: count the open clocks anew."""
    changed = services.recount(at=timezone.now())
    progress(1, 1, f"重新算了{changed}份变化上报的期限")
