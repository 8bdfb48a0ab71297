"""Tests run on real PostgreSQL as the application's own role.

pytest-django makes the database as its owner; then the connection changes to the runtime role, so that a
test sees every refusal the application would. Append-only tables can't be emptied between tests: a test
that must commit gets a copy of the database of its own (`committed`).
"""

import os
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
import pytest_django.fixtures
from django.conf import settings
from django.db import connection, connections

from xunfang.settings.base import database


def _as_runtime(name: str) -> None:
    """Point the default connection at a database, as the runtime role."""
    runtime = database(os.environ["DATABASE_URL"]) if "DATABASE_URL" in os.environ else {}
    connection.close()
    connection.settings_dict.update(
        NAME=name,
        USER=runtime.get("USER") or settings.RUNTIME_DB_ROLE,
        PASSWORD=runtime.get("PASSWORD", ""),
    )


def _owner() -> Any:
    entry = database(os.environ["DATABASE_OWNER_URL"])
    made = psycopg2.connect(
        dbname=entry["NAME"],
        user=entry["USER"],
        password=entry["PASSWORD"],
        host=entry["HOST"],
        port=entry["PORT"],
    )
    made.autocommit = True
    return made


# pytest-django makes no database when all chosen tests only ask for `committed`: it can't know of that fixture.
pytest_django.fixtures._get_databases_for_setup = lambda items: ({"default"}, set())


# Half a minute each: begun last, one of them would keep one process busy while the other has nothing to do.
LONG = ("tests/e2e/", "tests/test_access.py", "tests/test_demo.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; the order is random otherwise."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


TEMPLATE = os.environ.get("XUNFANG_TEST_TEMPLATE", "")


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest, django_db_modify_db_settings: None) -> bool:
    """Whether the database is there already: copied from the one that `make test` has just made, or kept."""
    if not TEMPLATE:
        return bool(request.config.getvalue("reuse_db"))
    entry = settings.DATABASES["default"]
    name = entry["TEST"]["NAME"]
    owner = _owner()
    with owner.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    owner.close()
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After pytest-django made and migrated the database: seed it, then become the runtime role."""
    from django.core.management import call_command

    owner = dict(connection.settings_dict)
    with django_db_blocker.unblock():
        if not TEMPLATE:
            # The years that were announced only: what is estimated depends on the day on which the tests run.
            call_command("seed", verbosity=0, estimate=False)
        _as_runtime(owner["NAME"])
    yield
    connection.close()
    made = _owner()
    with (
        made.cursor() as cursor
    ):  # a thread of a test may have left a session; nobody could drop the database
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [owner["NAME"]]
        )
    made.close()
    connection.settings_dict.update(NAME=owner["NAME"], USER=owner["USER"], PASSWORD=owner["PASSWORD"])


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any, worker_id: str) -> Iterator[str]:
    """A copy of the seeded database in which commits are real; gives its name. About 0.2 s."""
    template = connection.settings_dict["NAME"]
    name = f"{template}_copy"
    with django_db_blocker.unblock():
        connection.close()
        owner = _owner()
        with owner.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            # A thread of an earlier test may have left a session; a template must have none.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template]
            )
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        _as_runtime(name)
        try:
            yield name
        finally:
            connections.close_all()
            connection.settings_dict["NAME"] = template
            with owner.cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            owner.close()


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture
def cast(db: None) -> Any:
    """The fixed cast on Tuesday, 24 November 2026."""
    from tests.cast import make_cast

    return make_cast()
