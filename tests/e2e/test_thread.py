"""The whole thread as six people walk it: a list comes in, somebody is due, visited on a phone, signed for by
three, approved by the county, printed, and counted."""

import io
import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.cast import id_number
from tests.e2e.conftest import DESKTOP, PHONE, Site, give_password
from visits.core.models import UnitSetting
from visits.followup.models import ChangeReport
from visits.records.models import Sheet, Visit
from visits.roster.models import Person
from visits.schedule.periods import Quarter

NAME = "陈㛃珠"  # a rare character of a name must reach the paper


def _list(site: Site) -> bytes:
    """A township's list as CSV: one good new person, one with a wrong check digit."""
    good = id_number(date(1951, 3, 8))
    # Never a number that ends in 000: that one is told apart as the work of a spreadsheet.
    wrong = good[:-1] + ("1" if good[-1] != "1" else "2")
    rows = [
        "姓名,身份证号,村,类别,电话,自然村,怎么找,起始年月,巡访人手机号",
        f"{NAME},{good},月洲村,特困,13800009001,祠堂边,祠堂后第二家,2024年1月,{site.cast.visitor.phone}",
        f"林依妹,{wrong},月洲村,低保,13800009002,祠堂边,桥头,2024年1月,",
    ]
    return "\r\n".join(rows).encode("utf-8-sig")


def _import(site: Site, page: Page, content: bytes) -> None:
    page.goto("/roster/import")
    page.locator("input[type=file]").set_input_files(
        {"name": "嵩口名单.csv", "mimeType": "text/csv", "buffer": content}
    )
    kind = page.locator("input[type=radio][value=supplement]")
    if kind.count():
        kind.check()
    page.get_by_role("button", name=re.compile("上传|传上去|读一读")).click()
    expect(page.get_by_role("button", name=re.compile("确认入库"))).to_be_visible(timeout=30_000)
    site.check(page)
    expect(page.locator("main")).to_contain_text("校验码不对")
    page.get_by_role("button", name=re.compile("确认入库")).click()
    expect(page.get_by_text(re.compile("已入库|入库了|新增1人")).first).to_be_visible(timeout=30_000)


def answer(page: Page) -> int:
    """Fill a visit in which nothing is wrong. Returns the number of taps."""
    taps = 0

    def tap(label: Locator) -> None:
        """The button is a label; the finger meets the input that lies over it."""
        nonlocal taps
        page.locator(f"#{label.get_attribute('for')}").click()
        taps += 1

    tap(page.locator("label", has_text="见到本人").first)
    for area in page.locator("fieldset.xf-area").all():
        quick = area.locator(".xf-area__sw label").first
        if quick.count():
            tap(quick)
            continue
        for item in area.locator("fieldset.xf-item").all():
            tap(item.locator("label", has_text="正常").first)
    for asked in page.locator("#season fieldset", has_text=re.compile("点一下|至少点一个")).all():
        if not asked.locator("input:checked").count():
            tap(asked.locator("label").first)
    house = page.locator("#season fieldset", has_text="第一次问")
    if house.count():  # where the house stands is asked once, in the flood season
        tap(house.locator("label", has_text="都不是"))
    return taps


