"""Celery's doors to what people are told: the clock is read here."""

from celery import shared_task
from django.utils import timezone

from visits.core import yearly
from visits.core.sending import digests, outbox


@shared_task(name="core.send")
def send(**_: object) -> None:
    """A round of the outbox; the beat comes each minute, a hint comes at once."""
    outbox.send_waiting(timezone.now)


@shared_task(name="core.digests")
def make_digests(**_: object) -> None:
    digests.make(at=timezone.now())


@shared_task(name="core.estimate_years")
def estimate_years(**_: object) -> None:
    """A year of which nothing is known is estimated, so that every deadline has a day."""
    yearly.estimate(today=timezone.localdate(), at=timezone.now())
