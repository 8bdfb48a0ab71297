"""Jobs: a row in the asking transaction is the truth, the broker is only a hint, a sweeper finds the rest.

A job that runs twice must do no harm: handlers re-read what they work on. A handler takes the job and a
`progress(done, total, message)` function, and may return the url of its result.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from xunfang.kit.models import Job

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 5

Progress = Callable[..., None]
Handler = Callable[[Job, Progress], str | None]
_handlers: dict[str, Handler] = {}


class JobRefused(Exception):
    """The work can't be done and trying again would not help. Its text is shown to whoever asked."""


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this kind."""

    def register(function: Handler) -> Handler:
        assert kind not in _handlers, f"two handlers for {kind}"
        _handlers[kind] = function
        return function

    return register


def enqueue(
    kind: str,
    payload: dict[str, Any],
    *,
    title: str = "",
    owner_id: int | None = None,
    dedupe: str | None = None,
) -> Job:
    """Write the job in the running transaction. With `dedupe`, an equal key gives the job that is there."""
    if dedupe is not None:
        job, made = Job.objects.get_or_create(
            dedupe=dedupe, defaults={"kind": kind, "payload": payload, "title": title, "owner_id": owner_id}
        )
        if not made:
            return job
    else:
        job = Job.objects.create(kind=kind, payload=payload, title=title, owner_id=owner_id)
    transaction.on_commit(lambda: hint(job.pk))
    return job


def hint(job_id: int) -> None:
    """Tell a worker. A dead broker costs up to half a minute, never the job."""
    from kombu.exceptions import OperationalError

    from xunfang.kit.tasks import run_job

    try:
        run_job.apply_async(kwargs={"job_id": job_id}, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker did not take job %s: %s; the sweeper will", job_id, type(error).__name__)


def claim(job_id: int, at: datetime) -> Job | None:
    """Take the job if it is free (new, or its worker stopped renewing the lease). One winner only."""
    free = Q(state=Job.State.NEW) | Q(state=Job.State.RUNNING, lease_until__lt=at)
    taken = Job.objects.filter(free, pk=job_id).update(
        state=Job.State.RUNNING, lease_until=at + LEASE, attempts=F("attempts") + 1
    )
    return Job.objects.get(pk=job_id) if taken else None


def run(job_id: int) -> bool:
    """Do the job if it is free. Returns whether this call did it."""
    job = claim(job_id, timezone.now())
    if job is None:
        return False
    if job.attempts > MAX_ATTEMPTS:
        _finish(job, Job.State.FAILED, f"试了{MAX_ATTEMPTS}次都没办成，请联系系统管理员")
        return False

    started = time.monotonic()
    # A lease must outlive a slow step; an alarm renews it while the process lives.
    with _renewing(job.pk) as alarm:

        def progress(done: int, total: int | None = None, message: str | None = None) -> None:
            values: dict[str, Any] = {"done": done}
            if total is not None:
                values["total"] = total
            if message is not None:
                values["message"] = message[:300]
            if connection.in_atomic_block:
                # Nobody would see it before the end, and the alarm would wait for this row until then.
                alarm.news |= values
            else:
                Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() + LEASE, **values)

        try:
            url = _handlers[job.kind](job, progress)
        except JobRefused as error:
            _finish(job, Job.State.FAILED, str(error))
            return True
        except Exception as error:
            log.exception("job %s (%s) failed on attempt %s", job.pk, job.kind, job.attempts)
            if job.attempts >= MAX_ATTEMPTS:
                _finish(job, Job.State.FAILED, "系统出了问题，没有办成，已记下原因。请联系系统管理员")
            else:
                Job.objects.filter(pk=job.pk).update(state=Job.State.NEW, lease_until=None)
            raise error
    # What was told inside a transaction and not yet written.
    _finish(job, Job.State.DONE, None, url or "", alarm.news)
    took = round((time.monotonic() - started) * 1000)
    log.info("job done", extra={"facts": {"job": job.pk, "kind": job.kind, "ms": took}})
    return True


class _renewing:
    """Renews the lease every 20 seconds from a helper thread with its own connection, and tells every second
    how far work inside a transaction has come (`news`)."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self.news: dict[str, Any] = {}

    def __enter__(self) -> "_renewing":
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._renew, daemon=True)
        self.thread.start()
        return self

    def _renew(self) -> None:
        renewed = time.monotonic()
        while not self.stop.wait(1):
            news, self.news = self.news, {}
            if news or time.monotonic() - renewed > 20:
                renewed = time.monotonic()
                Job.objects.filter(pk=self.job_id, state=Job.State.RUNNING).update(
                    lease_until=timezone.now() + LEASE, **news
                )
        connection.close()

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(timeout=5)


def _finish(
    job: Job, state: str, message: str | None, url: str = "", news: dict[str, Any] | None = None
) -> None:
    values: dict[str, Any] = {
        **(news or {}),
        "state": state,
        "lease_until": None,
        "finished_at": timezone.now(),
        "result_url": url,
    }
    if message is not None:
        values["message"] = message[:300]
    Job.objects.filter(pk=job.pk).update(**values)


def sweep(at: datetime) -> list[int]:
    """Hint at every job that nobody works on: lost by the broker, or left by a dead worker."""
    lost = Q(state=Job.State.NEW, created_at__lt=at - timedelta(seconds=10)) | Q(
        state=Job.State.RUNNING, lease_until__lt=at
    )
    ids = list(Job.objects.filter(lost).order_by("created_at", "pk").values_list("pk", flat=True)[:500])
    for job_id in ids:
        hint(job_id)
    return ids
