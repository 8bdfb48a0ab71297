"""专项巡访: whom it means, written once, fulfilled by any visit, counted apart; pages whose numbers are their lists."""

import datetime as dt
import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import LogEntry, Region
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import Cast, make_cast, make_person, make_user, signed_in
from tests.world import evening, visit
from visits.desk.documents import people_of
from visits.desk.scope import units_of
from visits.desk.selectors import figures
from visits.records.selectors.offline import waiting
from visits.records.services import attempt, void
from visits.roster.models import Absence, Membership, Person
from visits.roster.services import CannotChange
from visits.schedule import services as schedule
from visits.schedule.models import DueItem, Round
from visits.schedule.periods import Quarter
from visits.schedule.rounds import selectors, services
from visits.schedule.rounds.forms import initial
from visits.schedule.rounds.kinds import USUAL, due_of, kind_of, name_of
from visits.schedule.rounds.services import Plan

DAY = dt.date(2026, 11, 25)
NOON = dt.datetime(2026, 11, 25, 4, 0, tzinfo=dt.UTC)
PLAN = Plan("typhoon", "台风专项巡访 11月25日", DAY, DAY + dt.timedelta(days=1), ("home", "phone", "video"), "flood", ("all",),
            questions=("需要转移",))  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast(DAY)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON, tick=False):
        yield


def make(cast: Cast, by: Any = None, unit: Region | None = None, **changes: Any) -> Round:
    by = by or cast.township_clerk
    made, _ = services.make(
        key=uuid.uuid4(),
        plan=replace(PLAN, **changes),
        unit_id=(unit or cast.township).pk,
        by=by,
        at=evening(DAY),
    )
    return made


def names(row: Round) -> set[str]:
    found = DueItem.objects.filter(round=row, stored="").values_list("person__name", flat=True)
    return set(found)


def test_each_kind_fills_in_what_it_usually_looks_like() -> None:
    assert name_of("台风", DAY) == "台风专项巡访 11月25日"
    assert name_of("其他", DAY) == "专项巡访 11月25日"
    assert [due_of(kind, dt.date(2028, 2, 28)) - dt.date(2028, 2, 28) for kind in ("typhoon", "cold")] == [
        dt.timedelta(days=1), dt.timedelta(days=2),
    ]  # fmt: skip
    assert {kind: usual.block for kind, usual in USUAL.items()} == {
        "typhoon": "flood", "rain": "flood", "cold": "winter", "heat": "", "other": "",
    }  # fmt: skip
    for kind in USUAL:
        assert initial(kind, DAY)["starts_on"] == DAY


def test_it_means_whom_one_of_the_chosen_fits_and_nobody_who_left_or_is_suspended(cast: Cast) -> None:
    old = dt.date(1946, 11, 25)  # eighty on the day
    make_person(cast, name="独居八十", birth=old, lives_alone=True)
    make_person(cast, name="独居七十九", birth=old + dt.timedelta(days=1), lives_alone=True)
    make_person(cast, name="类别说独居", birth=old, groups=("old_alone",))
    make_person(cast, name="不独居", birth=old)
    make_person(cast, name="特困", groups=("tekun",))
    make_person(cast, name="邻村", village=cast.other_village, groups=("tekun",))
    make_person(cast, name="邻县", village=cast.other_county_village, lives_alone=True, birth=old)
    slope = make_person(cast, name="山坡边")
    visit(slope, cast.visitor, DAY - dt.timedelta(days=40), values={"outdoor": 2})
    gone = make_person(cast, name="去世", lives_alone=True, birth=old)
    Person.objects.filter(pk=gone.pk).update(status="dead", left_on=DAY)
    ended = make_person(cast, name="退出", lives_alone=True, birth=old)
    Membership.objects.filter(person=ended).update(ends_on=DAY - dt.timedelta(days=1))
    for kind, name in (("prison", "服刑"), ("hospital", "住院")):
        one = make_person(cast, name=name, lives_alone=True, birth=old)
        document = {"document_no": "1号", "review_on": DAY} if kind == "prison" else {}
        Absence.objects.create(
            person=one, kind=kind, starts_on=DAY, noted_by=cast.visitor, noted_at=evening(DAY), **document
        )
    cast.refresh(DAY)
    assert names(make(cast, who=("old_alone",))) == {"独居八十", "类别说独居", "住院"}
    assert names(make(cast, who=("alone",))) == {"独居八十", "独居七十九", "类别说独居", "住院"}
    assert names(make(cast, who=("dwelling",), groups=("tekun",))) == {"山坡边", "特困", "邻村"}
    assert names(make(cast, who=("dwelling",), groups=("tekun",), places=(cast.village.pk,))) == {
        "山坡边",
        "特困",
    }
    assert names(make(cast)) == {
        "独居八十", "独居七十九", "类别说独居", "不独居", "特困", "邻村", "山坡边", "住院",
    }  # fmt: skip


