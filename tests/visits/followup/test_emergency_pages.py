"""J4 on pages: the telephones first, one press, who has it, what became of it; the list; before a holiday."""

import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import handover
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, make_user, signed_in
from tests.visits.followup.test_emergencies import AT, HOUR, TODAY, shift, told
from tests.world import evening, visit
from visits.core.models import NoticeWay
from visits.followup.models import ChangeReport, Emergency
from visits.followup.selectors import emergencies as selectors
from visits.followup.selectors import holiday as holidays
from visits.followup.services import emergencies as service
from visits.followup.services import emergency_changes
from visits.roster.models import Membership, Person
from visits.roster.services import common, merging


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def of(row: Emergency, act: str = "") -> str:
    return reverse(f"visits_followup:emergency{act}", args=[row.uuid])


def text_of(cast: Cast, who: str, url: str, **query: Any) -> str:
    return signed_in(getattr(cast, who)).get(url, query).content.decode()


# ── telling ──────────────────────────────────────────────────────────────────────────────────────


def test_a_press_with_nothing_else_is_saved_and_the_page_says_to_ring(cast: Cast) -> None:
    person = make_person(cast)
    url = reverse("visits_followup:emergency_of", args=[person.uuid])
    client = signed_in(cast.visitor)
    answer = client.post(url, {"key": str(uuid.uuid4())}, follow=True)
    row = Emergency.objects.get()
    assert (row.kind, row.person) == ("other", person)
    page = answer.content.decode()
    assert "系统不会替您打" in page
    assert "没有写打了哪个电话" in page


def test_what_was_written_is_kept_as_it_was_said(cast: Cast) -> None:
    client = signed_in(cast.visitor)
    body = {"key": str(uuid.uuid4()), "about": "不认识的老人，桥头", "unit": "", "kind": "ill", "words": "摔倒", "called": ["120", "duty"],
            "called_at": "8点半", "called_words": "说20分钟到", "found": "today", "found_time": "19：30"}  # fmt: skip
    assert client.post(reverse("visits_followup:emergency_new"), body).status_code == 302
    row = Emergency.objects.get()
    assert row.called == [["120", "", "8点半 说20分钟到"], ["duty", "", "8点半 说20分钟到"]]
    assert row.found_at == AT - HOUR / 2
    assert (row.about, row.village_id) == ("不认识的老人，桥头", cast.village.pk)
    assert "120急救，8点半 说20分钟到" in client.get(of(row)).content.decode()


def test_a_call_before_it_was_found_is_a_warning_and_no_refusal(cast: Cast) -> None:
    person = make_person(cast)
    url = reverse("visits_followup:emergency_of", args=[person.uuid])
    body = {
        "key": str(uuid.uuid4()),
        "called": ["120"],
        "called_at": "19:00",
        "found": "today",
        "found_time": "19:30",
    }
    answer = signed_in(cast.visitor).post(url, body, follow=True)
    assert "打电话的时间比发现的时间早" in answer.content.decode()
    assert Emergency.objects.get().called == [["120", "19:00", ""]]


def test_a_choice_that_is_none_is_done_without_and_said_and_never_stands_in_the_way(cast: Cast) -> None:
    body = {"key": str(uuid.uuid4()), "about": "桥头的老人", "unit": "999999999", "kind": "x", "called": ["120", "x"],
            "found": "x", "words": "摔倒"}  # fmt: skip
    answer = signed_in(cast.visitor).post(reverse("visits_followup:emergency_new"), body, follow=True)
    row = Emergency.objects.get()
    assert (row.kind, row.words, row.called) == ("other", "摔倒", [["120", "", ""]])
    page = answer.content.decode()
    assert "“什么情况”没有认出来" in page
    assert "没有认出来，先没有记" in page


