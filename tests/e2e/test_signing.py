"""J2: three people sign a village's table, one draws, one strikes a line; the county approves. And the end of J0: a table
printed, signed on paper, photographed and attached."""

import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.scoping import duty_of
from tests.cast import make_person
from tests.e2e.conftest import DESKTOP, PHONE, Site, give_password
from tests.kit.pictures import photograph
from tests.world import visit
from visits.records import documents, sheet_page
from visits.records.models import LineReturn, Sheet
from visits.records.services.sheets import draft_sheet
from visits.schedule.periods import Quarter


def _table(site: Site, village, visitor, names: tuple[str, ...]) -> Sheet:
    cast = site.cast
    for name in names:
        visit(make_person(cast, name=name, village=village), visitor, cast.on)
    duty_of(cast.township_clerk, cast.on)
    key = Quarter.containing(cast.on).key
    return draft_sheet(village_id=village.pk, period_key=key, by=cast.township_clerk, at=timezone.now())


def _draw(page: Page) -> None:
    page.locator("summary", has_text="手写签名").click()
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 30 + 12 * step, box["y"] + 60 + (25 if step % 2 else -25))
    page.mouse.up()
    expect(page.get_by_text("写好了")).to_be_visible()


def test_three_sign_on_the_screen_and_another_table_on_paper(site: Site) -> None:
    cast = site.cast
    sheet = _table(site, cast.village, cast.visitor, ("陈依金", "黄玉钗", "余细根"))
    url = f"/records/sheets/{sheet.uuid}"

    head = site.page(cast.village_head, size=PHONE)
    head.goto(url)
    give_password(head)
    _draw(head)
    site.check(head)
    head.get_by_role("button", name="我看过了，签字").click()
    expect(head.get_by_alt_text("手写签名")).to_be_visible()

    liaison = site.page(cast.liaison, size=DESKTOP)
    liaison.goto(url)
    liaison.get_by_role("link", name="划出几行，退回").click()
    liaison.get_by_role("checkbox").first.check()
    liaison.get_by_label("为什么退回").fill("哪种药？写清楚。")
    site.check(liaison)
    liaison.get_by_role("button", name="划出，退回").click()
    give_password(liaison)
    liaison.get_by_role("button", name="我看过了，签字").click()
    expect(liaison.locator("main")).to_contain_text("哪种药？写清楚。")

    chief = site.page(cast.township_head, size=PHONE)
    chief.goto(url)
    give_password(chief)
    chief.get_by_role("button", name="我看过了，签字").click()
    chief.wait_for_load_state()
    sheet.refresh_from_db()
    assert (sheet.state, sheet.signatures.exclude(drawing=None).count()) == ("signed", 1)
    assert LineReturn.objects.get().reason == "哪种药？写清楚。"

    _by_hand(site)
    county = site.page(cast.county_officer, size=DESKTOP)
    county.goto("/records/sheets")
    county.get_by_label(re.compile("全选")).check()
    county.get_by_role("button", name=re.compile("审核通过")).click()
    expect(county.locator("main")).to_contain_text("审核通过2张")
    assert set(Sheet.objects.filter(kind="village").values_list("state", flat=True)) == {"approved"}


def _by_hand(site: Site) -> None:
    """The clerk prints a table, three sign it with ink, and its photograph is attached: the square code says which."""
    cast = site.cast
    sheet = _table(site, cast.other_village, cast.township_clerk, ("张志坚",))
    duty_of(cast.township_clerk, cast.on)
    printed = documents.address(sheet_page.page_of(sheet, cast.township_clerk, cast.on))
    clerk = site.page(cast.township_clerk, size=DESKTOP)
    clerk.goto(f"/records/sheets/{sheet.uuid}/print")
    expect(clerk.locator("main")).to_contain_text("张志坚")
    clerk.goto(f"/records/sheets/{sheet.uuid}")
    clerk.get_by_role("link", name="附纸质签字照片").click()
    site.check(clerk)
    file = {"name": "签好.jpg", "mimeType": "image/jpeg", "buffer": photograph(printed)}
    clerk.get_by_label("照片或扫描件").set_input_files(file)  # type: ignore[arg-type]
    for label, name in (("村（居）主任签", "林国清"), ("包村干部签", "谢永华"), ("主要负责人签", "郑文彬")):
        clerk.get_by_label(re.compile(label)).fill(name)
    clerk.get_by_role("button", name="登记纸质签字").click()
    expect(clerk.locator("main")).to_contain_text("纸质签字已登记")
    sheet.refresh_from_db()
    assert (sheet.state, sheet.signatures.filter(method="paper").count()) == ("signed", 3)
