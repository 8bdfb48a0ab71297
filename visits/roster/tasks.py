"""Celery's doors to the roster, and the jobs that bring lists in."""

from celery import shared_task
from django.utils import timezone

from visits.roster import search
from visits.roster.exports import services as exports
from visits.roster.imports import services as imports
from visits.roster.services import comparisons, entrusting, reviews, sharing, transitions
from xunfang.kit import jobs
from xunfang.kit.models import Job


@shared_task(name="roster.expire_grants")
def expire_grants(**_: object) -> None:
    sharing.expire_grants(on=timezone.localdate(), at=timezone.now())


@shared_task(name="roster.expire_transitions")
def expire_transitions(**_: object) -> None:
    """四(一)-3: no answer in three working days falls back; an entrustment ends after its last day."""
    now = timezone.now()
    entrusting.expire(on=timezone.localdate(now), at=now)


def people_changed(person_ids: list[int]) -> None:
    """The roster's own hook: who died or moved away is entrusted to nobody any more."""
    transitions.follow_people(person_ids, timezone.now())


@shared_task(name="roster.open_reviews")
def open_reviews(**_: object) -> None:
    """二-G3: who comes of age, what ends, what is to be looked at again."""
    now = timezone.now()
    reviews.open_reviews(on=timezone.localdate(now), at=now)


@shared_task(name="roster.forget")
def forget(**_: object) -> None:
    """Rows of old lists and searches that are over: nobody needs them any more."""
    imports.forget(at=timezone.now())
    comparisons.forget(at=timezone.now())
    search.forget(at=timezone.now())


@jobs.handler("roster.read")
def read_list(job: Job, progress: jobs.Progress) -> None:
    now = timezone.now()
    imports.read(import_id=job.payload["import_id"], today=timezone.localdate(now), at=now, progress=progress)


@jobs.handler("roster.load")
def load_list(job: Job, progress: jobs.Progress) -> None:
    now = timezone.now()
    imports.load(import_id=job.payload["import_id"], today=timezone.localdate(now), at=now, progress=progress)


@jobs.handler("roster.compare")
def compare_list(job: Job, progress: jobs.Progress) -> None:
    now = timezone.now()
    comparisons.compare(
        comparison_id=job.payload["comparison_id"], today=timezone.localdate(now), at=now, progress=progress
    )


@jobs.handler("roster.export")
def export_list(job: Job, progress: jobs.Progress) -> None:
    now = timezone.now()
    exports.make(export_id=job.payload["export_id"], today=timezone.localdate(now), at=now, progress=progress)
