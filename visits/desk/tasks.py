"""Celery's doors to the desk."""

from django.utils import timezone

from accounts.models import User
from accounts.scoping import duty_of
from visits.desk import rounds
from xunfang.kit import jobs
from xunfang.kit.models import Job


@jobs.handler(rounds.KIND)
def rounds_pdf(job: Job, progress: jobs.Progress) -> str:
    """The round sheets of all villages, of the people whoever asked may see when it is made."""
    today = timezone.localdate()
    user = User.objects.get(pk=job.payload["user_id"])
    duty_of(user, today)
    return rounds.make(user, job.payload["township_ids"], today, progress)