def test_the_figures_before_saving_are_the_items_after_it(cast: Cast) -> None:
    for number in range(3):
        make_person(cast, name=f"林{number}")
    make_person(cast, name="邻村", village=cast.other_village)
    before = services.counted(services.round_of(PLAN, cast.township), DAY)
    assert before == {cast.village.pk: 3, cast.other_village.pk: 1}
    row = make(cast)
    assert {
        pk: one.all for pk, one in selectors.below(row, cast.township_clerk, cast.township).items()
    } == before
    item = DueItem.objects.filter(round=row).first()
    assert (item.opens_on, item.due_on, item.closes_on) == (DAY, DAY + dt.timedelta(1), DAY + dt.timedelta(8))
    assert LogEntry.objects.get(action="round_made").detail["people"] == 4


def test_county_clerk_and_city_make_rounds_of_their_own_unit_only(cast: Cast) -> None:
    make_person(cast)
    for by, unit in ((cast.county_officer, cast.county), (cast.city_business, cast.city)):
        assert DueItem.objects.filter(round=make(cast, by, unit)).count() == 1
    row = make(cast, cast.county_officer, cast.county, places=(cast.township.pk,))
    assert cast.village.pk in row.village_ids
    for by, unit in (
        (cast.township_clerk, cast.county),
        (cast.county_officer, cast.township),
        (cast.visitor, cast.village),
    ):
        with pytest.raises(CannotChange, match="不由您来定"):
            make(cast, by, unit)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due_on": DAY - dt.timedelta(1)}, "截止日期早于开始日期"),
        ({"starts_on": DAY - dt.timedelta(3), "due_on": DAY - dt.timedelta(1)}, "已经过了"),
        ({"due_on": DAY + dt.timedelta(40)}, "最长一个月"),
        ({"starts_on": DAY + dt.timedelta(50), "due_on": DAY + dt.timedelta(51)}, "离今天太远"),
        ({"who": ()}, "请选要访哪些人"),
        ({"who": (), "groups": ("sudden",)}, "一个人也没有"),
    ],
    ids=str,
)
def test_nonsense_is_refused_with_a_sentence(cast: Cast, changes: dict[str, Any], words: str) -> None:
    make_person(cast)
    with pytest.raises(CannotChange, match=words), transaction.atomic():
        make(cast, **changes)
    assert not Round.objects.exists()


def test_the_same_press_twice_makes_one_round(cast: Cast) -> None:
    make_person(cast)
    key = uuid.uuid4()
    made = [
        services.make(key=key, plan=PLAN, unit_id=cast.township.pk, by=cast.township_clerk, at=evening(DAY))
        for _ in "ab"
    ]
    assert [new for _, new in made] == [True, False]
    assert DueItem.objects.filter(cause="round").count() == 1


def test_newcomers_are_added_at_night_while_it_runs_and_nobody_twice(cast: Cast) -> None:
    make_person(cast, name="先")
    row = make(cast)
    make_person(cast, name="后")
    for _ in range(2):
        schedule.generate(on=DAY + dt.timedelta(1))
    assert names(row) == {"先", "后"}
    late = make_person(cast, name="太晚")
    Person.objects.filter(pk=late.pk).update(created_at=evening(DAY + dt.timedelta(2)))
    schedule.generate(on=DAY + dt.timedelta(3))
    assert names(row) == {"先", "后"}


