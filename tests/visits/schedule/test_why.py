"""为什么要访: the pure definition in sentences, for whoever may know them."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from tests.cast import make_person, signed_in
from tests.world import visit
from visits.roster.models import Absence, CareGroup, Membership, Person
from visits.schedule import services, why
from visits.schedule.models import DueItem, FrequencyRule
from visits.schedule.rounds import services as rounds
from visits.schedule.rounds.services import Plan

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON, tick=False):
        yield


def monthly(cast, group: str = "tekun", **values) -> FrequencyRule:
    return FrequencyRule.objects.create(
        region=cast.county, group_id=group, clause="县", position=9, starts_on=dt.date(2026, 1, 1),
        **({"kind": "month", "modes": ["home", "phone"], "sentence": "特困：每月至少一次", "document_no": "永民〔2026〕12号"}
           | values),
    )  # fmt: skip


def owed_because(person: Person, cause: str, since: dt.date, due: dt.date) -> DueItem:
    return DueItem.objects.create(
        person=person, cause=cause, tier="general", assignee=person.assignee, period_start=since,
        period_end=due + dt.timedelta(days=30), opens_on=since, due_on=due, closes_on=due + dt.timedelta(days=30),
        county_id=person.county_id, township_id=person.township_id, village_id=person.village_id,
    )  # fmt: skip


def page(user, person: Person) -> str:
    return signed_in(user).get(reverse("visits_schedule:why", args=[person.uuid])).content.decode()


def test_it_says_which_rule_stands_in_for_which_and_what_is_owed_until_when(cast) -> None:
    monthly(cast)
    person = make_person(cast, groups=("tekun",))
    services.generate(on=DAY)
    found = why.explain(person, cast.township_clerk, DAY)
    said = {rule.title: rule for rule in found.rules}
    assert "由“特困：每月至少一次”代替" in said["重点对象：每季度至少一次"].say[0]
    assert "它每月一次，更勤，认的方式更严" in said["重点对象：每季度至少一次"].say[0]
    assert said["重点对象：每季度至少一次"].state == ""
    owed = said["特困：每月至少一次"]
    assert owed.say[0] == "2026年11月在名单上30天，11月30日前要访到。上门、电话都可以。"
    assert owed.word == "临期"
    assert "永泰县" in owed.source
    assert "永民〔2026〕12号" in owed.source
    assert found.groups[0].startswith("特困人员救助供养对象（重点）：2020年1月1日")


def test_what_the_last_visit_did(cast) -> None:
    monthly(cast)
    person = make_person(cast, groups=("tekun", "old_alone"), birth=dt.date(1940, 1, 1))
    services.generate(on=DAY)
    visit(person, cast.visitor, dt.date(2026, 11, 20))
    html = page(cast.visitor, person)
    assert "11月20日 周五上门，见到本人，算：特困：每月至少一次（2026年11月）" in html
    assert "11月20日 周五上门，访到了" in html


def test_a_village_reader_does_not_learn_a_hidden_class(cast) -> None:
    CareGroup.objects.filter(pk="sudden").update(visible_from="township", name="看不见的一类")
    monthly(cast, "sudden", sentence="看不见的：每月一次", document_no="密〔2026〕1号")
    person = make_person(cast, groups=("dibao", "sudden"))
    Membership.objects.filter(person=person, group_id="sudden").update(starts_on=dt.date(2025, 3, 7))
    services.generate(on=DAY)
    for word in ("看不见", "密〔2026〕", "2025年3月7日"):
        assert word not in page(cast.visitor, person)
    village = page(cast.visitor, person)
    assert "其他类别：每月至少一次" in village
    assert "代替" in village
    assert "看不见的一类" in page(cast.township_clerk, person)


def test_days_away_newcomers_and_the_dead_are_explained(cast) -> None:
    person = make_person(cast, groups=("tekun",), starts_on=dt.date(2026, 11, 10))
    Absence.objects.create(
        person=person, kind="prison", starts_on=dt.date(2026, 11, 20), document_no="刑1号",
        review_on=dt.date(2027, 1, 1), noted_by=cast.township_clerk, noted_at=NOON,
    )  # fmt: skip
    clerk, village = page(cast.township_clerk, person), page(cast.visitor, person)
    assert "服刑：2026年11月20日" in clerk
    assert "服刑" not in village
    assert "暂缓巡访：2026年11月20日" in village
    assert "在名单上10天，不满30天，也不是这一期新列入的" in clerk
    new = make_person(cast, groups=("tekun",), starts_on=dt.date(2026, 12, 10))
    with time_machine.travel(dt.datetime(2026, 12, 12, 4, tzinfo=dt.UTC), tick=False):
        html = page(cast.township_clerk, new)
    assert "12月10日新列入，1月9日前要访到第一次" in html
    assert "待访名单上还没有这一条" in html
    Person.objects.filter(pk=new.pk).update(status="dead", left_on=DAY)
    assert "2026年11月24日 周二去世" in page(cast.township_clerk, new)


def test_the_neighbour_does_not_find_it_and_the_city_is_not_asked(cast) -> None:
    person = make_person(cast)
    url = reverse("visits_schedule:why", args=[person.uuid])
    assert signed_in(cast.neighbour).get(url).status_code == 404
    assert signed_in(cast.city_business).get(url).status_code == 403


@pytest.mark.parametrize(
    ("cause", "listed", "owed", "over"),
    [
        ("discharge", "出院了：7天内上门看看", "出院了：12月1日 周二前要上门看看。", "出院后探访"),
        ("revisit", "救助后回访：上门看帮到了没有", "救助后回访：12月1日 周二前要上门看帮到了没有。", "救助后回访"),
    ],
)  # fmt: skip
def test_a_visit_that_no_rule_owes_says_what_it_is_for_on_every_page(cast, cause, listed, owed, over) -> None:
    person = make_person(cast, groups=("dibao",))
    item = owed_because(person, cause, DAY, DAY + dt.timedelta(days=7))
    own = signed_in(cast.visitor)
    clerk = signed_in(cast.township_clerk)
    for html in (
        clerk.get(reverse("visits_schedule:due"), {"cause": cause}).content.decode(),
        own.get(reverse("home")).content.decode(),
        clerk.get(reverse("visits_desk:print_due"), {"cause": cause}).content.decode(),
    ):
        assert listed in html
    assert owed in page(cast.visitor, person)
    assert "没有访成" not in page(cast.visitor, person)
    visit(person, cast.visitor, DAY)
    item.refresh_from_db()
    assert item.done_on == DAY
    assert why.explain(person, cast.visitor, DAY).last[1:] == [over]


def test_a_visit_that_no_rule_owes_and_that_is_late_is_no_missed_period(cast) -> None:
    person = make_person(cast, groups=("dibao",))
    owed_because(person, "revisit", dt.date(2026, 9, 20), dt.date(2026, 10, 9))
    owed_because(person, "discharge", dt.date(2026, 11, 2), dt.date(2026, 11, 9))
    assert why.explain(person, cast.visitor, DAY).others == [
        "救助后回访：应于10月9日 周五前去，还没有去成，要尽快上门看帮到了没有。",
        "出院了：应于11月9日 周一前去，还没有去成，要尽快上门看看。",
    ]


def test_a_visit_that_was_done_stands_as_done_also_when_a_stricter_rule_came_after_it(cast) -> None:
    person = make_person(cast, groups=("tekun",))
    services.generate(on=DAY)
    visit(person, cast.visitor, dt.date(2026, 11, 18))
    monthly(cast)
    services.generate(on=DAY)
    said = {rule.title: rule for rule in why.explain(person, cast.visitor, DAY).rules}[
        "重点对象：每季度至少一次"
    ]
    assert (said.state, said.word) == ("done", "已访")
    assert said.say == ["11月18日 周三上门，访到了，算这一次。后来由“特困：每月至少一次”代替，不再另算。"]


def test_a_stay_that_is_over_asks_for_nothing_any_more(cast) -> None:
    person = make_person(cast)
    note = {"kind": "hospital", "noted_by": cast.visitor, "noted_at": NOON}
    Absence.objects.create(
        person=person, starts_on=dt.date(2026, 11, 2), ends_on=dt.date(2026, 11, 9), **note
    )
    Absence.objects.create(person=person, starts_on=dt.date(2026, 11, 20), **note)
    now, over = why.explain(person, cast.visitor, DAY).away
    assert "照样要访，到那边去" in now
    assert "照样" not in over


def test_what_was_excused_is_said_with_what_it_was_for(cast) -> None:
    person = make_person(cast, groups=("dibao",))
    item = owed_because(person, "discharge", DAY - dt.timedelta(days=9), DAY - dt.timedelta(days=2))
    services.generate(on=DAY)
    DueItem.objects.filter(person=person).update(stored="excused")
    html = page(cast.visitor, person)
    assert "出院后探访：记了未访成（已按规定尝试），不用再去找" in html
    assert html.count("又见到了照常记，就算访到") == 2  # and the running period
    item.refresh_from_db()
    plan = Plan("cold", "寒潮专项巡访", DAY, DAY + dt.timedelta(1), ("home", "phone"), "winter", ("all",))
    rounds.make(key=uuid.uuid4(), plan=plan, unit_id=cast.township.pk, by=cast.township_clerk, at=NOON)
    DueItem.objects.filter(person=person, cause="round").update(stored="excused")
    assert "专项巡访“寒潮专项巡访”：记了未访成" in page(cast.visitor, person)


def test_a_day_of_another_year_says_so(cast) -> None:
    person = make_person(cast, groups=("dibao",))
    owed_because(person, "revisit", dt.date(2024, 3, 1), dt.date(2024, 3, 31))
    client = signed_in(cast.township_clerk)
    for address in ("visits_schedule:due", "visits_desk:print_due"):
        assert "2024年3月31日 周日前" in client.get(reverse(address)).content.decode()


def test_a_first_visit_calls_nobody_new_who_is_not(cast) -> None:
    person = make_person(cast, groups=("old_alone",), starts_on=dt.date(2023, 1, 1))
    services.generate(on=DAY)
    visit(person, cast.visitor, DAY)
    Membership.objects.create(person=person, group_id="tekun", starts_on=dt.date(2026, 12, 10))
    with time_machine.travel(dt.datetime(2026, 12, 12, 4, tzinfo=dt.UTC), tick=False):
        services.generate(on=dt.date(2026, 12, 12))
        html = signed_in(cast.township_clerk).get(reverse("visits_schedule:due")).content.decode()
        assert "首访：30天内要访到" in html
        assert "新列入" not in page(cast.township_clerk, person)
