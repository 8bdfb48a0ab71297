"""Papers before a visit: whom they show, that they fit, what happens when no PDF can be made."""

import io
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from pypdf import PdfReader

from accounts.roles import Role
from tests.cast import make_person, make_user, signed_in
from tests.visits.desk.test_homes import page
from tests.visits.desk.world import item, visit
from tests.world import evening
from visits.core.models import UnitSetting
from visits.desk import documents
from visits.records.asking_many import asked_many
from visits.records.forms.seasons import asked_in
from visits.records.models import RoundPaper
from visits.roster.models import Person
from visits.schedule.rounds import services
from visits.schedule.rounds.services import Plan
from xunfang.kit import pdf

pytestmark = pytest.mark.django_db


def due(cast, name, **values):
    person = make_person(cast, name=name, **values)
    item(person, date(2026, 10, 1), date(2026, 12, 31))
    return person


def pages(response):
    assert response.headers["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(response.content)).pages


def round_url(cast):
    return f"/prints/round/{cast.village.pk}"


def printed(client, cast, **data):
    """The round sheet of our village as its reader prints it: a press, then the page of the paper."""
    return client.post(round_url(cast), data, follow=True)


def out_of_season(cast):
    """The county's winter begins too late for a paper of today to ask about it."""
    UnitSetting.objects.create(
        region=cast.county, key="winter", value=["12-30", "02-29"], starts_on=date(2026, 1, 1),
        decided_by=cast.county_head, decided_at=evening(cast.on),
    )  # fmt: skip


def text_of(client, cast):
    response = printed(client, cast)
    assert response.status_code == 200
    assert "⟦" not in response.content.decode()
    return response.content.decode()


def test_a_round_goes_by_hamlet_with_a_masked_number_and_the_last_answers(cast):
    first = due(cast, "林依妹", hamlet="上洋", find_me="红木门", mind="耳背", groups=("tekun",))
    due(cast, "陈依金", hamlet="后溪")
    due(cast, "王木生", hamlet="上洋")
    visit(first, date(2026, 8, 12), cast.visitor, indoor=1)
    text = text_of(signed_in(cast.visitor), cast)
    assert text.index("林依妹") < text.index("王木生") < text.index("陈依金")
    for words in ("永泰县嵩口镇月洲村", "2026年第四季度", "还要访3人", f"尾号{first.id_tail}", "耳背", "红木门",
                  "上次潮湿、昏暗、地滑，现在", "6样都能", "要报民政办", "重点对象 每季度一次"):  # fmt: skip
        assert words in text, words
    assert first.id_number not in text


def test_a_visitors_round_holds_their_own_people_only(cast):
    due(cast, "林依妹")
    due(cast, "陈依金", assignee=make_user("别人", "13800000301", Role.VISITOR, cast.village))
    assert "陈依金" not in text_of(signed_in(cast.visitor), cast)
    assert "陈依金" in text_of(signed_in(cast.village_head), cast)


def test_a_village_outside_ones_scope_is_not_found(cast):
    due(cast, "林依妹")
    Person.objects.update(assignee=None)
    assert signed_in(cast.visitor).post(round_url(cast)).status_code == 404
    assert signed_in(cast.neighbour).post(round_url(cast)).status_code == 404
    assert signed_in(cast.township_clerk).post(f"/prints/round/{cast.township.pk}").status_code == 404
    assert signed_in(cast.township_clerk).post("/prints/round/999999999").status_code == 404
    assert signed_in(cast.city_supervisor).post(round_url(cast)).status_code == 403


def test_a_village_without_people_to_visit_says_so(cast):
    assert "现在没有要访的人，不用打巡访单" in text_of(signed_in(cast.village_head), cast)


@pytest.mark.parametrize(("season", "count"), [(False, 3), (True, 3)])
def test_a_round_with_long_words_breaks_only_between_its_pages(cast, season, count):
    if not season:
        out_of_season(cast)
    for n in range(21):
        person = due(
            cast, f"欧阳依妹{n}", hamlet="山仔里", find_me="祠堂后第二家，红木门，门口有一棵大榕树",
            mind="耳背，站右边说慢一点；进门脱鞋；狗拴在门口", phone="13800000825",
        )  # fmt: skip
        visit(person, date(2026, 8, 12), cast.visitor, indoor=1, illness=2, income=12, mood=2)
    found = pages(printed(signed_in(cast.village_head), cast, pdf="1"))
    assert len(found) == count
    paper = RoundPaper.objects.get()
    assert -(-21 // paper.per_page) == count  # no page of its own runs over into another


@pytest.mark.parametrize("day", [date(2026, 1, 12), date(2026, 5, 6), date(2026, 11, 24)])
def test_the_blank_form_is_one_page_in_every_season(cast, day):
    with time_machine.travel(day, tick=False):
        client = signed_in(cast.township_clerk)
        text = page(client, "/prints/blank")
        found = pages(client.get("/prints/blank", {"pdf": "1"}))
    assert "困难群众巡访表" in text
    assert ("汛期" in text) is (day.month == 5)
    assert len(found) == 1


def test_a_round_has_places_for_the_season_and_for_rounds_and_says_what_their_numbers_mean(cast):
    first, second = due(cast, "林依妹", hamlet="上洋"), due(cast, "王木生", hamlet="上洋")
    client = signed_in(cast.village_head)
    out_of_season(cast)
    assert "冬季" not in text_of(client, cast)
    UnitSetting.objects.all().delete()
    plan = Plan("rain", "暴雨专项巡访", cast.on, cast.on + timedelta(days=2), ("home",), "flood", ("all",),
                questions=("屋后山体有裂缝", "已经转移"))  # fmt: skip
    services.make(
        key=uuid4(), plan=plan, unit_id=cast.township.pk, by=cast.township_clerk, at=evening(cast.on)
    )
    RoundPaper.objects.all().delete()
    text = text_of(client, cast)
    assert text.count("冬季：①＿＿②＿＿③＿＿④＿＿⑤＿＿") == 2
    assert text.count("汛期：①＿＿②＿＿③＿＿") == 2
    assert text.count("暴雨专项巡访：＿＿") == 2
    assert (
        "冬季（12月1日起），上门时看，写编号：①屋里冷不冷 0暖和 1偏冷 2很冷；②用什么取暖 0不用取暖 1空调"
        in text
    )
    assert "③房屋 0没变（没看过的：都不是），变了写编号 1低洼易涝" in text
    assert "暴雨专项巡访，是的写编号：1屋后山体有裂缝 2已经转移" in text
    assert len(pages(client.get(client.post(round_url(cast)).headers["Location"], {"pdf": "1"}))) == 1
    # The numbers are those of the page on which the sheet is typed in.
    row = asked_many([first, second], cast.township_clerk, evening(cast.on))[first.pk]
    for code in ("flood", "winter"):
        for question in asked_in(row.form, code):
            hint = " ".join(f"{n}{option.words}" for n, option in enumerate(question.options))
            assert f"{question.label} {hint}" in text


def test_a_paper_of_before_a_round_stays_as_it_was_laid_out(cast):
    due(cast, "林依妹", hamlet="上洋")
    client = signed_in(cast.village_head)
    paper = client.post(round_url(cast)).headers["Location"]
    with time_machine.travel(evening(cast.on) + timedelta(days=2), tick=False):
        plan = Plan("rain", "暴雨专项巡访", cast.on + timedelta(days=2), cast.on + timedelta(days=3), ("home",), "",
                    ("all",), questions=("已经转移",))  # fmt: skip
        services.make(
            key=uuid4(), plan=plan, unit_id=cast.township.pk, by=cast.township_clerk,
            at=evening(cast.on) + timedelta(days=2),
        )  # fmt: skip
        assert "暴雨专项巡访" not in signed_in(cast.village_head).get(paper).content.decode()


def test_the_code_leads_to_the_one_external_address(cast, settings):
    settings.EXTERNAL_URL = "https://xunfang.example.gov.cn"
    assert documents.address("/due/") == "https://xunfang.example.gov.cn/due/"


def test_when_no_pdf_can_be_made_the_page_says_what_to_do(cast, monkeypatch):
    due(cast, "林依妹")

    def unavailable(html):
        raise pdf.PdfUnavailable("现在可以先打开网页，用浏览器的“打印”打出来。")

    monkeypatch.setattr("xunfang.kit.pdf.render", unavailable)
    response = printed(signed_in(cast.visitor), cast, pdf="1")
    assert response.status_code == 503
    text = response.content.decode()
    assert "用浏览器的“打印”打出来" in text
    assert "月洲村" in text


def test_the_page_of_papers_lists_villages_with_their_people_and_the_way_out_of_a_chat_window(cast):
    due(cast, "林依妹")
    due(cast, "陈依金", village=cast.other_village)
    text = page(signed_in(cast.township_clerk), "/prints")
    assert text.count("还要访1人") == 2
    assert "请点右上角，在浏览器打开" in text
    assert "林依妹" not in text


def test_a_county_chooses_the_township_first(cast):
    due(cast, "林依妹")
    client = signed_in(cast.county_officer)
    assert "先点一个乡镇" in page(client, "/prints")
    assert "月洲村" in page(client, f"/prints?township={cast.township.pk}")
    assert "月洲村" not in page(client, f"/prints?township={cast.other_township.pk}")
    assert "先点一个乡镇" in page(client, "/prints?township=１")


def test_nothing_to_print_says_what_still_can_be(cast):
    assert "空白巡访表照样可以打" in page(signed_in(cast.visitor), "/prints")


def test_a_plain_round_holds_twelve_people_a_page(cast):
    out_of_season(cast)
    for n in range(24):
        due(cast, f"陈依{n}", hamlet="上洋", find_me="红木门", mind="耳背，说福州话")
    assert len(pages(printed(signed_in(cast.village_head), cast, pdf="1"))) == 2


def test_a_printed_round_keeps_its_list_and_its_code_leads_back_to_it(cast, settings):
    settings.EXTERNAL_URL = "https://xunfang.example.gov.cn"
    first, second = due(cast, "林依妹", hamlet="上洋"), due(cast, "陈依金", hamlet="后溪")
    client = signed_in(cast.township_clerk)
    response = client.post(round_url(cast))
    paper = RoundPaper.objects.get()
    assert response.headers["Location"] == f"/prints/papers/{paper.uuid}"
    assert (paper.people, paper.printed_by, paper.village_id) == (
        [first.pk, second.pk],
        cast.township_clerk,
        cast.village.pk,
    )
    shown = page(client, f"/prints/papers/{paper.uuid}")
    assert f"{paper.code}-1" in shown
    assert client.post(round_url(cast)).headers["Location"] == response.headers["Location"], (
        "the same list again is the same paper"
    )
    visit(first, date(2026, 11, 20), cast.visitor, items=list(first.due_items.all()))
    later = page(client, f"/prints/papers/{paper.uuid}")
    assert later.index("林依妹") < later.index("打单以后访过了") < later.index("陈依金")


def test_a_paper_shows_nobody_who_is_no_longer_its_readers_to_see(cast):
    person = due(cast, "林依妹")
    client = signed_in(cast.visitor)
    shown = client.post(round_url(cast)).headers["Location"]
    assert "林依妹" in page(client, shown)
    Person.objects.filter(pk=person.pk).update(assignee=None)
    assert "林依妹" not in page(client, shown)
    assert signed_in(cast.neighbour).get(shown).status_code == 404


def test_opening_a_paper_again_writes_nothing(cast):
    due(cast, "林依妹")
    client = signed_in(cast.township_clerk)
    shown = client.post(round_url(cast)).headers["Location"]
    client.get(shown)
    client.get(shown, {"pdf": "1"})
    assert RoundPaper.objects.count() == 1
