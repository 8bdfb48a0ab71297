"""J0, the first day: a clerk with a list, half a quarter gone, cadres without telephones, and a printer."""

import io
import re
from datetime import date, timedelta

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.cast import id_number
from tests.e2e.conftest import DESKTOP, PHONE, Site
from tests.e2e.test_thread import _import
from visits.records.models import OfflineVisit
from visits.roster.models import Person
from visits.schedule.models import DueItem
from visits.schedule.periods import Quarter

NAMES = ("陈依金", "黄玉钗", "张志坚", "余细根")


def _list(site: Site) -> bytes:
    """Four good people of two villages, and one with a wrong check digit: what `_import` waits to read."""
    villages = (site.cast.village, site.cast.village, site.cast.village, site.cast.other_village)
    rows = ["姓名,身份证号,村,类别,电话,自然村,起始年月"]
    for number, (name, village) in enumerate(zip(NAMES, villages, strict=True)):
        good = id_number(date(1950 + number, 3, 8))
        rows.append(f"{name},{good},{village.name},特困,,祠堂边,2024年1月")
    wrong = good[:-1] + ("1" if good[-1] != "1" else "2")
    rows.append(f"林依妹,{wrong},{site.cast.village.name},低保,,祠堂边,2024年1月")
    return "\r\n".join(rows).encode("utf-8-sig")


def _step(page: Page, name: str) -> None:
    """Follow a step of the guide on the home page."""
    page.goto("/")
    page.get_by_role("link", name=name).first.click()
    page.wait_for_load_state()


def test_the_first_day(site: Site) -> None:
    cast = site.cast
    quarter = Quarter.containing(cast.on)
    # In trial on any day of any year: a start on a quarter's first day would need no trial.
    starts = cast.on if cast.on > quarter.start else cast.on + timedelta(days=1)
    seen = max(quarter.start, starts - timedelta(days=20))
    clerk = site.page(cast.township_clerk, size=DESKTOP)

    # The five steps wait; the list comes first.
    expect(clerk.locator("main")).to_contain_text("开张五步")
    _import(site, clerk, _list(site))
    assert Person.objects.count() == 4

    _step(clerk, "定启用日期")
    clerk.get_by_label("启用日期").fill(starts.isoformat())
    clerk.get_by_role("button", name="就定这一天").click()
    expect(clerk.locator("main")).to_contain_text("试运行")
    site.check(clerk)
    clerk.goto("/")
    expect(clerk.locator("main")).to_contain_text("试运行，数据不作考核")

    # Last month's visits of one village, all but one on the same day.
    clerk.wait_for_timeout(500)
    _step(clerk, "启用前已访的补登")
    clerk.get_by_role("link", name=re.compile(cast.village.name)).click()
    clerk.locator("#person_all").check()
    clerk.get_by_label("哪天去的", exact=True).fill(seen.isoformat())
    clerk.get_by_label("谁去的").select_option(label=cast.visitor.name)
    clerk.get_by_label("纸在哪里").fill("民政办铁皮柜第2格")
    row = clerk.locator("tr", has_text=NAMES[0])
    row.locator("summary").click()
    row.locator("input[type=text]").fill("儿子从外地回来了")
    site.check(clerk)
    clerk.get_by_role("button", name="登记打勾的").click()
    expect(clerk.locator("main")).to_contain_text("登记了3人线下已访，其中3人这一期算访过了；1人有变化")
    assert OfflineVisit.objects.count() == 3
    assert DueItem.objects.filter(done_via="before_start").count() == 3
    clerk.goto("/records/offline")
    clerk.get_by_role("button", name="都登记好了").click()
    clerk.wait_for_load_state()

    # Everybody is given to a visitor; the sheets of the villages that still have somebody are printed.
    _step(clerk, "分给巡访人")
    site.check(clerk)
    for village, visitor in ((cast.village, cast.visitor), (cast.other_village, cast.township_clerk)):
        clerk.get_by_label(f"{village.name}改分给", exact=True).select_option(value=str(visitor.pk))
    clerk.get_by_role("button", name="看会改什么").click()
    site.check(clerk)
    clerk.get_by_role("button", name="照这样分").click()
    expect(clerk.locator("main")).to_contain_text("4人分好了")
    assert not Person.objects.filter(assignee=None).exists()
    _step(clerk, "打印各村巡访单")
    clerk.get_by_role("button", name=re.compile("各村一起打")).click()
    expect(clerk.get_by_role("link", name="看结果")).to_be_visible(timeout=60_000)
    paper = clerk.request.get(clerk.get_by_role("link", name="看结果").get_attribute("href") or "")
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(paper.body())).pages)
    assert NAMES[3] in text
    assert NAMES[0] not in text
    assert "试运行" in text

    # The figures say what was done on paper, and that it is no yardstick yet.
    clerk.goto(f"/overview?period={quarter.key}")
    expect(clerk.locator("main")).to_contain_text("试运行，数据不作考核")
    offline = clerk.locator(".xf-said .nb", has_text="线下")
    expect(offline).to_have_text("线下3人")
    site.check(clerk)
    offline.get_by_role("link").click()
    for name in NAMES[:3]:
        expect(clerk.locator("main")).to_contain_text(name)
    clerk.get_by_role("link", name=NAMES[0]).click()
    expect(clerk.locator("main")).to_contain_text("纸在民政办铁皮柜第2格")

    # The same tick list on a telephone: nothing is too wide, and a box is a thumb's size.
    phone = site.page(cast.township_clerk, size=PHONE)
    phone.goto("/records/offline")
    site.check(phone)
    box = phone.locator("td.pick .xf-check").first.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
