"""What a round asks on the form, where the answers stand afterwards, and that they are part of what is signed."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from tests.cast import Cast, make_cast, make_person, signed_in
from tests.visits.records.test_visiting_views import before, filled, url
from tests.visits.records.visiting_bodies import AT, DAY
from tests.world import evening
from visits.core.models import UnitSetting
from visits.records import canonical, documents
from visits.records.models import Visit
from visits.roster.models import Person
from visits.schedule.models import DueItem, Round
from visits.schedule.rounds import services
from visits.schedule.rounds.services import Plan

pytestmark = pytest.mark.django_db
STORM = Plan("typhoon", "台风专项巡访", DAY, DAY + dt.timedelta(1), ("home", "phone"), "flood", ("all",),
             questions=("需要转移", "家里缺粮缺水"), say="先打电话")  # fmt: skip
DRY = {"s_leak": "0", "s_refuge_told": "0", "dwelling_risks": "none"}
SAME = {f"area_{code}": "same" for code in ("health", "mind", "hygiene", "dwelling")}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast(DAY)


@pytest.fixture
def person(cast: Cast) -> Person:
    return make_person(cast, hamlet="上洋")


def storm(cast: Cast, **changes: Any) -> Round:
    row, _ = services.make(
        key=uuid.uuid4(),
        plan=replace(STORM, **changes),
        unit_id=cast.township.pk,
        by=cast.township_clerk,
        at=evening(DAY),
    )
    return row


def field(row: Round) -> str:
    return f"round_{row.uuid.hex}"


def test_the_form_asks_what_the_round_asks_whatever_the_date_and_stops_when_it_was_answered(
    cast: Cast, person: Person
) -> None:
    client = signed_in(cast.visitor)
    assert "汛期看一看" not in client.get(url(person)).content.decode()
    row = storm(cast)
    page = client.get(url(person)).content.decode()
    for words in (
        "台风专项巡访",
        "先打电话",
        "汛期看一看",
        "漏雨、积水",
        "这次另外问",
        "需要转移",
        "没点的，就记“否”",
    ):
        assert words in page, words
    refused = client.post(url(person), filled())
    assert refused.status_code == 422
    assert "漏雨、积水：上门时要看一看" in refused.content.decode()
    answer = client.post(url(person), filled(**DRY, **{field(row): "0"}))
    assert answer.status_code == 302
    visit = Visit.objects.get()
    assert visit.extra["season"] == {"code": "flood", "answers": {"leak": 0, "refuge_told": 0}}
    assert visit.extra["rounds"] == [
        {"round": str(row.uuid), "name": "台风专项巡访", "yes": ["需要转移"], "no": ["家里缺粮缺水"]}
    ]
    assert "汛期看一看" not in client.get(url(person)).content.decode()


def test_a_round_takes_three_taps_over_the_routine(cast: Cast, person: Person) -> None:
    """practice P12: water, where to go, the house; what is well needs no tap at the round's own questions."""
    before(person, cast.visitor)
    row = storm(cast)
    routine = filled(**SAME)
    data = routine | DRY
    assert signed_in(cast.visitor).post(url(person), data).status_code == 302
    assert len(data) - len(routine) == 3
    assert Visit.objects.latest("pk").extra["rounds"][0]["yes"] == []
    assert DueItem.objects.get(round=row).done_mode == "home"


def test_a_call_need_not_answer_what_it_cannot_see(cast: Cast, person: Person) -> None:
    before(person, cast.visitor)
    row = storm(cast)
    call = {"mode": "phone", "area_safety": "unseen", "gas": None, "water_heating": None, "electricity": None}
    assert signed_in(cast.visitor).post(url(person), filled(**SAME, **call)).status_code == 302
    assert DueItem.objects.get(round=row).done_mode == "phone"


