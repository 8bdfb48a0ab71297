"""J7 as the city and a county walk it: the quarter's numbers down to one person, the comparison, a sample, the return.

Not here: annual plans and returns that were received or are missing (六(一)): they belong to work that is not built yet.
"""

import re

from playwright.sync_api import Page, expect

from tests.cast import make_person
from tests.e2e.conftest import DESKTOP, PHONE, Site
from tests.visits.desk.world import item, visit
from visits.roster.models import Look, Person
from visits.schedule.periods import Quarter
from xunfang.kit import excel

CLICKS = 4  # J7: city, county, township, village, list


def fill(site: Site) -> list[Person]:
    """Three people of one village: two were visited this quarter, one of them in person; two in the last one."""
    cast, quarter = site.cast, Quarter.containing(site.cast.on)
    before = quarter.previous()
    people = [make_person(cast, name=name, phone="13800004471") for name in ("林依妹", "黄玉钗", "张志坚")]
    for n, person in enumerate(people):
        old, owed = item(person, before.start, before.end), item(person, quarter.start, quarter.end)
        if n < 2:
            visit(person, before.start, cast.visitor, items=[old])
            visit(person, cast.on, cast.visitor, items=[owed], met="family" if n else "self")
    return people


def number_of(page: Page, word: str) -> str:
    """What a tile says."""
    return (
        page.locator("a.xf-stat", has_text=word).first.locator(".v").inner_text().removesuffix("人").strip()
    )


def test_the_city_goes_from_a_number_to_its_list_in_four_clicks_and_opens_a_file_with_a_reason(
    site: Site,
) -> None:
    people, cast = fill(site), site.cast
    city = site.page(cast.city_supervisor, size=DESKTOP)
    city.goto("/overview")
    site.check(city)
    assert number_of(city, "应访") == "3"
    expect(city.get_by_text("见到本人率").first).to_be_visible()
    expect(city.locator("main")).to_contain_text("和以前比")
    expect(city.locator("main")).to_contain_text(f"{Quarter.containing(cast.on).previous().label}")
    clicks = 0
    for name in (cast.county.name, cast.township.name, cast.village.name):
        city.get_by_role("link", name=name, exact=True).first.click()
        clicks += 1
        assert number_of(city, "应访") == "3", name
    city.locator("a.xf-stat", has_text="应访").first.click()
    clicks += 1
    assert clicks == CLICKS
    site.check(city)
    main = city.locator("main")
    expect(main).to_contain_text("林**")
    assert not any(person.name in main.inner_text() for person in people)
    expect(main.get_by_role("link", name="写明理由后查看")).to_have_count(3)

    main.locator("tr", has_text="林**").get_by_role("link", name="写明理由后查看").click()
    site.check(city)
    city.get_by_label("核对数字对不上的地方").check()
    city.get_by_label("具体是什么事").fill("完成率和上报的不一样")
    city.get_by_role("button", name="写好了，查看档案").click()
    expect(city.get_by_text("今天24:00前可以看。")).to_be_visible()
    expect(city.locator("main")).to_contain_text("林依妹")
    site.check(city)
    assert Look.objects.get().person == people[0]

    phone = site.page(cast.county_officer, size=PHONE)
    phone.goto("/roster/looks")
    expect(phone.locator("main")).to_contain_text("完成率和上报的不一样")
    site.check(phone)


def test_the_wall_the_workbook_the_return_and_a_sample_say_the_same_numbers(site: Site) -> None:
    people, cast = fill(site), site.cast
    city = site.page(cast.city_supervisor, size=DESKTOP)
    city.goto("/overview")
    with city.expect_download() as taken:
        city.get_by_role("link", name="导出Excel").click()
    book = excel.read(taken.value.path().read_bytes())
    total = next(row for row in book[0].rows if row[0] == "合计")
    assert total[1] == 3
    assert "林" not in str([sheet.rows for sheet in book])
    city.get_by_role("link", name="投屏").click()
    assert not any(person.name[0] + "**" in city.locator("main").inner_text() for person in people)
    city.go_back()
    city.get_by_role("link", name="季报草表").click()
    expect(city.locator("main")).to_contain_text("草表，正式季报以市局收到的为准")
    site.check(city)
    expect(city.get_by_role("link", name="3", exact=True).first).to_be_visible()

    officer = site.page(cast.county_officer, size=DESKTOP)
    officer.goto("/records/samples")
    officer.get_by_label("自己定份数", exact=True).check()
    officer.get_by_label("几份").fill("1")
    officer.get_by_role("button", name="抽").click()
    expect(officer.get_by_text(re.compile(r"从2份里抽了1份，抽签数\d+"))).to_be_visible()
    site.check(officer)
