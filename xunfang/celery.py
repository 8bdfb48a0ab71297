"""Celery: the worker that hurries what the database already knows, and the beat that reminds it."""

import os
from pathlib import Path

from celery import Celery
from celery.signals import worker_process_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xunfang.settings.dev")

app = Celery("xunfang")
app.config_from_object("django.conf:settings", namespace=None, force=False)


@app.on_configure.connect
def read_settings(sender: Celery, **_: object) -> None:
    from django.conf import settings

    from xunfang.schedule import BEAT

    sender.conf.update(settings.CELERY, beat_schedule=BEAT)


app.autodiscover_tasks()


@worker_ready.connect
def say_ready(**_: object) -> None:
    """Touch the file the launcher waits for: cheaper than asking every worker over the broker."""
    if path := os.environ.get("XUNFANG_READY_FILE"):
        Path(path).touch()


@worker_process_init.connect
def longer_statements(**_: object) -> None:
    """Workers do long work: the 15 seconds of a page are not for them."""
    from django.db import connections

    from xunfang.kit.garbage import settle

    for connection in connections.all(initialized_only=False):
        connection.settings_dict["OPTIONS"]["options"] = "-c statement_timeout=900000 -c lock_timeout=30000"
    settle()
