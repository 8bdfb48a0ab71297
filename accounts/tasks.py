"""Celery's doors to accounts, and the jobs that bring lists in and print papers."""

from celery import shared_task
from django.urls import reverse
from django.utils import timezone

from accounts import kept, papers, regions
from accounts.lists import services as lists
from accounts.models import User
from accounts.scoping import duty_of
from accounts.services import CannotManage
from xunfang.kit import jobs, pdf
from xunfang.kit.models import Job


@shared_task(name="accounts.apply_moves")
def apply_moves(**_: object) -> None:
    """Every night: units whose move to another manager begins today."""
    regions.apply_moves(on=timezone.localdate(), at=timezone.now())


@shared_task(name="accounts.forget")
def forget(**_: object) -> None:
    """Every night: rows of old lists of accounts, and what was kept for its author long enough."""
    lists.forget(at=timezone.now())
    kept.forget(at=timezone.now())


@jobs.handler("accounts.openings")
def print_openings(job: Job, progress: jobs.Progress) -> str:
    """The papers of a batch; rights are those of the moment in which they are printed."""
    now = timezone.now()
    by, on = User.objects.get(pk=job.owner_id), timezone.localdate(now)
    duty_of(by, on)
    try:
        made = papers.print_many(user_ids=job.payload["users"], by=by, at=now, on=on, progress=progress)
    except (CannotManage, pdf.PdfUnavailable) as error:
        raise jobs.JobRefused(str(error)) from error
    return reverse("accounts:file", args=[made.uuid])


@jobs.handler("accounts.read")
def read_list(job: Job, progress: jobs.Progress) -> None:
    now = timezone.now()
    lists.read(import_id=job.payload["import_id"], today=timezone.localdate(now), at=now, progress=progress)


@jobs.handler("accounts.load")
def load_list(job: Job, progress: jobs.Progress) -> None:
    now = timezone.now()
    lists.load(import_id=job.payload["import_id"], today=timezone.localdate(now), at=now, progress=progress)
