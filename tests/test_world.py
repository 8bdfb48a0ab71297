"""The small world is what its names say."""

import datetime as dt

import pytest

from tests.world import fill
from visits.followup.models import ChangeReport
from visits.records.models import Attempt, Visit
from visits.schedule.models import DueItem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "today",
    [
        dt.date(2026, 11, 24),
        dt.date(2026, 10, 1),
        dt.date(2026, 12, 31),
        dt.date(2026, 7, 20),
        dt.date(2026, 1, 15),
    ],
    ids=str,
)
def test_it_stands_on_any_day_of_the_year(cast, today) -> None:
    cast.refresh(today)
    people = fill(cast, today)
    assert Visit.objects.count() == 2
    assert Attempt.objects.get().person == people["tried"]
    assert ChangeReport.objects.get().person == people["changed"]
    open_ = set(DueItem.objects.to_do(today).values_list("person_id", flat=True))
    assert people["due"].pk in open_
    assert not {people["seen"].pk, people["changed"].pk} & set(
        DueItem.objects.to_do(today)
        .filter(period_start__lte=today, period_end__gte=today)
        .values_list("person_id", flat=True)
    )
