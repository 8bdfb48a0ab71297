"""J3 as five people walk it: heard on a phone, filed by the clerk, answered by the county, approved, carried out."""

import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.cast import make_person
from tests.e2e.conftest import DESKTOP, PHONE, Site
from visits.core.models import CalendarYear
from visits.followup.models import Case
from visits.roster.models import Person
from visits.schedule.models import DueItem


def test_a_change_is_heard_filed_answered_approved_and_carried_out(site: Site) -> None:
    cast = site.cast
    for year in (cast.on.year, cast.on.year + 1):
        CalendarYear.objects.get_or_create(year=year, defaults={"status": "official", "document": "试"})
    person = make_person(cast, name="张志坚", assignee=cast.visitor)
    Person.objects.filter(pk=person.pk).update(created_at="2020-01-01T00:00:00+08:00")

    phone = site.page(cast.visitor, size=PHONE)
    phone.goto(f"/changes/of/{person.uuid}")
    phone.get_by_label("邻居、村民反映").check()
    phone.locator("#id_c-0-code").select_option("income")
    phone.locator("#id_c-0-was").fill("打零工，月约3200元")
    phone.locator("#id_c-0-now").fill("工地摔伤，三个月没有工钱")
    site.check(phone)
    phone.get_by_role("button", name="记下").click()
    expect(phone.get_by_text(re.compile("记下了"))).to_be_visible()

    clerk = site.page(cast.township_clerk, size=DESKTOP)
    clerk.goto("/changes/")
    clerk.get_by_role("link", name="张志坚").click()
    site.check(clerk)
    clerk.get_by_role("button", name="上报县级").click()
    expect(clerk.get_by_text("看县里办到哪了")).to_be_visible()

    officer = site.page(cast.county_officer, size=DESKTOP)
    officer.goto("/cases/")
    site.check(officer)
    officer.get_by_role("link", name="张志坚").first.click()
    officer.get_by_role("button", name="接手").click()
    officer.locator("#id_m-0-kind").select_option("money")
    for name, text in (("words", "临时救助"), ("amount", "6000"), ("unit", "民政办"), ("who", "郑晓琳")):
        officer.locator(f"#id_m-0-{name}").fill(text)
    officer.locator("#id_m-0-due_on").fill((cast.on + timedelta(days=5)).isoformat())
    site.check(officer)
    officer.get_by_role("button", name="交负责人批准").click()
    expect(officer.get_by_text(re.compile("批准了，时限才停"))).to_be_visible()

    head = site.page(cast.county_head, size=PHONE)
    head.goto("/cases/approvals")
    site.check(head)
    head.locator("input[name=pick]").check()
    head.get_by_role("button", name="批准勾了的").click()
    expect(head.get_by_text("批准了1个")).to_be_visible()

    case = Case.objects.get()
    clerk.goto(f"/cases/{case.uuid}")
    site.check(clerk)
    clerk.get_by_role("link", name=re.compile("记结果")).click()
    clerk.get_by_label("结果").last.fill("钱到账了")
    clerk.get_by_role("button", name="记下结果").click()
    expect(clerk.get_by_text("钱到账了").first).to_be_visible()
    assert DueItem.objects.filter(cause=DueItem.Cause.REVISIT, person=person, stored="").exists()
    assert isinstance(case.revisit_on, date)