def test_the_same_page_with_other_words_shows_what_was_told_and_keeps_both(cast: Cast) -> None:
    person = make_person(cast)
    url = reverse("visits_followup:emergency_of", args=[person.uuid])
    client, key = signed_in(cast.visitor), str(uuid.uuid4())
    client.post(url, {"key": key, "kind": "ill"})
    again = client.post(url, {"key": key, "kind": "fire", "words": "灶边着火"})
    page = again.content.decode()
    assert again.status_code == 422
    assert "刚才已经记过一次" in page
    assert "灶边着火" in page
    assert key not in page
    assert Emergency.objects.count() == 1


def test_a_visit_that_saw_an_emergency_brings_its_words(cast: Cast) -> None:
    person = make_person(cast)
    made = visit(person, cast.visitor, TODAY, values={"stress": 13}, notes={"stress": "侄子打她"},
                 police={"told": True, "words": "19:50 嵩口派出所"})  # fmt: skip
    page = text_of(cast, "visitor", reverse("visits_records:visit", args=[made.uuid]))
    url = f"{reverse('visits_followup:emergency_of', args=[person.uuid])}?visit={made.uuid}"
    assert "这次巡访有紧急的" in page
    assert url in page
    form = text_of(cast, "visitor", url)
    for words in ('value="abuse" id="id_kind_4" checked', "受威胁、受虐待", "19:50 嵩口派出所"):
        assert words in form
    client = signed_in(cast.visitor)
    client.post(url, {"key": str(uuid.uuid4()), "visit": str(made.uuid), "kind": "abuse"})
    row = Emergency.objects.get()
    assert (row.visit, row.police, row.police_words) == (made, "told", "19:50 嵩口派出所")
    after = text_of(cast, "visitor", reverse("visits_records:visit", args=[made.uuid]))
    assert "这次巡访有紧急的" not in after
    assert "看这一件" in after
    assert "已经记过一件" in text_of(cast, "visitor", url)


def test_an_ordinary_visit_asks_nothing(cast: Cast) -> None:
    made = visit(make_person(cast), cast.visitor, TODAY)
    assert "紧急的" not in text_of(cast, "visitor", reverse("visits_records:visit", args=[made.uuid]))


# ── who has it ───────────────────────────────────────────────────────────────────────────────────


def test_the_county_sees_it_on_top_of_today_and_takes_it_in_one_press(cast: Cast) -> None:
    row = told(cast, words="灶间摔倒")
    for who in ("county_officer", "county_head", "township_clerk", "township_head"):
        page = text_of(cast, who, "/")
        assert "紧急情况1件没结束" in page
        assert "灶间摔倒" in page
        assert ("我接了" in page) == (who in ("county_officer", "county_head")), who
    client = signed_in(cast.county_officer)
    assert client.post(of(row, "_take")).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.acknowledged_by) == ("acknowledged", cast.county_officer)
    assert "我接了" not in client.get("/").content.decode()
    assert signed_in(cast.township_clerk).post(of(told(cast), "_take")).status_code == 403


NOW = "visits_followup:emergencies_now"


def mark_in(page: str) -> str:
    found = re.search(r'data-mark="([^"]*)"', page)
    assert found, page
    return found[1]


def test_an_open_page_finds_what_has_come_since_and_an_idle_one_costs_little(cast: Cast) -> None:
    officer, clerk = signed_in(cast.county_officer), signed_in(cast.township_clerk)
    shown = mark_in(officer.get("/").content.decode())
    ask = {"headers": {"X-Autosave": "1"}}
    officer.get(reverse(NOW), {"seen": shown}, **ask)
    with CaptureQueriesContext(connection) as queries:
        answer = officer.get(reverse(NOW), {"seen": shown}, **ask)
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(queries) == 5, "\n".join(
        one["sql"][:140] for one in queries
    )  # session, user, posts, lent files, what is open
    row = told(cast, words="灶间摔倒")
    page = officer.get(reverse(NOW), {"seen": shown}, **ask).content.decode()
    assert re.search(r'role="alert">新的紧急情况：[^<]+</p>', page)
    assert "灶间摔倒" in page
    assert 'data-waiting="1"' in page
    assert "<html" not in page
    assert "我接了" in page
    now = mark_in(page)
    assert officer.get(reverse(NOW), {"seen": now}).status_code == 204
    assert mark_in(officer.get("/").content.decode()) == now
    assert "我接了" not in clerk.get(reverse(NOW), {"seen": shown}).content.decode()
    service.acknowledge(emergency_id=row.pk, by=cast.county_head, at=AT)
    page = officer.get(reverse(NOW), {"seen": now}).content.decode()
    assert 'data-waiting="0"' in page
    assert 'role="alert"' not in page  # nothing new: somebody took it
    assert "我接了" not in page