def test_the_database_refuses_a_second_item_and_dates_out_of_order(cast: Cast) -> None:
    make_person(cast)
    row = make(cast)
    item = DueItem.objects.get(round=row)
    item.pk = None
    with pytest.raises(IntegrityError, match="due_once_a_round"), transaction.atomic():
        item.save(force_insert=True)
    with pytest.raises(IntegrityError, match="round_dates_in_order"), transaction.atomic():
        Round.objects.filter(pk=row.pk).update(due_on=DAY - dt.timedelta(1))
    with pytest.raises(IntegrityError, match="round_called_off_complete"), transaction.atomic():
        Round.objects.filter(pk=row.pk).update(called_off_at=evening(DAY))


def test_who_is_suspended_or_dies_is_dropped_and_back_when_that_was_a_mistake(cast: Cast) -> None:
    person = make_person(cast, name="林依妹")
    row = make(cast)
    absence = Absence.objects.create(
        person=person, kind="prison", starts_on=DAY, document_no="1号", review_on=DAY, noted_by=cast.visitor, noted_at=evening(DAY)
    )  # fmt: skip
    schedule.refresh(person_ids=[person.pk], on=DAY)
    assert names(row) == set()
    Absence.objects.filter(pk=absence.pk).update(voided_at=evening(DAY), void_reason="记错")
    schedule.refresh(person_ids=[person.pk], on=DAY)
    assert names(row) == {"林依妹"}
    Person.objects.filter(pk=person.pk).update(status="dead", left_on=DAY)
    schedule.refresh(person_ids=[person.pk], on=DAY)
    assert names(row) == set()
    assert selectors.standing(row, cast.township_clerk).all == 0


def test_one_visit_does_the_round_and_the_quarter_and_a_void_opens_both(cast: Cast) -> None:
    person = make_person(cast)
    schedule.generate(on=DAY)
    row = make(cast)
    made = visit(person, cast.visitor, DAY)
    cast.refresh(DAY)
    assert {item.cause: item.done_on for item in DueItem.objects.filter(person=person)} == {
        "rule": DAY,
        "round": DAY,
    }
    assert selectors.standing(row, cast.township_clerk).reached == 1
    void(visit_id=made.pk, reason="选错人", by=cast.township_clerk, at=evening(DAY))
    assert set(DueItem.objects.filter(person=person).values_list("done_on", flat=True)) == {None}


def test_a_visit_of_that_morning_does_a_round_that_is_made_at_noon(cast: Cast) -> None:
    person = make_person(cast)
    visit(person, cast.visitor, DAY)
    cast.refresh(DAY)
    assert selectors.standing(make(cast), cast.township_clerk).reached == 1


def test_a_round_is_in_no_quarterly_figure_and_is_not_made_up_for_when_it_is_over(cast: Cast) -> None:
    person = make_person(cast)
    schedule.generate(on=DAY)
    units = units_of(cast.township)
    before = figures(units, Quarter.containing(DAY), DAY)
    row = make(cast)
    assert figures(units, Quarter.containing(DAY), DAY) == before
    assert DueItem.objects.to_do(DAY).filter(round=row).exists()
    over = DAY + dt.timedelta(9)
    assert not DueItem.objects.to_do(over).filter(round=row).exists()
    visit(person, cast.visitor, over)
    cast.refresh(DAY)
    assert DueItem.objects.get(round=row).made_up_on is None


def test_the_papers_of_the_quarter_hold_nobody_who_is_only_in_a_round(cast: Cast) -> None:
    seen, due = make_person(cast, name="谢水金"), make_person(cast, name="谢水银")
    schedule.generate(on=DAY)
    visit(seen, cast.visitor, DAY - dt.timedelta(5))
    cast.refresh(DAY)
    row = make(cast)
    assert {row.person for row in people_of(cast.township_clerk, cast.village, DAY)} == {due}
    assert set(waiting(cast.township.pk, DAY)) == {due}
    before = DueItem.objects.counting().count()
    assert DueItem.objects.filter(round=row).count() == 2
    assert DueItem.objects.counting().count() == before
    client = signed_in(cast.township_clerk)
    assert (
        client.post(reverse("visits_desk:print_round", args=[cast.village.pk]), follow=True)
        .content.decode()
        .count("谢水金")
        == 0
    )


