"""A whole city of invented people, made small: past every constraint, with what was owed and done in order."""

import datetime as dt
import os
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, Q

from accounts.models import Region
from tests.cast import make_cast, make_person
from visits.core.models import UnitSetting
from visits.core.start import KEY
from visits.management.demo.bare import bare
from visits.management.demo.crowd import Crowd
from visits.records.models import Fulfilment, Visit
from visits.records.services import fulfilling
from visits.roster.models import Person
from visits.schedule.models import DueItem
from visits.schedule.rounds import services as rounds
from visits.schedule.rounds.kinds import USUAL
from visits.schedule.rounds.services import Plan
from xunfang.settings.base import database

TODAY = dt.date(2026, 11, 24)
AT = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_a_crowd_fills_every_county_and_is_counted_again() -> None:
    said: list[str] = []
    assert Crowd(400, 1, TODAY, said.append).make() == 400
    assert Person.objects.count() == 400
    counties = Region.objects.live(TODAY).filter(level=4).values("county_id").distinct().count()
    assert Person.objects.values("county_id").distinct().count() == counties
    over = DueItem.objects.counting().filter(period_end__lt=TODAY)
    assert 0.85 < over.filter(done_on__isnull=False).count() / over.count() < 1
    done = DueItem.objects.filter(done_on__isnull=False)
    assert done.count() == Fulfilment.objects.count() >= Visit.objects.count() > 300
    # A visit does all in whose window it lies, and makes up what was missed before it.
    assert fulfilling.waiting(None) == []
    made_up = DueItem.objects.filter(made_up_on__isnull=False)
    assert made_up.exists()
    assert not made_up.filter(Q(made_up_on__lte=F("closes_on")) | Q(done_on__isnull=False)).exists()
    twice = Visit.objects.values("village_id", "record_no").annotate(n=Count("pk")).filter(n__gt=1)
    assert not twice.exists()
    assert "都对得上" in said[-2]
    assert Crowd(400, 1, TODAY, said.append).make() == 0


@pytest.mark.django_db
def test_a_crowd_joins_what_is_running_and_owes_nothing_from_before_a_township_began() -> None:
    cast = make_cast(TODAY)
    begun = dt.date(2026, 10, 1)
    UnitSetting.objects.create(region=cast.township, key=KEY, value=begun.isoformat(), starts_on=TODAY)
    own = make_person(cast, groups=("tekun",), created_at=dt.datetime(2025, 12, 1, tzinfo=dt.UTC))
    usual, day = USUAL["cold"], TODAY - dt.timedelta(days=1)
    plan = Plan(
        kind="cold", name="寒潮", starts_on=day, due_on=TODAY + dt.timedelta(days=1), modes=("home", "phone"),
        block=usual.block, who=usual.who, groups=("tekun",), questions=usual.questions, say=usual.say,
    )  # fmt: skip
    rounds.make(key=uuid.uuid4(), plan=plan, unit_id=cast.county.pk, by=cast.county_officer, at=AT)
    said: list[str] = []
    Crowd(1500, 1, TODAY, said.append).make()
    assert "都对得上" in said[-2]
    assert DueItem.objects.filter(round__isnull=False).exclude(person=own).exists()
    here = DueItem.objects.filter(cause=DueItem.Cause.RULE, township_id=cast.township.pk)
    assert here.filter(period_end__gte=begun).exists()
    assert not here.filter(period_end__lt=begun).exists()
    assert not here.filter(person=own, due_on__lt=TODAY).exists()


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
