"""Celery's doors to the due list."""

from celery import shared_task
from django.utils import timezone

from visits.schedule import services
from xunfang.kit import jobs
from xunfang.kit.models import Job


@shared_task(name="schedule.generate")
def generate(**_: object) -> None:
    services.generate(on=timezone.localdate())


def people_changed(person_ids: list[int]) -> None:
    """The roster's hook: what is owed to these people follows at once."""
    services.refresh(person_ids=person_ids, on=timezone.localdate())


@jobs.handler("schedule.refresh")
def refresh(job: Job, progress: jobs.Progress) -> None:
    made = services.refresh_township(township_id=job.payload["township_id"], on=timezone.localdate())
    progress(1, 1, f"待访名单更新好了，新增{made}条")
