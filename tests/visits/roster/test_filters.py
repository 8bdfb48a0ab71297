"""Filters of the list: each means what it says, all combine, counts are true, pages follow in every order."""

import datetime as dt
import re
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import make_person, signed_in
from visits.roster.forms.finding import SORTS
from visits.roster.models import Household, Membership, Person, Relative, Review, RosterImport
from xunfang.kit import files

pytestmark = pytest.mark.django_db
URL = "/roster/"
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON, tick=False):
        yield


def names(cast, query: str, user=None) -> set[str]:
    response = signed_in(user or cast.township_clerk).get(URL + query)
    html = response.content.decode()
    assert "⟦" not in html
    got = re.findall(r'<a href="/person/[^"]+">([^<]+)</a>', html)
    assert response.context["pager"]["count"] == len(got), query
    return set(got)


def test_each_filter_means_what_it_says(cast) -> None:
    plain = {"phone": "13800004471", "contact_phone": "13800004472", "informed_on": date(2026, 1, 1),
             "informed_how": "paper"}  # fmt: skip
    make_person(cast, name="甲", groups=("old_alone",), birth=date(1940, 11, 24), lives_alone=True, **plain)
    make_person(cast, name="乙", residence_region=cast.other_township, **plain)
    make_person(cast, name="丙", residence_region=cast.village, **(plain | {"phone": ""}))
    ding = make_person(cast, name="丁", **(plain | {"contact_phone": ""}))
    wu = make_person(cast, name="戊", **(plain | {"contact_phone": ""}))
    Relative.objects.create(person=wu, kind="child", name="儿子", phone="13700000001", created_at=NOON,
                            created_by=cast.township_clerk)  # fmt: skip
    make_person(cast, name="己", **(plain | {"informed_on": None, "informed_how": ""}))
    geng = make_person(cast, name="庚", assignee=cast.village_head, starts_on=date(2026, 11, 3), **plain)
    Review.objects.create(person=ding, kind="turns_80", ref="2026", due_on=date(2026, 12, 1), opened_at=NOON)
    Review.objects.create(
        person=wu, kind="turns_80", ref="2026", due_on=date(2026, 12, 1), opened_at=NOON, outcome="ok", settled_at=NOON
    )  # fmt: skip
    batch = RosterImport.objects.create(
        county_id=cast.county.pk, township_id=cast.township.pk, month=date(2026, 11, 1), state="done",
        default_start=date(2026, 11, 1), created_by=cast.township_clerk,
        file=files.store(b"x", name="x", content_type="text/csv", kind="roster", owner_id=None),
    )  # fmt: skip
    Membership.objects.filter(person=geng).update(source=batch)
    everybody = {"甲", "乙", "丙", "丁", "戊", "己", "庚"}
    assert names(cast, "") == everybody
    assert names(cast, "?tier=general") == {"甲"}
    assert names(cast, "?tier=key") == everybody - {"甲"}
    assert names(cast, f"?assignee={cast.village_head.pk}") == {"庚"}
    assert names(cast, "?away=1") == {"乙"}
    assert names(cast, "?alone=1") == {"甲"}
    assert names(cast, "?nophone=1") == {"丙"}
    assert names(cast, "?nocontact=1") == {"丁"}
    assert names(cast, "?uninformed=1") == {"己"}
    assert names(cast, "?review=1") == {"丁"}
    assert names(cast, "?since=2026-11-01") == {"庚"}
    assert names(cast, "?month=2026-11") == {"庚"}
    assert names(cast, "?age_from=86") == {"甲"}
    assert names(cast, "?age_from=87") == set()
    assert names(cast, "?age_to=83") == everybody - {"甲"}
    assert names(cast, "?tier=key&nophone=1&age_to=90") == {"丙"}
    assert names(cast, "?tier=key&alone=1") == set()


def test_a_mobile_of_more_than_five_people_is_a_list_counted_in_ones_own_scope(cast) -> None:
    for n in range(5):
        make_person(cast, name=f"同{n}", phone="13900009999")
    make_person(cast, name="别处", phone="13900009999", village=cast.other_county_village)
    for n in range(6):
        make_person(cast, name=f"座{n}", phone="059124760001")
    assert names(cast, "?shared=1") == set()
    make_person(cast, name="同5", phone="13900009999")
    assert names(cast, "?shared=1") == {f"同{n}" for n in range(6)}


def test_chips_say_what_is_on_and_each_takes_itself_away(cast) -> None:
    make_person(cast, name="甲", hamlet="上坂", lives_alone=True)
    response = signed_in(cast.township_clerk).get(
        f"{URL}?village={cast.village.pk}&alone=1&age_from=60&sort=age"
    )
    chips = {chip["word"]: chip["url"] for chip in response.context["chips"]}
    assert set(chips) == {"月洲村", "独居", "60岁以上（含）"}
    assert "alone" not in chips["独居"]
    assert all(part in chips["独居"] for part in ("village=", "age_from=60", "sort=age"))
    assert "去掉条件" in response.content.decode()


