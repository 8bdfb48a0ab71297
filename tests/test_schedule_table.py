"""The beat table names tasks that exist, and none waits for a timer that may have missed."""

import pytest
from django.apps import apps

from tests.cast import make_person
from xunfang.celery import app
from xunfang.schedule import BEAT

OURS = ("accounts.", "kit.", "visits_")


@pytest.mark.parametrize("entry", BEAT.values(), ids=BEAT.keys())
def test_each_entry_is_a_registered_task(entry: dict) -> None:
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks


def _rows() -> dict[str, int]:
    """How many rows each of our tables has."""
    return {m._meta.label: m.objects.count() for m in apps.get_models() if m._meta.label.startswith(OURS)}


@pytest.mark.django_db
@pytest.mark.parametrize("entry", BEAT.values(), ids=BEAT.keys())
def test_a_second_run_adds_nothing(entry: dict, cast) -> None:
    make_person(cast)
    app.loader.import_default_modules()
    task = app.tasks[entry["task"]]
    if entry["task"] == "schedule.self_check":
        app.tasks["schedule.generate"]()  # what it would mend first is written before it at night
    task()
    first = _rows()
    task()
    assert _rows() == first
