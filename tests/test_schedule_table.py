"""The beat table names tasks that exist, and none waits for a timer that may have missed."""

import pytest

from xunfang.celery import app
from xunfang.schedule import BEAT


@pytest.mark.parametrize("entry", BEAT.values(), ids=BEAT.keys())
def test_each_entry_is_a_registered_task(entry: dict) -> None:
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks


@pytest.mark.django_db
@pytest.mark.parametrize("entry", BEAT.values(), ids=BEAT.keys())
def test_each_task_may_run_twice(entry: dict) -> None:
    app.loader.import_default_modules()
    task = app.tasks[entry["task"]]
    task()
    task()