def test_an_empty_list_says_which_conditions_shut_everybody_out(cast) -> None:
    make_person(cast, name="甲")
    html = signed_in(cast.township_clerk).get(URL + "?alone=1&nophone=1&age_from=119").content.decode()
    assert "没有同时是“独居、没有电话、119岁以上（含）”的人" in html
    assert "看全部" in html


def test_a_visitor_of_another_place_has_no_name_in_the_chip(cast) -> None:
    make_person(cast, name="远", village=cast.other_county_village, assignee=cast.neighbour)
    html = signed_in(cast.township_clerk).get(f"{URL}?assignee={cast.neighbour.pk}").content.decode()
    assert cast.neighbour.name not in html
    assert "别人访的" in html


@pytest.mark.parametrize("sort", list(SORTS))
def test_pages_follow_in_every_order_forward_and_back(cast, sort: str) -> None:
    homes = [
        Household.objects.create(head_name=f"户{n}", county_id=cast.county.pk, township_id=cast.township.pk,
                                 village_id=cast.village.pk) for n in range(3)
    ]  # fmt: skip
    for n in range(130):
        make_person(
            cast, name="林陈黄郑"[n % 4] + "依国"[n % 2] + "妹", hamlet=f"组{n % 3}",
            birth=date(1940 + n % 5, 1, 1), household=homes[n % 3] if n % 7 else None,
            village=cast.village if n % 7 else cast.other_village,
        )  # fmt: skip
    client = signed_in(cast.township_clerk)

    def walk(url: str, way: str) -> tuple[list[list[str]], str]:
        pages, last = [], url
        while url:
            context = client.get(URL + url).context
            pages.append([row["cells"][1]["url"] for row in context["list"]["rows"]])
            assert context["pager"]["count"] == 130
            last, url = url, context["pager"][way]
            url = url if url.startswith("?") else ""
        return pages, last

    forward, end = walk(f"?sort={sort}" if sort else "?", "next")
    flat = [one for page in forward for one in page]
    assert [len(page) for page in forward] == [50, 50, 30]
    assert len(set(flat)) == 130
    backward, _ = walk(end, "prev")
    assert [one for page in reversed(backward) for one in page] == flat


def test_names_go_by_their_sound_and_ages_from_the_oldest(cast) -> None:
    for name, year in (("赵一", 1950), ("陈二", 1930), ("林三", 1940), ("鄢四", 1960)):
        make_person(cast, name=name, birth=date(year, 1, 1))
    client = signed_in(cast.township_clerk)

    def order(sort: str) -> list[str]:
        return [row["cells"][1]["text"] for row in client.get(f"{URL}?sort={sort}").context["list"]["rows"]]

    assert order("name") == ["陈二", "林三", "鄢四", "赵一"]
    assert order("age") == ["陈二", "林三", "赵一", "鄢四"]


def test_a_household_stands_together_and_names_its_head(cast) -> None:
    home = Household.objects.create(head_name="林国强", county_id=cast.county.pk, township_id=cast.township.pk,
                                    village_id=cast.village.pk)  # fmt: skip
    make_person(cast, name="头", hamlet="甲坪", household=home)
    make_person(cast, name="中", hamlet="乙坪")
    make_person(cast, name="尾", hamlet="丙坪", household=home)
    response = signed_in(cast.township_clerk).get(URL + "?sort=household")
    assert [row["cells"][1]["text"] for row in response.context["list"]["rows"]] == ["头", "尾", "中"]
    assert "户主林国强" in response.content.decode()


def test_the_place_of_somebody_out_of_scope_opens_no_page(cast) -> None:
    make_person(cast, name="甲")
    far = make_person(cast, name="远", village=cast.other_county_village)
    assert names(cast, f"?after={far.pk}") == {"甲"}
    assert names(cast, "?after=99999999") == {"甲"}


def test_the_list_costs_the_same_queries_and_stays_under_a_hundred_kilobytes(cast) -> None:
    client = signed_in(cast.township_clerk)
    costs = []
    for count in (10, 90):
        for n in range(count):
            make_person(cast, name="陈依金", hamlet=f"组{n % 9}", phone="13900001127", find_me="祠堂后第二家，红木门",
                        groups=("dibao", "old_alone"), birth=date(1930, 1, 1))  # fmt: skip
        client.get(URL)
        with CaptureQueriesContext(connection) as caught:
            page = client.get(URL + "?sort=household&tier=key")
        costs.append(len(caught))
    assert costs[0] == costs[1]
    assert len(page.content) < 100_000


def test_status_chips_are_true_for_who_left(cast) -> None:
    make_person(cast, name="在")
    make_person(cast, name="走", status="departed", left_on=cast.on)
    Person.objects.filter(name="在").update(version=2)
    assert names(cast, "?status=departed") == {"走"}
    assert names(cast, "?status=voided") == set()
