"""Two presses at the same moment, on two connections: a household once, all of it or nothing."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connections

from tests.cast import make_cast, make_person
from tests.visits.records.signing_cast import AT, DAY
from tests.visits.records.visiting_bodies import body
from visits.records import services
from visits.records.models import Visit
from visits.records.services.household import submit_household
from visits.roster.models import Household, Person


@pytest.fixture
def home(committed):
    cast = make_cast(DAY)
    village = cast.village
    made = Household.objects.create(
        head_name="林金火",
        county_id=village.county_id,
        township_id=village.township_id,
        village_id=village.pk,
    )
    people = [make_person(cast, name=name, household=made) for name in ("林金火", "陈秀英", "林依妹")]
    Person.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    return cast, people


def both(*calls: Callable[[], object]) -> list[object]:
    gate, got = threading.Barrier(len(calls)), []

    def work(call: Callable[[], object]) -> None:
        gate.wait(timeout=20)
        try:
            got.append(call())
        except services.CannotVisit as error:
            got.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return got


def test_the_same_press_twice_at_once_makes_one_record_each(home) -> None:
    cast, people = home
    key, bodies = uuid.uuid4(), {row.pk: body(visited_on=DAY) for row in people}

    def press() -> object:
        return submit_household(by=cast.visitor, at=AT, key=key, bodies=bodies)

    got = both(press, press)
    assert sorted(new for _, new in got) == [False, True]
    assert Visit.objects.count() == 3


def test_a_single_record_at_the_same_moment_stops_the_household_or_waits_for_it(home) -> None:
    cast, people = home
    bodies = {row.pk: body(visited_on=DAY) for row in people}
    got = both(
        lambda: submit_household(by=cast.visitor, at=AT, key=uuid.uuid4(), bodies=bodies),
        lambda: services.submit(
            person_id=people[2].pk, by=cast.visitor, at=AT, key=uuid.uuid4(), body=body(visited_on=DAY)
        ),
    )
    assert sum(isinstance(one, services.SameDay) for one in got) == 1
    assert Visit.objects.count() in (1, 3)
    assert Visit.objects.filter(person=people[2]).count() == 1
