"""Home pages: each role finds its work, with counts that are the length of what they link to."""

import html
import re
import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Post, Region
from accounts.roles import Role
from tests.cast import make_person, make_user, signed_in
from tests.visits.desk.world import TODAY, item, line, monthly, name_under, sheet, visit
from visits.followup.models import ChangeReport
from visits.records.models import Attempt
from visits.schedule.models import DueItem
from visits.schedule.periods import Quarter

pytestmark = pytest.mark.django_db


def page(client, url="/", status=200):
    response = client.get(url)
    assert response.status_code == status, url
    text = response.content.decode()
    assert "⟦" not in text
    return text


def due_person(cast, n=0, *, due=date(2026, 12, 31), **values):
    person = make_person(cast, **{"name": f"林依{n}", **values})
    item(person, date(2026, 10, 1), date(2026, 12, 31), due_on=due)
    return person


def links_of(text, words):
    return [
        html.unescape(url) for url, said in re.findall(r'href="([^"]*)">([^<]*)</a>', text) if words in said
    ]


def test_a_visitor_finds_the_most_urgent_hamlet_first_with_why_and_how_to_find(cast):
    due_person(cast, 1, hamlet="上洋", phone="13800004471")
    due_person(
        cast, 2, due=date(2026, 11, 20), hamlet="后溪", find_me="竹林边上", mind="耳背", groups=("tekun",)
    )
    text = page(signed_in(cast.visitor))
    assert text.index("后溪") < text.index("上洋")
    assert "今天先看1个人" in text
    assert "1人逾期" in text
    assert "竹林边上" in text
    assert "耳背" in text
    assert "重点对象：每季度至少一次" in text
    assert 'href="tel:13800004471"' in text


def test_the_counts_of_a_visitor_lead_to_exactly_those_people(cast):
    due_person(cast, 1, due=date(2026, 11, 20))
    due_person(cast, 2, due=date(2026, 11, 28))
    due_person(cast, 3)
    client = signed_in(cast.visitor)
    text = page(client)
    for words, name in (("1人逾期", "林依1"), ("1人这几天到期", "林依2")):
        (url,) = links_of(text, words)
        there = page(client, url)
        assert [n for n in ("林依1", "林依2", "林依3") if n in there] == [name]


def test_a_visitor_sees_nobody_elses_people(cast):
    other = make_user("别人", "13800000301", Role.VISITOR, cast.village)
    due_person(cast, 1, assignee=other, name="陈水仙")
    text = page(signed_in(cast.visitor))
    assert "陈水仙" not in text
    assert "现在没有要访的人" in text
    assert "民政办" in text


def test_a_village_head_without_people_of_their_own_sees_the_villages(cast):
    due_person(cast, 1)
    assert "林依1" in page(signed_in(cast.village_head))


def test_tries_in_vain_and_a_draft_show_on_the_card(cast):
    person = due_person(cast, 1, contact_name="林秀云", contact_relation="侄女", contact_phone="13800006602")
    Attempt.objects.create(
        person=person, tried_on=date(2026, 11, 21), mode="home", outcome="not_home", visitor=cast.visitor,
        recorder=cast.visitor, key=uuid.uuid4(), body_digest=b"-", submitted_at=timezone.now(),
        county_id=person.county_id, township_id=person.township_id, village_id=person.village_id,
        next_on=date(2026, 11, 29),
    )  # fmt: skip
    person.drafts.create(author=cast.visitor, saved_at=timezone.now())
    text = page(signed_in(cast.visitor))
    assert "没见到1次（11月21日），约11月29日再去" in text
    assert "人约好今天再去" not in text
    assert "没见到，约好再去的1人" in text
    assert "侄女林秀云" in text
    assert "接着写" in text
    Attempt.objects.update(next_on=TODAY)
    text = page(signed_in(cast.visitor))
    assert "，约好今天再去" in text
    assert links_of(text, "1人约好今天再去") == ["#zaiqu"]
    for client in (signed_in(cast.visitor), signed_in(cast.township_clerk)):
        assert "没见到1次，约好今天再去" in page(client, "/due/")


def test_who_is_done_is_folded_away_and_counted(cast):
    due_person(cast, 1)
    person = make_person(cast, name="陈做完")
    owed = item(person, date(2026, 10, 1), date(2026, 12, 31))
    visit(person, date(2026, 11, 2), cast.visitor, items=[owed])
    text = page(signed_in(cast.visitor))
    assert "本期已访1人" in text
    assert "一共2人" in text
    assert "11月2日上门" in text


def test_everything_done_says_so(cast):
    person = make_person(cast)
    owed = item(person, date(2026, 10, 1), date(2026, 12, 31))
    visit(person, date(2026, 11, 2), cast.visitor, items=[owed])
    assert "这一期都访过了" in page(signed_in(cast.visitor))


def test_the_night_telephones_of_township_and_county_stand_beside_110(cast):
    Region.objects.filter(pk=cast.township.pk).update(duty_phone="059120000119")
    Region.objects.filter(pk=cast.county.pk).update(duty_phone="059120000251")
    text = page(signed_in(cast.visitor))
    assert 'href="tel:110"' in text
    assert 'href="tel:059120000119"' in text
    assert "镇值班室" in text
    assert "县值班室" in text


def test_a_record_sent_back_is_shown_with_its_reason(cast):
    person = make_person(cast, name="陈依金")
    made = visit(person, date(2026, 11, 2), cast.visitor)
    line(sheet(cast.village, Quarter(2026, 4), 1, "signing", cast.liaison), made, 1, returned_by=cast.liaison)
    text = page(signed_in(cast.visitor))
    assert "1份被退回" in text
    assert "缺一句" in text
    assert "陈依金的记录" in text