def test_asking_is_not_being_there_and_nobody_else_is_told(cast: Cast) -> None:
    told(cast)
    officer = signed_in(cast.county_officer)
    officer.get("/")
    for minutes in range(0, 31, 5):
        with time_machine.travel(AT + timedelta(minutes=minutes), tick=False):
            assert officer.get(reverse(NOW), headers={"X-Autosave": "1"}).status_code == 200
    with time_machine.travel(AT + timedelta(minutes=31), tick=False):
        assert officer.get(reverse(NOW), headers={"X-Autosave": "1"}).status_code == 302
    assert 'data-waiting="0"' in signed_in(cast.neighbour).get(reverse(NOW)).content.decode()
    assert signed_in(cast.visitor).get(reverse(NOW)).status_code == 403
    assert "data-renew" not in text_of(cast, "visitor", "/")


def test_without_a_channel_no_page_promises_a_next_person(cast: Cast, settings: Any) -> None:
    shift(cast, "county_head")
    shift(cast, place=2, name="陈明", phone="13900001128")
    row = told(cast)
    page = text_of(cast, "county_officer", of(row))
    assert "系统不会打电话、发短信" in page
    assert "打给下一位" not in page
    settings.MAIL_ON = True
    NoticeWay.objects.create(user=cast.county_head, email="head@example.org", wants=NoticeWay.Wants.URGENT)
    page = text_of(cast, "county_officer", of(row))
    assert "20:15还没接，打给下一位陈明（139 0000 1128）" in page


def test_the_page_leads_step_by_step_to_the_end(cast: Cast) -> None:
    row = told(cast, kind="minor")
    client = signed_in(cast.county_officer)
    client.post(of(row, "_take"))
    assert client.post(of(row, "_police"), {"police": "told", "police_words": ""}).status_code == 422
    client.post(of(row, "_police"), {"police": "not_needed", "police_words": "奶奶买菜去了，已回"})
    client.post(of(row, "_details"), {"details": "孩子一个人在家两小时"})
    wrong = client.post(of(row, "_close"), {"outcome": ""})
    assert wrong.status_code == 422
    assert "请写一句结果" in wrong.content.decode()
    client.post(of(row, "_close"), {"outcome": "奶奶在家了"})
    row.refresh_from_db()
    assert (row.state, row.police) == ("closed", "not_needed")
    page = client.get(of(row)).content.decode()
    assert "奶奶在家了" in page
    assert "<form" not in page.split("<main")[1].split("</main")[0]


def test_details_that_are_late_are_said_and_still_taken(cast: Cast) -> None:
    row = told(cast)
    service.acknowledge(emergency_id=row.pk, by=cast.county_officer, at=AT)
    with time_machine.travel(AT + 25 * HOUR, tick=False):
        duty_of(cast.visitor, TODAY)
        client = signed_in(cast.visitor)
        assert "过了24小时" in client.get(of(row)).content.decode()
        assert client.post(of(row, "_details"), {"details": "送了医院"}).status_code == 302


# ── where else it is seen ────────────────────────────────────────────────────────────────────────


