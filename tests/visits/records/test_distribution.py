"""How the answers are spread: by county and quarter, what was voided left out, by the units of the visit."""

import datetime as dt
from uuid import uuid4

import pytest

from accounts.models.region import Level
from tests.cast import Cast, make_person
from tests.visits.records.visiting_bodies import AT, body
from visits.records.models import Visit
from visits.records.selectors.distribution import spread
from visits.records.services import visiting

pytestmark = pytest.mark.django_db
YEAR = {"start": dt.date(2026, 1, 1), "end": dt.date(2026, 12, 31)}
QUARTER = dt.date(2026, 10, 1)


def test_answers_are_counted_by_county_and_quarter_and_voided_visits_are_not(cast: Cast) -> None:
    made = []
    for level in (0, 1, 1, 2):
        person = make_person(cast)
        given = body(home_hygiene=level, reasons={}, notes={"home_hygiene": "看到的"} if level else {})
        made.append(visiting.submit(person_id=person.pk, by=cast.visitor, at=AT, key=uuid4(), body=given)[0])
    city: dict[int, set[int]] = {Level.CITY: {cast.city.pk}}
    found = spread(city, **YEAR)
    assert list(found) == [(cast.county.pk, QUARTER)]
    here = found[cast.county.pk, QUARTER]
    assert here.visits == 4
    assert here.answers["home_hygiene"] == {0: 1, 1: 2, 2: 1, 3: 0, 8: 0, 9: 0}
    assert all(sum(levels.values()) == 4 for levels in here.answers.values())

    Visit.objects.filter(pk=made[3].pk).update(
        voided_at=AT, voided_by=cast.township_clerk, void_reason="记错了人"
    )
    Visit.objects.filter(pk=made[0].pk).update(visited_on=dt.date(2026, 9, 30))
    found = spread(city, **YEAR)
    assert {key[1]: one.visits for key, one in found.items()} == {dt.date(2026, 7, 1): 1, QUARTER: 2}
    assert spread({Level.COUNTY: {cast.other_county.pk}}, **YEAR) == {}
    assert spread({}, **YEAR) == {}
    assert spread(city, start=QUARTER, end=dt.date(2026, 11, 23)) == {}
