"""表一 of the quarter's return: its sums are the overview's, its cells lead to their people, its paper is a form."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import LogEntry
from tests.cast import make_person, signed_in
from tests.visits.desk.test_homes import page
from tests.visits.desk.test_overview import anchors, length
from tests.visits.desk.world import TODAY, item, random_world, visit
from visits.core.models import UnitSetting
from visits.desk import quarterly, scope, selectors
from visits.desk.selectors import COUNTED
from visits.schedule.periods import Quarter
from xunfang.kit import excel

pytestmark = pytest.mark.django_db
QUARTER = Quarter(2026, 4)


def cells(text):
    return [(url, int(said)) for url, said in anchors(text) if "/overview/people" in url and said.isdigit()]


@pytest.mark.parametrize("seed", [1])
def test_sums_are_the_overviews_and_every_cell_leads_to_as_many_people(cast, seed):
    random_world(cast, seed)
    client = signed_in(cast.city_supervisor)
    for region in (cast.city, cast.county, cast.township):
        draft = quarterly.read(region, QUARTER, TODAY, cast.city_supervisor.duty)
        figures = selectors.figures(scope.units_of(region), QUARTER, TODAY)
        assert draft.whole.people["class-all"] == figures.roster
        for code in set(COUNTED) & set(quarterly.CODES):
            assert draft.whole.visits[code] == figures.of(code)
        below = selectors.figures_below(scope.units_of(region), region.level, QUARTER, TODAY)
        for row in draft.rows:
            own = below.get(row.region.pk, selectors.Figures())
            assert (row.visits["due"], row.visits["done"], row.people["class-all"]) == (
                own.due,
                own.done,
                own.roster,
            )
    found = cells(page(client, f"/overview/return?unit={cast.county.pk}"))
    assert len(found) > 15
    for url, number in found:
        assert length(client, url) == number, url


def test_after_the_day_of_the_city_only_what_was_done_by_then_counts(cast):
    UnitSetting.objects.create(
        region=cast.city, key="return_cut_day", value=20, document_no="-", starts_on=date(2026, 1, 1),
        decided_by=cast.city_business, decided_at="2026-01-01T09:00+08:00",
    )  # fmt: skip
    for day in (date(2026, 9, 20), date(2026, 9, 21)):
        person = make_person(cast)
        visit(person, day, cast.visitor, items=[item(person, date(2026, 7, 1), date(2026, 9, 30))])
    client = signed_in(cast.county_officer)
    text = page(client, "/overview/return?period=2026Q3")
    assert "统计截止日：9月20日" in text
    draft = quarterly.read(cast.county, Quarter(2026, 3), TODAY, cast.county_officer.duty)
    assert (draft.whole.visits["done"], draft.whole.visits["open"]) == (1, 1)
    for url, number in cells(text):
        assert length(client, url) == number, url
    draft = quarterly.read(cast.county, Quarter(2026, 3), TODAY, cast.county_officer.duty, beyond=True)
    assert draft.whole.visits["done"] == 2
    assert "已过" in page(client, "/overview/return?period=2026Q3&beyond=1")


@pytest.mark.parametrize(
    ("quarter", "number", "day"),
    [(Quarter(2026, 4), 25, date(2026, 12, 25)), (Quarter(2026, 2), 31, date(2026, 6, 30)), (Quarter(2026, 1), 1, date(2026, 3, 1))],
)  # fmt: skip
def test_the_day_lies_in_the_last_month_of_the_quarter(cast, quarter, number, day):
    if number != 25:
        UnitSetting.objects.create(
            region=cast.city, key="return_cut_day", value=number, document_no="-", starts_on=date(2026, 1, 1),
            decided_by=cast.city_business, decided_at="2026-01-01T09:00+08:00",
        )  # fmt: skip
    assert scope.cut_of(quarter, cast.city, TODAY) == day


def test_the_page_says_that_it_is_a_draft_and_until_when_and_names_nobody(cast):
    person = make_person(cast, name="林依妹")
    item(person, date(2026, 10, 1), date(2026, 12, 31))
    text = page(signed_in(cast.township_clerk), "/overview/return")
    assert "草表，正式季报以市局收到的为准" in text
    assert "统计截止日12月25日还没到" in text
    assert "负责人：" in text
    assert "林依妹" not in text
    assert "表二" not in text


def test_the_workbook_is_the_office_s_form_and_its_taking_is_on_record(cast):
    person = make_person(cast, name="林依妹", groups=("dibao", "old_alone"))
    visit(
        person, date(2026, 11, 2), cast.visitor, items=[item(person, date(2026, 10, 1), date(2026, 12, 31))]
    )
    answer = signed_in(cast.city_supervisor).get("/overview/return/workbook")
    (sheet,) = excel.read(answer.content)
    rows = sheet.rows
    assert "福州市困难群众巡访工作季报表" in rows[0][0]
    text = str(rows)
    for words in (
        "填报单位：福州市",
        "2026年第四季度",
        "算到11月24日 周二",
        "填报人：",
        "审核人：",
        "（公章）",
        "草表",
        "嵩口镇",
        "尾号",
    ):
        assert words in text, words
    assert "林依妹" not in text
    joined = {rows[top][left] for (top, left), (_, right) in sheet.merges if right > left}
    assert {"低保", "特困", "已访", "未访成"} <= joined
    total = next(row for row in rows if row[0] == "合计")
    draft = quarterly.read(cast.city, QUARTER, TODAY, cast.city_supervisor.duty)
    assert total[1] == draft.whole.people["class-all"] == 1
    assert sum(value for value in total[1:] if isinstance(value, int | float)) > 5
    log = LogEntry.objects.get(action="figures_exported")
    assert (log.actor_id, log.detail["what"], log.detail["period"]) == (
        cast.city_supervisor.pk,
        "return",
        "2026Q4",
    )


def test_every_table_of_the_overview_is_a_sheet_of_its_workbook(cast):
    random_world(cast, 3)
    for user, unit in ((cast.county_officer, cast.county), (cast.township_clerk, cast.village)):
        answer = signed_in(user).get(f"/overview/workbook?unit={unit.pk}")
        book = excel.read(answer.content)
        assert [sheet.name for sheet in book][:4] == ["总表", "怎么访的", "哪一周访的", "发现了什么"]
        assert "陈依" not in str([sheet.rows for sheet in book])
    figures = selectors.figures(scope.units_of(cast.county), QUARTER, TODAY)
    answer = signed_in(cast.county_officer).get("/overview/workbook")
    total = next(row for row in excel.read(answer.content)[0].rows if row[0] == "合计")
    assert total[1] == figures.due


def test_a_unit_outside_ones_scope_is_not_found(cast):
    for path in ("/overview/return", "/overview/return/workbook", "/overview/workbook"):
        assert signed_in(cast.township_clerk).get(path, {"unit": cast.county.pk}).status_code == 404
        assert signed_in(cast.visitor).get(path).status_code == 403


def test_a_return_costs_the_same_queries_for_few_and_many_units(cast):
    def queries():
        client = signed_in(cast.city_supervisor)
        client.get("/overview/return")
        with CaptureQueriesContext(connection) as caught:
            page(client, "/overview/return")
        return len(caught)

    item(make_person(cast), date(2026, 10, 1), date(2026, 12, 31))
    few = queries()
    for village in (cast.other_village, cast.other_county_village):
        for _ in range(5):
            item(make_person(cast, village=village), date(2026, 10, 1), date(2026, 12, 31))
    assert queries() == few


# ── the other tables, the wall ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("table", ["how", "weeks", "found"])
def test_every_cell_of_every_table_leads_to_as_many_people(cast, table):
    random_world(cast, 4, 6)
    client = signed_in(cast.county_officer)
    for unit in (cast.county, cast.village):
        for url, number in cells(page(client, f"/overview?t={table}&unit={unit.pk}")):
            assert length(client, url) == number, url


def test_the_wall_names_no_person_and_has_nothing_to_press_but_the_way_back(cast):
    random_world(cast, 2)
    for user in (cast.city_supervisor, cast.county_officer, cast.township_clerk):
        text = page(signed_in(user), "/overview?screen=1")
        main = text[text.index("<main") : text.index("</main>")]
        for secret in ("陈依", "tel:", user.name, cast.township_clerk.name, cast.county_officer.name):
            assert secret not in main
        assert len(re.findall("<a ", main)) == 1
        assert "不排名" in main


def test_the_sentence_about_trial_stands_there_once(cast):
    from tests.visits.records.test_starting import begin

    make_person(cast)
    begin(cast)
    for user, words in (
        (cast.county_officer, "在试运行"),
        (cast.city_supervisor, "在试运行"),
        (cast.township_clerk, "试运行，"),
    ):
        for path in ("/overview", "/overview/people", "/overview/return"):
            text = page(signed_in(user), path)
            text = text[: text.index("催办文字")] if "催办文字" in text else text
            assert text.count(words) == 1, (user.name, path)


def test_this_period_stands_beside_the_last_one_on_the_same_day(cast):
    for start, end, days in (
        (date(2026, 7, 1), date(2026, 9, 30), (date(2026, 8, 1), date(2026, 9, 1))),
        (date(2026, 10, 1), date(2026, 12, 31), (date(2026, 11, 1),)),
    ):
        for day in days:
            person = make_person(cast)
            visit(person, day, cast.visitor, items=[item(person, start, end)])
    client = signed_in(cast.township_clerk)
    text = page(client, "/overview")
    part = text[text.index("和以前比") :]
    assert "2026年第三季度，8月24日" in part
    assert "现在高50.0个点" in part
    assert "2025年" not in part
    for url, number in cells(part[: part.index("催办文字")]):
        assert length(client, url) == number, url


def test_the_list_behind_a_number_goes_out_by_the_roster_s_door(cast):
    person = make_person(cast, name="林依妹")
    make_person(cast, name="黄玉钗")
    visit(
        person, date(2026, 11, 2), cast.visitor, items=[item(person, date(2026, 10, 1), date(2026, 12, 31))]
    )
    client = signed_in(cast.township_clerk)
    text = page(client, "/overview/people?measure=by_home")
    (url,) = [url for url, said in anchors(text) if said == "导出Excel"]
    assert "figures=" in url
    assert "1人" in client.get(url, follow=True).content.decode()
    text = page(signed_in(cast.city_supervisor), "/overview/people?measure=by_home")
    assert "导出Excel" not in text
