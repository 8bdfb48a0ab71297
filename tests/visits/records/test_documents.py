"""What stands on paper: every key, no private note, who signed for whom."""

import re
from datetime import date

import pytest
from django.template.loader import render_to_string

from accounts.models import Delegation
from accounts.roles import Role
from tests.cast import make_person
from tests.visits.records.signing_cast import DAY, drafted, owed, sign, sign_all, village, visit_of
from visits.records import documents, sheet_page, sheet_rows
from visits.records.models import Visit
from xunfang.kit import pdf


@pytest.fixture
def people(cast):
    return village(cast)


@pytest.fixture
def sheet(cast, people):
    owed(make_person(cast, name="郑水清"))
    return drafted(cast)


def paper(cast, sheet, **more):
    page = sheet_page.page_of(sheet, cast.liaison, DAY)
    return documents.sheet_context(page, DAY) | {"screen": False} | more


def words(html):
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", " ", html))


def test_the_paper_of_a_table_has_every_line_once_and_no_private_note(cast, sheet):
    html = render_to_string("pdf/confirm.html", paper(cast, sheet))
    assert "⟦" not in html
    text = words(html)
    for name in ("余细根0", "余细根1", "余细根2", "黄玉钗", "张志坚", "郑水清"):
        assert text.count(name) == 1
    assert "儿子打她" not in html
    assert "另有情况已报" in text
    assert "共6行" in text
    assert "表上6人，访到5人：上门5人；见到本人5人；逾期没访1人。" in text


def test_the_check_code_is_the_seal_of_what_is_printed(cast, sheet):
    before = paper(cast, sheet)["check_code"]
    sign(cast, sheet, 1)
    sheet.refresh_from_db()
    assert paper(cast, sheet)["check_code"] == before == pdf.check_code(bytes(sheet.seal).hex())


def test_names_stand_in_their_slots_and_a_visitor_is_named_as_one(cast, people):
    person = make_person(cast, name="卢永珠", assignee=cast.village_head)
    visit_of(cast, person, date(2026, 9, 6), by=cast.village_head)
    sheet = drafted(cast)
    sign(cast, sheet, 1)
    first, second, third = paper(cast, sheet)["signers"]
    assert (first["name"], first["when"]) == ("VILLAGE_", "2026年10月8日 周四")
    assert first["remark"] == "签字人也是巡访人"
    assert (second["name"], second["when"], third["seal"]) == ("", "", True)


def test_a_deputy_is_printed_with_the_document(cast, sheet):
    Delegation.objects.create(
        region=cast.township, role=Role.TOWNSHIP_HEAD, deputy=cast.township_clerk, deputy_title="副镇长",
        principal_name="郑文彬", document_no="嵩委〔2026〕18号", starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31), created_by=cast.township_head,
    )  # fmt: skip
    sign(cast, sheet, 1)
    sign(cast, sheet, 2)
    sign(cast, sheet, 3, by=cast.township_clerk)
    sheet.refresh_from_db()
    html = render_to_string("pdf/confirm.html", paper(cast, sheet))
    assert "受郑文彬委托（嵩委〔2026〕18号）" in words(html)


def test_the_approval_is_a_receipt_with_name_and_day(cast, sheet):
    from tests.visits.records.signing_cast import AT
    from visits.records.services import approval

    sign_all(cast, sheet)
    approval.approve(sheet_ids=[sheet.pk], by=cast.county_officer, at=AT)
    sheet.refresh_from_db()
    assert paper(cast, sheet)["approval"] == {"by": "COUNTY_O", "when": "2026年10月8日 周四"}


def record(name):
    visit = Visit.objects.select_related("person", "visitor", "recorder", "form_version").get(
        person__name=name
    )
    return documents.visit_context(visit, DAY) | {"screen": False}


def test_the_paper_of_a_record_has_eighteen_items_and_hides_the_private_note(people):
    context = record("黄玉钗")
    assert sum(len(area["rows"]) for area in context["areas"]) == 18
    html = render_to_string("pdf/record.html", context)
    assert "⟦" not in html
    assert "儿子打她" not in html
    assert "另有情况已报" in words(html)
    assert "台风后西屋漏雨" in html
    assert [row["item"] for row in context["attention"]] == ["室内环境"]


def test_the_paper_of_a_record_says_where_it_is_signed(cast, sheet):
    assert record("余细根0")["batch"] == ""
    assert record("张志坚")["batch"] == "逐份签"
    sign(cast, sheet, 1)
    sheet.refresh_from_db()
    row = next(x.row for x in sheet_rows.frozen(sheet) if x.content["name"] == "余细根0")
    context = record("余细根0")
    assert context["batch"] == f"见第1批第{row}行"
    assert context["signers"][0]["name"] == "VILLAGE_"


def test_a_change_beside_the_last_visit_is_marked(cast, people):
    visit_of(cast, people["张志坚"], date(2026, 9, 20), income=0)
    visit = Visit.objects.filter(person=people["张志坚"]).latest("visited_on")
    rows = {row["name"]: row for area in documents.visit_context(visit, DAY)["areas"] for row in area["rows"]}
    assert rows["收入变化"] == {
        "name": "收入变化", "answer": "基本不变", "level": "", "changed": True, "last": "明显减少",
    }  # fmt: skip


@pytest.mark.skipif(bool(pdf.why_not()), reason="Pango is not installed")
def test_the_pdf_of_a_table_opens_and_is_the_same_twice(cast, sheet):
    html = render_to_string("pdf/confirm.html", paper(cast, sheet))
    data = pdf.render(html)
    assert data.startswith(b"%PDF-")
    assert data == pdf.render(html)


def test_five_exceptions_weigh_more_than_five_lines(cast, sheet, monkeypatch):
    page = sheet_page.page_of(sheet, cast.liaison, DAY)
    assert not documents.is_long(page)
    monkeypatch.setattr(documents, "INLINE_LINES", 17)
    assert documents.is_long(page)  # three ordinary, three in full
