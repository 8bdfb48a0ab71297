"""The pages of signing as their users see them: whose turn it is, exceptions first, counts that add up."""

import re
from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Delegation
from accounts.roles import Role
from tests.cast import PASSWORD, make_person
from tests.visits.records.signing_cast import (
    AT,
    DAY,
    digest_of,
    drafted,
    owed,
    sign,
    sign_all,
    village,
    visit_of,
)
from visits.core.models import UnitSetting
from visits.records import sheet_page, sheet_rows, sheets
from visits.records.models import LineReturn, Sheet, Signature
from visits.records.services import signing
from visits.records.services.signing import CannotSign


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Every request is made on Thursday, 8 October 2026, at ten."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def people(cast):
    return village(cast)


@pytest.fixture
def sheet(cast, people):
    return drafted(cast)


@pytest.fixture
def browse(client, cast):
    def go(role):
        client.logout()
        response = client.post(
            reverse("accounts:sign_in"), {"username": getattr(cast, role).phone, "password": PASSWORD}
        )
        assert response.status_code == 302
        session = client.session
        session["signing"] = True
        session.save()
        return client

    return go


def page(client, name, *args, status=200, **query):
    response = client.get(reverse(f"visits_records:{name}", args=args), query)
    assert response.status_code == status
    return text(response)


def text(response):
    found = response.content.decode()
    assert "⟦" not in found
    return found


def seen(sheet, slot=1):
    lines = sheet_rows.lines_of(sheet, DAY)
    return {"digest": digest_of(sheet), "shown": sheets.shown(lines), "slot": slot}


def test_the_village_head_sees_that_it_is_their_turn_and_signs(browse, sheet):
    client = browse("village_head")
    html = page(client, "sheet", sheet.uuid)
    assert "轮到您" in html
    assert "我看过了，签字" in html
    response = client.post(reverse("visits_records:sheet_sign", args=[sheet.uuid]), seen(sheet))
    assert response.status_code == 302
    html = page(client, "sheet", sheet.uuid)
    left = Sheet.objects.filter(village_id=sheet.village_id).exclude(pk=sheet.pk).count()
    assert (f"已签字。还有{left}张轮到您" if left else "已签字。现在没有轮到您签的表了") in html
    assert "xf-tag--me" not in html
    assert "10月8日 周四 10:00" in html


def test_the_button_signs_what_the_page_carries(browse, sheet):
    client = browse("village_head")
    html = page(client, "sheet", sheet.uuid)
    fields = dict(re.findall(r'<input type="hidden" name="(slot|digest|shown)" value="([^"]*)"', html))
    client.post(reverse("visits_records:sheet_sign", args=[sheet.uuid]), fields)
    assert Signature.objects.filter(sheet=sheet, slot=1).exists()


def test_a_change_since_the_page_was_opened_is_shown_and_nothing_is_signed(browse, cast, sheet):
    client, before = browse("village_head"), seen(sheet)
    visit_of(cast, make_person(cast, name="郑大生"), date(2026, 9, 18))
    response = client.post(reverse("visits_records:sheet_sign", args=[sheet.uuid]), before)
    assert response.status_code == 422
    assert "表里有变动，请再看一遍" in text(response)
    assert re.search(r"新增第\d+行：郑大生", text(response))
    assert not Signature.objects.exists()


def test_the_password_is_asked_before_the_first_name_of_a_session_and_not_again(client, cast, sheet):
    client.post(reverse("accounts:sign_in"), {"username": cast.village_head.phone, "password": PASSWORD})
    url = reverse("visits_records:sheet_sign", args=[sheet.uuid])
    response = client.post(url, seen(sheet))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:sure"))
    assert not Signature.objects.exists()
    client.post(reverse("accounts:sure"), {"password": PASSWORD})
    session = client.session
    session["sure_at"] = 0  # long ago
    session.save()
    assert client.post(url, seen(sheet)).status_code == 302
    assert Signature.objects.get().signer == cast.village_head