def test_in_winter_a_storm_asks_its_own_block_besides_the_season(cast: Cast, person: Person) -> None:
    UnitSetting.objects.create(
        region=cast.county,
        key="winter",
        value=["11-01", "02-29"],
        starts_on=dt.date(2026, 1, 1),
        decided_by=cast.county_head,
        decided_at=AT,
    )
    storm(cast)
    client = signed_in(cast.visitor)
    page = client.get(url(person)).content.decode()
    assert "冬季看一看" in page
    assert "汛期看一看" in page
    data = filled(**DRY, s_warmth="0", s_heating="0")
    assert client.post(url(person), data).status_code == 302
    visit = Visit.objects.get()
    assert (visit.extra["season"]["code"], [one["code"] for one in visit.extra["more_seasons"]]) == (
        "winter",
        ["flood"],
    )
    page = client.get(reverse("visits_records:visit", args=[visit.uuid])).content.decode()
    assert "谁来帮忙转移、去哪避灾：已告知，本人知道" in page


def test_the_answers_stand_on_the_record_on_its_paper_and_in_what_is_signed(
    cast: Cast, person: Person
) -> None:
    row = storm(cast)
    client = signed_in(cast.visitor)
    client.post(url(person), filled(**DRY, **{field(row): ["0", "1"]}))
    visit = Visit.objects.get()
    page = client.get(reverse("visits_records:visit", args=[visit.uuid])).content.decode()
    assert "这次算数：台风专项巡访" in page
    assert "需要转移：是" in page
    assert "⟦" not in page
    paper = documents.visit_context(visit, DAY)["blocks"]
    assert {"title": "台风专项巡访", "text": "需要转移：是；家里缺粮缺水：是"} in paper
    sealed = canonical.dumps(canonical.record(visit)).decode()
    assert '"yes":["需要转移","家里缺粮缺水"]' in sealed
    before_, visit.extra["rounds"][0]["yes"] = canonical.digest(canonical.record(visit)), ["需要转移"]
    assert canonical.digest(canonical.record(visit)) != before_


def test_a_correction_brings_the_answers_along(cast: Cast, person: Person) -> None:
    row = storm(cast)
    client = signed_in(cast.visitor)
    client.post(url(person), filled(**DRY, **{field(row): "1"}))
    first = Visit.objects.get()
    form = client.get(f"{url(person)}?replaces={first.uuid}").context["form"]
    assert form[field(row)].value() == ["1"]
    data = filled(
        **DRY,
        **{field(row): "0"},
        replaces=str(first.uuid),
        void_reason="点错了",
        last="none",
        dwelling="changed",
    )
    assert client.post(url(person), data).status_code == 302
    assert Visit.objects.valid().get().extra["rounds"][0]["yes"] == ["需要转移"]
    assert DueItem.objects.get(round=row).done_on == DAY


def test_what_is_typed_is_kept_in_the_draft(cast: Cast, person: Person) -> None:
    row = storm(cast)
    client = signed_in(cast.visitor)
    client.post(url(person), filled(action="draft", s_leak="2", **{field(row): "1"}))
    form = client.get(url(person)).context["form"]
    assert (form[field(row)].value(), form["s_leak"].value()) == (["1"], "2")


def test_answers_to_a_round_that_does_not_mean_the_person_are_not_kept(cast: Cast, person: Person) -> None:
    other = make_person(cast, name="别人", village=cast.other_village)
    row = storm(cast, places=(cast.other_village.pk,))
    assert DueItem.objects.get(round=row).person == other
    assert signed_in(cast.visitor).post(url(person), filled(**{field(row): "0"})).status_code == 302
    assert "rounds" not in (Visit.objects.get().extra or {})


def test_an_earlier_day_is_not_asked_what_the_round_asks(cast: Cast, person: Person) -> None:
    storm(cast)
    data = filled(day="other", on=(DAY - dt.timedelta(1)).isoformat())
    assert signed_in(cast.visitor).post(url(person), data).status_code == 302
    assert "rounds" not in (Visit.objects.get().extra or {})