@pytest.mark.parametrize(("who", "names"), [("village_head", 0), ("liaison", 1), ("township_head", 2)])
def test_a_table_waits_for_the_signer_whose_turn_it_is_and_for_nobody_else(cast, who, names):
    table = sheet(cast.village, Quarter(2026, 3), 1, "signing" if names else "open", cast.visitor)
    for slot, user in zip(range(1, names + 1), (cast.village_head, cast.liaison), strict=False):
        name_under(table, slot, user)
    for other in ("village_head", "liaison", "township_head"):
        assert ("1张表待您签字" in page(signed_in(getattr(cast, other)))) is (other == who)


def test_a_clerk_finds_each_village_with_its_people_and_text_without_names(cast):
    due_person(cast, 1, due=date(2026, 11, 20))
    person = due_person(cast, 2)
    person.assignee = None
    person.save()
    DueItem.objects.filter(person=person).update(assignee=None)
    client = signed_in(cast.township_clerk)
    text = page(client)
    assert "还有2人要访" in text
    assert "1人还没定由谁去访" in text
    (late,) = [url for url in links_of(text, "1") if "state=late" in url and "village" in url]
    assert "林依1" in page(client, late)
    assert "林依2" not in page(client, late)
    copied = re.search(r'id="cuiban"[^>]*>([^<]*)', text)[1]
    assert copied == "截至11月24日，嵩口镇2026年第四季度应访2人，已访0人，逾期1人，未完成：月洲村。"


def test_a_clerk_is_told_which_changes_must_be_filed_by_when(cast):
    person = make_person(cast)
    for found, due in ((20, 24), (23, 25)):
        ChangeReport.objects.create(
            source="call",
            key=uuid.uuid4(),
            person=person, found_on=date(2026, 11, found), due_on=date(2026, 11, due), noted_by=cast.visitor,
            noted_at=timezone.now(), county_id=person.county_id, township_id=person.township_id,
            village_id=person.village_id,
        )  # fmt: skip
    text = page(signed_in(cast.township_clerk))
    assert "2件变化要报</a>，最近的11月24日 周二24:00前。" in text
    ChangeReport.objects.filter(due_on=date(2026, 11, 24)).update(due_on=date(2026, 11, 23))
    text = page(signed_in(cast.township_clerk))
    assert "1件变化超时未报" in text
    assert "2件要报县级，1件超时未报，最近的11月25日 周三24:00前" in text


def test_the_county_finds_signed_tables_by_township(cast):
    sheet(cast.village, Quarter(2026, 3), 1, "signed", cast.liaison)
    text = page(signed_in(cast.county_officer))
    assert "1张确认表待审" in text
    assert "嵩口镇" in text
    assert "确认表待审" not in page(signed_in(cast.neighbour))


def test_the_city_supervisor_goes_to_the_overview(cast):
    response = signed_in(cast.city_supervisor).get("/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/overview"


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("system_admin", "日历"),
        ("city_business", "规定"),
        ("auditor", "看不到任何人的档案"),
        ("inspector", "概览"),
    ],
)
def test_other_roles_find_their_links_in_sentences(cast, who, words):
    assert words in page(signed_in(getattr(cast, who)))


def test_who_has_no_post_is_told_whom_to_ask(cast):
    text = page(signed_in(cast.nobody))
    assert "没有任职" in text
    assert "民政办" in text


def test_who_is_not_signed_in_is_led_to_the_sign_in_page(client, db):
    response = client.get("/")
    assert response.status_code == 302
    assert "sign-in" in response.headers["Location"]


def test_a_clerk_who_also_visits_finds_their_own_people(cast):
    Post.objects.create(
        user=cast.township_clerk, region=cast.village, role=Role.VISITOR, starts_on=date(2020, 1, 1)
    )
    due_person(cast, 1, assignee=cast.township_clerk)
    assert "您自己还要访1人" in page(signed_in(cast.township_clerk))


@pytest.mark.parametrize(
    "who", ["visitor", "village_head", "township_clerk", "township_head", "county_officer"]
)
def test_a_home_page_costs_the_same_queries_for_10_and_100_people(cast, who):
    def queries():
        client = signed_in(getattr(cast, who))
        client.get("/")
        with CaptureQueriesContext(
            connection,
        ) as caught:
            page(client)
        return len(caught)

    crowd(cast, 0, 10)
    few = queries()
    crowd(cast, 10, 100)
    assert queries() == few


def crowd(cast, first, last):
    for n in range(first, last):
        person = due_person(
            cast,
            n,
            due=TODAY + timedelta(days=n % 30 - 3),
            hamlet=("祠堂边", "上洋", "后溪")[n % 3],
            find_me="祠堂后第二家，红木门",
            mind="耳背，说福州话；进门脱鞋",
            phone="13800004471",
            groups=("tekun", "old_alone"),
        )
        if n % 5 == 0:
            owed = item(person, date(2026, 10, 1), date(2026, 10, 31), by=monthly(cast))
            visit(person, date(2026, 10, 5), cast.visitor, items=[owed])


def test_a_visitors_page_with_60_people_stays_under_100_kb(cast):
    crowd(cast, 0, 60)
    assert len(signed_in(cast.visitor).get("/").content) < 100_000


def test_the_letters_and_figures_of_a_page_carry_no_style_or_script(cast):
    crowd(cast, 0, 3)
    text = page(signed_in(cast.visitor))
    assert "style=" not in text
    assert "onclick" not in text