@pytest.mark.parametrize(
    "role", ["liaison", "township_head", "township_clerk", "county_officer", "inspector"]
)
def test_nobody_else_is_shown_the_button(browse, sheet, role):
    html = page(browse(role), "sheet", sheet.uuid)
    assert "轮到您" not in html
    assert "我看过了，签字" not in html


def test_exceptions_come_first_and_in_full_the_rest_is_folded_by_hamlet(browse, cast, people):
    owed(make_person(cast, name="郑水清"))
    html = page(browse("village_head"), "sheet", drafted(cast).uuid)
    order = [
        html.index(words) for words in ("先看这3件", "黄玉钗", "张志坚", "郑水清", "<h2>其余3行", "余细根0")
    ]
    assert order == sorted(order)
    assert "台风后西屋漏雨" in html
    assert "三个月没有工钱" in html
    assert html.index("<summary>上洋") < html.index("<summary>祠堂边")


def test_the_sentence_counts_the_lines(browse, cast, people):
    owed(make_person(cast, name="郑水清"))
    sheet = drafted(cast)
    html = page(browse("village_head"), "sheet", sheet.uuid)
    assert "表上6人，访到5人：上门5人；<b>见到本人5人</b>。1人逾期没访。" in html
    assert "3行有变化或没访成，写在前面；其余3行没有异常。" in html
    assert html.count('<tr id="h') == 6


def test_every_line_opens_its_record(browse, sheet):
    html = page(browse("liaison"), "sheet", sheet.uuid)
    for line in sheet_rows.live(sheet, DAY):
        assert reverse("visits_records:visit", args=[line.content["visit"]]) in html


@pytest.mark.parametrize("role", ["village_head", "liaison", "township_head", "county_officer"])
def test_a_private_note_stands_on_no_page_of_the_table(browse, sheet, role):
    client = browse(role)
    for name in ("sheet", "sheet_print"):
        html = page(client, name, sheet.uuid)
        assert "儿子打她" not in html
        assert "另有情况已报" in html


@pytest.mark.parametrize(
    "name",
    ["sheet", "sheet_sign", "sheet_strike", "sheet_return", "sheet_paper", "sheet_renew", "sheet_void",
     "sheet_print", "sheet_pdf"],
)  # fmt: skip
def test_a_table_of_another_county_does_not_exist(browse, cast, sheet, name):
    roles = {"sheet_sign": "other_liaison", "sheet_strike": "other_liaison", "sheet_paper": "other_clerk"}
    from tests.cast import make_user

    cast.users["other_liaison"] = make_user("外村包村", "13800000301", Role.LIAISON, cast.other_village)
    cast.users["other_clerk"] = make_user("外镇经办", "13800000302", Role.TOWNSHIP_CLERK, cast.other_township)
    client = browse(roles.get(name, "neighbour"))
    assert client.get(reverse(f"visits_records:{name}", args=[sheet.uuid])).status_code == 404


@pytest.mark.parametrize("name", ["sheets", "delegations"])
def test_a_visitor_has_nothing_to_sign(browse, sheet, name):
    page_of = browse("visitor").get(reverse(f"visits_records:{name}"))
    assert page_of.status_code == 403


def test_the_list_says_whose_turn_it_is_and_by_when(browse, cast, sheet):
    client = browse("village_head")
    html = page(client, "sheets")
    assert html.count(reverse("visits_records:sheet", args=[sheet.uuid])) == 1
    assert "10月10日 周六前签完" in html
    assert "还剩2天" in html
    sign(cast, sheet, 1)
    assert reverse("visits_records:sheet", args=[sheet.uuid]) not in page(client, "sheets")
    assert reverse("visits_records:sheet", args=[sheet.uuid]) in page(browse("liaison"), "sheets")