def test_it_stands_on_the_persons_page_but_what_is_private_only_for_whom_it_is_meant(cast: Cast) -> None:
    person = make_person(cast)
    told(cast, by="liaison", person_id=person.pk, kind="abuse", words="儿媳打她")
    url = reverse("visits_desk:person", args=[person.uuid])
    for who in ("liaison", "township_clerk", "county_officer"):
        page = text_of(cast, who, url)
        for words in ("紧急情况没结束", "儿媳打她", "受虐待"):
            assert words in page, (who, words)
    for who in ("visitor", "village_head"):
        page = text_of(cast, who, url)
        assert "另有情况已报" in page, who
        assert "儿媳打她" not in page, who
        assert "受虐待、遗弃" not in page, who
        assert "儿媳打她" not in text_of(cast, who, "/")
        assert "儿媳打她" not in text_of(cast, who, reverse("visits_followup:emergencies"))


def test_it_goes_onto_the_list_of_changes_without_being_typed_again(cast: Cast) -> None:
    row = told(cast, kind="ill", words="摔断了腿")
    client = signed_in(cast.visitor)
    assert "报给民政办" in client.get(of(row)).content.decode()
    assert client.post(of(row, "_change")).status_code == 302
    report = ChangeReport.objects.get()
    assert (report.person, report.key, report.urgent) == (row.person, row.uuid, True)
    assert "摔断了腿" in report.items[0]["now"]
    client.post(of(row, "_change"))
    assert ChangeReport.objects.count() == 1
    office = text_of(cast, "township_clerk", of(row))
    assert reverse("visits_followup:change", args=[report.uuid]) in office
    assert emergency_changes.report_of(row) == report


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def test_the_list_shows_the_open_ones_first_and_counts_every_filter(cast: Cast) -> None:
    waits, taken, over, false = (told(cast, words=f"第{n}件") for n in range(4))
    who = cast.county_officer
    service.acknowledge(emergency_id=taken.pk, by=who, at=AT + HOUR / 6)
    service.acknowledge(emergency_id=over.pk, by=who, at=AT + HOUR / 2)
    service.close(emergency_id=over.pk, outcome="好了", details="有", by=who, at=AT + HOUR)
    service.close(emergency_id=false.pk, outcome="没事", false_alarm=True, by=cast.township_clerk, at=AT)
    assert list(selectors.listed(who, "all", {})) == [waits, taken, false, over]
    counts = selectors.counts(who, {})
    assert counts == {"open": 2, "waiting": 1, "details": 2, "closed": 1, "false": 1, "all": 4}
    for which, n in counts.items():
        assert selectors.listed(who, which, {}).count() == n
    assert selectors.to_acknowledge(who, {}, AT + HOUR) == (2, 20.0)
    page = text_of(cast, "county_officer", reverse("visits_followup:emergencies"))
    assert "一半在20分钟以内" in page
    assert "第0件" in page
    assert "第3件" not in page


def test_the_city_reads_masked_names_and_opens_one_with_a_reason_only(cast: Cast) -> None:
    row = told(cast, words="灶间摔倒")
    told(cast, about="王五，桥头")
    page = text_of(cast, "city_supervisor", reverse("visits_followup:emergencies"))
    assert "林**" in page
    assert "不在名单的人" in page
    for words in ("林依妹", "王五", "灶间摔倒", f'href="{of(row)}"'):
        assert words not in page
    assert page.count("写明理由后查看</a>") == 1  # somebody without a file has none to open
    gate = signed_in(cast.city_supervisor).get(of(row))
    assert row.person is not None
    assert gate["Location"].startswith(reverse("visits_roster:look", args=[row.person.uuid]))


def test_ten_and_a_hundred_cost_the_same(cast: Cast) -> None:
    client, url = signed_in(cast.county_officer), reverse("visits_followup:emergencies")
    person = make_person(cast)
    client.get(url)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(url)
        return len(found)

    told(cast, person_id=person.pk)
    few = queries()
    for _ in range(12):
        told(cast, person_id=person.pk)
    assert queries() == few


# ── people move, files merge, officers leave ─────────────────────────────────────────────────────


