"""The due list as people see it: true counts, filters in the address, the same cost for ten and for a hundred."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from tests.cast import make_person, make_user, signed_in
from visits.roster.models import Person
from visits.schedule import services

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db
URL = "/due/"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON, tick=False):
        yield


def _people(cast, count: int) -> None:
    for number in range(count):
        make_person(cast, name=f"林{number:03d}", hamlet=("祠堂边", "上洋")[number % 2])
    services.generate(on=DAY)


def test_the_list_names_people_with_reason_and_last_day(cast) -> None:
    _people(cast, 2)
    html = signed_in(cast.township_clerk).get(URL).content.decode()
    assert "林000" in html
    assert "12月31日 周四前" in html
    assert "重点对象：每季度至少一次" in html
    assert "还没有访过" in html
    assert "共2人" in html
    assert "⟦" not in html


def test_ten_and_a_hundred_people_cost_the_same_queries(cast) -> None:
    client = signed_in(cast.township_clerk)
    counts = []
    for _ in range(2):
        _people(cast, 10 if not counts else 40)
        client.get(URL)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(URL).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_every_count_is_the_length_of_its_list(cast) -> None:
    _people(cast, 5)
    Person.objects.filter(name="林001").update(assignee=None)
    client = signed_in(cast.township_clerk)
    for query, expected in {"": 5, "?state=idle": 5, "?state=late": 0, "?hamlet=祠堂边": 3, "?assignee=none": 1,
                            "?group=tekun": 0, f"?village={cast.village.pk}": 5, "?village=abc&state=zzz": 5}.items():  # fmt: skip
        response = client.get(URL + query)
        assert response.status_code == 200, query
        assert len(response.context["list"]["rows"]) == expected == response.context["total"], query


def test_the_second_page_goes_on_where_the_first_stopped(cast) -> None:
    _people(cast, 30)
    client = signed_in(cast.township_clerk)
    first = client.get(URL).context
    second = client.get(URL + first["pager"]["next"]).context
    rows = [row["cells"][1]["url"] for context in (first, second) for row in context["list"]["rows"]]
    assert (len(first["list"]["rows"]), len(rows), len(set(rows))) == (25, 30, 30)


def test_a_clerk_gives_people_to_a_visitor_and_a_head_can_not(cast) -> None:
    _people(cast, 3)
    people = list(Person.objects.order_by("pk"))
    other = make_user("林建忠", "13800000301", Role.VISITOR, cast.village)
    response = signed_in(cast.township_clerk).post(
        URL, {"person": [people[0].pk, people[1].pk], "to": other.pk}, follow=True
    )
    assert "2人分给了林建忠" in response.content.decode()
    assert Person.objects.filter(assignee=other).count() == 2
    assert (
        signed_in(cast.township_head).post(URL, {"person": [people[0].pk], "to": other.pk}).status_code == 403
    )


def test_nothing_ticked_says_what_to_do(cast) -> None:
    _people(cast, 1)
    response = signed_in(cast.township_clerk).post(URL, {})
    assert response.status_code == 422
    html = response.content.decode()
    assert "请先勾选要分配的人" in html
    assert "请选分给谁" in html


def test_an_empty_list_says_why(cast) -> None:
    html = signed_in(cast.visitor).get(URL).content.decode()
    assert "这里没有要访的人" in html


def test_the_rules_name_clause_and_modes(cast) -> None:
    html = signed_in(cast.visitor).get(reverse("visits_schedule:rules")).content.decode()
    assert "重点对象：每季度至少一次" in html
    assert "榕民〔2018〕215号" in html
    assert "上门、电话" in html


def test_the_calendar_shows_make_up_days_and_asks_for_next_year(cast) -> None:
    client = signed_in(cast.system_admin)
    html = client.get(reverse("visits_core:calendar")).content.decode()
    assert "2027年的放假安排还没有录入" in html
    assert "2月14日 周六" in html
    assert client.get(reverse("visits_core:calendar") + "?year=1999").status_code == 200
