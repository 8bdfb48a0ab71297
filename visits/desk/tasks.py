"""Celery's doors to the desk."""

from celery import shared_task
from django.utils import timezone

from accounts.models import Region, User
from accounts.scoping import duty_of
from visits.desk import contact_cards, rounds
from visits.desk.tallies import checking, folding
from xunfang.kit import jobs
from xunfang.kit.models import Job


@shared_task(name="desk.fold_tallies")
def fold_tallies() -> None:
    """Count again what changed since the last time."""
    today = timezone.localdate()
    folding.fold(today=today)
    folding.count_first(today=today)


@shared_task(name="desk.check_tallies")
def check_tallies() -> None:
    """The kept numbers beside a recount; what differs is counted again and told."""
    checking.check(on=timezone.localdate(), at=timezone.now())


@jobs.handler(rounds.KIND)
def rounds_pdf(job: Job, progress: jobs.Progress) -> str:
    """The round sheets of all villages, of the people whoever asked may see when it is made."""
    now = timezone.now()
    user = User.objects.get(pk=job.payload["user_id"])
    duty_of(user, timezone.localtime(now).date())
    return rounds.make(user, job.payload["township_ids"], now, progress)


@jobs.handler(contact_cards.KIND)
def contact_cards_pdf(job: Job, progress: jobs.Progress) -> str:
    """The cards of a village, of the people whoever asked may see when they are made."""
    today = timezone.localdate()
    user = User.objects.get(pk=job.payload["user_id"])
    duty_of(user, today)
    return contact_cards.make(user, Region.objects.get(pk=job.payload["village_id"]), today, progress)
