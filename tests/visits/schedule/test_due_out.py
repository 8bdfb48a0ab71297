"""The due list as Excel and on paper: the rows of the filter in the address, all pages of it, in the words of its reader."""

import datetime as dt
import io
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from accounts.models import LogEntry
from tests.cast import Cast, make_person, signed_in
from tests.visits.schedule.test_due_list import DAY, URL, _today, world  # noqa: F401
from tests.visits.test_books import inside, sheet
from tests.world import evening
from visits.desk import documents, due_paper
from visits.desk.due_book import COLUMNS
from visits.desk.views import due_prints
from visits.records.models import Attempt
from visits.roster.exports import services as exports
from visits.roster.models import CareGroup, Person, RosterExport
from visits.schedule import services as schedule
from visits.schedule.models import DueItem, FrequencyRule
from xunfang.kit import pdf

pytestmark = pytest.mark.django_db
FILTERS: tuple[dict[str, Any], ...] = (
    {}, {"state": "late"}, {"state": "soon", "sort": "place"}, {"cause": "round"}, {"hamlet": "上洋", "state": "idle"},
    {"assignee": "none"}, {"group": "old_alone"},
)  # fmt: skip


def take(client: Any, url: str) -> list[dict[str, str]]:
    answer = client.post(url, {"columns": list(COLUMNS), "reason": "核对待访"})
    assert answer.status_code == 302, answer.content.decode()
    return sheet(RosterExport.objects.latest("pk"))


def names(page: Any) -> list[str]:
    return [row["cells"][1]["text"] for row in page["list"]["rows"]]


def test_the_file_holds_exactly_the_rows_of_the_filter_in_the_order_of_the_screen(world: Cast) -> None:  # noqa: F811
    client = signed_in(world.township_clerk)
    for query in (*FILTERS, {"village": world.other_village.pk, "township": world.township.pk}):
        page = client.get(URL, query).context
        assert client.get(page["export_url"]).context["count"] == page["total"] > 0, query
        assert [row["姓名"] for row in take(client, page["export_url"])] == names(page), query
    logged = [entry.detail for entry in LogEntry.objects.filter(action="roster_exported")]
    assert {detail["book"] for detail in logged} == {"due"}
    assert ["township", "village"] in [detail["filters"] for detail in logged]
    assert "林" not in str(RosterExport.objects.latest("pk").filters)
    assert signed_in(world.visitor).get(URL).context["export_url"] == ""


def test_all_pages_go_out_and_a_hundred_cost_what_ten_do(cast: Cast) -> None:
    costs = []
    for count in (8, 40):
        for n in range(count):
            make_person(cast, name=f"林{count}{n}")
        schedule.generate(on=DAY)
        with CaptureQueriesContext(connection) as caught:
            export = exports.ask(filters={"book": "due"}, columns=list(COLUMNS), full=False, reason="核对",
                                 by=cast.township_clerk, at=evening(DAY))  # fmt: skip
        costs.append(len(caught))
    assert len(sheet(export)) == 48
    assert costs[0] == costs[1]


