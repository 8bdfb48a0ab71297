"""Celery's doors to the due list."""

from celery import shared_task
from django.urls import reverse
from django.utils import timezone

from visits.schedule import ruling, services
from visits.schedule.models import FrequencyRule
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


# So many people at once: a page that changes one of them waits no longer than this takes.
AT_ONCE = 1000


@jobs.handler(ruling.JOB)
def follow_rule(job: Job, progress: jobs.Progress) -> str:
    """Everybody under a rule that was made or ended; safe to run twice."""
    rule = FrequencyRule.objects.select_related("region").get(pk=job.payload["rule_id"])
    ids = ruling.touched_ids(rule)
    made = 0
    for start in range(0, len(ids), AT_ONCE):
        progress(start, len(ids), "正在更新待访名单")
        made += services.refresh(person_ids=ids[start : start + AT_ONCE], on=timezone.localdate())
    progress(len(ids), len(ids), f"待访名单更新好了：看过{len(ids)}人，新增{made}条")
    return reverse("visits_schedule:rules")
