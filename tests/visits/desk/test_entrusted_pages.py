"""Somebody lives elsewhere and is visited from there: where each side is sent, whom it rings, and what it is told."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import Cast, make_person, signed_in
from tests.visits.roster.test_entrusting import AT, TODAY, World
from visits.desk import documents, due_paper
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.models import Round
from visits.schedule.rounds import services as rounds
from visits.schedule.rounds.services import Plan

pytestmark = pytest.mark.django_db
OLD, ADDRESS, PHONE = "祠堂后第二家", "大洋镇埔埕村1号", "13900000077"
THEIRS, OURS = "受嵩口镇委托探访", "已委托樟城镇，那边巡访去访"


@pytest.fixture
def world(cast: Cast, time_machine: Any) -> World:
    time_machine.move_to(AT, tick=False)
    made = World(cast)
    Person.objects.filter(pk=made.person.pk).update(hamlet="上洋", find_me=OLD, assignee=None)
    plan = Plan("cold", "寒潮专项巡访", TODAY, TODAY + dt.timedelta(1), ("home", "phone"), "winter", ("all",))
    rounds.make(key=uuid.uuid4(), plan=plan, unit_id=cast.township.pk, by=cast.township_clerk, at=AT)
    made.accept(made.ask(phone=PHONE))
    made.on(TODAY)
    return made


def due_rows(user: Any) -> list[dict[str, Any]]:
    return signed_in(user).get(reverse("visits_schedule:due")).context["list"]["rows"]


def test_whoever_goes_for_another_township_is_sent_to_the_new_address_and_rings_there(world: World) -> None:
    page = signed_in(world.visitor).get("/")
    html = page.content.decode()
    assert OLD not in html
    assert "上洋" not in html
    (group,) = page.context["groups"]
    assert group["name"] == "受嵩口镇委托"
    (card,) = group["cards"]
    assert card["tel"] == PHONE
    assert card["lines"][0]["text"] == f"{THEIRS}，住{ADDRESS}"
    (call,) = page.context["calls"][0]["people"]
    assert (call["tel"], call["where"]) == (PHONE, f"{THEIRS}，住{ADDRESS}")
    (row,) = due_rows(world.visitor)
    assert row["cells"][2] == {"text": f"住{ADDRESS}", "note": f"{THEIRS}，139 0000 0077"}
    paper = due_paper.context(world.visitor, {}, TODAY, AT)
    (person,) = paper["pages"][0]["groups"][0]["people"]
    assert person["phone"] == "139 0000 0077"
    assert person["find"].startswith(f"住{ADDRESS}，受嵩口镇委托"[:20])


def test_at_home_nobody_is_to_go_and_the_duty_is_still_seen(world: World) -> None:
    head = world.cast.village_head
    near = make_person(world.cast, name="余细根", groups=("dibao",), hamlet="后溪")
    Person.objects.filter(pk=near.pk).update(assignee=None)
    schedule.generate(on=TODAY)
    client = signed_in(head)
    page = client.get("/")
    assert [card["name"] for group in page.context["groups"] for card in group["cards"]] == ["余细根"]
    assert [(one["name"], one["said"]) for one in page.context["out"]] == [(world.person.name, OURS)]
    assert "委托探访，住" not in page.content.decode()
    for line in page.context["today"]["lines"]:
        if line["url"].startswith(f"{reverse('visits_schedule:due')}?"):
            assert client.get(line["url"]).context["total"] == 1
    assert {row["cells"][0]["text"] for row in due_rows(head)} == {"余细根", world.person.name}
    told = [row["cells"][2]["note"] for row in due_rows(head) if "note" in row["cells"][2]]
    assert told == [f"{OURS}，139 0000 0077"]
    called = {one["name"]: one for one in page.context["calls"][0]["people"]}
    assert called[world.person.name]["where"] == f"{OURS}，住{ADDRESS}"
    assert str(world.person.uuid) in called[world.person.name]["url"]
    out = client.get(reverse("visits_schedule:due"), {"entrusted": "out"}).context
    assert [row["cells"][0]["text"] for row in out["list"]["rows"]] == [world.person.name]
    assert out["sub"].endswith("这里只列委托别处去访的。")
    printed = client.get(reverse("visits_desk:print_due"), {"entrusted": "out"}).content.decode()
    assert "余细根" not in printed
    assert f"住{ADDRESS}，" in printed


def test_a_sheet_that_is_carried_through_the_village_leaves_them_out(world: World) -> None:
    clerk, village = world.cast.township_clerk, world.cast.village
    assert documents.people_of(clerk, village, TODAY) == []
    world.on(TODAY)
    assert signed_in(clerk).get(reverse("visits_desk:prints")).context["rounds"] == []


def test_the_telephone_list_of_a_round_has_the_number_over_there(world: World) -> None:
    url = reverse("visits_schedule:round_phones", args=[Round.objects.get().uuid])
    (row,) = signed_in(world.cast.township_clerk).get(url).context["people"]["list"]["rows"]
    assert row["cells"][2]["url"] == f"tel:{PHONE}"
    assert row["cells"][3] == {"text": f"住{ADDRESS}", "note": OURS}


def test_the_due_list_asks_once_more_only_when_somebody_is_entrusted(world: World) -> None:
    clerk = signed_in(world.cast.township_clerk)
    costs = []
    for query in ({}, {"entrusted": "here"}):
        make_person(world.cast, name="余细根", groups=("dibao",))
        schedule.generate(on=TODAY)
        clerk.get(reverse("visits_schedule:due"), query)
        with CaptureQueriesContext(connection) as caught:
            clerk.get(reverse("visits_schedule:due"), query)
        costs.append(len(caught))
    assert costs[0] == costs[1] + 1