def test_called_off_with_a_reason_what_is_open_is_dropped_and_what_was_done_stays(cast: Cast) -> None:
    seen = make_person(cast, name="访过")
    make_person(cast, name="没访")
    row = make(cast, cast.county_officer, cast.county)
    visit(seen, cast.visitor, DAY)
    cast.refresh(DAY)
    with pytest.raises(CannotChange, match="不由您来定"):
        services.call_off(round_id=row.pk, reason="台风转向", by=cast.township_clerk, at=evening(DAY))
    assert services.call_off(round_id=row.pk, reason="台风转向", by=cast.county_officer, at=evening(DAY)) == 1
    schedule.generate(on=DAY)
    assert list(DueItem.objects.filter(round=row).order_by("pk").values_list("stored", flat=True)) == [
        "",
        "dropped",
    ]
    assert LogEntry.objects.get(action="round_called_off").detail["dropped"] == 1


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def _world(cast: Cast) -> Round:
    """One of each: reached, rung, refused, tried, waiting; and one in the next village."""
    found = {
        name: make_person(cast, name=name, phone="13800001111") for name in ("见", "打", "拒", "试", "等")
    }
    make_person(cast, name="邻村", village=cast.other_village)
    row = make(cast)
    visit(found["见"], cast.visitor, DAY, rounds={str(row.uuid): [0]})
    visit(found["打"], cast.visitor, DAY, mode="phone")
    for name, outcome in (("拒", "refused"), ("试", "not_home")):
        duty_of(cast.visitor, DAY)
        next_on = DAY + dt.timedelta(1) if outcome == "not_home" else None
        attempt(
            person_id=found[name].pk, by=cast.visitor, at=evening(DAY), key=uuid.uuid4(),
            body={"tried_on": DAY, "part_of_day": "am", "mode": "home", "outcome": outcome, "note": "不想说", "next_on": next_on or DAY + dt.timedelta(1)},
        )  # fmt: skip
    cast.refresh(DAY)
    return row


def test_every_number_on_the_page_is_its_list_and_a_plain_recount(cast: Cast) -> None:
    row = _world(cast)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_schedule:round", args=[row.uuid])
    page = client.get(url)
    plain = {"reached": 1, "phone": 1, "refused": 1, "tried": 1, "waiting": 2}
    assert [int(tile["value"]) for tile in page.context["tiles"]] == [6, *plain.values()]
    for tile in page.context["tiles"]:
        behind = client.get(tile["url"]).context["people"]
        assert len(behind["list"]["rows"]) == behind["pager"]["count"] == int(tile["value"])
    for line in page.context["below"]["rows"]:
        for cell in line["cells"][1:]:
            if cell.get("url"):
                assert len(client.get(cell["url"]).context["people"]["list"]["rows"]) == int(cell["text"])
    for column in range(1, 7):
        total = sum(int(line["cells"][column]["text"]) for line in page.context["below"]["rows"])
        assert total == int(page.context["tiles"][column - 1]["value"])
    assert page.context["answers"][0]["count"] == 1
    yes = client.get(page.context["answers"][0]["url"]).context["people"]["list"]["rows"]
    assert [line["cells"][0]["text"] for line in yes] == ["见"]


def test_a_yes_under_a_number_that_was_merged_is_one_of_the_file_that_is_kept(cast: Cast) -> None:
    row = _world(cast)
    said, kept = Person.objects.get(name="见"), Person.objects.get(name="等")
    assert selectors.answers(row, cast.township_clerk, cast.township) == [("需要转移", 1)]
    Person.objects.filter(pk=said.pk).update(merged_into=kept)
    DueItem.objects.filter(round=row, person=said).update(stored=DueItem.Stored.SUPERSEDED)
    found = selectors.who_said(row, cast.township_clerk, cast.township, 0)
    assert [item.person for item in found] == [kept]
    assert selectors.answers(row, cast.township_clerk, cast.township) == [("需要转移", 1)]


