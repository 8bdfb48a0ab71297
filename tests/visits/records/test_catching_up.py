"""Items that are written, or opened again, after somebody was there: they get the visit that lies there already."""

import datetime as dt

import pytest

from tests.cast import Cast, make_cast, make_person
from tests.visits.desk.world import item, rule, visit
from visits.records.models import Fulfilment
from visits.records.services import fulfilling
from visits.schedule.models import DueItem

DAY = dt.date(2026, 11, 24)
Q3 = (dt.date(2026, 7, 1), dt.date(2026, 9, 30))
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast(DAY)


def made_up(owed: DueItem) -> dt.date | None:
    owed.refresh_from_db()
    assert owed.done_on is None
    return owed.made_up_on


def test_what_was_missed_is_made_up_by_the_first_visit_after_it_whichever_came_first(cast: Cast) -> None:
    person = make_person(cast, groups=("tekun",))
    for day in (dt.date(2026, 11, 5), dt.date(2026, 10, 3)):
        visit(person, day, cast.visitor, mode="phone")
    owed = item(person, *Q3)
    assert [pk for pk, _ in fulfilling.waiting(None)] == [person.pk]
    fulfilling.catch_up([person.pk])
    assert made_up(owed) == dt.date(2026, 10, 3)
    assert fulfilling.waiting(None) == []
    assert not Fulfilment.objects.filter(due_item=owed).exists()


def test_a_visit_inside_its_window_does_it_and_one_before_it_does_nothing(cast: Cast) -> None:
    person = make_person(cast, groups=("tekun",))
    visit(person, dt.date(2026, 6, 30), cast.visitor)
    owed = item(person, *Q3)
    assert fulfilling.waiting([person.pk]) == []
    visit(person, dt.date(2026, 9, 30), cast.visitor)
    visit(person, dt.date(2026, 10, 2), cast.visitor)
    fulfilling.catch_up([person.pk])
    owed.refresh_from_db()
    assert (owed.done_on, owed.made_up_on) == (dt.date(2026, 9, 30), None)


def test_a_later_visit_makes_up_no_round_nothing_dropped_and_by_telephone_no_discharge(cast: Cast) -> None:
    person = make_person(cast, groups=("tekun",))
    dropped = item(person, *Q3, stored=DueItem.Stored.DROPPED)
    discharge = item(person, dt.date(2026, 9, 1), dt.date(2026, 9, 7), by=None, rule=None,
                     cause=DueItem.Cause.DISCHARGE, tier="")  # fmt: skip
    visit(person, dt.date(2026, 10, 3), cast.visitor, mode="phone")
    assert fulfilling.waiting(None) == []
    visit(person, dt.date(2026, 10, 9), cast.visitor)
    fulfilling.catch_up(None)
    assert (made_up(dropped), made_up(discharge)) == (None, dt.date(2026, 10, 9))


def test_a_voided_visit_and_one_that_met_nobody_who_counts_make_nothing_up(cast: Cast) -> None:
    person = make_person(cast, groups=("tekun",))
    owed = item(person, *Q3, by=rule())
    visit(person, dt.date(2026, 10, 3), cast.visitor, met="proxy")
    fulfilling.catch_up(None)
    assert made_up(owed) is None
