"""A whole city of invented people, made small: past every constraint, with what was owed and done in order."""

import datetime as dt
import os

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from accounts.models import Region
from visits.management.demo.bare import bare
from visits.management.demo.crowd import Crowd
from visits.records.models import Fulfilment, Visit
from visits.roster.models import Person
from visits.schedule.models import DueItem
from xunfang.settings.base import database

TODAY = dt.date(2026, 11, 24)


@pytest.mark.django_db
def test_a_crowd_fills_every_county_and_is_counted_again() -> None:
    said: list[str] = []
    assert Crowd(400, 1, TODAY, said.append).make() == 400
    assert Person.objects.count() == 400
    counties = Region.objects.live(TODAY).filter(level=4).values("county_id").distinct().count()
    assert Person.objects.values("county_id").distinct().count() == counties
    over = DueItem.objects.counting().filter(period_end__lt=TODAY)
    assert 0.85 < over.filter(done_on__isnull=False).count() / over.count() < 1
    assert Visit.objects.count() == Fulfilment.objects.count() > 300
    twice = Visit.objects.values("village_id", "record_no").annotate(n=Count("pk")).filter(n__gt=1)
    assert not twice.exists()
    assert "都对得上" in said[-1]
    assert Crowd(400, 1, TODAY, said.append).make() == 0


BUILT = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index
"""


def test_as_owner_the_tables_are_bare_meanwhile_and_as_before_in_the_end(committed: str) -> None:
    owner = database(os.environ["DATABASE_OWNER_URL"])
    runtime = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
    try:
        with connection.cursor() as cursor:
            cursor.execute(BUILT)
            before = sorted(cursor.fetchall())
            with transaction.atomic():
                with bare([Visit]):
                    cursor.execute(
                        "SELECT count(*) FROM pg_index WHERE indrelid = 'visits_records_visit'::regclass"
                    )
                    assert cursor.fetchone()[0] == 4  # keys that nothing may break
                cursor.execute(BUILT)
                assert sorted(cursor.fetchall()) == before
            with pytest.raises(IntegrityError), transaction.atomic(), bare([Fulfilment]):
                cursor.execute(
                    "INSERT INTO visits_records_fulfilment (visit_id, due_item_id) VALUES (-1, -1)"
                )
    finally:
        connection.close()
        connection.settings_dict.update(USER=runtime["USER"], PASSWORD=runtime["PASSWORD"])