def test_who_was_not_reached_in_spite_of_all_tries_is_counted_apart_and_on_no_list(cast: Cast) -> None:
    """E6, E7: neither done nor left, so that the visitor's list, the home page and the round say the same."""
    row = _world(cast)
    DueItem.objects.filter(round=row, person__name="试").update(stored=DueItem.Stored.EXCUSED)
    client = signed_in(cast.visitor)
    url = reverse("visits_schedule:round", args=[row.uuid])
    page = client.get(url)
    assert "应访5人，已访2人，未访成1人（已按规定尝试），还有2人没访到。" in page.content.decode()
    assert "未访成1人，还有2人没访到。" in page.context["copy"]["text"]
    assert page.context["tiles"][3]["title"] == "未访成"
    for which, expected in (
        ("excused", {"试"}),
        ("left", {"拒", "等"}),
        ("all", {"见", "打", "试", "拒", "等"}),
    ):
        lines = client.get(f"{url}?which={which}").context["people"]["list"]["rows"]
        assert {line["cells"][0]["text"] for line in lines} == expected
    assert {item.person.name for item in selectors.open_of(cast.visitor, DAY)} == {"拒", "等"}
    assert [one.left for one in selectors.running(cast.visitor, DAY)] == [2]
    DueItem.objects.filter(round=row, done_on=None).update(stored=DueItem.Stored.EXCUSED)
    assert client.get(url).context["copy"]["text"].endswith("已访2人，未访成3人，其余都访到了。")


def test_a_round_that_was_called_off_says_how_far_it_had_come_and_asks_for_nothing_more(cast: Cast) -> None:
    seen = make_person(cast, name="访过")
    for name in ("没访", "后来去世", "服刑", "早就去世"):
        make_person(cast, name=name)
    row = make(cast, cast.county_officer, cast.county)
    visit(seen, cast.visitor, DAY)
    Person.objects.filter(name="早就去世").update(status="dead", left_on=DAY)
    Absence.objects.create(
        person=Person.objects.get(name="服刑"), kind="prison", starts_on=DAY, document_no="1号", review_on=DAY,
        noted_by=cast.visitor, noted_at=evening(DAY),
    )  # fmt: skip
    schedule.generate(on=DAY)
    services.call_off(round_id=row.pk, reason="台风转向", by=cast.county_officer, at=evening(DAY))
    Person.objects.filter(name="后来去世").update(status="dead", left_on=DAY + dt.timedelta(1))
    client = signed_in(cast.county_officer)
    url = reverse("visits_schedule:round", args=[row.uuid])
    page = client.get(url)
    assert page.context["say"] == "取消时3人里访到1人。"
    assert page.context["copy"] is None
    assert "都访到了" not in page.content.decode()
    assert "发到群里的话" not in page.content.decode()
    assert len(client.get(f"{url}?which=left").context["people"]["list"]["rows"]) == 2
    line = client.get(reverse("visits_schedule:rounds")).context["list"]["rows"][0]["cells"]
    assert [cell["text"] for cell in line[3:5]] == ["3人", "1人"]
    phones = reverse("visits_schedule:round_phones", args=[row.uuid])
    assert phones not in page.content.decode()
    assert client.get(phones).status_code == 302


def test_the_text_for_the_chat_group_names_villages_and_never_people(cast: Cast) -> None:
    row = _world(cast)
    text = (
        signed_in(cast.township_clerk)
        .get(reverse("visits_schedule:round", args=[row.uuid]))
        .context["copy"]["text"]
    )
    assert text == (
        f"【台风专项巡访 11月25日】嵩口镇：截至11月25日，应访6人，已访2人，未完成：{cast.other_village.name}1人、月洲村3人。请在11月26日前访到。"
        if cast.other_village.position < cast.village.position
        else f"【台风专项巡访 11月25日】嵩口镇：截至11月25日，应访6人，已访2人，未完成：月洲村3人、{cast.other_village.name}1人。请在11月26日前访到。"
    )