def make_season(site: Site, season: str) -> None:
    """Today lies in this season and in no other, whatever day the tests run."""
    today = f"{site.cast.on:%m-%d}"
    far = f"{site.cast.on + timedelta(days=100):%m-%d}"
    for key in ("flood_season", "winter"):
        window = [today, today] if key == season else [far, far]
        UnitSetting.objects.create(region=site.cast.county, key=key, value=window, starts_on=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("javascript", "season"),
    [(True, "winter"), (False, "flood_season")],
    ids=["with scripts in winter", "without scripts in flood season"],
)
def test_the_thread_from_a_list_to_the_figures(site: Site, javascript: bool, season: str) -> None:
    site.javascript = javascript
    make_season(site, season)
    cast = site.cast
    quarter = Quarter.containing(cast.on)

    # The clerk brings the list in; the wrong row comes back with its reason.
    clerk = site.page(cast.township_clerk, size=DESKTOP)
    _import(site, clerk, _list(site))
    person = Person.objects.get(name=NAME)
    assert person.assignee_id == cast.visitor.pk

    # The visitor sees who is due and why, and logs the visit on a phone.
    visitor = site.page(cast.visitor, size=PHONE)
    card = visitor.locator("article", has_text=NAME)
    expect(card).to_contain_text("每季度至少一次")
    card.get_by_role("link", name=re.compile("去.*访")).click()
    site.check(visitor)
    expect(visitor.get_by_role("link", name=re.compile("120")).first).to_be_visible()
    taps = answer(visitor)
    assert taps + 2 <= 18  # the card, the answers, “保存”; first visit in extreme hardship, in season at most
    visitor.locator("summary", has_text="写几句").click()
    visitor.get_by_label(re.compile("写几句|说明|还有什么")).first.fill("气色不错，刚从菜地回来。")
    visitor.get_by_role("button", name="保存", exact=True).click()
    visitor.wait_for_url(re.compile(r"/(records/visits/|$|person/)"))
    visit = Visit.objects.get()
    assert visit.person_id == person.pk
    assert not ChangeReport.objects.exists()
    visitor.goto("/")
    assert (
        "今天没有" in visitor.content()
        or NAME not in visitor.locator("article.xf-person:not(.xf-person--done)").all_inner_texts().__str__()
    )

    # The clerk opens this quarter's table; three people sign it in order.
    clerk.goto("/records/sheets")
    clerk.locator("summary", has_text="先出本期确认表").click()
    clerk.get_by_label("村").select_option(label=cast.village.name)
    clerk.get_by_label("哪一期").select_option(label=quarter.label)
    clerk.get_by_role("button", name="出表").click()
    expect(clerk.locator("h1")).to_contain_text("巡访结果确认表")
    sheet = Sheet.objects.get()
    url = f"/records/sheets/{sheet.uuid}"
    for signer, size in ((cast.village_head, PHONE), (cast.liaison, DESKTOP), (cast.township_head, PHONE)):
        page = site.page(signer, size=size)
        page.goto("/")
        expect(page.locator("main")).to_contain_text(re.compile("待.?签|轮到您|签字"))
        page.goto(url)
        expect(page.get_by_text("轮到您")).to_be_visible()
        site.check(page)
        give_password(page)
        page.get_by_role("button", name="我看过了，签字").click()
        page.wait_for_load_state()
    sheet.refresh_from_db()
    assert (sheet.state, sheet.signatures.count()) == ("signed", 3)

    # The county looks into it and approves.
    county = site.page(cast.county_officer, size=DESKTOP)
    county.goto("/records/sheets")
    county.locator("input[type=checkbox][name=pick]").first.check()
    county.get_by_role("button", name=re.compile("审核通过")).click()
    county.wait_for_load_state()
    sheet.refresh_from_db()
    assert sheet.state == "approved"

    # Record and table are papers, with the rare character in place.
    for path in (f"{url}/pdf", f"/records/visits/{visit.uuid}/pdf"):
        response = county.request.get(path)
        assert response.headers["content-type"] == "application/pdf"
        text = "".join(part.extract_text() for part in PdfReader(io.BytesIO(response.body())).pages)
        assert NAME in text.replace(" ", "").replace("\n", "")
    # Four clicks down, the same number all the way.
    city = site.page(cast.city_supervisor, size=DESKTOP)
    city.goto(f"/overview?period={quarter.key}")
    for unit in (cast.county.name, cast.township.name):
        row = city.locator("tbody tr", has_text=unit).first
        expect(row.locator("td").first).to_have_text("1")
        row.get_by_role("link", name=unit).click()
        city.wait_for_load_state()
    row = city.locator("tbody tr", has_text=cast.village.name).first
    row.locator("td a").first.click()
    city.wait_for_load_state()
    assert "陈**" in city.content()
    assert NAME not in city.content()
