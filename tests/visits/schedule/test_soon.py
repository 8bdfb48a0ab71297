"""临期 is what the county of the person says it is: on every list, in every count, for whoever looks."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Post, User
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, signed_in
from visits.core.models import UnitSetting
from visits.core.options import option_of
from visits.roster.models import Grant, Person
from visits.schedule import listing, selectors
from visits.schedule.due import state_of
from visits.schedule.models import DueItem, FrequencyRule, state_case, to_do_case

DAY = dt.date(2026, 11, 24)
pytestmark = pytest.mark.django_db
# Days to the due day: around the 3 of one county, the 12 of another, and the usual 7.
LEFT = (-1, 0, 3, 4, 7, 8, 12, 13, 31)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(
        dt.datetime(2026, 11, 24, 12, tzinfo=dt.timezone(dt.timedelta(hours=8))), tick=False
    ):
        yield


def decide(region: Any, days: int, starts_on: dt.date = DAY, ends_on: dt.date | None = None) -> None:
    UnitSetting.objects.create(
        region=region, key="soon_days", value=days, starts_on=starts_on, ends_on=ends_on
    )


@pytest.fixture
def world(cast: Cast) -> Cast:
    """In two counties one person for each of `LEFT`; both counties decided otherwise than usual, one of them anew."""
    decide(cast.county, 12)
    decide(cast.other_county, 20, dt.date(2026, 1, 1), DAY - dt.timedelta(1))
    decide(cast.other_county, 3)
    rule = FrequencyRule.objects.first()
    for village in (cast.village, cast.other_county_village):
        for left in LEFT:
            person = make_person(cast, name=f"林{left}", village=village)
            due_on = DAY + dt.timedelta(left)
            DueItem.objects.create(
                person=person, rule=rule, period_start=due_on - dt.timedelta(90), period_end=due_on, due_on=due_on,
                opens_on=DAY - dt.timedelta(80), closes_on=due_on + dt.timedelta(3), tier="key",
                county_id=person.county_id, township_id=person.township_id, village_id=person.village_id,
            )  # fmt: skip
    return cast


def plainly(people: Any) -> dict[str, int]:
    """Each person's item by the definition in plain Python, with the number their own county decided."""
    found = {"late": 0, "soon": 0, "idle": 0}
    for item in DueItem.objects.filter(person__in=people).select_related("person"):
        days = option_of("soon_days", item.person, DAY)
        found[
            state_of(
                due_on=item.due_on, closes_on=item.closes_on, opens_on=item.opens_on, done_on=None, made_up_on=None,
                stored="", today=DAY, soon_days=days,
            )
        ] += 1  # fmt: skip
    return found


def of_both(cast: Cast) -> User:
    user = cast.county_officer
    Post.objects.create(
        user=user, region=cast.other_county, role=Role.COUNTY_OFFICER, starts_on=dt.date(2020, 1, 1)
    )
    duty_of(user, DAY)
    return user


def test_each_county_has_its_own_number_for_whoever_looks(world: Cast) -> None:
    here = Person.objects.filter(county_id=world.county.pk)
    there = Person.objects.exclude(county_id=world.county.pk)
    assert plainly(here) != plainly(there)
    for user, people in (
        (world.township_clerk, here), (world.visitor, here), (world.neighbour, there),
        (of_both(world), Person.objects.all()),
    ):  # fmt: skip
        found = listing.read(user, DAY, limit=100)
        assert found.states() == selectors.state_counts(user, DAY) == plainly(people), user
        for state, n in found.states().items():
            rows = listing.read(user, DAY, limit=100, state=state).items
            assert rows == list(selectors.urgent_items(user, DAY, state=state).values_list("pk", flat=True))
            assert len(rows) == n


def test_somebody_who_is_lent_stands_as_their_own_county_says(world: Cast) -> None:
    abroad = Person.objects.get(county_id=world.other_county.pk, name="林8")
    Grant.objects.create(
        person=abroad, to=world.township_clerk, reason="协办", until=DAY, created_by=world.neighbour
    )
    people = Person.objects.filter(county_id=world.county.pk) | Person.objects.filter(pk=abroad.pk)
    found = listing.read(world.township_clerk, DAY, limit=100)
    assert found.states() == selectors.state_counts(world.township_clerk, DAY) == plainly(people)


def test_in_words_it_is_one_number_only_while_all_are_of_one_county(world: Cast) -> None:
    user = world.township_clerk
    said = selectors.soon_days(user, DAY)
    assert said is not None
    for person, days in (
        (Person.objects.filter(county_id=world.county.pk).first(), said),
        (Person.objects.get(county_id=world.other_county.pk, name="林8"), None),
    ):
        Grant.objects.create(person=person, to=user, reason="协办", until=DAY, created_by=world.neighbour)
        duty_of(user, DAY)
        assert selectors.soon_days(user, DAY) == days


def test_the_pages_say_it_too(world: Cast) -> None:
    """The list and its chips, the person's page, the home page, the people behind a number of the overview."""
    person = Person.objects.get(county_id=world.county.pk, name="林12")
    clerk = signed_in(world.township_clerk)
    page = clerk.get("/due/", {"state": "soon"}).context
    assert [row["cells"][1]["text"] for row in page["list"]["rows"]][-1] == "林12"
    assert page["list"]["rows"][-1]["cells"][2]["due"]["word"] == "临期"
    assert clerk.get(page["export_url"]).context["count"] == page["total"] == page["counts"]["soon"]
    assert "临期" in clerk.get(reverse("visits_desk:person", args=[person.uuid])).content.decode()
    mine = signed_in(world.visitor).get("/")
    assert f"{page['total']}人这几天到期" in mine.content.decode()
    city = signed_in(world.city_supervisor).get("/overview/people", {"measure": "due", "unit": world.city.pk})
    said = [
        cell["due"]["word"] for row in city.context["list"]["rows"] for cell in row["cells"] if "due" in cell
    ]
    assert said.count("临期") == plainly(Person.objects.all())["soon"]


def test_where_nobody_asks_no_setting_is_read_and_in_one_county_it_is_read_once(
    world: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "unitsetting" not in str(DueItem.objects.annotate(x=state_case(DAY, soon=False)).query)
    for case in (state_case, to_do_case):
        words = (
            DueItem.objects.annotate(x=case(DAY, county=world.county.pk)).values("x").explain(verbose=True)
        )
        assert "InitPlan" in words
        assert "SubPlan" not in words
        assert "at_county_id" not in words
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)  # statements in full
    with CaptureQueriesContext(connection) as queries:
        listing.read(world.township_clerk, DAY, limit=100)
    assert sum("unitsetting" in query["sql"] for query in queries) == 1