def test_the_page_renews_itself_with_the_same_fragment(cast: Cast) -> None:
    row = _world(cast)
    client = signed_in(cast.township_clerk)
    page = client.get(reverse("visits_schedule:round", args=[row.uuid]))
    assert 'hx-trigger="every 30s"' in page.content.decode()
    part = client.get(page.context["renew"], headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div class="xf-stack" id="round-live"')
    assert "<html" not in part
    assert "⟦" not in part


def test_each_reader_sees_their_own_part_and_the_city_no_names(cast: Cast) -> None:
    row = _world(cast)
    url = reverse("visits_schedule:round", args=[row.uuid])
    for user, total in (
        (cast.visitor, 5),
        (cast.village_head, 5),
        (cast.township_head, 6),
        (cast.county_officer, 6),
    ):
        assert int(signed_in(user).get(url).context["tiles"][0]["value"]) == total, user.name
    for user in (cast.city_supervisor, cast.city_business):
        page = signed_in(user).get(f"{url}?which=all").content.decode()
        assert "tel:138" not in page
        assert "邻*" in page
    assert signed_in(cast.neighbour).get(url).status_code == 404
    assert signed_in(cast.township_clerk).get(f"{url}?unit={cast.other_county.pk}").status_code == 404


def test_the_telephone_list_holds_whoever_is_left_with_numbers_to_tap(cast: Cast) -> None:
    row = _world(cast)
    page = signed_in(cast.visitor).get(reverse("visits_schedule:round_phones", args=[row.uuid]))
    assert [line["cells"][0]["text"] for line in page.context["people"]["list"]["rows"]] == ["拒", "试", "等"]
    assert 'href="tel:13800001111"' in page.content.decode()


def test_the_telephone_list_goes_out_by_the_door_of_all_lists(cast: Cast) -> None:
    row = _world(cast)
    client = signed_in(cast.township_clerk)
    url = client.get(reverse("visits_schedule:round_phones", args=[row.uuid])).context["export_url"]
    page = client.get(url)
    assert page.context["count"] == 4
    assert f"{row.name}还没访到的" in page.content.decode()


def test_a_round_is_made_in_two_presses_and_confirmed_before_it_happens(cast: Cast) -> None:
    make_person(cast, lives_alone=True)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_schedule:round_new")
    form = client.get(f"{url}?kind=cold").context["form"]
    data = {field.name: field.value() for field in form if field.value() is not None}
    assert data["name"] == "寒潮专项巡访 11月25日"
    answer = client.post(url, data | {"act": "look"})
    assert answer.status_code == 303
    assert client.get(answer["Location"]).context["total"] == 1
    assert not Round.objects.exists()
    edit = client.post(answer["Location"], data | {"act": "edit", "name": "寒潮，改过的"}, follow=True)
    assert 'value="寒潮，改过的"' in edit.content.decode()
    made = client.post(url, data | {"act": "make"}, follow=True)
    assert "发出去了" in made.content.decode()
    row = Round.objects.get()
    # The browser's Back finds the preview; the button pressed again makes nothing more.
    assert client.get(answer["Location"]).context["total"] == 1
    assert "没有重复" in client.post(answer["Location"], data | {"act": "make"}, follow=True).content.decode()
    assert (row.kind, row.block, row.due_on, row.region_id) == (
        "cold",
        "winter",
        DAY + dt.timedelta(2),
        cast.township.pk,
    )
    assert set(row.modes) == {"home", "institution", "hospital", "phone", "video"}
    bad = client.post(url, data | {"act": "look", "due_on": "2026-11-01"})
    assert bad.status_code == 422
    assert "截止日期早于开始日期" in bad.content.decode()


def _typed(client: Any, **changes: Any) -> dict[str, Any]:
    form = client.get(reverse("visits_schedule:round_new") + "?kind=cold").context["form"]
    return {field.name: field.value() for field in form if field.value() is not None} | changes


def test_whoever_is_in_a_running_round_is_told_before_another_is_made_and_can_be_left_out(cast: Cast) -> None:
    """The county's cold wave, then the township's: who was visited yesterday is not rung again."""
    for name in ("访过", "没访"):
        make_person(cast, name=name, lives_alone=True)
    first = make(cast, cast.county_officer, cast.county, name="县里的寒潮", who=("alone",))
    visit(Person.objects.get(name="访过"), cast.visitor, DAY)
    cast.refresh(DAY)
    make_person(cast, name="不独居")
    make(cast, cast.county_officer, cast.county, name="以前的", starts_on=DAY - dt.timedelta(9), due_on=DAY)
    services.call_off(
        round_id=Round.objects.get(name="以前的").pk, reason="发错", by=cast.county_officer, at=evening(DAY)
    )
    client = signed_in(cast.township_clerk)
    url = reverse("visits_schedule:round_new")
    data = _typed(client, who=["all"])
    look = client.post(url, data | {"act": "look"}, follow=True)
    said = re.sub(r"<[^>]+>", "", look.content.decode())
    assert "其中2人已在永泰县“县里的寒潮”那一次里（已访1人）" in said
    assert "不重复，只发给其余1人" in said
    assert "以前的" not in said
    assert look.context["total"] == 3
    client.post(url, data | {"act": "make", "apart": "on"})
    row = Round.objects.get(region=cast.township)
    assert names(row) == {"不独居"}
    make_person(cast, name="新来独居", lives_alone=True)
    schedule.generate(on=DAY + dt.timedelta(1))
    assert names(row) == {"不独居"}
    assert "新来独居" in names(first)
    services.call_off(round_id=first.pk, reason="转暖", by=cast.county_officer, at=evening(DAY))
    schedule.generate(on=DAY + dt.timedelta(1))
    assert names(row) == {"不独居", "没访", "新来独居"}


def test_where_everybody_is_in_the_other_round_there_is_nobody_to_leave_out(cast: Cast) -> None:
    make_person(cast, lives_alone=True)
    make(cast, cast.county_officer, cast.county)
    make(
        cast,
        cast.county_officer,
        cast.county,
        starts_on=DAY + dt.timedelta(5),
        due_on=DAY + dt.timedelta(6),
        name="下一次",
    )
    client = signed_in(cast.township_clerk)
    url = reverse("visits_schedule:round_new")
    data = _typed(client, who=["all"])
    page = client.post(url, data | {"act": "look"}, follow=True).content.decode()
    assert "这一次的人那里都有了" in page
    assert 'name="apart"' not in page
    assert "下一次" not in page
    answer = client.post(url, data | {"act": "make", "apart": "on"})
    assert answer.status_code == 422
    assert "一个人也没有" in answer.content.decode()


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-11-26", "cold"), ("2026-11-16", ""), ("2027-02-28", "cold"), ("2027-03-10", ""), ("2026-05-01", "rain"),
        ("2026-07-01", "typhoon"), ("2026-10-15", "typhoon"), ("2026-10-16", ""),
    ],
)  # fmt: skip
def test_a_new_round_is_for_what_the_season_brings(cast: Cast, day: str, kind: str) -> None:
    assert kind_of(dt.date.fromisoformat(day), ("04-01", "10-15"), ("12-01", "02-29")) == kind


