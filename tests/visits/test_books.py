"""问题台账 and the records of a year as Excel: the rows of the page, by the door and the rules of the roster's lists."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import LogEntry
from accounts.roles import Role
from tests.cast import Cast, make_person, signed_in
from tests.world import evening, visit
from visits.followup import services as followup
from visits.followup.models import Finding
from visits.records.services import void
from visits.roster.exports import services as exports
from visits.roster.exports.books import books
from visits.roster.models import Person, RosterExport
from visits.roster.services import CannotChange
from xunfang.kit import excel, files, jobs

TODAY = date(2026, 11, 24)
AT = evening(TODAY)
OLD = {"electricity": 2}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def ask(cast: Cast, book: str, *, by: Any = None, columns: Any = None, **filters: Any) -> RosterExport:
    return exports.ask(
        filters={"book": book, **filters}, columns=columns or list(books[book].columns), full=False,
        reason="核对台账", by=by or cast.township_clerk, at=AT,
    )  # fmt: skip


def sheet(export: RosterExport) -> list[dict[str, str]]:
    """The rows by their heads: under the mark, above the last mark."""
    (one,) = excel.read(files.read(export.file))
    rows = [[excel.text_of(cell) for cell in row] for row in one.rows]
    return [dict(zip(rows[1], row, strict=False)) for row in rows[2:-1]]


def inside(export: RosterExport) -> str:
    with zipfile.ZipFile(io.BytesIO(files.read(export.file))) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))


def carry(person: Person, cast: Cast) -> None:
    """Moved to another county."""
    far = cast.other_county_village
    Person.objects.filter(pk=person.pk).update(
        county_id=far.county_id, township_id=far.township_id, village_id=far.pk
    )


def ledger(cast: Cast) -> list[Finding]:
    """Late, without anything said, urgent, settled; and one of the neighbours."""
    for n, values in enumerate(({"electricity": 2}, {"electricity": 2}, {"gas": 3}, {"electricity": 2})):
        person = make_person(cast, name=f"林{n}")
        visit(person, cast.visitor, TODAY - timedelta(days=9 - n), values=values)
    gone = make_person(cast, name="远")
    visit(gone, cast.visitor, TODAY, values=OLD)
    carry(gone, cast)
    found = list(Finding.objects.filter(person__name__startswith="林").order_by("pk"))
    for row, due in ((found[0], TODAY - timedelta(days=1)), (found[3], TODAY)):
        followup.set_measure(
            finding_ids=[row.pk], measure="换线", owner_id=None, owner_words="电工", due_on=TODAY,
            by=cast.visitor, at=AT,
        )  # fmt: skip
        Finding.objects.filter(pk=row.pk).update(due_on=due)
    followup.close(
        finding_id=found[3].pk, note="换好了", on=TODAY, measure="", photo=None, by=cast.visitor, at=AT
    )
    return found


def test_the_ledgers_file_holds_exactly_the_rows_of_the_filter_in_the_address(cast: Cast) -> None:
    ledger(cast)
    client = signed_in(cast.township_clerk)
    for query in (
        {}, {"which": "late"}, {"which": "closed"}, {"which": "all"}, {"level": "3"}, {"item": "electricity"},
        {"which": "all", "found": "2026-11"}, {"which": "all", "closed": "2026-11", "village": cast.village.pk},
    ):  # fmt: skip
        page = client.get("/findings/", query).context
        link = page["export_url"]
        shown = [row["cells"][-5]["text"] for row in page["list"]["rows"]]
        assert shown, query
        form = {"columns": ["name", "item"], "reason": "核对"}
        assert client.post(link, form).status_code == 302
        export = RosterExport.objects.latest("pk")
        assert [row["姓名"] for row in sheet(export)] == shown, query
        assert export.people == len(shown) == page["pager"]["count"]


def test_the_ledgers_file_says_what_the_page_says_and_no_whole_number(cast: Cast) -> None:
    row = ledger(cast)[3]
    export = ask(cast, "findings", which="closed")
    (line,) = sheet(export)
    assert (line["姓名"], line["身份证尾号"], line["村（居）"]) == (
        "林3",
        row.person.id_tail,
        cast.village.name,
    )
    assert (line["什么事"], line["程度"], line["办到哪一步"]) == (row.item, "需处理", "已销号")
    assert (line["怎么处理"], line["谁来办"], line["怎么办好的"]) == ("换线", "电工", "换好了")
    assert (line["销号日期"], line["谁销的号"]) == ("2026-11-24", cast.visitor.name)
    text = inside(export)
    assert row.person.id_number not in text
    assert f"{row.person.birth_date:%Y%m%d}" not in text
    assert "导出，只限工作使用" in text
    with pytest.raises(CannotChange, match="只带身份证末四位"):
        exports.ask(filters={"book": "findings"}, columns=["name"], full=True, reason="要全号",
                    by=cast.township_clerk, at=AT)  # fmt: skip


def test_the_ledger_goes_out_with_password_and_reason_and_the_log_says_which(cast: Cast) -> None:
    ledger(cast)
    client = signed_in(cast.township_clerk)
    session = client.session
    session["sure_at"] = 0
    session.save()
    url = f"/roster/export?book=findings&which=all&village={cast.village.pk}&page=7"
    assert client.get(url)["Location"].startswith("/account/sure")
    client = signed_in(cast.township_clerk)
    page = client.get(url).content.decode()
    assert "导出问题台账" in page
    assert "<b>4件，</b>" in page
    assert "带完整号码" not in page
    assert client.post(url, {"columns": ["name"], "reason": ""}).status_code == 422
    html = client.post(url, {"columns": ["name"], "reason": "核对"}, follow=True).content.decode()
    assert "问题台账做好了，4件" in html
    assert f"问题台账、全部、{cast.village.name}" in html
    entry = LogEntry.objects.get(action="roster_exported")
    assert entry.detail["book"] == "findings"
    assert entry.detail["filters"] == ["village", "which"]
    export = RosterExport.objects.get()
    assert "林" not in str(export.filters)
    assert client.get(f"/roster/exports/{export.uuid}/file")["Content-Type"] == excel.CONTENT_TYPE


@pytest.mark.parametrize("who", ["visitor", "village_head"])
def test_the_village_reads_the_ledger_and_takes_none_away(cast: Cast, who: str) -> None:
    ledger(cast)
    client = signed_in(cast.users[who])
    assert "导出Excel" not in client.get("/findings/").content.decode()
    assert client.get("/roster/export?book=findings").status_code == 403


def test_a_book_nobody_keeps_is_the_list_of_people(cast: Cast) -> None:
    page = signed_in(cast.township_clerk).get("/roster/export?book=nonsense").content.decode()
    assert "导出名单" in page


def test_a_long_ledger_is_made_in_the_background_for_who_may_still(cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    ledger(cast)
    export = ask(cast, "findings", which="all")
    assert (export.state, export.job.title) == ("making", "导出问题台账")
    jobs.run(export.job_id)
    export.refresh_from_db()
    assert (export.state, export.people, len(sheet(export))) == ("done", 4, 4)


@pytest.mark.parametrize("book", ["findings", "visits"])
def test_a_hundred_rows_cost_as_many_queries_as_ten(cast: Cast, book: str) -> None:
    costs = []
    for count in (3, 9):
        for _ in range(count):
            visit(make_person(cast), cast.visitor, TODAY, values=OLD)
        with CaptureQueriesContext(connection) as caught:
            ask(cast, book)
        costs.append(len(caught))
    assert costs[0] == costs[1]


# ── the records of a year ────────────────────────────────────────────────────────────────────────


def test_the_records_of_a_village_are_those_its_archive_counts(cast: Cast) -> None:
    person = make_person(cast, name="林依妹")
    first = visit(person, cast.visitor, date(2026, 5, 6))
    wrong = visit(person, cast.visitor, date(2026, 8, 1))
    void(visit_id=wrong.pk, reason="记错人了", by=cast.visitor, at=AT)
    last = visit(person, cast.visitor, TODAY, values=OLD, notes={"electricity": "厨房"}, companions="王干部",
                 private_note="儿子要钱", remark="都好")  # fmt: skip
    visit(person, cast.visitor, date(2025, 5, 6))
    client = signed_in(cast.township_clerk)
    for url in (
        "/records/archive?year=2026",
        reverse("visits_records:archive_village", args=[cast.village.pk, 2026]),
    ):
        page = client.get(url)
        found = re.search(r'href="(/roster/export\\?[^"]+)"', page.content.decode())
        assert found, url
        link = found[1].replace("&amp;", "&")
        assert "<b>2份。</b>" in client.get(link).content.decode()
        client.post(link, {"columns": list(books["visits"].columns), "reason": "检查"})
        export = RosterExport.objects.latest("pk")
        rows = sheet(export)
        assert [row["记录号"] for row in rows] == [str(first.record_no), str(last.record_no)]
        assert (rows[1]["哪天"], rows[1]["同行人"], rows[1]["写几句"]) == ("2026-11-24", "王干部", "都好")
        assert rows[1]["最要紧的"] == "需处理"
        assert rows[1]["看到的情况"].endswith("（厨房）")
        assert rows[1]["另有情况已报"] == "有"
        assert "儿子要钱" not in inside(export)
        assert person.id_number not in inside(export)


def test_the_records_of_who_moved_away_go_with_the_file(cast: Cast) -> None:
    stays, goes = make_person(cast, name="留"), make_person(cast, name="走")
    for person in (stays, goes):
        visit(person, cast.visitor, TODAY)
    carry(goes, cast)
    export = ask(cast, "visits", year="2026")
    assert [row["姓名"] for row in sheet(export)] == ["留"]
    assert "不在这张表上" in signed_in(cast.township_clerk).get("/roster/export?book=visits").content.decode()


def test_the_records_of_a_merged_file_stand_under_the_one_it_is_kept_in(cast: Cast) -> None:
    kept, shell = (
        make_person(cast, name="林依妹", groups=("tekun",)),
        make_person(cast, name="林依妺", groups=()),
    )
    visit(shell, cast.visitor, TODAY)
    Person.objects.filter(pk=shell.pk).update(merged_into=kept)
    (line,) = sheet(ask(cast, "visits", year="2026"))
    assert (line["姓名"], line["身份证尾号"]) == ("林依妹", kept.id_tail)
    assert line["类别"]


@pytest.mark.parametrize("book", ["findings", "visits"])
def test_a_book_does_not_even_read_whole_id_numbers(cast: Cast, book: str) -> None:
    kept, shell = make_person(cast), make_person(cast)
    visit(kept, cast.visitor, TODAY, values=OLD)
    visit(shell, cast.visitor, TODAY)
    Person.objects.filter(pk=shell.pk).update(merged_into=kept)
    with CaptureQueriesContext(connection) as caught:
        list(books[book].rows(cast.township_clerk, {}, TODAY, list(books[book].columns)))
    assert not [one["sql"] for one in caught if '."id_number"' in one["sql"]]


# ── the door ─────────────────────────────────────────────────────────────────────────────────────


def test_a_book_goes_out_to_nobody_who_may_not_read_the_page_it_leaves_from(cast: Cast) -> None:
    visit(make_person(cast), cast.visitor, TODAY, values=OLD)
    client = signed_in(cast.inspector)
    assert client.get("/records/archive").status_code == 403
    assert client.get("/roster/export?book=visits").status_code == 403
    assert (
        client.post("/roster/export?book=visits", {"columns": ["name"], "reason": "检查"}).status_code == 403
    )
    with pytest.raises(CannotChange, match="您的岗位不能导出巡访记录"):
        ask(cast, "visits", by=cast.inspector)
    assert client.get("/roster/export?book=findings").status_code == 200


def test_a_book_that_was_asked_for_is_given_to_nobody_who_may_not_read_it_any_more(
    cast: Cast, monkeypatch
) -> None:
    visit(make_person(cast), cast.visitor, TODAY)
    export = ask(cast, "visits")
    exports.fetch(export=export, by=cast.township_clerk, at=AT)
    monkeypatch.setitem(books, "visits", replace(books["visits"], roles=frozenset({Role.COUNTY_HEAD})))
    with pytest.raises(files.FileGone, match="不在原来的岗位"):
        exports.fetch(export=export, by=cast.township_clerk, at=AT)


def test_the_records_lead_back_to_the_village_they_were_taken_from_and_claim_no_more_than_they_hold(
    cast: Cast,
) -> None:
    visit(make_person(cast), cast.visitor, TODAY, values=OLD)
    client = signed_in(cast.township_clerk)
    page = client.get(f"/roster/export?book=visits&year=2026&village={cast.village.pk}").content.decode()
    volume = reverse("visits_records:archive_village", args=[cast.village.pk, 2026])
    assert f'href="{volume}"' in page
    assert "看到的一样" not in page
    page = client.get(f"/roster/export?book=findings&village={cast.village.pk}").content.decode()
    assert f"/findings/?village={cast.village.pk}" in page
    assert "看到的一样" in page


def test_a_long_list_of_exports_costs_the_queries_of_a_short_one(cast: Cast) -> None:
    visit(make_person(cast), cast.visitor, TODAY, values=OLD)
    client = signed_in(cast.township_clerk)
    page = reverse("visits_roster:exports")

    def queries() -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as caught:
            assert "问题台账" in client.get(page).content.decode()
        return len(caught)

    ask(cast, "findings", item="electricity", village=str(cast.village.pk))
    few = queries()
    for n in range(20):
        export = ask(cast, ("findings", "visits")[n % 2], columns=["name"], village=str(cast.village.pk))
    assert cast.village.name in export.words
    assert queries() == few
