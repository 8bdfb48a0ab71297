"""Benchmarks run only when they are asked for: `pytest -m bench tests/bench` (make bench; one of them: ARGS="-k visit")."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.template import Template
from django.test.utils import instrumented_test_render

from accounts.roles import Role
from tests import conftest
from tests.bench import report
from tests.cast import Cast, make_cast, make_user
from xunfang.kit import garbage
from xunfang.settings.base import database


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the benchmarks alone unless the marker was asked for."""
    return None if "bench" in (config.option.markexpr or "") else True


def pytest_runtest_logfinish() -> None:
    """After each test: a run that is cut short keeps what it measured."""
    report.write(date.today())


@pytest.fixture(scope="session", autouse=True)
def _settled(django_db_setup: None) -> None:
    """As a process of the site is, once it is loaded (xunfang/wsgi.py)."""
    garbage.settle()


@pytest.fixture(autouse=True)
def _as_served(django_db_setup: None, settings: Any) -> Iterator[None]:
    """Pages are drawn as in service: a test run notes every template it draws, with a copy of all it was given."""
    noted = Template._render
    if noted is instrumented_test_render:
        Template._render = lambda self, context: self.nodelist.render(context)  # type: ignore[method-assign]
    yield
    Template._render = noted  # type: ignore[method-assign]


@dataclass
class City:
    """A city of `people` with a year of visits; `cast` in a township as big as the biggest, `small` the clerk of one
    of 900. `name`: the database."""

    people: int
    name: str
    cast: Cast
    small: Any


def _as_owner(name: str) -> None:
    given = database(os.environ["DATABASE_OWNER_URL"])
    connection.close()
    connection.settings_dict.update(NAME=name, USER=given["USER"], PASSWORD=given["PASSWORD"])


@pytest.fixture(scope="session")
def _city(django_db_setup: None, django_db_blocker: Any) -> Iterator[City]:
    """Made once for all that measure in it: half of the time of `make bench`."""
    from tests.bench import filling

    template = connection.settings_dict["NAME"]
    name = f"{template}_city"
    with django_db_blocker.unblock():
        connection.close()
        owner = conftest._owner()
        with owner.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template]
            )
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            _as_owner(name)  # as `make demo PEOPLE=…` does: only the owner of the tables may fill them bare
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")
            begun = time.perf_counter()
            cast = make_cast(filling.TODAY)
            small = make_user("小镇经办", "13800000301", Role.TOWNSHIP_CLERK, cast.other_township)
            filling.crowd(cast)
            print(f"\n{filling.PEOPLE} people and a year: {time.perf_counter() - begun:.0f} s")
            filling.analyze(name)
        finally:
            connections.close_all()
            conftest._as_runtime(template)
        yield City(filling.PEOPLE, name, cast, small)
        connections.close_all()
        with owner.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        owner.close()


@pytest.fixture
def city(_city: City, django_db_blocker: Any) -> Iterator[City]:
    """The city's database for one test; what it changes, the next one finds changed."""
    template = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        conftest._as_runtime(_city.name)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        yield _city
        connections.close_all()
        connection.settings_dict["NAME"] = template
