"""The due list: each number is its list and a plain recount; a household together; page by page; nobody's name outside."""

import datetime as dt
import uuid
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from tests.cast import Cast, make_cast, make_person, make_user, signed_in
from tests.world import evening
from visits.core.models import UnitSetting
from visits.core.options import OPTIONS
from visits.roster.models import Household, Person
from visits.schedule import services as schedule
from visits.schedule.due import state_of
from visits.schedule.models import DueItem, FrequencyRule
from visits.schedule.rounds import services as rounds
from visits.schedule.rounds.services import Plan

DAY = dt.date(2026, 11, 24)
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
URL = "/due/"
PLAN = Plan("other", "专项巡访", DAY, DAY + dt.timedelta(2), ("home",), "", ("all",))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=SHANGHAI), tick=False):
        yield


@pytest.fixture
def world(cast: Cast) -> Cast:
    """Twelve people in two villages and two 自然村: some late, some soon, some in a round, two of one household."""
    second = make_user("第二位", "13900000111", Role.VISITOR, cast.township)
    far = make_user("邻村的", "13900000112", Role.VISITOR, cast.other_village)
    for number in range(12):
        make_person(
            cast, name=f"林{number:02d}", hamlet=("祠堂边", "上洋")[number % 2], groups=(("dibao",), ("old_alone",))[number % 3 == 0],
            village=cast.other_village if number % 4 == 3 else cast.village, assignee=second if number % 5 == 0 else far if number % 4 == 3 else cast.visitor,
        )  # fmt: skip
    Person.objects.filter(name="林07").update(assignee=None)
    home = Household.objects.create(
        village_id=cast.village.pk, township_id=cast.township.pk, county_id=cast.county.pk, head_name="林"
    )
    Person.objects.filter(name__in=["林02", "林10"]).update(household=home)
    schedule.generate(on=DAY)
    ids = list(DueItem.objects.order_by("person__name").values_list("pk", flat=True))
    DueItem.objects.filter(pk__in=ids[:3]).update(due_on=DAY - dt.timedelta(3))
    DueItem.objects.filter(pk__in=ids[3:6]).update(due_on=DAY + dt.timedelta(7))
    rounds.make(
        key=uuid.uuid4(), plan=replace(PLAN, places=(cast.other_village.pk,)), unit_id=cast.township.pk,
        by=cast.township_clerk, at=evening(DAY),
    )  # fmt: skip
    return cast


def recount(wanted: dict[str, Any]) -> Counter[str]:
    """Plain Python: the most urgent open item of each person that fits, by state."""
    best: dict[int, DueItem] = {}
    for item in DueItem.objects.select_related("person").order_by("due_on", "pk"):
        person = item.person
        fits = {
            "cause": item.cause, "village": person.village_id, "hamlet": person.hamlet,
            "assignee": "none" if person.assignee_id is None else person.assignee_id,
            "group": person.memberships.get().group_id, "township": person.township_id,
        }  # fmt: skip
        opened = item.stored == "" and item.done_on is None and item.opens_on <= DAY
        if opened and all(fits[key] == value for key, value in wanted.items()):
            best.setdefault(person.pk, item)
    words = {"missed": "late"}
    found = Counter()
    for item in best.values():
        state = state_of(
            due_on=item.due_on, closes_on=item.closes_on, opens_on=item.opens_on, done_on=None, made_up_on=None, stored="",
            today=DAY, soon_days=OPTIONS["soon_days"].default,
        )  # fmt: skip
        found[words.get(state, state)] += 1
    return found


def test_every_number_is_its_list_and_a_plain_recount(world: Cast) -> None:
    client = signed_in(world.township_clerk)
    second = Person.objects.get(name="林00").assignee_id
    for wanted in (
        {}, {"cause": "round"}, {"cause": "rule"}, {"cause": "discharge"}, {"village": world.other_village.pk}, {"hamlet": "上洋"},
        {"group": "old_alone"}, {"assignee": "none"}, {"assignee": second}, {"township": world.township.pk, "cause": "round"},
        {"village": world.village.pk, "hamlet": "祠堂边", "group": "dibao"},
    ):  # fmt: skip
        page = client.get(URL, wanted).context
        plain = recount(wanted)
        assert [chip["count"] for chip in page["filters"]] == [
            sum(plain.values()), plain["late"], plain["soon"], plain["idle"],
        ], wanted  # fmt: skip
        for chip in [*page["filters"], *(one for one in page["causes"] if one["count"] is not None)]:
            behind = client.get(
                URL.rstrip("/") + "/" + chip["url"] if chip["url"].startswith("?") else chip["url"]
            ).context
            assert len(behind["list"]["rows"]) == behind["total"] == chip["count"], (wanted, chip)


