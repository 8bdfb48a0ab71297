"""A whole city of invented people, made small: past every constraint, with what was owed and done in order."""

import datetime as dt

import pytest
from django.db.models import Count

from accounts.models import Region
from visits.management.demo.crowd import Crowd
from visits.records.models import Fulfilment, Visit
from visits.roster.models import Person
from visits.schedule.models import DueItem

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
