"""Doors for background work on what visits found, and for the roster's hooks: the clock is read here."""

from datetime import date

from celery import shared_task
from django.utils import timezone

from visits.followup.services import (
    alarming,
    changes,
    days,
    escalating,
    following,
    joining,
    recounting,
    searching,
)
from xunfang.kit import jobs
from xunfang.kit.models import Job


@shared_task(name="followup.compile_days")
def compile_days(**_: object) -> None:
    """当日汇总 of the days that are over."""
    days.compile_days(today=timezone.localdate(), at=timezone.now())


def recount_later(year: int) -> None:
    """In the transaction that puts a year's days off in force."""
    jobs.enqueue("followup.recount", {"year": year}, title=f"按{year}年放假安排重新算上报和办理期限")


@jobs.handler("followup.recount")
def recount(job: Job, progress: jobs.Progress) -> None:
    """The calendar changed: count the open clocks anew."""
    changed = recounting.recount(at=timezone.now())
    progress(1, 1, f"重新算了{changed}个期限")


def people_changed(person_ids: list[int]) -> None:
    """The roster's hook: changes, findings, plans and open cases go with people; findings end with them."""
    changes.follow_people(person_ids, timezone.now())
    following.follow_people(person_ids, timezone.now())
    joining.follow_people(person_ids, timezone.now())
    searching.follow_people(person_ids, timezone.now())


def files_merged(kept_id: int, merged_id: int, on: date) -> None:
    following.follow_merge(kept_id, merged_id, timezone.now())


def files_unmerged(kept_id: int, merged_id: int, on: date) -> None:
    following.follow_unmerge(kept_id, merged_id, timezone.now())


@shared_task(name="followup.remind")
def remind(**_: object) -> None:
    """Each level of each deadline that has come, once: every quarter of an hour of the day, and after midnight."""
    escalating.scan(at=timezone.now())


@shared_task(name="followup.alarm")
def alarm(**_: object) -> None:
    """Emergencies that nobody has taken, and people whom nobody has found, at any hour."""
    now = timezone.now()
    alarming.scan(at=now)
    searching.scan(at=now)