def test_filters_stay_in_the_address_and_a_household_stands_together(world: Cast) -> None:
    client = signed_in(world.township_clerk)
    page = client.get(URL, {"hamlet": "祠堂边", "sort": "place", "state": "idle"})
    for chip in page.context["filters"]:
        assert "hamlet=" in chip["url"]
        assert "sort=place" in chip["url"]
    names = [row["cells"][1]["text"] for row in client.get(URL, {"sort": "place"}).context["list"]["rows"]]
    assert abs(names.index("林02") - names.index("林10")) == 1
    assert "与上一位同户" in client.get(URL, {"sort": "place"}).content.decode()


@pytest.mark.parametrize("sort", ["", "place"])
def test_page_by_page_nobody_is_shown_twice_or_left_out(cast: Cast, sort: str) -> None:
    for number in range(60):
        make_person(cast, name=f"林{number:02d}", hamlet=("祠堂边", "上洋")[number % 2])
    schedule.generate(on=DAY)
    client, url, seen = signed_in(cast.township_clerk), f"{URL}?sort={sort}", []
    while url:
        page = client.get(url).context
        seen += [row["cells"][1]["text"] for row in page["list"]["rows"]]
        if len(seen) == 25:
            # Whoever is visited between two pages still marks the place.
            DueItem.objects.filter(person__name=seen[-1]).update(done_on=DAY, done_mode="home")
        url = page["pager"]["next"] and URL + page["pager"]["next"]
    assert len(seen) == len(set(seen)) == 60


def test_the_county_sees_townships_and_ten_or_a_hundred_cost_the_same(cast: Cast) -> None:
    far = cast.other_township.children.first()
    counts = []
    for size in (10, 40):
        for number in range(size):
            make_person(cast, name=f"林{size}{number}", village=(cast.village, far)[number % 2])
        schedule.generate(on=DAY)
        client = signed_in(cast.county_officer)
        client.get(URL)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert set(page.context["townships"].values()) == {cast.township.name, cast.other_township.name}
    assert f"{cast.township.name} 月洲村" in client.get(URL, {"village": cast.village.pk}).content.decode()
    assert page.context["copy"]["text"].count(cast.other_township.name) == 1


def test_the_text_for_the_chat_group_names_each_village_once_and_nobody(world: Cast) -> None:
    text = signed_in(world.township_clerk).get(URL).context["copy"]["text"]
    plain = recount({})
    total, late = sum(plain.values()), plain["late"]
    assert text.startswith(f"截至11月24日，还有{total}人要访，其中逾期{late}人，请先访。未完成：")
    assert text.count("月洲村") == 1
    late_only = signed_in(world.township_clerk).get(URL, {"state": "late"}).context["copy"]["text"]
    assert late_only.startswith(f"截至11月24日，逾期{late}人，请先访。未完成：")
    assert "林0" not in text
    assert signed_in(world.visitor).get(URL).context["copy"] is None


def test_a_visitor_sees_their_own_and_the_neighbour_nobody(world: Cast) -> None:
    mine = Person.objects.filter(assignee=world.visitor).count()
    assert signed_in(world.visitor).get(URL).context["total"] == mine
    assert signed_in(world.neighbour).get(URL).context["total"] == 0


# ── the edges of days ────────────────────────────────────────────────────────────────────────────

EDGES = [
    (dt.date(2026, 12, 31), "the quarter's last day"),
    (dt.date(2026, 9, 30), "another quarter's last day"),
    (dt.date(2028, 2, 29), "a leap day"),
    (dt.date(2027, 2, 28), "the end of February"),
]
STATES = [(-8, "idle"), (-7, "soon"), (0, "soon"), (1, "late")]


