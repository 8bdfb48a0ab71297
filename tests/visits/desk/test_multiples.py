"""Visits side by side, what the family hears, the card that stays with the person."""

import io
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from tests.cast import make_person, signed_in
from tests.visits.desk.test_homes import page
from tests.visits.desk.world import TODAY, item, visit
from visits.core.models import UnitSetting
from visits.desk import contact_cards, links
from visits.roster.models import Person
from xunfang.kit import files
from xunfang.kit.models import Job, StoredFile

pytestmark = pytest.mark.django_db


def visited(cast, person, count, **values):
    first = person.visits.count()
    for n in range(first, first + count):
        visit(person, TODAY - timedelta(days=20 * n + 1), cast.visitor, record_no=900 + n, **values)


def test_a_file_with_forty_visits_costs_what_one_with_ten_does(cast):
    def cost(person):
        client = signed_in(cast.visitor)
        client.get(f"/person/{person.uuid}")
        with CaptureQueriesContext(connection) as caught:
            text = page(client, f"/person/{person.uuid}")
        return len(caught), len(text.encode())

    person = make_person(cast)
    visited(cast, person, 10)
    few, small = cost(person)
    visited(cast, person, 30)
    many, large = cost(person)
    assert many == few
    assert large < small * 1.1


def test_the_page_of_most_people_asks_fifteen_times(cast):
    """Of what nobody wrote about somebody nothing is asked, kind by kind."""
    person = make_person(cast, groups=("dibao", "tekun"))
    visited(cast, person, 40)
    for user in (cast.visitor, cast.township_clerk, cast.county_officer):
        client = signed_in(user)
        page(client, f"/person/{person.uuid}")  # statements are put together once
        with CaptureQueriesContext(connection) as caught:
            page(client, f"/person/{person.uuid}")
        assert len(caught) <= 15, [row["sql"][:90] for row in caught.captured_queries]
    item(person, TODAY - timedelta(days=10), TODAY + timedelta(days=400))
    with CaptureQueriesContext(connection) as caught:
        assert "至少一次" in page(client, f"/person/{person.uuid}")
    assert len(caught) <= 18, [row["sql"][:90] for row in caught.captured_queries]


@pytest.mark.parametrize("odd", [{"voided": 3}, {"voided": 12}, {"one_day": 14}])
def test_visits_taken_back_and_many_on_one_day_are_all_shown(cast, odd):
    """What the one look at the newest visits does not hold is looked for."""
    person = make_person(cast)
    for n in range(odd.get("one_day", 0)):
        visit(person, TODAY - timedelta(days=1), cast.visitor, record_no=800 + n)
    visited(cast, person, 12)
    taken = list(
        person.visits.order_by("-visited_on", "-pk").values_list("pk", flat=True)[: odd.get("voided", 0)]
    )
    person.visits.filter(pk__in=taken).update(
        voided_at=timezone.now(), voided_by=cast.visitor, void_reason="记错了人"
    )
    text = page(signed_in(cast.visitor), f"/person/{person.uuid}")
    eighth = person.visits.order_by("-visited_on", "-pk").values_list("visited_on", flat=True)[7]
    shown = person.visits.filter(visited_on__gte=eighth)
    assert len(re.findall(r"第\d+号记录", text)) == shown.count()
    assert text.count("作废的记录") == shown.exclude(voided_at=None).count()
    valid = person.visits.filter(voided_at=None).count()
    assert ("近八次看下来" in text, "还没有巡访记录" in text) == (True, valid == 0)
    assert text.count("xf-mult__r") == (18 if valid else 0)


def test_links_that_are_looked_up_once_are_those_of_django(cast):
    person = make_person(cast)
    for view, args in (
        ("visits_desk:person", [person.uuid]),
        ("visits_desk:person_item", [person.uuid, "gas"]),
        ("visits_roster:relative_edit", [person.uuid, 17]),
        ("visits_roster:people", []),
    ):
        assert links.to(view, *args) == links.to(view, *args) == reverse(view, args=args)
    assert links.to("visits_roster:people", page=2, word="") == reverse("visits_roster:people") + "?page=2"


def test_the_newest_eight_stand_in_the_file_and_the_others_by_pages(cast):
    person = make_person(cast)
    visited(cast, person, 17)
    client = signed_in(cast.visitor)
    assert "看更早的，或看成表格" in page(client, f"/person/{person.uuid}")
    seen = []
    for number, count in ((1, 8), (2, 8), (3, 1)):
        text = page(client, f"/person/{person.uuid}/items?page={number}")
        head = text[text.index("<thead>") : text.index("</thead>")]
        assert head.count("<th scope") == count + 1
        seen.append("更早的八次" in text)
    assert seen == [True, True, False]
    assert "没有更多" in page(client, f"/person/{person.uuid}/items?page=4")
    assert "没有更多" not in page(client, f"/person/{person.uuid}/items?page=x")


def test_the_picture_is_also_a_table_in_words(cast):
    person = make_person(cast)
    visit(person, date(2026, 8, 12), cast.visitor, mobility=2)
    visit(person, date(2026, 11, 12), cast.visitor, mobility=9, record_no=77)
    text = page(signed_in(cast.visitor), f"/person/{person.uuid}/items")
    row = text[text.index('<th scope="row"><span class="c">行动能力') :]
    row = row[: row.index("</tr>")]
    assert row.index("需处理") < row.index("没看到")
    assert 'aria-label="行动能力，由远到近：需处理、没看到"' in text


