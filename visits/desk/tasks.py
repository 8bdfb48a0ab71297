"""Celery's doors to the desk."""

from celery import shared_task
from django.utils import timezone

from accounts.models import Region, User
from accounts.scoping import duty_of
from visits.desk import contact_cards, full_file, rounds
from visits.desk.tallies import checking, folding
from visits.roster.models import Person
from visits.roster.services.full_file import KIND as FULL_FILE
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


@jobs.handler(FULL_FILE)
def full_file_made(job: Job, progress: jobs.Progress) -> str:
    """Everything of one person, for whoever asked, if the file is still theirs when it is made."""
    now = timezone.now()
    user = User.objects.get(pk=job.payload["user_id"])
    duty_of(user, timezone.localtime(now).date())
    found = Person.objects.visible_to(user).filter(pk=job.payload["person_id"], merged_into=None).first()
    if found is None:
        raise jobs.JobRefused("这份档案已经不归您管，没有生成")
    order = full_file.Order(user, found, job.payload["with_id"], now)
    return full_file.make(order, progress, packed=job.payload["packed"])