def test_a_line_says_everything_the_office_asks_and_no_whole_number(world: Cast) -> None:  # noqa: F811
    person = Person.objects.get(name="林01")
    Person.objects.filter(pk=person.pk).update(
        phone="13900000001",
        contact_name="林大",
        contact_relation="儿子",
        contact_phone="13900000002",
        find_me="祠堂后",
    )
    for number, day in enumerate((20, 22)):
        Attempt.objects.create(
            person=person, county_id=person.county_id, township_id=person.township_id, village_id=person.village_id,
            tried_on=dt.date(2026, 11, day), mode="home", outcome="not_home", visitor=world.visitor,
            recorder=world.visitor, key=uuid.UUID(int=number), body_digest=b"", submitted_at=evening(DAY),
        )  # fmt: skip
    client = signed_in(world.township_clerk)
    rows = take(client, client.get(URL, {"state": "late"}).context["export_url"])
    line = next(row for row in rows if row["姓名"] == "林01")
    item = DueItem.objects.get(person=person)
    assert (line["身份证尾号"], line["村（居）"], line["自然村"]) == (
        person.id_tail,
        world.village.name,
        "上洋",
    )
    assert (line["缓急"], line["哪天前（含当天）"], line["还剩几天（过了期的是负数）"]) == (
        "逾期",
        "2026-11-21",
        "-3",
    )
    assert (line["哪一期"], line["为什么要访"]) == ("2026年第四季度", item.sentence)
    assert (line["谁去访"], line["没见到几次"], line["最近一次没见到"]) == (
        world.visitor.name,
        "2",
        "2026-11-22",
    )
    assert (line["电话"], line["联系不上时找谁"], line["联系人电话"]) == (
        "13900000001",
        "林大（儿子）",
        "13900000002",
    )
    assert line["怎么访"] == "哪种方式都行"
    text = inside(RosterExport.objects.latest("pk"))
    assert person.id_number not in text
    assert f"{person.birth_date:%Y%m%d}" not in text


def test_what_a_rule_asks_stands_in_the_file(world: Cast) -> None:  # noqa: F811
    FrequencyRule.objects.update(min_home=1, modes=["home", "phone"])
    client = signed_in(world.township_clerk)
    said = {row["怎么访"] for row in take(client, client.get(URL, {"cause": "rule"}).context["export_url"])}
    assert said == {"上门、电话；至少上门1次"}


# ── on paper ─────────────────────────────────────────────────────────────────────────────────────

PAPER = "/prints/due"


def on_paper(html: str) -> list[str]:
    return re.findall(r'<span class="nm">([^<]+)</span>', html)


def test_the_paper_holds_everybody_whom_the_filter_keeps_by_hamlet(cast: Cast) -> None:
    for n in range(30):
        make_person(cast, name=f"林{n:02d}", hamlet=("祠堂边", "上洋", "")[n % 3])
    schedule.generate(on=DAY)
    client = signed_in(cast.township_clerk)
    page = client.get(URL)
    assert len(page.context["list"]["rows"]) == 25
    assert page.context["print_url"].startswith(PAPER)
    html = client.get(page.context["print_url"]).content.decode()
    assert sorted(on_paper(html)) == [f"林{n:02d}" for n in range(30)]
    assert "共30人，第1页共3页" in html
    assert html.count("□") == 30
    heads = re.findall(r'<th colspan="7" class="l">([^<]+)</th>', html)
    assert [head.split("　")[0] for head in heads if "接上页" not in head] == [
        f"月洲村 {hamlet}" for hamlet in ("没写自然村", "上洋", "祠堂边")
    ]
    some = client.get(URL, {"hamlet": "上洋", "sort": "place"}).context["print_url"]
    html = client.get(some).content.decode()
    assert on_paper(html) == [f"林{n:02d}" for n in range(1, 30, 3)]
    assert "待访、上洋" in html


def test_whoever_has_no_number_stands_on_paper_with_the_temporary_one(cast: Cast) -> None:
    person = make_person(cast, name="郑水清")
    schedule.generate(on=DAY)
    Person.objects.filter(pk=person.pk).update(
        id_number=None, id_index=None, id_tail=None, tail_index=None, temporary_no="永泰临-0001"
    )
    (row,) = documents.people_of(cast.township_clerk, cast.village, DAY)
    for html in (
        signed_in(cast.township_clerk).get(PAPER).content.decode(),
        render_to_string("pdf/_round_row.html", {"person": documents._round_row(row, 1, DAY, "", [])}),
    ):
        assert "<small>临时编号永泰临-0001</small>" in html