def test_a_deputy_finds_the_table_and_the_page_says_for_whom(browse, cast, sheet):
    Delegation.objects.create(
        region=cast.township, role=Role.TOWNSHIP_HEAD, deputy=cast.township_clerk, deputy_title="副镇长",
        principal_name="郑文彬", document_no="嵩委〔2026〕18号", starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31), created_by=cast.township_head,
    )  # fmt: skip
    assert "副镇长TOWNSHIP受托代签（嵩委〔2026〕18号，到12月31日）" in page(
        browse("liaison"), "sheet", sheet.uuid
    )
    sign(cast, sheet, 1)
    sign(cast, sheet, 2)
    client = browse("township_clerk")
    assert reverse("visits_records:sheet", args=[sheet.uuid]) in page(client, "sheets", state="mine")
    assert "受郑文彬（嵩委〔2026〕18号）委托代签" in page(client, "sheet", sheet.uuid)
    client.post(reverse("visits_records:sheet_sign", args=[sheet.uuid]), seen(sheet, 3))
    assert "受郑文彬委托代签（嵩委〔2026〕18号）" in page(client, "sheet", sheet.uuid)
    assert "第3格副镇长TOWNSHIP代签，受郑文彬（嵩委〔2026〕18号）委托" in page(
        browse("county_officer"), "sheets"
    )
    client = browse("township_clerk")
    assert "受郑文彬委托（嵩委〔2026〕18号）" in page(client, "sheet_print", sheet.uuid)


def test_the_list_and_the_page_cost_the_same_for_many_rows(browse, cast, sheet):
    def queries(url):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    owed(make_person(cast, name="郑水清"))
    client = browse("village_head")
    urls = [reverse("visits_records:sheet", args=[sheet.uuid]), reverse("visits_records:sheets")]
    [queries(url) for url in urls]  # the first request of a session writes it
    few = [queries(url) for url in urls]
    for number in range(20):
        person = make_person(cast, name=f"汪{number}")
        visit_of(cast, person, date(2026, 7, 3), income=12 if number % 2 else 0)
    owed(make_person(cast, name="郑水河"))
    many = [queries(url) for url in urls]
    assert many == few
    assert max(many) <= 32


def test_striking_keeps_what_was_typed_and_shows_the_line_as_struck(browse, sheet):
    client = browse("village_head")
    url = reverse("visits_records:sheet_strike", args=[sheet.uuid])
    response = client.post(url, seen(sheet) | {"rows": [3], "reason": ""})
    assert response.status_code == 422
    assert re.search(r'value="3"[^>]*checked', text(response))
    response = client.post(url, seen(sheet) | {"rows": [3], "reason": "哪种药？写清楚"})
    assert response.status_code == 302
    html = page(client, "sheet", sheet.uuid)
    assert "划出" in html
    assert "哪种药？写清楚" in html
    assert "轮到您" in html
    assert "表上4人，访到4人" in html
    assert "划出1行，不在签字范围" in html
    assert "这4行就定下来了" in html
    assert "text-decoration-line-through" in html
    paper = page(client, "sheet_print", sheet.uuid)
    assert "共5行，划出1行" in paper
    assert "gone" in paper
    assert "划出1行，还没补" in text(client.get(reverse("visits_records:sheets")))


def test_what_is_signed_by_itself_is_not_offered_for_striking_but_linked(browse, cast, sheet):
    html = page(browse("village_head"), "sheet_strike", sheet.uuid)
    single = Sheet.objects.get(kind="single")
    assert reverse("visits_records:sheet", args=[single.uuid]) in html
    assert len(re.findall(r'name="rows"', html)) == 4
    html = page(browse("village_head"), "sheet", single.uuid)
    assert "张志坚" in html.partition("</title>")[0]
    assert "整表退回" not in html
    assert "text-decoration-line-through" not in html


