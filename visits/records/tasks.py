"""Celery's doors to the records."""

from celery import shared_task
from django.utils import timezone

from visits.records.services.sheets import draft_due_sheets


@shared_task(name="records.draft_sheets")
def draft_sheets(**_: object) -> None:
    draft_due_sheets(timezone.localdate())