def test_a_sheet_is_never_fuller_than_the_page_and_nobody_falls_between_two() -> None:
    groups = [
        {"name": str(size), "people": [(size, n) for n in range(size)]} for size in (1, 13, 40, 2, 11, 5)
    ]
    sheets = due_paper.pages(groups)
    for sheet_ in sheets:
        used = sum(due_paper.HEADING + due_paper.PERSON * len(part["people"]) for part in sheet_["groups"])
        assert used <= due_paper.ROOM
        assert all(part["people"] for part in sheet_["groups"])
    told = [person for sheet_ in sheets for part in sheet_["groups"] for person in part["people"]]
    assert told == [person for group in groups for person in group["people"]]


def test_a_list_that_is_too_long_is_printed_in_parts(world: Cast, monkeypatch: Any) -> None:  # noqa: F811
    monkeypatch.setattr(due_prints, "MOST", 5)
    client = signed_in(world.township_clerk)
    html = client.get(PAPER).content.decode()
    assert "有12人，一次最多打5人" in html
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/prints/due[^"]+)"', html)]
    monkeypatch.setattr(due_prints, "MOST", 20)
    parts = [name for link in links for name in on_paper(client.get(link).content.decode())]
    assert sorted(parts) == [f"林{n:02d}" for n in range(12)]
    assert "没有要访的人" in client.get(PAPER, {"cause": "discharge"}).content.decode()


def test_paper_speaks_as_in_the_village_whoever_prints_it(world: Cast) -> None:  # noqa: F811
    CareGroup.objects.filter(pk="dibao").update(visible_from="county")
    person = Person.objects.filter(memberships__group_id="dibao").first()
    for who in ("county_officer", "township_clerk", "visitor"):
        html = signed_in(world.users[who]).get(PAPER, {"group": "dibao"}).content.decode()
        assert "低保" not in html, who
        assert person.id_number not in html
    mine = set(on_paper(signed_in(world.visitor).get(PAPER).content.decode()))
    assert mine == set(Person.objects.filter(assignee=world.visitor).values_list("name", flat=True))
    assert on_paper(signed_in(world.neighbour).get(PAPER).content.decode()) == []
    assert signed_in(world.city_business).get(PAPER).status_code == 403


@pytest.mark.skipif(bool(pdf.why_not()), reason="no PDF here")
def test_the_pdf_has_as_many_pages_as_it_says_however_long_the_words_are(cast: Cast) -> None:
    groups = ("dibao", "tekun", "old_alone", "sudden", "old_childless")
    for _ in range(24):
        make_person(
            cast, name="欧阳春兰", hamlet="祠堂边", groups=groups, phone="", contact_phone="13900000002",
            contact_relation="儿媳妇", find_me="祠堂后第二家往上走到龙眼树再往左拐第三个门" * 2,
        )  # fmt: skip
    FrequencyRule.objects.update(sentence="留守儿童和困境儿童：每季度至少一次，其中至少上门一次")
    schedule.generate(on=DAY)
    client = signed_in(cast.township_clerk)
    html = client.get(PAPER).content.decode()
    link = re.search(r'href="([^"]*pdf=1)"', html)
    assert link
    answer = client.get(link[1].replace("&amp;", "&"))
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert len(pages) == html.count('class="sheet ') == 3
    assert "第3页共3页" in pages[2].extract_text()


def test_the_log_says_who_printed_how_many_and_by_which_filters_and_nothing_of_anybody(world: Cast) -> None:  # noqa: F811
    client = signed_in(world.township_clerk)
    assert client.get(PAPER, {"hamlet": "没有这个村"}).status_code == 200
    assert not LogEntry.objects.filter(action="due_printed").exists()
    total = client.get("/due/", {"hamlet": "上洋"}).context["pager"]["count"]
    assert client.get(PAPER, {"hamlet": "上洋"}).status_code == 200
    entry = LogEntry.objects.get(action="due_printed")
    assert entry.detail == {"people": total, "filters": ["hamlet"]}
    assert (entry.actor_id, entry.role) == (world.township_clerk.pk, "township_clerk")
    assert entry.township_id == world.township.pk