def test_who_must_stand_aside_reads_it_before_the_press_and_has_nothing_to_sign(browse, cast, sheet, people):
    person = people["黄玉钗"]
    person.contact_phone, person.contact_relation = cast.village_head.phone, "儿子"
    person.save()
    single = Sheet.objects.get(kind="single")
    client = browse("village_head")
    html = page(client, "sheets")
    assert reverse("visits_records:sheet", args=[sheet.uuid]) not in html
    assert reverse("visits_records:sheet", args=[single.uuid]) in html
    html = page(client, "sheet", sheet.uuid)
    assert "这张表您回避" in html
    assert "我看过了" not in html
    clerk = browse("township_clerk")
    say = f"{cast.village_head.name}回避（表里有近亲属），要登记授权才能签"
    assert page(clerk, "sheets").count(say) == 1
    html = page(clerk, "sheet", sheet.uuid)
    assert "回避" in html
    assert reverse("visits_records:delegations") in html


def test_the_visitor_answers_and_the_record_goes_for_signing(browse, cast, sheet):
    client = browse("village_head")
    client.post(
        reverse("visits_records:sheet_strike", args=[sheet.uuid]),
        seen(sheet) | {"rows": [3], "reason": "哪种药？"},
    )
    visit = LineReturn.objects.get().line.visit
    client = browse("visitor")
    assert "哪种药？" in page(client, "visit_answer", visit.uuid)
    url = reverse("visits_records:visit_answer", args=[visit.uuid])
    # The way there: from the day's page and from the record.
    assert f'href="{url}"' in client.get(reverse("home")).content.decode()
    assert f'href="{url}"' in page(client, "visit", visit.uuid)
    assert client.post(url, {"text": ""}).status_code == 422
    assert client.post(url, {"text": "降压药"}).status_code == 302
    assert Sheet.objects.filter(kind="single", visit=visit, state="open").exists()
    assert "补一句话" not in page(client, "visit", visit.uuid)


def test_the_clerk_drafts_a_table(browse, cast, people):
    client = browse("township_clerk")
    assert "先出本期确认表" in page(client, "sheets")
    response = client.post(
        reverse("visits_records:sheet_draft"), {"village": cast.village.pk, "period": "2026Q3"}
    )
    assert response.status_code == 302
    made = Sheet.objects.get(kind="village")
    assert response["Location"] == reverse("visits_records:sheet", args=[made.uuid])
    empty = client.post(
        reverse("visits_records:sheet_draft"), {"village": cast.other_village.pk, "period": "2026Q3"}
    )
    assert empty.status_code == 422
    assert "没有要签的巡访" in text(empty)


def test_the_county_approves_in_bulk_and_looks_into_any_record(browse, cast, sheet):
    sign_all(cast, sheet)
    client = browse("county_officer")
    html = page(client, "sheets", state="ready")
    assert f'value="{sheet.uuid}"' in html
    assert "5人，访到5人" in html
    assert "2行有情况" in html
    assert "三人都签了（屏幕）" in html
    assert reverse("visits_records:sheet", args=[sheet.uuid]) in html
    response = client.post(reverse("visits_records:sheets_approve"), {"pick": [str(sheet.uuid)]}, follow=True)
    assert "审核通过1张，县级收到了" in text(response)
    twice = client.post(reverse("visits_records:sheets_approve"), {"pick": [str(sheet.uuid)]}, follow=True)
    assert "审核通过0张" not in text(twice)
    assert "选的表已经审核过了" in text(twice)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.approved_by) == ("approved", cast.county_officer)
    nothing = client.post(reverse("visits_records:sheets_approve"), {})
    assert nothing.status_code == 422
    assert "请先勾选要审核的表" in text(nothing)


def test_a_county_s_own_titles_stand_everywhere_and_a_signed_table_keeps_those_of_its_day(
    browse, cast, sheet
):
    def call(title, since, until=None):
        UnitSetting.objects.create(
            region=cast.county, key="title_village_head", value=title, starts_on=since, ends_on=until
        )

    call("书记兼主任", date(2020, 1, 1), DAY)
    call("村书记", date(2026, 10, 9))
    assert "等书记兼主任签" in page(browse("township_clerk"), "sheets")
    with pytest.raises(CannotSign, match="现在轮到书记兼主任"):
        signing.step(sheet, "strike", "liaison", {}, DAY, "x")
    with pytest.raises(CannotSign, match="“书记兼主任”由任这个职务的同志签"):
        sign(cast, sheet, 1, by=cast.liaison)
    sign(cast, sheet, 1)
    titles = sheet_page.page_of(sheet, cast.liaison, date(2026, 10, 12)).titles
    assert titles[1] == "书记兼主任"


