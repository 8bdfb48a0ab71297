"""A round that is written from two sides at the same moment, on two connections."""

import datetime as dt
import uuid

from tests.cast import make_cast, make_person
from tests.visits.roster.test_races import both
from tests.world import evening
from visits.schedule.models import DueItem, Round
from visits.schedule.rounds import people, services
from visits.schedule.rounds.services import Plan

DAY = dt.date(2026, 11, 25)
PLAN = Plan("typhoon", "台风专项巡访", DAY, DAY + dt.timedelta(days=1), ("home",), "flood", ("all",))


def test_two_generations_at_once_write_each_item_once(committed) -> None:
    cast = make_cast(DAY)
    for number in range(5):
        make_person(cast, name=f"林{number}")
    row, _ = services.make(
        key=uuid.uuid4(), plan=PLAN, unit_id=cast.township.pk, by=cast.township_clerk, at=evening(DAY)
    )
    late = [make_person(cast, name=f"后{number}").pk for number in range(5)]
    got = both(lambda: people.write(row, DAY), lambda: people.write(row, DAY))
    assert sorted(got) == [0, 5]
    assert DueItem.objects.filter(round=row).count() == 10
    assert DueItem.objects.filter(round=row, person_id__in=late).count() == 5
    assert Round.objects.count() == 1