def test_an_item_says_its_words_at_every_visit_the_newest_first(cast):
    person = make_person(cast)
    visit(person, date(2026, 8, 12), cast.visitor, mobility=1, notes={"mobility": "拄竹杖"})
    visit(person, date(2026, 11, 12), cast.visitor, record_no=77)
    client = signed_in(cast.visitor)
    url = f"/person/{person.uuid}/item/mobility"
    assert url in page(client, f"/person/{person.uuid}")
    text = page(client, url)
    assert text.index("2026年11月12日") < text.index("2026年8月12日")
    assert "拄竹杖" in text
    assert client.get(f"/person/{person.uuid}/item/pk").status_code == 404
    assert signed_in(cast.neighbour).get(url).status_code == 404


def test_the_words_for_the_family_hold_nothing_about_health(cast):
    person = make_person(cast, family_notice="yes")
    client = signed_in(cast.visitor)
    assert "给家属的话" not in page(client, f"/person/{person.uuid}")  # nobody has been there yet
    visit(person, TODAY, cast.visitor, illness=2, notes={"illness": "糖尿病"}, remark="血糖高")
    UnitSetting.objects.create(
        region=cast.township, key="office_phone", value="0591-22480123", starts_on=date(2020, 1, 1)
    )
    text = page(client, f"/person/{person.uuid}")
    start = text.index('id="jiashu"')
    words = text[start : text.index("</p>", start)]
    assert "林依妹奶奶：村里11月24日上门看过，一切记在民政档案里，有事请打嵩口镇民政办" in words
    assert "2248" in words
    for secret in ("糖尿病", "血糖", "疾病", "低保"):
        assert secret not in words


def test_the_family_is_asked_once_with_one_tap_and_a_no_is_a_no(cast):
    person = make_person(cast)
    visit(person, TODAY, cast.visitor)
    client = signed_in(cast.visitor)
    assert "家属要不要知道有人来看过" in page(client, f"/person/{person.uuid}")
    url = f"/roster/{person.uuid}/family-notice"
    assert client.post(url, {"answer": "no"}).status_code == 302
    text = page(client, f"/person/{person.uuid}")
    assert "家属要不要知道" not in text
    assert "给家属的话" not in text
    client.post(url, {"answer": "yes"})  # the office's to change
    assert Person.objects.get(pk=person.pk).family_notice == "no"
    assert signed_in(cast.neighbour).post(url, {"answer": "yes"}).status_code in (403, 404)


def test_the_card_says_who_comes_when_and_whom_to_ring_and_not_why(cast):
    cast.township.duty_phone = "059120000119"
    cast.township.save()
    person = make_person(cast, name="林㐀妹", groups=("tekun",), mind="糖尿病")
    item(person, date(2026, 10, 1), date(2026, 12, 31))
    client = signed_in(cast.visitor)
    text = page(client, f"/prints/card/{person.uuid}")
    for words in ("林㐀妹", cast.visitor.name, "12月31日 周四前", "嵩口镇民政办", "镇值班室",
                  "巡访人员不收钱、不问银行卡", "12345"):  # fmt: skip
        assert words in text, words
    for secret in ("特困", "糖尿病", person.id_tail, "季度"):
        assert secret not in text
    assert signed_in(cast.neighbour).get(f"/prints/card/{person.uuid}").status_code in (403, 404)


@pytest.mark.parametrize(("query", "size"), [("pdf=1", (298, 420)), ("pdf=1&four=1", (595, 842))])
def test_a_card_is_one_page_of_its_size_with_the_rare_character_on_it(cast, query, size):
    person = make_person(cast, name="林㐀妹")
    answer = signed_in(cast.visitor).get(f"/prints/card/{person.uuid}?{query}")
    (sheet,) = PdfReader(io.BytesIO(answer.content)).pages
    assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == size
    assert sheet.extract_text().count("㐀") == (4 if "four" in query else 1)


def test_a_visit_that_was_missed_promises_no_day_that_is_over(cast):
    late, done = make_person(cast, name="陈依金"), make_person(cast, name="王木生")
    item(late, date(2026, 10, 1), date(2026, 12, 31), due_on=date(2026, 11, 1))
    assert [card["when"] for card in contact_cards.cards([late, done], TODAY)] == [
        "这几天就来",
        "这一期来过了，下一期再来",
    ]


def test_a_village_is_printed_by_a_worker_four_to_a_sheet(cast):
    for n in range(5):
        make_person(cast, name=f"陈依{n}")
    client = signed_in(cast.township_clerk)
    assert "巡访联系卡" in page(client, "/prints")
    assert client.post(f"/prints/cards/{cast.village.pk}").status_code == 302
    job = Job.objects.get(kind=contact_cards.KIND)
    assert job.payload == {"user_id": cast.township_clerk.pk, "village_id": cast.village.pk}
    contact_cards.make(cast.township_clerk, cast.village, TODAY, lambda *_: None)
    stored = StoredFile.objects.get(kind="contact_cards_pdf")
    assert len(PdfReader(io.BytesIO(files.read(stored))).pages) == 2
    assert client.post(f"/prints/cards/{cast.other_county_village.pk}").status_code == 404


def test_the_cards_of_a_village_cost_the_same_queries_for_10_and_100_people(cast):
    def cost():
        people = list(contact_cards.people_of(cast.township_clerk, cast.village))
        with CaptureQueriesContext(connection) as caught:
            contact_cards.cards(people, TODAY)
        return len(caught)

    for n in range(10):
        make_person(cast, name=f"陈依{n}")
    few = cost()
    for n in range(90):
        make_person(cast, name=f"王依{n}")
    assert cost() == few