def test_another_county_approves_nothing_of_ours(browse, cast, sheet):
    sign_all(cast, sheet)
    response = browse("neighbour").post(reverse("visits_records:sheets_approve"), {"pick": [str(sheet.uuid)]})
    assert response.status_code == 422
    sheet.refresh_from_db()
    assert sheet.state == "signed"


def test_the_page_after_a_return_offers_what_the_table_of_states_allows(browse, cast, sheet):
    sign_all(cast, sheet)
    client = browse("county_officer")
    url = reverse("visits_records:sheet_return", args=[sheet.uuid])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "缺盖章"}).status_code == 302
    html = page(browse("township_clerk"), "sheet", sheet.uuid)
    assert "退回：缺盖章" in html
    assert "没有改动，接着签" in html
    assert "改过了，另出一版" in html
    client = browse("township_clerk")
    go_on = reverse("visits_records:sheet_resume", args=[sheet.uuid])
    assert "请写一句怎么处理的" in text(client.post(go_on, {"reason": ""}))
    assert client.post(go_on, {"reason": "章已补盖"}).status_code == 302
    client = browse("county_officer")
    assert "第2次送审；上次退回（10月8日）：缺盖章；答：章已补盖" in page(client, "sheets")
    html = page(client, "sheet", sheet.uuid)
    assert "这张表的经过" in html
    assert "章已补盖" in html


def test_a_machine_without_the_engine_says_so_and_offers_the_browser(browse, sheet, monkeypatch):
    monkeypatch.setattr("xunfang.kit.pdf.why_not", lambda: "这台服务器还不能生成PDF，请管理员安装")
    response = browse("liaison").get(reverse("visits_records:sheet_pdf", args=[sheet.uuid]))
    assert response.status_code == 503
    assert "还不能生成PDF" in text(response)
    assert reverse("visits_records:sheet_print", args=[sheet.uuid]) in text(response)


def test_a_delegation_is_written_down_and_taken_back(browse, cast, sheet):
    client = browse("township_head")
    url = reverse("visits_records:delegations")
    values = {
        "role": "township_head", "region": cast.township.pk, "principal_name": "郑文彬",
        "deputy": cast.township_clerk.pk, "deputy_title": "副镇长", "document_no": "", "reason": "出差",
        "starts_on": "2026-10-01", "ends_on": "2026-12-31",
    }  # fmt: skip
    missing = client.post(url, values)
    assert missing.status_code == 422
    assert 'value="副镇长"' in text(missing)
    assert client.post(url, values | {"document_no": "嵩委〔2026〕18号"}).status_code == 302
    html = text(client.get(url))
    assert "嵩委〔2026〕18号" in html
    assert "长期，到收回为止" in html
    neither = client.post(url, values | {"document_no": "1号", "ends_on": ""})
    assert "请填结束日期，或者勾" in text(neither)
    paper = Delegation.objects.get()
    client.post(reverse("visits_records:delegation_withdraw", args=[paper.pk]))
    assert "已收回" in text(client.get(url))
    assert Delegation.objects.get().withdrawn_at is not None
    own = browse("township_clerk").post(url, values | {"document_no": "随便写"})
    assert own.status_code == 422
    assert "不能给自己登记授权" in text(own)


def test_the_county_writes_delegations_township_by_township_and_a_village_head_only_sees(browse, cast):
    url = reverse("visits_records:delegations")
    client = browse("county_officer")
    assert cast.village.name in text(client.get(url, {"unit": cast.township.pk}))
    assert cast.village.name not in text(client.get(url, {"unit": cast.other_township.pk}))
    client = browse("village_head")
    assert "登记一份授权" not in text(client.get(url))
    assert client.post(url, {}).status_code == 403
