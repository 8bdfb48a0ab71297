"""A county's own rules: stricter only, from the next period, counted before they hold, ended and never edited."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import LogEntry
from accounts.roles import Role
from tests.cast import make_person, make_user, signed_in
from tests.world import visit
from visits.roster.models import CareGroup, Membership, Person
from visits.roster.services import CannotChange
from visits.schedule import lives, ruling, selfcheck, services
from visits.schedule.due import HOME_MODES, MODES, OTHER_MODES
from visits.schedule.impact import demand_of
from visits.schedule.models import DueItem, FrequencyRule
from visits.schedule.periods import KINDS
from visits.schedule.ruling import Wish
from visits.schedule.strictness import looser_in
from xunfang.kit import jobs
from xunfang.kit.models import Job

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db
ALL = frozenset(MODES)
NEW, RULES = "/due/rules/new", "/due/rules"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON, tick=False):
        yield


def wish(cast, **more) -> Wish:
    values = {
        "region_id": cast.county.pk, "tier": None, "group_id": "tekun", "kind": "month", "modes": ALL, "min_home": 0,
        "document_no": "永民〔2026〕12号",
    }  # fmt: skip
    return Wish(**(values | more))


def add(cast, **more) -> FrequencyRule:
    by = cast.city_business if more.get("region_id") == cast.city.pk else cast.county_officer
    return ruling.add_rule(wish(cast, **more), by=by, at=timezone.now())[0]


def refusal(cast, one: Wish) -> CannotChange | None:
    try:
        ruling.weigh(one, by=cast.county_officer)
    except CannotChange as error:
        return error
    return None


def floor(cast, **values) -> FrequencyRule:
    """A rule of the city with something to be looser than."""
    values = {
        "tier": None,
        "group_id": "tekun",
        "kind": "quarter",
        "modes": ["home", "phone"],
        "min_home": 2,
        **values,
    }
    return FrequencyRule.objects.create(
        region=cast.city, sentence="特困人员：每季度上门两次", clause="市", document_no="榕民〔2026〕1号", position=7,
        starts_on=dt.date(2026, 1, 1), made_by=cast.city_business, made_at=NOON, **values,
    )  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    modes=st.sets(st.sampled_from(sorted(MODES)), min_size=1).map(frozenset),
    min_home=st.integers(0, 3),
    place=st.sampled_from(["county", "township"]),
    target=st.sampled_from(["tekun", "key"]),
)
def test_whatever_is_looser_than_the_city_is_refused_with_the_floor_named(
    cast, kind, modes, min_home, place, target
) -> None:
    with transaction.atomic():
        held = floor(cast)
        one = wish(
            cast, kind=kind, modes=modes, min_home=min_home, region_id=getattr(cast, place).pk,
            group_id=target if target == "tekun" else None, tier=None if target == "tekun" else target,
        )  # fmt: skip
        less, error = looser_in(one.demand, demand_of(held)), refusal(cast, one)
        if less is None:
            assert error is None
        else:
            assert error is not None
            assert error.field in ("kind", "modes", "min_home")
            assert held.sentence in str(error) or "重点对象：每季度至少一次" in str(error)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"kind": "half"}, "kind", "是每季度，您选的是每半年"),
        ({"modes": frozenset({"home", "wechat"})}, "modes", "不认“微信”"),
        (
            {"modes": frozenset({"home", "phone"}), "kind": "quarter", "min_home": 1},
            "min_home",
            "至少上门2次",
        ),
    ],
)
def test_each_respect_has_its_sentence(cast, more, field, said) -> None:
    floor(cast)
    with pytest.raises(CannotChange) as caught:
        ruling.weigh(wish(cast, **more), by=cast.county_officer)
    assert caught.value.field == field
    assert said in str(caught.value)
    assert "号）" in str(caught.value)


def test_the_city_itself_is_not_looser_than_the_guideline(cast) -> None:
    with pytest.raises(CannotChange) as caught:
        add(cast, region_id=cast.city.pk, kind="half")
    assert "指导意见" in str(caught.value)
    assert add(cast, region_id=cast.city.pk, kind="month").region == cast.city


def test_a_township_is_not_looser_than_its_county(cast) -> None:
    add(cast)
    with pytest.raises(CannotChange) as caught:
        add(cast, region_id=cast.township.pk, kind="quarter", min_home=1)
    assert "永泰县的规定" in str(caught.value)
    add(cast, region_id=cast.township.pk, kind="month", min_home=1)


def test_whoever_is_seen_face_to_face_was_visited_whatever_was_ticked(cast) -> None:
    """Nobody is sent home to be visited there, and no rule refuses a home visit."""
    person = make_person(cast, groups=("tekun",))
    client = signed_in(cast.county_officer)
    body = BODY | {"region": cast.county.pk, "modes": ["other"], "immediately": "on"}
    look = client.post(NEW, body | {"act": "look"}, follow=True).content.decode()
    assert "方式：上门、机构内、医院内、其他。" in look
    client.post(NEW, body | {"act": "save"})
    made = FrequencyRule.objects.get(region=cast.county)
    assert set(made.modes) == HOME_MODES | {"other"}
    services.refresh(person_ids=[person.pk], on=DAY)
    assert services.fulfil(person_id=person.pk, visited_on=DAY, mode="hospital", met="self")
    assert DueItem.objects.get(rule=made).done_on == DAY
    assert client.post(NEW, body | {"act": "look", "modes": []}, follow=True).status_code == 200


def test_a_floor_without_home_visits_can_still_be_made_stricter(cast) -> None:
    floor(cast, modes=["phone"], min_home=0)
    assert refusal(cast, wish(cast, modes=frozenset({"phone"}))) is None


def test_more_visits_than_the_visitors_can_make_want_a_tick(cast) -> None:
    for _ in range(5):
        make_person(cast, groups=("tekun",))
    client = signed_in(cast.county_officer)
    body = BODY | {"region": cast.county.pk, "kind": "week", "min_home": "5"}
    said = "合起来每周约要访25次，巡访人1名，平均每人每周25次，恐怕访不过来"
    assert said in client.post(NEW, body | {"act": "look"}, follow=True).content.decode()
    answer = client.post(NEW, body | {"act": "save"})
    assert answer.status_code == 422
    assert "还没打勾" in answer.content.decode()
    assert not FrequencyRule.objects.filter(region=cast.county).exists()
    assert (
        "恐怕" not in client.post(NEW, body | {"act": "look", "min_home": "4"}, follow=True).content.decode()
    )
    assert client.post(NEW, body | {"act": "save", "confirm": "heavy"}).status_code == 302
    assert LogEntry.objects.get(action="rule_added").detail["accepted"] == ["heavy"]


def test_where_nobody_visits_yet_that_is_said_beside_the_load(cast) -> None:
    for _ in range(3):
        make_person(cast, groups=("tekun",))
    Person.objects.update(assignee=None)
    found = ruling.weigh(wish(cast, kind="week", min_home=7), by=cast.county_officer)
    assert found.impact.visitors == 0
    assert "这些人还没有巡访人，每周21次" in found.warnings["heavy"]


def test_home_visits_that_take_the_place_of_calls_are_no_more_visits(cast) -> None:
    make_person(cast, groups=("tekun",))
    body = BODY | {"region": cast.county.pk, "kind": "quarter", "min_home": "1", "act": "look"}
    html = signed_in(cast.county_officer).post(NEW, body, follow=True).content.decode()
    assert "其中1人要比现在多上门" in html
    assert "次数不变，其中上门一年多约4次" in html
    assert "多访约0次" not in html


def test_who_was_only_rung_up_is_owed_again_and_the_preview_says_how_many(cast) -> None:
    """The number is what is open afterwards for people who were visited in the period."""
    rung, rung_twice, seen, both, before, never = (make_person(cast, groups=("tekun",)) for _ in range(6))
    kin = make_person(cast, groups=("dibao",))
    services.generate(on=DAY)
    for person, mode in (
        (rung, "phone"),
        (rung_twice, "phone"),
        (seen, "home"),
        (both, "hospital"),
        (kin, "phone"),
    ):
        visit(person, cast.visitor, DAY - dt.timedelta(days=3), mode=mode)
    for person in (rung_twice, both):
        visit(person, cast.visitor, DAY, mode="phone")
    visit(before, cast.visitor, dt.date(2026, 10, 20), mode="phone")
    cast.refresh(DAY)
    body = BODY | {"region": cast.county.pk, "min_home": "1", "act": "look"}
    client = signed_in(cast.county_officer)
    assert (
        "<b>其中2人没有上门，要再上门</b>"
        in client.post(NEW, body | {"immediately": "on"}, follow=True).content.decode()
    )
    assert "要再上门" not in client.post(NEW, body, follow=True).content.decode()
    made = add(cast, min_home=1, immediately=True)
    services.refresh(person_ids=ruling.touched_ids(made), on=DAY)
    owed = set(DueItem.objects.filter(rule=made, stored="", done_on=None).values_list("person", flat=True))
    assert owed == {rung.pk, rung_twice.pk, before.pk, never.pk}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"min_home": "2"}, "其中3人上门不够2次，还要再去"),
        ({"modes": []}, "其中2人没有上门，要再上门"),
        ({"modes": ["video"]}, "其中2人访的方式不算，要再访"),
        ({}, None),
    ],
)
def test_it_says_what_is_missing_in_a_visit_that_does_not_do(cast, more, said) -> None:
    for mode in ("phone", "phone", "home"):
        visit(make_person(cast, groups=("tekun",)), cast.visitor, DAY, mode=mode)
    cast.refresh(DAY)
    body = BODY | {"region": cast.county.pk, "immediately": "on", "act": "look"}
    html = signed_in(cast.county_officer).post(NEW, body | more, follow=True).content.decode()
    assert said in html if said else "其中3人" not in html.split("这一期")[1]


def test_what_holds_already_is_not_made_again(cast) -> None:
    for more in ({"kind": "quarter"}, {"kind": "quarter", "tier": "key", "group_id": None}):
        with pytest.raises(CannotChange) as caught:
            add(cast, **more)
        assert "已经要求这么多了" in str(caught.value)


@pytest.mark.parametrize("unit", ["other_county", "other_township", "city", "village"])
def test_a_county_officer_rules_the_own_county_and_its_townships_only(cast, unit) -> None:
    error = refusal(cast, wish(cast, region_id=getattr(cast, unit).pk))
    if unit == "other_township":
        assert error is None
    else:
        assert error is not None
        assert error.field == "region"


def test_it_holds_from_the_next_period_or_at_once_when_it_is_stricter(cast) -> None:
    assert add(cast).starts_on == dt.date(2026, 12, 1)
    assert add(cast, kind="quarter", min_home=1).starts_on == dt.date(2027, 1, 1)
    at_once = add(cast, kind="month", min_home=1, immediately=True)
    assert at_once.starts_on == dt.date(2026, 11, 1)


def test_what_is_looser_than_one_s_own_does_not_hold_at_once(cast) -> None:
    rule = add(cast, immediately=True)
    ruling.end_rule(
        rule_id=rule.pk, document_no="永民〔2026〕13号", by=cast.county_officer, at=timezone.now()
    )
    with pytest.raises(CannotChange):
        add(cast, kind="quarter", min_home=1, immediately=True)
    assert add(cast, kind="quarter", min_home=1).starts_on == dt.date(2027, 1, 1)


def test_the_due_list_follows_in_the_background_with_progress(cast) -> None:
    person = make_person(cast, groups=("tekun",))
    other = make_person(cast, groups=("tekun",), village=cast.other_county_village)
    services.generate(on=DAY)
    _, job = ruling.add_rule(wish(cast, immediately=True), by=cast.county_officer, at=timezone.now())
    assert job.owner == cast.county_officer
    jobs.run(job.pk)
    done = Job.objects.get(pk=job.pk)
    assert (done.state, done.done, done.total) == ("done", 1, 1)
    rows = DueItem.objects.filter(person=person).values_list("rule__kind", "stored", "due_on")
    assert set(rows) == {
        ("quarter", "superseded", dt.date(2026, 12, 31)),
        ("month", "", dt.date(2026, 11, 30)),
    }
    assert list(DueItem.objects.filter(person=other).values_list("rule__kind", "stored")) == [("quarter", "")]


def test_one_that_is_withdrawn_before_it_begins_leaves_no_trace_in_the_list(cast) -> None:
    person = make_person(cast, groups=("tekun",))
    services.generate(on=DAY)
    rule = add(cast)
    services.refresh(person_ids=[person.pk], on=DAY)
    assert not DueItem.objects.counting().filter(person=person).exists()  # December's visit stands in for it
    ruling.end_rule(
        rule_id=rule.pk, document_no="永民〔2026〕13号", by=cast.county_officer, at=timezone.now()
    )
    services.refresh(person_ids=[person.pk], on=DAY)
    assert DueItem.objects.counting().get(person=person).rule.kind == "quarter"
    services.generate(on=dt.date(2026, 12, 5))
    assert not DueItem.objects.filter(rule=rule).exists()


def test_the_end_of_a_rule_is_the_end_of_its_period_with_a_document(cast) -> None:
    rule = add(cast, immediately=True)
    ended, _ = ruling.end_rule(
        rule_id=rule.pk, document_no="永民〔2026〕13号", by=cast.county_officer, at=timezone.now()
    )
    assert (ended.ends_on, ended.end_document_no) == (dt.date(2026, 11, 30), "永民〔2026〕13号")
    with pytest.raises(CannotChange):
        ruling.end_rule(rule_id=rule.pk, document_no="再来一次", by=cast.county_officer, at=timezone.now())
    assert set(LogEntry.objects.values_list("action", flat=True)) >= {"rule_added", "rule_ended"}


def test_the_guideline_s_two_can_not_be_ended(cast) -> None:
    for rule in FrequencyRule.objects.filter(region=cast.city):
        with pytest.raises(CannotChange) as caught:
            ruling.end_rule(rule_id=rule.pk, document_no="x", by=cast.city_business, at=timezone.now())
        assert "底线" in str(caught.value)


def test_the_database_wants_a_document_for_an_end(cast) -> None:
    rule = add(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        FrequencyRule.objects.filter(pk=rule.pk).update(
            ends_on=dt.date(2026, 12, 31), ended_at=NOON, ended_by=cast.county_officer
        )


def test_visits_more_are_counted_once_a_person(cast) -> None:
    """Key: 4 a year, general: 2; whoever is in both counts as 4; dead people and other counties do not."""
    make_person(cast, groups=("tekun",))
    make_person(cast, groups=("tekun", "old_alone"), birth=dt.date(1940, 1, 1))
    general = make_person(cast, groups=("old_alone",), birth=dt.date(1940, 1, 1))
    make_person(cast, groups=("tekun",), village=cast.other_county_village)
    Person.objects.filter(pk=make_person(cast, groups=("tekun",)).pk).update(status="dead", left_on=DAY)
    found = ruling.weigh(wish(cast), by=cast.county_officer).impact
    assert (found.people, found.more_people, found.visits, found.home) == (2, 2, 2 * 8, 0)
    found = ruling.weigh(wish(cast, min_home=1), by=cast.county_officer).impact
    assert (found.visits, found.home) == (16, 24)
    found = ruling.weigh(
        wish(cast, group_id=None, tier="general", kind="quarter"), by=cast.county_officer
    ).impact
    assert (found.people, found.more_people, found.visits) == (2, 1, 2)
    Membership.objects.filter(person=general).update(ends_on=dt.date(2026, 11, 1))
    found = ruling.weigh(
        wish(cast, group_id=None, tier="general", kind="quarter"), by=cast.county_officer
    ).impact
    assert (found.people, found.visits) == (1, 0)


BODY = {
    "target": "group:tekun", "kind": "month", "modes": list(OTHER_MODES), "min_home": "", "document_no": "永民〔2026〕12号",
    "sentence": "",
}  # fmt: skip


def test_an_officer_looks_first_and_then_saves(cast) -> None:
    make_person(cast, groups=("tekun",))
    client = signed_in(cast.county_officer)
    assert client.get(NEW).status_code == 200
    body = BODY | {"region": cast.county.pk}
    html = client.post(NEW, body | {"act": "look"}, follow=True).content.decode()
    assert "涉及<b>1人</b>" in html
    assert "多访约8次" in html
    assert "2026年12月1日 周二起" in html
    assert not FrequencyRule.objects.filter(region=cast.county).exists()
    answer = client.post(NEW, body | {"act": "save"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/job")
    made = FrequencyRule.objects.get(region=cast.county)
    assert (made.sentence, made.made_by) == ("特困：每月至少一次", cast.county_officer)
    page = client.get(RULES).content.decode()
    assert "还没开始执行" in page
    assert "永民〔2026〕12号" in page
    assert reverse("visits_schedule:rule_end", args=[made.pk]) in page


def test_the_way_back_after_saving_leads_to_the_preview_and_to_what_was_typed(cast) -> None:
    client = signed_in(cast.county_officer)
    body = BODY | {"region": cast.county.pk, "sentence": "特困每月去看一次", "act": "look"}
    answer = client.post(NEW, body)
    assert answer.status_code == 303
    assert "特困" not in answer["Location"]
    assert "特困每月去看一次" in client.get(answer["Location"]).content.decode()
    back = client.post(answer["Location"], body | {"act": "back"}, follow=True)
    assert 'value="特困每月去看一次"' in back.content.decode()
    client.post(answer["Location"], body | {"act": "save"})
    again = client.get(answer["Location"])
    assert again.status_code == 200
    assert "已经要求这么多了" in again.content.decode()
    assert (
        signed_in(cast.county_officer).get(answer["Location"]).status_code == 200
    )  # another session: an empty form


def test_a_looser_one_is_refused_at_its_field(cast) -> None:
    answer = signed_in(cast.county_officer).post(
        NEW, BODY | {"region": cast.county.pk, "kind": "half", "act": "look"}
    )
    assert answer.status_code == 422
    assert "不能比指导意见松：“重点对象：每季度至少一次”" in answer.context["form"].errors["kind"][0]


def test_one_that_was_made_by_mistake_is_taken_back_on_the_same_day_and_the_list_is_as_before(cast) -> None:
    """What was visited meanwhile stays counted, by the rule that holds again."""
    owed, seen = make_person(cast, groups=("tekun",)), make_person(cast, groups=("tekun",))
    services.generate(on=DAY)
    before = set(DueItem.objects.counting().values_list("person", "rule", "stored", "due_on"))
    rule = add(cast, immediately=True, min_home=1)
    services.refresh(person_ids=[owed.pk, seen.pk], on=DAY)
    visit(seen, cast.visitor, DAY, mode="home")
    cast.refresh(DAY)
    client = signed_in(cast.county_officer)
    url = reverse("visits_schedule:rule_end", args=[rule.pk])
    assert "定错了，撤回" in client.get(url).content.decode()
    assert client.post(url, {"act": "withdraw", "reason": ""}).status_code == 422
    answer = client.post(url, {"act": "withdraw", "reason": "选错了类别"})
    assert answer.status_code == 302
    jobs.run(Job.objects.order_by("-pk")[0].pk)
    assert (
        set(DueItem.objects.counting().exclude(rule=rule).values_list("person", "rule", "stored", "due_on"))
        == before
    )
    assert not DueItem.objects.counting().filter(rule=rule, done_on=None).exists()
    assert set(DueItem.objects.filter(person=seen).values_list("done_on", flat=True)) == {DAY}
    assert selfcheck.differing([owed.pk, seen.pk], on=DAY, book=lives.Rulebook()) == []
    assert "选错了类别" not in str(LogEntry.objects.get(action="rule_withdrawn").detail)
    page = client.get(RULES).content.decode()
    assert "没有执行，撤回了" in page
    assert "选错了类别，COUNTY_OFFICER撤回" in page.replace(cast.county_officer.name, "COUNTY_OFFICER")
    assert url not in page
    add(cast, immediately=True)  # the right one, made again


def test_the_office_takes_back_for_its_colleague_and_nobody_else_and_not_on_the_next_day(cast) -> None:
    cast.users["second"] = make_user("另一经办", "13800000555", Role.COUNTY_OFFICER, cast.county)
    cast.refresh(DAY)
    for by in (cast.city_business, cast.neighbour):
        rule = add(cast, immediately=True)
        with pytest.raises(CannotChange, match="不归您管"):
            ruling.withdraw_rule(rule_id=rule.pk, reason="错了", by=by, at=timezone.now())
        ruling.withdraw_rule(rule_id=rule.pk, reason="错了", by=cast.users["second"], at=timezone.now())
        with pytest.raises(CannotChange, match="已经撤回了"):
            ruling.withdraw_rule(rule_id=rule.pk, reason="错了", by=cast.county_officer, at=timezone.now())
    rule = add(cast, immediately=True)
    url = reverse("visits_schedule:rule_end", args=[rule.pk])
    with time_machine.travel(NOON + dt.timedelta(days=1), tick=False):
        client = signed_in(cast.county_officer)
        assert "撤回" not in client.get(url).content.decode()
        answer = client.post(url, {"act": "withdraw", "reason": "错了"})
    assert answer.status_code == 422
    assert "只有当天定的可以撤回" in answer.content.decode()


def test_an_end_is_confirmed_with_a_document(cast) -> None:
    rule = add(cast, immediately=True)
    client = signed_in(cast.county_officer)
    url = reverse("visits_schedule:rule_end", args=[rule.pk])
    assert "2026年11月30日" in client.get(url).content.decode()
    assert client.post(url, {"document_no": ""}).status_code == 422
    assert client.post(url, {"document_no": "永民〔2026〕13号"}).status_code == 302
    with time_machine.travel(dt.datetime(2026, 12, 2, 4, tzinfo=dt.UTC), tick=False):
        page = signed_in(cast.county_officer).get(RULES).content.decode()
    assert "以前的规定" in page
    assert "永民〔2026〕13号停用" in page


def test_a_rule_of_a_hidden_class_is_not_told_in_the_village(cast) -> None:
    CareGroup.objects.filter(pk="tekun").update(visible_from="township")
    add(cast, immediately=True)
    assert "永民〔2026〕12号" not in signed_in(cast.visitor).get(RULES).content.decode()
    assert "永民〔2026〕12号" in signed_in(cast.township_clerk).get(RULES).content.decode()
    assert "永民〔2026〕12号" not in signed_in(cast.neighbour).get(RULES).content.decode()


def test_the_page_costs_the_same_for_many_rules(cast, django_assert_max_num_queries) -> None:
    client = signed_in(cast.county_officer)
    for group in ("tekun", "dibao", "old_alone", "sudden", "minor_kin"):
        add(cast, group_id=group)
    with django_assert_max_num_queries(14):
        client.get(RULES)
