"""Celery's doors to accounts."""

from celery import shared_task
from django.utils import timezone

from accounts import regions


@shared_task(name="accounts.apply_moves")
def apply_moves(**_: object) -> None:
    """Every night: units whose move to another manager begins today."""
    regions.apply_moves(on=timezone.localdate(), at=timezone.now())
