"""A page of a city's list is found in a part of it, and is the part of the whole list that it would be."""

import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import signed_in
from tests.visits.desk.test_measures import world
from tests.visits.desk.world import TODAY, random_world, villages_of
from visits.desk import behind, measures_classes, measures_how, paging, scope
from visits.desk.behind import HOW_CODES
from visits.desk.measures import MEASURES
from visits.desk.tallies import folding, reading
from visits.roster.models import Household, Person
from visits.schedule.models import DueItem
from visits.schedule.periods import HalfYear, Quarter

pytestmark = pytest.mark.django_db
PAGE = 4


def pages(people, narrow, units):
    """Everybody, page by page."""
    found, last = [], None
    while part := paging.rows(people, narrow, units, last, PAGE):
        found += part
        last = part[-1]
    return [row.pk for row in found]


def agree(regions, period, day=TODAY):
    every = [
        *MEASURES,
        *HOW_CODES,
        *(week.code for week in measures_how.weeks(period)),
        "class-dibao-homes",
        "class-all",
    ]
    for region in regions:
        for code in every:
            found = behind.find(region, period, TODAY, day, code)
            whole = list(found.people.values_list("pk", flat=True))
            assert pages(found.people, found.narrow, scope.units_of(region)) == whole, (code, region.name)


def some_moved(cast, seed):
    """People who live elsewhere than where they were visited, and households in two villages."""
    dice, homes = random.Random(seed), list(Household.objects.order_by("pk"))
    for person in Person.objects.order_by("pk"):
        if dice.random() < 0.3:
            there = dice.choice(villages_of(cast))
            place = {"county_id": there.county_id, "township_id": there.township_id, "village_id": there.pk}
            Person.objects.filter(pk=person.pk).update(**place)
        if dice.random() < 0.2:
            Person.objects.filter(pk=person.pk).update(household=dice.choice(homes))


@pytest.mark.parametrize(
    "kept", ["nothing", "everything", "many villages", "too many villages", "changed since"]
)
def test_the_pages_of_every_list_are_the_whole_list(cast, kept, monkeypatch):
    monkeypatch.setattr(paging, "FIRST", 1)
    monkeypatch.setattr(paging, "TIMES", 1)
    world(cast, 4)
    some_moved(cast, 4)
    if kept != "nothing":
        folding.count_all(today=TODAY)
    if kept == "too many villages":
        monkeypatch.setattr(reading, "MANY", 0)
    if kept == "many villages":
        monkeypatch.setattr(paging, "FEW", 0)
    if kept == "changed since":
        DueItem.objects.filter(stored="", due_on__gte=dt.date(2026, 10, 1)).update(
            done_on=None, done_mode="", done_met="", done_via=""
        )
        some_moved(cast, 5)
    agree(
        [cast.city] if kept not in ("everything", "many villages") else [cast.city, cast.county],
        Quarter(2026, 4),
    )


def test_so_are_those_of_a_day_that_is_over(cast):
    random_world(cast, 6, 8)
    folding.count_all(today=TODAY)
    agree([cast.city], Quarter(2026, 3), scope.cut_of(Quarter(2026, 3), cast.city, TODAY))
    found = behind.find(cast.city, HalfYear(2026, 2), TODAY, TODAY, "done")
    assert pages(found.people, found.narrow, scope.units_of(cast.city)) == [row.pk for row in found.people]


def test_where_nobody_stands_so_nobody_is_asked(cast):
    random_world(cast, 1, 6)
    DueItem.objects.filter(stored="excused").update(stored="")
    folding.count_all(today=TODAY)
    found = behind.find(cast.city, Quarter(2026, 4), TODAY, TODAY, "tried")
    with CaptureQueriesContext(connection) as asked:
        assert paging.rows(found.people, found.narrow, scope.units_of(cast.city), None, PAGE) == []
    assert not any("WITH item" in one["sql"] for one in asked) or reading._spread(HalfYear(2026, 2))


def test_the_quarterly_return_counts_nothing_live_of_a_quarter_that_is_over(cast):
    random_world(cast, 2, 8)
    folding.count_all(today=TODAY)
    for period in ("2026Q3", "2026Q4"):
        with CaptureQueriesContext(connection) as asked:
            assert signed_in(cast.city_supervisor).get(f"/overview/return?period={period}").status_code == 200
        assert sum("GROUPING SETS" in one["sql"] for one in asked) == 1
        live = [one for one in asked if "WITH item" in one["sql"]]
        assert not live or reading._spread(HalfYear(2026, 2)), live
    assert measures_classes.counts(cast.city, scope.units_of(cast.city), TODAY, [])[0]["class-all"]