@pytest.mark.parametrize(("due_on", "why"), EDGES, ids=[why for _, why in EDGES])
@pytest.mark.parametrize(
    ("offset", "state"), STATES, ids=[f"{offset} days: {state}" for offset, state in STATES]
)
def test_a_state_changes_at_midnight_in_shanghai(due_on: dt.date, why: str, offset: int, state: str) -> None:
    """23:59 and 00:01, through the page."""
    cast = make_cast(due_on)
    item = _one(cast, due_on)
    day = due_on + dt.timedelta(offset)
    for hour, minute in ((0, 1), (23, 59)):
        with time_machine.travel(
            dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI), tick=False
        ):
            page = signed_in(cast.township_clerk).get(URL).context
            assert {chip["word"]: chip["count"] for chip in page["filters"] if chip["count"]} == {
                "全部": 1, {"idle": "未到期", "soon": "临期", "late": "逾期"}[state]: 1,
            }  # fmt: skip
    assert item.due_on == due_on


def _one(cast: Cast, due_on: dt.date) -> DueItem:
    person = make_person(cast)
    row = dict(county_id=person.county_id, township_id=person.township_id, village_id=person.village_id)
    rule = FrequencyRule.objects.first()
    return DueItem.objects.create(
        person=person, rule=rule, period_start=due_on - dt.timedelta(90), period_end=due_on, opens_on=due_on - dt.timedelta(90),
        due_on=due_on, closes_on=due_on, tier="key", **row,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"stored": "excused"}, False),
        ({"stored": "superseded"}, False),
        ({"stored": "dropped"}, False),
        ({"done_on": dt.date(2026, 11, 20), "done_mode": "home"}, False),
        ({"done_on": dt.date(2026, 11, 20), "done_mode": "phone", "done_via": "before_start"}, False),
        ({"made_up_on": dt.date(2026, 11, 20)}, False),
        ({"closes_on": dt.date(2026, 11, 23), "due_on": dt.date(2026, 11, 23)}, True),
    ],
    ids=["excused", "superseded", "dropped", "done", "offline", "made up", "missed is to be made up"],
)
def test_what_is_settled_is_on_no_list(cast: Cast, more: dict[str, Any], shown: bool) -> None:
    item = _one(cast, dt.date(2026, 12, 31))
    DueItem.objects.filter(pk=item.pk).update(**more)
    assert signed_in(cast.township_clerk).get(URL).context["total"] == int(shown)


def test_the_due_page_leads_to_the_rounds(cast: Cast) -> None:
    client: Client = signed_in(cast.visitor)
    assert reverse("visits_schedule:rounds") in client.get(URL).content.decode()


def test_the_table_of_places_counts_what_its_links_show(world: Cast) -> None:
    """Of townships for a county, of villages for a township; whatever is filtered stays."""
    far = world.other_township.children.first()
    make_person(world, name="远", village=far, hamlet="上洋")
    schedule.generate(on=DAY)
    for who, title in (("township_clerk", "按村（居）看"), ("county_officer", "按乡镇（街道）看")):
        client = signed_in(world.users[who])
        for query in ({}, {"cause": "rule", "state": "late", "sort": "place"}):
            table = client.get(URL, query).context["places"]
            assert table["title"] == title
            cells = [cell for row in table["list"]["rows"] for cell in row["cells"][1:] if cell["url"]]
            assert len(cells) >= 4
            for cell in cells:
                assert client.get(URL + cell["url"]).context["total"] == int(cell["text"]), (who, query, cell)
                assert ("cause=rule" in cell["url"]) is ("cause" in query)
    assert signed_in(world.village_head).get(URL).context["places"] is None


def test_whoever_reads_is_told_what_soon_means_and_finds_the_first_page_again(cast: Cast) -> None:
    for number in range(30):
        make_person(cast, name=f"林{number:02d}")
    schedule.generate(on=DAY)
    UnitSetting.objects.create(region=cast.county, key="soon_days", value=12, starts_on=DAY)
    client = signed_in(cast.township_clerk)
    page = client.get(URL, {"sort": "place"})
    assert "离期限12天以内的算临期" in page.content.decode()
    assert page.context["pager"]["first"] == ""
    second = client.get(URL + page.context["pager"]["next"])
    assert "回到第一页" in second.content.decode()
    assert second.context["pager"]["first"] == "?sort=place"
    assert "离期限7天以内" in signed_in(cast.neighbour).get(URL).content.decode()
