"""What every other test stands on. `make test` runs this file first, alone: the test processes then copy its
database instead of migrating one each."""

import csv
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Region


@pytest.mark.django_db
def test_every_unit_of_the_city_is_seeded() -> None:
    with (Path(settings.BASE_DIR) / "data" / "fuzhou_regions.csv").open(encoding="utf-8") as source:
        codes = {row["code"] for row in csv.DictReader(source)}
    assert codes <= set(Region.objects.values_list("code", flat=True))


@pytest.mark.django_db
def test_tests_run_as_the_role_that_may_not_change_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == settings.RUNTIME_DB_ROLE
