"""Celery's doors to the due list."""

from time import monotonic

from celery import shared_task
from django.urls import reverse
from django.utils import timezone

from visits.roster.models import Person
from visits.schedule import areas, areas_ahead, ruling, selfcheck, services
from visits.schedule.models import FrequencyRule, SelfCheck
from xunfang.kit import jobs
from xunfang.kit.models import Job


@shared_task(name="schedule.generate")
def generate(**_: object) -> None:
    on = timezone.localdate()
    areas_ahead.begin(on=on, at=timezone.now())
    services.generate(on=on)


@shared_task(name="schedule.self_check")
def self_check(**_: object) -> None:
    """What is owed to everybody, recounted plainly; what differs is mended and told."""
    began = monotonic()
    made = selfcheck.check(on=timezone.localdate(), at=timezone.now())
    SelfCheck.objects.filter(pk=made.pk).update(seconds=round(monotonic() - began, 1))


def people_changed(person_ids: list[int]) -> None:
    """The roster's hook: who visits these people, and what is owed to them, follows at once."""
    on = timezone.localdate()
    areas.settle(person_ids, at=timezone.now(), on=on)
    services.refresh(person_ids=person_ids, on=on)


@jobs.handler("schedule.refresh")
def refresh(job: Job, progress: jobs.Progress) -> None:
    on, township_id = timezone.localdate(), job.payload["township_id"]
    people = Person.objects.filter(township_id=township_id)
    areas.settle(list(people.values_list("pk", flat=True)), at=timezone.now(), on=on)
    made = services.refresh_township(township_id=township_id, on=on)
    progress(1, 1, f"待访名单更新好了，新增{made}条")


# So many people at once: a page that changes one of them waits no longer than this takes.
AT_ONCE = 400


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
