"""Nothing that was asked for is lost: a flushed broker, a dead broker, a killed worker, two workers at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from xunfang.kit import jobs
from xunfang.kit.models import Counter, Job

ran: list[int] = []


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    ran.clear()

    def count(job: Job, progress: jobs.Progress) -> str:
        ran.append(job.pk)
        progress(1, 1, "数好了")
        return "/done"

    def refuse(job: Job, progress: jobs.Progress) -> None:
        raise jobs.JobRefused("这张表读不了，请另存为.xlsx再传")

    def break_down(job: Job, progress: jobs.Progress) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(jobs, "_handlers", {"count": count, "refuse": refuse, "break": break_down})


@pytest.mark.django_db
def test_a_rolled_back_transaction_leaves_no_job() -> None:
    try:
        with transaction.atomic():
            jobs.enqueue("count", {"n": 1})
            raise ValueError
    except ValueError:
        pass
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_job_says_what_it_did_and_runs_once() -> None:
    job = jobs.enqueue("count", {})
    assert jobs.run(job.pk) is True
    assert jobs.run(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.message, job.result_url, ran) == ("done", "数好了", "/done", [job.pk])


@pytest.mark.django_db
def test_an_equal_key_is_one_job() -> None:
    assert jobs.enqueue("count", {}, dedupe="x").pk == jobs.enqueue("count", {}, dedupe="x").pk


@pytest.mark.django_db
def test_a_refusal_is_final_and_is_shown() -> None:
    job = jobs.enqueue("refuse", {})
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "请另存为" in job.message


@pytest.mark.django_db
def test_a_fault_is_tried_again_five_times_and_then_said() -> None:
    job = jobs.enqueue("break", {})
    for _ in range(jobs.MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 5)
    assert "系统管理员" in job.message


@pytest.mark.django_db
def test_the_sweeper_finds_what_the_broker_lost_and_leaves_what_is_being_done(monkeypatch) -> None:
    now = timezone.now()
    lost, busy, dead, done = (jobs.enqueue("count", {"n": n}) for n in range(4))
    Job.objects.update(created_at=now - timedelta(minutes=1))
    Job.objects.filter(pk=busy.pk).update(state="running", lease_until=now + timedelta(seconds=30))
    Job.objects.filter(pk=dead.pk).update(state="running", lease_until=now - timedelta(seconds=1))
    Job.objects.filter(pk=done.pk).update(state="done", finished_at=now)
    hinted: list[int] = []
    monkeypatch.setattr(jobs, "hint", hinted.append)
    assert jobs.sweep(now) == hinted == [lost.pk, dead.pk]


def test_two_workers_never_do_one_job_twice(committed) -> None:
    ids = [jobs.enqueue("count", {"n": n}).pk for n in range(40)]

    def work() -> None:
        for job_id in ids:
            jobs.run(job_id)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == ids
    assert Job.objects.filter(state="done").count() == 40


ASK = """
import os, django
django.setup()
from django.db import connection
connection.settings_dict.update(NAME=os.environ["JOB_DB"], USER=os.environ["JOB_USER"])
from xunfang.kit import jobs
jobs.enqueue("count", {})
"""


def test_asking_works_while_the_broker_is_down(committed) -> None:
    nowhere = "redis+socket:///nowhere/redis.sock"
    env = {
        **os.environ,
        "JOB_DB": committed,
        "JOB_USER": settings.RUNTIME_DB_ROLE,
        "REDIS_URL": "unix:///nowhere/redis.sock",
        "CELERY_BROKER_URL": nowhere,
    }
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", ASK], env=env, check=True, capture_output=True, timeout=30)
    assert time.monotonic() - started < 15
    assert Job.objects.get().state == "new"


WORKER = """
import os, django
django.setup()
from django.db import connection
connection.settings_dict.update(NAME=os.environ["JOB_DB"], USER=os.environ["JOB_USER"])
from xunfang.kit import jobs, numbering
import time

@jobs.handler("slow")
def slow(job, progress):
    progress(1, 2)
    print("started", flush=True)
    time.sleep(float(os.environ["JOB_SLEEP"]))
    if job.attempts > 0 and float(os.environ["JOB_SLEEP"]) == 0:
        numbering.take_one("finished")

jobs.run(int(os.environ["JOB_ID"]))
"""


def _worker(job_id: int, sleep: str, name: str) -> subprocess.Popen:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "xunfang.settings.test",
        "JOB_DB": name,
        "JOB_USER": settings.RUNTIME_DB_ROLE,
        "JOB_ID": str(job_id),
        "JOB_SLEEP": sleep,
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env=env, stdout=subprocess.PIPE, text=True)


def test_a_worker_killed_in_the_middle_loses_nothing(committed) -> None:
    job = jobs.enqueue("slow", {})
    worker = _worker(job.pk, "60", committed)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "started\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    job.refresh_from_db()
    assert job.state == "running"
    later = timezone.now() + jobs.LEASE + timedelta(seconds=1)
    assert jobs.sweep(later) == [job.pk]
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    second = _worker(job.pk, "0", committed)
    second.communicate(timeout=30)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    assert Counter.objects.get(name="finished").value == 1


def test_a_flushed_broker_loses_no_job(committed, tmp_path) -> None:
    """A real Celery worker, a real Redis: jobs are asked for, Redis is emptied, all are done all the same."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    ids = [jobs.enqueue("kit.nothing", {"n": n}).pk for n in range(20)]
    client.flushdb()
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    ready = tmp_path / "ready"
    code = (
        "import os, django\n"
        "from django.conf import settings\n"
        "django.setup()\n"
        "settings.DATABASES['default'].update(NAME=os.environ['JOB_DB'], USER=os.environ['JOB_USER'])\n"
        "from django.db import connections\n"
        "connections['default'].settings_dict.update(NAME=os.environ['JOB_DB'], USER=os.environ['JOB_USER'])\n"
        "from xunfang.kit import jobs\n"
        "jobs._handlers['kit.nothing'] = lambda job, progress: None\n"
        "from xunfang.celery import app\n"
        "app.worker_main(['worker', '-P', 'solo', '--loglevel', 'ERROR', '--without-gossip', '--without-mingle'])\n"
    )
    env = {
        **os.environ,
        "JOB_DB": committed,
        "JOB_USER": settings.RUNTIME_DB_ROLE,
        "XUNFANG_READY_FILE": str(ready),
        "CELERY_BROKER_URL": settings.CELERY["broker_url"],
    }
    worker = subprocess.Popen([sys.executable, "-c", code], env=env)
    try:
        deadline = time.monotonic() + 40
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert jobs.sweep(timezone.now()) == ids
        while Job.objects.exclude(state="done").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert Job.objects.filter(state="done").count() == 20
    finally:
        worker.terminate()
        worker.wait(timeout=20)
        client.flushdb()