def test_what_is_open_goes_with_the_person_and_what_is_over_stays(cast: Cast) -> None:
    person = make_person(cast)
    open_, over = told(cast, person_id=person.pk), told(cast, person_id=person.pk)
    service.close(emergency_id=over.pk, outcome="没事", false_alarm=True, by=cast.county_officer, at=AT)
    there = cast.other_village

    Person.objects.filter(pk=person.pk).update(village_id=there.pk, township_id=there.township_id)
    common.tell([person.pk])
    open_.refresh_from_db()
    over.refresh_from_db()
    assert (open_.village_id, over.village_id) == (there.pk, cast.village.pk)


def test_what_is_open_goes_into_the_file_that_is_kept_and_back(cast: Cast) -> None:
    kept, merged = make_person(cast), make_person(cast, village=cast.other_village)
    row = told(cast, by="township_clerk", person_id=merged.pk)
    clerk = cast.township_clerk
    made = merging.merge(kept_id=kept.pk, merged_id=merged.pk, take=(), reason="换过证", by=clerk, at=AT)
    row.refresh_from_db()
    assert (row.person, row.village_id) == (kept, kept.village_id)
    merging.unmerge(merge_id=made.pk, by=clerk, at=AT)
    row.refresh_from_db()
    assert (row.person, row.village_id) == (merged, merged.village_id)


def test_what_somebody_took_stays_with_the_office_they_leave(cast: Cast) -> None:
    row = told(cast)
    officer = cast.county_officer
    service.acknowledge(emergency_id=row.pk, by=officer, at=AT)
    boss = cast.system_admin
    piles = {pile.kind.code: pile for pile in handover.piles(officer, boss.duty, TODAY)}
    assert (piles["emergencies"].count, piles["emergencies"].region) == (1, cast.county)
    assert piles["emergencies"].settled  # the county's head goes on with it
    make_user("另一位", "13800000302", "county_officer", cast.county)
    handover.hand_over(user_id=officer.pk, plan=handover.Plan(last_day=TODAY), by=boss, at=AT, on=TODAY)
    row.refresh_from_db()
    assert row.acknowledged_by == officer


# ── before a holiday ─────────────────────────────────────────────────────────────────────────────

EVE = date(2026, 9, 29)


def test_before_a_long_holiday_offices_are_told_and_shown_what_it_leaves_open(cast: Cast) -> None:
    with time_machine.travel(evening(EVE), tick=False):
        cast.refresh(EVE)
        old = make_person(
            cast, name="黄玉钗", groups=("old_alone",), birth=date(1938, 2, 3), phone="13800004471"
        )
        ill = make_person(cast, name="郑水清", groups=())
        Membership.objects.create(
            person=ill, group_id="sudden", starts_on=EVE, event="illness", event_on=EVE, basis="县医院证明"
        )
        make_person(cast, name="陈依金")
        page = text_of(cast, "township_clerk", "/")
        assert "国庆节放假7天" in page
        assert "国庆节" not in text_of(cast, "visitor", "/")
        text = text_of(cast, "township_clerk", reverse("visits_followup:holiday"))
        for words in (
            "黄玉钗",
            "郑水清",
            "80岁以上独居",
            "有重病",
            "没排：9月30日夜里、10月1日",
            "138 0000 4471",
        ):
            assert words in text, words
        assert "陈依金" not in text
        fill = (
            reverse("visits_followup:shifts")
            + f"?unit={cast.township.pk}&amp;month=2026-09&amp;days=2026-09-30,2026-10-01"
        )
        assert fill in text
        assert [person.pk for person in holidays.in_need(cast.township_clerk, EVE)] == [old.pk, ill.pk]
        ready = text_of(cast, "township_clerk", fill.replace("&amp;", "&"))
        assert "9月30日 \n10月1日 " in ready


def test_on_an_ordinary_day_nothing_is_said_of_a_holiday(cast: Cast) -> None:
    assert "放假" not in text_of(cast, "county_officer", "/").split("<main")[1].split("现在值班")[0]
