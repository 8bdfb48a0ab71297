"""Celery's doors to the kit."""

from celery import shared_task
from django.utils import timezone

from xunfang.kit import files, health, jobs


@shared_task(name="kit.run_job")
def run_job(*, job_id: int, **_: object) -> None:
    jobs.run(job_id)


@shared_task(name="kit.sweep")
def sweep(**_: object) -> None:
    now = timezone.now()
    # It comes every half minute by the clock through a worker: both are alive.
    health.beat(health.CLOCK, now)
    jobs.sweep(now)


@shared_task(name="kit.delete_expired_files")
def delete_expired_files(**_: object) -> None:
    files.delete_expired(timezone.now())
