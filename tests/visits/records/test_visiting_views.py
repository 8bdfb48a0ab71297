"""The pages of a visit: who sees them, what they keep, what they say."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from tests.cast import Cast, make_person, make_user, signed_in
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.records import services
from visits.records.items import ITEM_CODES
from visits.records.models import Attempt, Draft, Visit
from visits.roster.models import Person
from visits.schedule import services as schedule


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def person(cast: Cast) -> Person:
    found = make_person(cast, hamlet="上洋")
    Person.objects.filter(pk=found.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    schedule.generate(on=DAY)
    return found


@pytest.fixture
def visitor(cast: Cast) -> Client:
    return signed_in(cast.visitor)


def url(person: Person, name: str = "visit_new") -> str:
    return reverse(f"visits_records:{name}", args=[person.uuid])


def filled(**changes: Any) -> dict[str, Any]:
    """A first visit, as few taps as it takes: one button an area, and safety item by item."""
    good = {f"area_{code}": "good" for code in ("family", "health", "mind", "hygiene", "dwelling")}
    made = {
        "key": str(uuid.uuid4()),
        "shown_on": DAY.isoformat(),
        "day": "today_pm",
        "mode": "home",
        "met": "self",
        "gas": "8",
        "water_heating": "0",
        "electricity": "0",
        "report": "yes",
        "action": "save",
    }
    return {name: value for name, value in (good | made | changes).items() if value is not None}


def before(person: Person, by: Any, **changes: Any) -> Visit:
    changes = {"visited_on": DAY - timedelta(days=35)} | changes
    visit, _ = services.submit(person_id=person.pk, by=by, at=AT, key=uuid.uuid4(), body=body(**changes))
    return visit


def test_the_page_says_who_why_and_until_when_and_shows_the_emergency_numbers_first(
    cast: Cast, person: Person, visitor: Client
) -> None:
    cast.township.duty_phone = "059120000119"
    cast.township.save()
    page = visitor.get(url(person)).content.decode()
    for words in (
        "林依妹",
        "女 83岁",
        "重点对象：每季度至少一次",
        "12月31日 周四前",
        "镇值班室",
        "系统不会替您打",
    ):
        assert words in page
    assert page.index("tel:110") < page.index("tel:059120000119") < page.index('id="visit-form"')
    assert "⟦" not in page
    assert not Draft.objects.exists()


def test_a_first_visit_takes_ten_taps_on_the_form(cast: Cast, person: Person, visitor: Client) -> None:
    """practice P12: first visit ≤ 16. Card 1; met 1, five areas, three safety items, save 1 (day and mode
    are chosen already)."""
    taps = [
        "card",
        "met",
        *(n for n in filled() if n.startswith("area_")),
        "gas",
        "water_heating",
        "electricity",
        "save",
    ]
    assert len(taps) == 11
    answer = visitor.post(url(person), filled())
    assert answer.status_code == 302
    visit = Visit.objects.get()
    assert (visit.gas, visit.mode, visit.visited_on, visit.part_of_day) == (8, "home", DAY, "pm")


def test_a_routine_visit_takes_eleven_taps_and_copies_what_was_said_last_time(
    cast: Cast, person: Person, visitor: Client
) -> None:
    """practice P12: routine ≤ 12."""
    before(person, cast.visitor, mobility=1, income=1)
    same = {f"area_{code}": "same" for code in ("health", "mind", "hygiene", "dwelling")}
    assert visitor.post(url(person), filled(**same)).status_code == 302
    visit = Visit.objects.latest("pk")
    assert (visit.mobility, visit.income) == (1, 0)


def test_a_call_takes_ten_taps_and_marks_what_nobody_saw(cast: Cast, person: Person, visitor: Client) -> None:
    """practice P12: phone ≤ 10: card, mode, met, five areas, one for safety, save."""
    before(person, cast.visitor)
    call = {f"area_{code}": "same" for code in ("health", "mind", "hygiene", "dwelling")} | {
        "mode": "phone", "area_safety": "unseen", "gas": None, "water_heating": None, "electricity": None,
    }  # fmt: skip
    data = filled(**call)
    assert len([n for n in data if n.startswith("area_")] + ["card", "mode", "met", "save"]) == 10
    assert visitor.post(url(person), data).status_code == 302
    visit = Visit.objects.latest("pk")
    assert (visit.gas, visit.electricity) == (9, 9)
    assert visit.extra["reasons"]["gas"] == "phone"


def test_safety_is_never_taken_over_and_is_asked_on_every_home_visit(
    cast: Cast, person: Person, visitor: Client
) -> None:
    before(person, cast.visitor)
    answer = visitor.post(url(person), filled(gas=None, area_health="same"))
    assert answer.status_code == 422
    assert "燃气：每次都要现看，请选一个" in answer.content.decode()


def test_only_what_changed_is_answered_in_an_area_with_a_change(
    cast: Cast, person: Person, visitor: Client
) -> None:
    before(person, cast.visitor, speech=1)
    same = {f"area_{code}": "same" for code in ("mind", "hygiene", "dwelling")}
    data = filled(**same, area_health="changed", mobility="2", note_mobility="右膝疼半个月")
    assert visitor.post(url(person), data).status_code == 302
    visit = Visit.objects.latest("pk")
    assert (visit.speech, visit.mobility, visit.illness) == (1, 2, 0)
    assert visit.notes == {"mobility": "右膝疼半个月"}


def test_a_change_without_an_item_is_asked_for(cast: Cast, person: Person, visitor: Client) -> None:
    page = visitor.post(url(person), filled(area_family="changed")).content.decode()
    assert "家庭状况：请点出是哪一项" in page


def test_what_was_not_seen_last_time_is_looked_at_this_time(
    cast: Cast, person: Person, visitor: Client
) -> None:
    before(person, cast.visitor, mode="phone", indoor=9, reasons={"indoor": "phone"})
    same = {f"area_{code}": "same" for code in ("health", "mind", "dwelling")}
    refused = visitor.post(url(person), filled(**same))
    assert "室内环境：请选一个" in refused.content.decode()
    told = {f: "0" for f in ("personal_hygiene", "home_hygiene", "surroundings_hygiene", "indoor", "outdoor")}
    assert visitor.post(url(person), filled(**same, **told)).status_code == 302


def test_everything_typed_stays_when_something_is_missing(
    cast: Cast, person: Person, visitor: Client
) -> None:
    data = filled(met=None, remark="她说下周去福州看病", companions="林月香", phrases=["fraud"], gas="2")
    answer = visitor.post(url(person), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请选见到谁了" in page
    for kept in ("她说下周去福州看病", "林月香", 'value="fraud" id="id_phrases_1" checked', data["key"]):
        assert kept in page.replace("\n", " "), kept
    assert page.count('href="#id_met"') == 1
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": "other", "on": ""}, "请填是哪一天"),
        ({"day": "other", "on": "昨天"}, "日期不对，请写成2026-11-24这样"),
        ({"day": "other", "on": "2026-12-25"}, "日期晚于今天"),
        ({"day": "other", "on": "1930-11-05"}, "日期早于本人出生"),
        ({"day": "tomorrow"}, "请重新选哪天去的"),
        ({"shown_on": "2026-01-01"}, "这一页开得太久"),
        ({"mode": "fax"}, "请重新选"),
        ({"mode": "more", "mode_more": ""}, "请选是哪一种"),
        ({"met": "none"}, "记一次没见到"),
        ({"met": "away"}, "最近一次联系是几月"),
        ({"gas": "77"}, "“燃气”没有这一项"),
        ({"area_health": None}, "健康状况还没选"),
        ({"area_health": "same"}, "请重新选"),
        ({"gas": None, "unseen_gas": "phone"}, "这次是当面巡访"),
        ({"remark": "长" * 501}, "写得太长了，请压到500字以内"),
        ({"private": "on"}, "请写几句是什么情况"),
        ({"companions": "人" * 61}, "最多写60个字"),
        ({"key": "不是"}, "请刷新页面"),
        ({"report": "maybe"}, "请重新选"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_each_wrong_answer_says_what_is_wrong(
    cast: Cast, person: Person, visitor: Client, changes: dict[str, Any], words: str
) -> None:
    answer = visitor.post(url(person), filled(**changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Visit.objects.exists()


def test_out_of_scope_does_not_exist_and_a_wrong_post_is_refused(cast: Cast, person: Person) -> None:
    other = make_person(cast, assignee=make_user("别人", "13800000998", Role.VISITOR, cast.village))
    for name in ("visit_new", "attempt_new"):
        assert signed_in(cast.visitor).get(url(other, name)).status_code == 404
        assert signed_in(cast.neighbour).get(url(person, name)).status_code == 403
        assert signed_in(cast.township_head).get(url(person, name)).status_code == 403
        assert signed_in(cast.township_clerk).get(url(person, name)).status_code == 200
    assert signed_in(cast.visitor).post(url(other, "draft"), filled()).status_code == 404
    visit = before(person, cast.visitor)
    page = reverse("visits_records:visit", args=[visit.uuid])
    assert signed_in(cast.neighbour).get(page).status_code == 404
    assert signed_in(cast.township_head).get(page).status_code == 200


def test_two_presses_of_one_page_are_one_record(cast: Cast, person: Person, visitor: Client) -> None:
    data = filled(last="none")
    visitor.post(url(person), data)
    answer = visitor.post(url(person), data, follow=True)
    assert "没有重复" in answer.content.decode()
    assert Visit.objects.count() == 1


def test_one_page_sent_with_two_texts_shows_both_and_the_second_may_take_over(
    cast: Cast, person: Person, visitor: Client
) -> None:
    data = filled(remark="第一次写的", last="none")
    visitor.post(url(person), data)
    answer = visitor.post(url(person), data | {"remark": "第二次写的"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "第一次写的" in page
    assert page.count("第二次写的") >= 2
    form = answer.context["form"]
    again = data | {
        "remark": "第二次写的", "key": form["key"].value(), "replaces": form["replaces"].value(),
        "void_reason": form["void_reason"].value(),
    }  # fmt: skip
    assert visitor.post(url(person), again).status_code == 302
    assert Visit.objects.valid().get().remark == "第二次写的"
    assert Visit.objects.exclude(voided_at=None).get().remark == "第一次写的"


def test_somebody_elses_record_of_the_day_is_offered_for_joining(
    cast: Cast, person: Person, visitor: Client
) -> None:
    theirs = before(person, cast.village_head, visited_on=DAY)
    page = visitor.post(url(person), filled(remark="我也去了", last="none")).content.decode()
    assert "把我加为同行人" in page
    assert "我也去了" in page
    visitor.post(reverse("visits_records:visit_join", args=[theirs.uuid]), filled())
    theirs.refresh_from_db()
    assert theirs.companions == cast.visitor.name
    assert visitor.post(url(person), filled(second="on", last="none")).status_code == 302


def test_after_saving_the_next_person_of_the_hamlet_comes(
    cast: Cast, person: Person, visitor: Client
) -> None:
    make_person(cast, name="远处的人", hamlet="后溪")
    near = make_person(cast, name="黄玉钗", hamlet="上洋")
    Person.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    schedule.generate(on=DAY)
    assert "下一位是上洋的黄玉钗" in visitor.get(url(person)).content.decode()
    answer = visitor.post(url(person), filled(action="next"))
    assert answer.url == url(near)


def test_when_nobody_is_left_the_way_goes_home(cast: Cast, person: Person, visitor: Client) -> None:
    assert "没有别的人要访了" in visitor.get(url(person)).content.decode()
    assert visitor.post(url(person), filled(action="next")).url == reverse("home")


def test_a_change_is_passed_on_and_the_page_says_that_the_duty_is_done(
    cast: Cast, person: Person, visitor: Client
) -> None:
    data = filled(area_family="changed", income="12")
    answer = visitor.post(url(person), data, follow=True)
    assert "变化已报给民政办，后面由民政办办，您不用再报" in answer.content.decode()


def test_the_season_is_asked_in_season_only(cast: Cast, person: Person, visitor: Client) -> None:
    assert "这次不用填季节内容" in visitor.get(url(person)).content.decode()
    with time_machine.travel(datetime(2026, 12, 3, 7, tzinfo=UTC), tick=False):
        client = signed_in(cast.visitor)
        page = client.get(url(person)).content.decode()
        assert "屋里冷不冷" in page
        assert 'data-only="s_heating" data-only-values="40 50 60"' in page
        assert "烧火取暖的才点" in page  # reads right where no script hides it
        data = filled(shown_on="2026-12-03")
        refused = client.post(url(person), data)
        assert "屋里冷不冷：上门时要看一看" in refused.content.decode()
        fire = client.post(url(person), data | {"s_warmth": "1", "s_heating": ["40"]})
        assert "烧火时通风吗" in fire.content.decode()
        # an answer that was given before, and is hidden by now, is no part of the record
        data |= {"s_warmth": "1", "s_heating": ["10"], "s_ventilated": "2"}
        assert client.post(url(person), data).status_code == 302
    assert Visit.objects.get().extra["season"]["answers"] == {"warmth": 1, "heating": [10]}


def test_a_visit_typed_for_the_season_is_asked_about_the_season_of_its_day(
    cast: Cast, person: Person, visitor: Client
) -> None:
    data = filled(day="other", on="2026-10-10")
    page = visitor.post(url(person), data).content.decode()
    assert "漏雨、积水：上门时要看一看" in page
    assert 'name="s_leak"' in page


def test_self_care_is_asked_of_tekun_only(cast: Cast, person: Person, visitor: Client) -> None:
    assert "自己照料自己" not in visitor.get(url(person)).content.decode()
    alone = make_person(cast, groups=("tekun",))
    assert "还没选，特困人员每次都要看" in visitor.post(url(alone), filled()).content.decode()
    visitor.post(url(alone), filled(area_self_care="changed", care_lost=["washing", "walking"]))
    assert Visit.objects.get(person=alone).extra["self_care"]["washing"] is False
    page = visitor.get(url(alone)).content.decode()
    assert "上次：室内走动、洗澡做不了，其他都能" in page


def test_a_child_is_asked_about_guardian_and_harm(cast: Cast, visitor: Client) -> None:
    child = make_person(cast, groups=("left_behind",), birth=date(2016, 5, 5), name="林小宝")
    assert "孩子的情况" in visitor.get(url(child)).content.decode()
    assert "安全和网络：每次都要现看" in visitor.post(url(child), filled(area_minor="good")).content.decode()
    answer = visitor.post(url(child), filled(area_minor="good", harm="0"))
    assert answer.status_code == 302
    assert Visit.objects.get(person=child).extra["minor"]["harm"] == 0


def test_a_note_not_for_the_village_is_hidden_from_the_village(cast: Cast, person: Person) -> None:
    visitor = signed_in(cast.visitor)
    visitor.post(url(person), filled(remark="儿子打她", private="on"))
    page = reverse("visits_records:visit", args=[Visit.objects.get().uuid])
    for user in (cast.visitor, cast.village_head, cast.liaison):
        shown = signed_in(user).get(page).content.decode()
        assert "儿子打她" not in shown
        assert "另有情况已报" in shown
    for user in (cast.township_clerk, cast.township_head, cast.county_officer):
        assert "儿子打她" in signed_in(user).get(page).content.decode()


def test_a_correction_keeps_the_note_that_its_author_may_not_read(cast: Cast, person: Person) -> None:
    visitor = signed_in(cast.visitor)
    visitor.post(url(person), filled(remark="儿子打她", private="on"))
    old = Visit.objects.get()
    form = visitor.get(f"{url(person)}?replaces={old.uuid}").context["form"]
    assert "儿子打她" not in str(form.initial)
    data = filled(replaces=str(old.uuid), void_reason="燃气选错了", gas="0", key=str(form["key"].value()))
    assert visitor.post(url(person), data).status_code == 302
    new = Visit.objects.valid().get()
    assert (new.gas, new.private_note) == (0, "儿子打她")


def test_a_correction_starts_from_every_answer_that_was_given(
    cast: Cast, person: Person, visitor: Client
) -> None:
    old = before(person, cast.visitor, mobility=2, income=12, notes={"mobility": "摔过"}, remark="慢慢来")
    form = visitor.get(f"{url(person)}?replaces={old.uuid}").context["form"]
    data = {
        name: form[name].value()
        for name in form.fields
        if str(form[name].value()) not in ("None", "", "[]", "False")
    } | {"void_reason": "日期写错", "day": "other", "on": "2026-10-21", "action": "save"}
    answer = visitor.post(url(person), data)
    assert answer.status_code == 302, answer.context["form"].errors
    new = Visit.objects.valid().get()
    assert new.ratings == old.ratings
    assert (new.visited_on, new.notes, new.remark) == (date(2026, 10, 21), {"mobility": "摔过"}, "慢慢来")


def test_voiding_asks_one_question_and_keeps_the_record(cast: Cast, person: Person, visitor: Client) -> None:
    visit = before(person, cast.visitor)
    page = reverse("visits_records:visit_void", args=[visit.uuid])
    assert "这一次不算访过" in visitor.get(page).content.decode()
    assert "请写为什么作废" in visitor.post(page, {"reason": ""}).content.decode()
    shown = visitor.post(page, {"reason": "选错人了"}, follow=True).content.decode()
    assert "这份记录已经作废" in shown
    assert "填错了，更正" not in shown


def test_the_page_of_a_record_shows_what_changed_since_last_time(cast: Cast, person: Person) -> None:
    before(person, cast.visitor)
    visit = before(person, cast.visitor, visited_on=DAY, mobility=1, told=0)
    shown = signed_in(cast.county_officer).get(reverse("visits_records:visit", args=[visit.uuid]))
    page = shown.content.decode()
    assert "要拄拐、要人扶" in page
    assert "上次：行动自如" in page
    assert "填错了，更正" not in page
    assert "⟦" not in page


def test_ten_people_cost_what_one_costs(
    cast: Cast, person: Person, visitor: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(9):
        before(make_person(cast), cast.visitor)
    before(person, cast.visitor)
    with django_assert_max_num_queries(30):
        visitor.get(url(person))
    visit = Visit.objects.filter(person=person).get()
    with django_assert_max_num_queries(24):
        visitor.get(reverse("visits_records:visit", args=[visit.uuid]))


# drafts


def test_a_draft_keeps_what_is_not_valid_yet_and_comes_back(
    cast: Cast, person: Person, visitor: Client
) -> None:
    data = {
        "key": str(uuid.uuid4()),
        "shown_on": DAY.isoformat(),
        "mode": "phone",
        "gas": "2",
        "remark": "写到一半",
    }
    answer = visitor.post(url(person, "draft"), data, headers={"x-autosave": "1"})
    assert answer.json() == {"saved": "15:30"}
    page = visitor.get(url(person))
    assert "接着写：11月24日 周二 15:30存的" in page.content.decode()
    assert "写到一半" in page.content.decode()
    assert str(page.context["form"]["key"].value()) == data["key"]
    assert page.context["form"]["mode"].value() == "phone"


def test_a_draft_is_for_its_author_only(cast: Cast, person: Person, visitor: Client) -> None:
    visitor.post(url(person, "draft"), filled(remark="只给我自己看"), headers={"x-autosave": "1"})
    assert "只给我自己看" not in signed_in(cast.village_head).get(url(person)).content.decode()


def test_without_javascript_the_form_keeps_a_draft_by_its_button(
    cast: Cast, person: Person, visitor: Client
) -> None:
    answer = visitor.post(url(person), filled(action="draft", remark="先存"), follow=True)
    assert "先存好了，下次进来接着写" in answer.content.decode()
    assert "先存" in answer.content.decode()
    assert not Visit.objects.exists()


def test_yesterdays_today_is_yesterday(cast: Cast, person: Person, visitor: Client) -> None:
    visitor.post(url(person, "draft"), filled(), headers={"x-autosave": "1"})
    with time_machine.travel(AT + timedelta(days=1), tick=False):
        form = signed_in(cast.visitor).get(url(person)).context["form"]
        assert form["day"].value() == "yesterday"
        assert form["shown_on"].value() == "2026-11-25"
    with time_machine.travel(AT + timedelta(days=3), tick=False):
        form = signed_in(cast.visitor).get(url(person)).context["form"]
        assert (form["day"].value(), form["on"].value()) == ("other", "2026-11-24")


def test_a_page_left_open_over_midnight_means_the_day_it_was_opened(
    cast: Cast, person: Person, visitor: Client
) -> None:
    data = filled()
    with time_machine.travel(AT + timedelta(hours=9), tick=False):
        signed_in(cast.visitor).post(url(person), data)
    assert Visit.objects.get().visited_on == DAY


def test_a_draft_is_thrown_away_when_its_author_says_so(cast: Cast, person: Person, visitor: Client) -> None:
    visitor.post(url(person, "draft"), filled(remark="不要了"), headers={"x-autosave": "1"})
    visitor.post(url(person, "draft"), {"action": "drop"})
    assert not Draft.objects.exists()


def test_a_draft_without_a_page_key_is_refused_in_chinese(
    cast: Cast, person: Person, visitor: Client
) -> None:
    answer = visitor.post(url(person, "draft"), {"remark": "x"}, headers={"x-autosave": "1"})
    assert answer.status_code == 422
    assert answer.json()["error"] == "没存上，请刷新页面再试。"


def test_a_draft_keeps_no_more_than_the_form_can_hold(cast: Cast, person: Person, visitor: Client) -> None:
    data = filled(remark="长" * 5000) | {"csrfmiddlewaretoken": "x", "nonsense": "y"}
    visitor.post(url(person, "draft"), data, headers={"x-autosave": "1"})
    kept = Draft.objects.get().body
    assert len(kept["remark"][0]) == 600
    assert not {"csrfmiddlewaretoken", "nonsense", "action"} & set(kept)


def test_a_correction_that_was_interrupted_goes_on_as_a_correction(
    cast: Cast, person: Person, visitor: Client
) -> None:
    old = before(person, cast.visitor)
    data = filled(replaces=str(old.uuid), remark="改到一半", void_reason="选错")
    visitor.post(url(person, "draft"), data, headers={"x-autosave": "1"})
    for address in (url(person), f"{url(person)}?replaces={old.uuid}"):
        page = visitor.get(address).content.decode()
        assert f"更正第{old.record_no}号" in page
        assert "改到一半" in page
    services.void(visit_id=old.pk, reason="别人作废的", by=cast.township_clerk, at=AT)
    page = visitor.get(url(person)).content.decode()
    assert "改到一半" in page
    assert "更正第" not in page
    assert str(old.uuid) not in page


# tries


def test_a_try_is_recorded_with_its_next_day(cast: Cast, person: Person, visitor: Client) -> None:
    data = {
        "key": str(uuid.uuid4()),
        "shown_on": DAY.isoformat(),
        "day": "today_pm",
        "mode": "home",
        "outcome": "not_home",
    }
    answer = visitor.post(url(person, "attempt_new"), data)  # three days later, without a tap
    assert Attempt.objects.get().next_on == DAY + timedelta(days=3)
    assert answer.url == reverse("home")
    page = visitor.get(url(person, "attempt_new")).content.decode()
    assert "下次11月27日 周五去" in page
    assert "今年没见到的" in page


@pytest.mark.parametrize("outcome", ["died", "moved"])
def test_who_reports_somebody_gone_takes_the_name_off_the_lists_in_the_same_press(
    cast: Cast, person: Person, visitor: Client, outcome: str
) -> None:
    data = {
        "key": str(uuid.uuid4()), "shown_on": DAY.isoformat(), "day": "today_pm", "mode": "home",
        "outcome": outcome, "left_when": "yesterday",
    }  # fmt: skip
    answer = visitor.post(url(person, "attempt_new"), data)
    assert answer.url == reverse("visits_desk:person", args=[person.uuid])
    assert "记错了，撤销" in visitor.get(answer.url).content.decode()
    person.refresh_from_db()
    assert person.left_on == DAY - timedelta(days=1)


def test_all_eight_outcomes_stand_on_the_page_with_what_comes_next(
    cast: Cast, person: Person, visitor: Client
) -> None:
    page = visitor.get(url(person, "attempt_new")).content.decode()
    for words in (
        "不在家",
        "拒访",
        "住院",
        "外出",
        "失联",
        "服刑·戒毒",
        "去世",
        "迁出",
        "打110",
        "名单上马上就没有",
    ):
        assert words in page
    assert page.index("tel:110") < page.index("<form")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcome": ""}, "请点一下是什么情况"),
        ({"outcome": "angry"}, "请重新选"),
        ({"again": "other", "again_on": ""}, "请填哪一天再去"),
        ({"again": "other", "again_on": "2026-11-01"}, "下次要在今天以后"),
        ({"day": "other", "on": "2027-01-01"}, "日期晚于今天"),
        ({"note": "长" * 201}, "请压到200字以内"),
    ],
)
def test_a_try_with_something_wrong_says_what(
    cast: Cast, person: Person, visitor: Client, changes: dict[str, str], words: str
) -> None:
    data = {
        "key": str(uuid.uuid4()), "shown_on": DAY.isoformat(), "day": "today_pm", "mode": "home",
        "outcome": "not_home", "again": "3",
    }  # fmt: skip
    answer = visitor.post(url(person, "attempt_new"), data | changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_every_item_has_a_place_on_the_form(cast: Cast, person: Person, visitor: Client) -> None:
    page = visitor.get(url(person)).content.decode()
    for code in ITEM_CODES:
        assert f'name="{code}"' in page
        assert f'name="note_{code}"' in page
    assert len(page.encode()) < 100_000