def test_out_of_season_the_reason_is_asked_first(cast: Cast) -> None:
    url = reverse("visits_schedule:round_new")
    with time_machine.travel(dt.datetime(2026, 11, 5, 4, tzinfo=dt.UTC), tick=False):
        client = signed_in(cast.township_clerk)
        page = client.get(url)
        assert [one["word"] for one in page.context["kinds"] if one["current"]] == []
        assert 'method="post" class="xf-stack"' not in page.content.decode()
        assert client.get(f"{url}?kind=heat").context["form"]["kind"].value() == "heat"
    assert signed_in(cast.township_clerk).get(url).context["form"]["kind"].value() == "cold"


def test_calling_off_asks_for_a_reason_on_its_page(cast: Cast) -> None:
    make_person(cast)
    row = make(cast)
    url = reverse("visits_schedule:round_call_off", args=[row.uuid])
    client = signed_in(cast.township_clerk)
    assert client.post(url, {"reason": ""}).status_code == 422
    assert "取消了" in client.post(url, {"reason": "台风转向"}, follow=True).content.decode()
    assert client.get(url).status_code == 403
    assert signed_in(cast.county_officer).get(reverse("visits_schedule:rounds")).status_code == 200


def test_a_page_of_ten_and_of_forty_costs_the_same_queries(cast: Cast) -> None:
    visitors = [make_user(f"巡{n}", f"1390000010{n}", Role.VISITOR, cast.village) for n in range(3)]
    counts = []
    for size in (10, 30):
        for number in range(size):
            make_person(cast, name=f"林{size}{number}", assignee=visitors[number % 3])
        row = make(cast)
        client = signed_in(cast.township_clerk)
        url = reverse("visits_schedule:round", args=[row.uuid]) + "?which=all"
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1]
