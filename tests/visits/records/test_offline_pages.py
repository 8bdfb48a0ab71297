"""线下已访 on its pages: ticks, workbooks, what was entered, one entry; and the day a township begins."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.cast import Cast, make_person, signed_in
from tests.visits.records.test_starting import BEFORE, DAY, begin, entry, put
from tests.world import SHANGHAI, evening, visit
from visits.core.start import go_live
from visits.followup.models import ChangeReport
from visits.records import offline_sheets, tasks  # noqa: F401  (its handlers)
from visits.records.models import OfflineList, OfflineVisit, Sheet
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.models import DueItem
from xunfang.kit import excel, files, jobs
from xunfang.kit.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=SHANGHAI), tick=False):
        yield


@pytest.fixture
def clerk(cast: Cast) -> Any:
    begin(cast)
    return signed_in(cast.township_clerk)


def people(cast: Cast, count: int = 3, **more: Any) -> list[Person]:
    made = [make_person(cast, name=f"陈依{'一二三四五六七八九十'[n % 10]}", **more) for n in range(count)]
    schedule.generate(on=DAY)
    return made


def body(*ticked: Person, **more: Any) -> dict[str, Any]:
    return {
        "on": "2026-10-12", "mode": "home", "met": "self", "visitor": "", "paper_place": "铁皮柜",
        "person": [one.pk for one in ticked],
    } | more  # fmt: skip


# ── the day ──────────────────────────────────────────────────────────────────────────────────────


def test_the_clerk_decides_the_day_and_reads_until_when_it_is_trial(cast: Cast) -> None:
    client = signed_in(cast.township_clerk)
    assert client.get("/records/start").headers["Location"] == f"/records/start/{cast.township.pk}"
    response = client.post(f"/records/start/{cast.township.pk}", {"day": "2026-11-16"}, follow=True)
    assert "12月31日 周四以前是试运行" in response.content.decode()
    assert go_live(cast.township.pk, DAY) == dt.date(2026, 11, 16)


def test_a_bad_day_comes_back_with_what_was_typed(cast: Cast) -> None:
    client = signed_in(cast.township_clerk)
    for text, says in (("", "请填日期"), ("昨天", "日期不对"), ("2016-11-16", "核对年份")):
        response = client.post(f"/records/start/{cast.township.pk}", {"day": text})
        assert response.status_code == 422
        assert says in response.content.decode()


def test_the_county_sees_who_has_not_decided(cast: Cast) -> None:
    begin(cast)
    page = signed_in(cast.county_officer).get("/records/start").content.decode()
    assert "试运行，1月1日起计入考核" in page
    assert "还没定" in page


# ── ticks ────────────────────────────────────────────────────────────────────────────────────────


def test_before_the_day_is_decided_the_page_sends_there(cast: Cast) -> None:
    page = signed_in(cast.township_clerk).get("/records/offline").content.decode()
    assert "先定启用日期" in page
    assert f"/records/start/{cast.township.pk}" in page


def test_ticked_rows_count_and_leave_the_list(cast: Cast, clerk: Any) -> None:
    first, second, third = people(cast)
    response = clerk.post(
        "/records/offline", body(first, second, **{f"d{second.pk}": "2026-10-20", f"n{second.pk}": "儿子回来了"}),
        follow=True,
    )  # fmt: skip
    page = response.content.decode()
    assert "登记了2人线下已访，其中2人这一期算访过了；1人有变化，已放到变化上报" in page
    assert f'value="{third.pk}"' in page
    assert f'value="{first.pk}"' not in page
    rows = OfflineVisit.objects.order_by("pk").values_list("visited_on", "visitor_id", "paper_place")
    assert list(rows) == [
        (dt.date(2026, 10, 12), cast.visitor.pk, "铁皮柜"),
        (dt.date(2026, 10, 20), cast.visitor.pk, "铁皮柜"),
    ]
    assert ChangeReport.objects.count() == 1


def test_the_whole_village_in_one_press_without_scripts(cast: Cast, clerk: Any) -> None:
    people(cast, 2)
    people(cast, 1, village=cast.other_village)
    clerk.post(f"/records/offline?village={cast.village.pk}", body(everyone="1"))
    assert OfflineVisit.objects.count() == 2
    assert set(OfflineVisit.objects.values_list("village_id", flat=True)) == {cast.village.pk}


def test_a_second_press_adds_nothing(cast: Cast, clerk: Any) -> None:
    (person,) = people(cast, 1)
    rule = DueItem.objects.get(person=person).rule
    rule.modes = ["phone"]  # the person stays on the list, for a visit at home does not count
    rule.save()
    for _ in range(2):
        response = clerk.post("/records/offline", body(person), follow=True)
    assert "都已经登记过了" in response.content.decode()
    assert OfflineVisit.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"person": []}, "请先勾选访过的人"),
        ({"on": ""}, "请填日期"),
        ({"on": "2026-11-24"}, "代录巡访"),
        ({"mode": "horse"}, "怎么访的"),
        ({"paper_place": "柜" * 61}, "最多60个字"),
        ({"person": [2_000_000_011]}, "请刷新后再登记"),
    ],
)
def test_what_is_wrong_is_said_at_its_place_and_nothing_is_lost(
    cast: Cast, clerk: Any, more: dict, says: str
) -> None:
    person, other = people(cast, 2)
    response = clerk.post("/records/offline", body(person, **{f"n{person.pk}": "腿摔了"}) | more)
    page = response.content.decode()
    assert response.status_code == 422
    assert says in page
    assert "腿摔了" in page
    assert not OfflineVisit.objects.exists()
    assert other.name in page


def test_a_row_that_was_written_in_and_not_ticked_is_asked_about(cast: Cast, clerk: Any) -> None:
    first, second = people(cast, 2)
    response = clerk.post("/records/offline", body(first, **{f"n{second.pk}": "搬走了"}))
    assert response.status_code == 422
    assert f"{second.name}这一行填了字，没有打勾" in response.content.decode()


def test_who_has_no_visitor_needs_a_name(cast: Cast, clerk: Any) -> None:
    (person,) = people(cast, 1)
    Person.objects.update(assignee=None)
    response = clerk.post("/records/offline", body(person))
    assert "还没有落实巡访人，请选是谁去的" in response.content.decode()
    clerk.post("/records/offline", body(person, visitor=cast.visitor.pk))
    assert OfflineVisit.objects.get().visitor_id == cast.visitor.pk


def test_two_hundred_people_are_two_light_pages_and_cost_what_ten_cost(
    cast: Cast, clerk: Any, django_assert_max_num_queries: Any
) -> None:
    people(cast, 10)
    with django_assert_max_num_queries(40) as few:
        clerk.get("/records/offline")
    people(cast, 110)
    with django_assert_max_num_queries(len(few.captured_queries)):
        response = clerk.get("/records/offline")
    assert len(response.content) < 100_000
    assert response.content.decode().count('name="person"') == 100
    assert clerk.get("/records/offline?page=2").content.decode().count('name="person"') == 20


# ── workbooks ────────────────────────────────────────────────────────────────────────────────────


def bring(client: Any, content: bytes, **more: Any) -> OfflineList:
    upload = SimpleUploadedFile("已访.xlsx", content)
    township = more.pop("township")
    response = client.post(
        "/records/offline/list", {"file": upload, "kind": "before_start", "township": township, **more}
    )
    assert response.status_code == 302, response.content.decode()
    made = OfflineList.objects.latest("pk")
    assert made.job is not None
    assert jobs.run(made.job.pk)
    made.refresh_from_db()
    return made


def book(heads: list[str], *rows: list[Any]) -> bytes:
    return excel.write([excel.Table("表", [excel.Column(head) for head in heads], rows)])


def test_the_template_names_who_is_due_and_comes_back_filled(cast: Cast, clerk: Any) -> None:
    first, second = people(cast, 2)
    content = clerk.get("/records/offline/template").content
    (sheet, *_) = excel.read(content)
    heads = [excel.text_of(cell).rstrip("*") for cell in sheet.rows[0]]
    assert {"日期", "方式", "巡访人", "有无变化", "纸在哪里"} <= set(heads)
    rows = [
        [excel.text_of(cell) for cell in row] + [""] * (len(heads) - len(row))
        for row in sheet.rows[1:]
        if row and excel.text_of(row[0])
    ]
    assert [row[heads.index("姓名")] for row in rows] == [first.name, second.name]
    assert first.id_number not in str(rows)
    rows[0][heads.index("日期")] = "2026-10-12"
    rows[0][heads.index("有无变化")] = "有"
    made = bring(clerk, book(heads, *rows), township=cast.township.pk)
    assert made.counts == {
        "rows": 1,
        "blank": 1,
        "made": 1,
        "again": 0,
        "counted": 1,
        "changed": 1,
        "wrong": 0,
    }
    assert OfflineVisit.objects.get().change_note == offline_sheets.SEE_PAPER
    assert bring(clerk, book(heads, *rows), township=cast.township.pk).counts["again"] == 1
    page = clerk.get(f"/records/offline/lists/{made.uuid}").content.decode()
    assert "1人这一期算访过了" in page


def test_another_system_s_list_is_read_by_id_or_by_name_and_village(cast: Cast, clerk: Any) -> None:
    first, second, third = people(cast)
    heads = ["序号", "走访对象", "证件号码", "所在村", "走访日期", "走访人员"]
    content = book(
        heads,
        ["1", first.name, first.id_number, "", "2026/11/2", "王主任"],
        ["2", second.name, "", "嵩口镇月洲村", "2026年11月3日", "王主任"],
        ["3", "没有此人", "", "月洲村", "2026-11-03", "王主任"],
        ["4", third.name, "", "", "2026-11-03", "王主任"],
        ["5", third.name, "", "月洲村", "上个月", "王主任"],
        ["合计", "", "", "", "", ""],
    )
    made = bring(clerk, content, township=cast.township.pk, kind="other_programme", programme="防返贫监测")
    assert (made.counts["made"], made.counts["wrong"], made.counts["counted"]) == (2, 3, 2)
    assert {row.words for row in OfflineVisit.objects.all()} == {"防返贫监测已走访"}
    assert made.errors_file is not None
    (sheet, *_) = excel.read(files.read(made.errors_file))
    wrong = [[excel.text_of(cell) for cell in row] for row in sheet.rows[1:4]]
    assert [row[-2] for row in wrong] == ["嵩口镇的名单上没有这个人", "没有写村", "日期看不懂"]
    assert all(row[-1] for row in wrong)


def test_rows_that_can_t_be_go_back_with_the_reason(cast: Cast, clerk: Any) -> None:
    first, second = people(cast, 2)
    other = make_person(cast, name=first.name)
    content = book(
        ["姓名", "村", "日期", "方式", "见到谁"],
        [first.name, "月洲村", "2026-10-12", "", ""],
        [second.name, "月洲村", "2026-11-24", "", ""],
        [second.name, "月洲村", "2026-10-12", "骑马", ""],
        [second.name, "月洲村", "2026-10-12", "上门", "狗"],
        [second.name, cast.other_village.name, "2026-10-12", "上门", ""],
    )
    made = bring(clerk, content, township=cast.township.pk)
    assert (made.counts["made"], made.counts["wrong"]) == (0, 5)
    assert made.errors_file is not None
    texts = str([[excel.text_of(c) for c in row] for row in excel.read(files.read(made.errors_file))[0].rows])
    for words in ("同名", "启用日期", "方式看不懂", "见到谁", "这个村的名单上没有"):
        assert words in texts
    assert other.pk


def test_a_file_that_is_no_list_is_refused_in_words(cast: Cast, clerk: Any) -> None:
    made = bring(clerk, book(["甲", "乙"], ["1", "2"]), township=cast.township.pk)
    assert made.state == "refused"
    assert "没有找到表头" in clerk.get(f"/records/offline/lists/{made.uuid}").content.decode()
    response = clerk.post(
        "/records/offline/list",
        {"file": SimpleUploadedFile("a.xlsx", b"%PDF-1.4"), "kind": "other_programme", "township": cast.township.pk},
    )  # fmt: skip
    assert response.status_code == 422
    assert "请写是哪个系统" in response.content.decode()


def test_a_job_that_runs_again_registers_nothing_twice(cast: Cast, clerk: Any) -> None:
    (person,) = people(cast, 1)
    made = bring(
        clerk, book(["姓名", "村", "日期"], [person.name, "月洲村", "2026-10-12"]), township=cast.township.pk
    )
    OfflineList.objects.filter(pk=made.pk).update(state="reading", finished_at=None)
    Job.objects.filter(pk=made.job_id).update(state="new", finished_at=None)
    assert jobs.run(made.job_id)
    made.refresh_from_db()
    assert (made.state, made.counts["again"]) == ("done", 1)
    assert OfflineVisit.objects.count() == 1
    assert person.name not in str(Job.objects.values_list("payload", "message"))


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-10-12", dt.date(2026, 10, 12)),
        ("2026.10.2", dt.date(2026, 10, 2)),
        ("20261012", dt.date(2026, 10, 12)),
        ("2026/10/12 09:30", dt.date(2026, 10, 12)),
        (dt.datetime(2026, 10, 12, 9, 30), dt.date(2026, 10, 12)),
        (20261012.0, dt.date(2026, 10, 12)),
        ("2026-10", None),
        ("2026-13-01", None),
        ("10月", None),
    ],
)
def test_a_day_is_read_as_it_is_written(cell: Any, day: dt.date | None) -> None:
    assert offline_sheets.day_of(cell) == day


@pytest.mark.parametrize(
    ("text", "words"), [("无", ""), ("没有变化", ""), ("有", "有变化，见纸质记录"), ("儿子回来", "儿子回来")]
)
def test_a_change_is_read_as_it_is_written(text: str, words: str) -> None:
    assert offline_sheets.change_of(text) == words


# ── what was entered ─────────────────────────────────────────────────────────────────────────────


def test_entries_are_taken_back_together_with_one_reason(cast: Cast, clerk: Any) -> None:
    first, second = people(cast, 2)
    made = put(cast, entry(first, dt.date(2026, 10, 12)), entry(second, dt.date(2026, 10, 12))).made
    response = clerk.post("/records/offline/recorded", {"pick": [row.pk for row in made], "reason": ""})
    assert response.status_code == 422
    clerk.post("/records/offline/recorded", {"pick": [row.pk for row in made], "reason": "登错村了"})
    assert not OfflineVisit.objects.valid().exists()
    assert not DueItem.objects.filter(done_on__isnull=False).exists()
    assert "登错村了" in clerk.get("/records/offline/recorded").content.decode()


def test_one_entry_says_what_it_did_and_can_be_taken_back_by_the_clerk_only(cast: Cast, clerk: Any) -> None:
    (person,) = people(cast, 1)
    (made,) = put(cast, entry(person, dt.date(2026, 10, 12), paper_place="铁皮柜")).made
    url = f"/records/offline/{made.uuid}"
    visitor = signed_in(cast.visitor)
    page = visitor.get(url).content.decode()
    assert "每季度至少一次" in page
    assert "作废这条登记" not in page
    assert visitor.post(url, {"reason": "x"}).status_code == 403
    assert clerk.post(url, {"reason": "选错人了"}).status_code == 302
    assert "选错人了" in clerk.get(url).content.decode()


def test_the_person_s_page_and_the_list_say_it_is_offline(cast: Cast, clerk: Any) -> None:
    (person,) = people(cast, 1)
    put(cast, entry(person, dt.date(2026, 10, 12), paper_place="铁皮柜"))
    page = clerk.get(f"/person/{person.uuid}").content.decode()
    assert "线下已访" in page
    assert "纸在铁皮柜" in page
    assert "10月12日线下已访" in signed_in(cast.visitor).get("/").content.decode()
    listed = clerk.get(f"/overview/people?measure=done&unit={cast.township.pk}").content.decode()
    assert re.search(r"线下已访.{0,200}10月12日", listed, re.S)


def test_the_table_to_be_signed_leaves_them_out_and_says_so(cast: Cast, clerk: Any) -> None:
    from visits.records.services.sheets import draft_sheet

    first, second = people(cast, 2)
    Person.objects.update(created_at=evening(dt.date(2026, 1, 1)))
    put(cast, entry(first, dt.date(2026, 10, 12)))
    visit(second, cast.visitor, DAY)
    cast.refresh()
    made = draft_sheet(
        village_id=cast.village.pk, period_key="2026Q4", by=cast.township_clerk, at=evening(DAY)
    )
    page = clerk.get(f"/records/sheets/{made.uuid}").content.decode()
    assert "另有1人线下已访，没有巡访记录，不在本表签字。" in page
    assert "试运行，数据不作考核" in page
    assert second.name in page
    assert first.name not in page
    paper = clerk.get(f"/records/sheets/{made.uuid}/print").content.decode()
    assert "另有1人线下已访" in paper
    assert Sheet.objects.get().state == "open"


def test_a_change_found_offline_is_shown_and_filed_like_any_other(cast: Cast, clerk: Any) -> None:
    (person,) = people(cast, 1)
    put(cast, entry(person, dt.date(2026, 10, 12), change_note="儿子回来了"), kind=BEFORE)
    report = ChangeReport.objects.get()
    page = clerk.get(reverse("visits_followup:change", args=[report.uuid])).content.decode()
    assert "儿子回来了" in page
    assert "从登记那天起算" in page
    assert "儿子" not in clerk.get(reverse("visits_followup:changes")).content.decode().split("<main")[0]
