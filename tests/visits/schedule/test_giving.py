"""Giving people to a visitor on the due list: to whom of which village, and what a refusal says and keeps."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from accounts.roles import Role
from tests.cast import Cast, make_person, make_user, signed_in
from visits.roster.models import Person
from visits.schedule import services

DAY = dt.date(2026, 11, 24)
URL = "/due/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def two(cast: Cast) -> list[Person]:
    people = [
        make_person(cast, name="陈依妹"),
        make_person(cast, name="林水金", village=cast.other_village),
    ]
    services.generate(on=DAY)
    return people


def offered(text: str) -> list[str]:
    return re.findall(r"<option[^>]*>([^<]*)<", text.split('name="to"')[1].split("</select>")[0])


def test_a_refusal_names_whom_and_where_and_keeps_what_was_ticked(cast: Cast, two: list[Person]) -> None:
    far = make_user("邻村的", "13900000112", Role.VISITOR, cast.other_village)
    response = signed_in(cast.township_clerk).post(URL, {"person": [one.pk for one in two], "to": far.pk})
    text = response.content.decode()
    assert response.status_code == 422
    assert f"邻村的没有在{cast.village.name}（陈依妹）任职，都没有分" in text
    assert len(re.findall(r'name="person" value="\d+"[^>]* checked', text)) == 2
    assert '<b data-count-of="person">2</b>' in text
    assert not Person.objects.filter(assignee=far).exists()


def test_of_one_village_only_those_are_offered_who_visit_there(cast: Cast, two: list[Person]) -> None:
    make_user("邻村的", "13900000112", Role.VISITOR, cast.other_village)
    make_user("镇里的", "13900000113", Role.VISITOR, cast.township)
    client = signed_in(cast.township_clerk)
    every = offered(client.get(URL).content.decode())
    here = offered(client.get(f"{URL}?village={cast.village.pk}").content.decode())
    assert {"邻村的", "镇里的", cast.visitor.name} <= set(every)
    assert {"镇里的", cast.visitor.name} <= set(here)
    assert "邻村的" not in here


def test_the_visitors_of_the_filter_are_those_of_the_place_and_told_apart(
    cast: Cast, two: list[Person], django_assert_num_queries: Any
) -> None:
    twin = make_user(cast.visitor.name, "13900000114", Role.VISITOR, cast.other_village)
    Person.objects.filter(pk=two[1].pk).update(assignee=twin)
    client = signed_in(cast.township_clerk)
    both = client.get(URL).context["visitors"]
    name = cast.visitor.name
    assert sorted(both) == sorted(
        [
            (cast.visitor.pk, f"{name}（{cast.village.name}）"),
            (twin.pk, f"{name}（{cast.other_village.name}）"),
        ]
    )
    assert client.get(f"{URL}?village={cast.other_village.pk}").context["visitors"] == [(twin.pk, name)]


def test_whoever_goes_there_finds_the_telephone_and_the_form_in_the_row(
    cast: Cast, two: list[Person]
) -> None:
    Person.objects.filter(pk=two[0].pk).update(phone="13800004471")
    text = signed_in(cast.visitor).get(URL).content.decode()
    assert '<a class="nb" href="tel:13800004471">138 0000 4471</a>' in text
    assert text.count(">去巡访</a>") == 1  # the other lives where this visitor holds no post
    assert ">去巡访</a>" not in signed_in(cast.township_clerk).get(URL).content.decode()


def test_an_address_without_people_leads_to_the_table(cast: Cast) -> None:
    response = signed_in(cast.township_clerk).get("/due/assign/people")
    assert (response.status_code, response.headers["Location"]) == (302, "/due/assign")
