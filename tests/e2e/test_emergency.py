"""J4 on a phone: the telephones are there without signal, one press afterwards, the county takes it."""

from datetime import timedelta

from django.utils import timezone

from tests.cast import make_person
from tests.e2e.conftest import DESKTOP, Site
from visits.followup.models import DutyShift, Emergency


def test_an_emergency_from_the_telephone_to_who_has_it(site: Site) -> None:
    cast, now = site.cast, timezone.now()
    person = make_person(cast, name="林依妹")
    DutyShift.objects.create(
        region=cast.township, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=12), name="林建忠",
        phone="13900001127", made_by=cast.township_clerk, made_at=now,
    )  # fmt: skip
    office = site.page(cast.county_officer, size=DESKTOP)
    office.clock.install()
    office.goto("/")
    site.check(office)
    page = site.page(cast.visitor)
    page.goto(f"/person/{person.uuid}")
    site.check(page)

    page.context.set_offline(True)  # the bridge has no signal: what was loaded is enough
    page.get_by_role("banner").get_by_role("link", name="紧急", exact=True).click()
    for number in ("110", "119", "120", "13900001127"):
        link = page.locator(f"#jinji a[href='tel:{number}']")
        assert link.is_visible(), number
        assert link.bounding_box()["height"] >= 40, number
    assert "系统不会替您打" in page.locator("#jinji").inner_text()
    page.context.set_offline(False)

    page.get_by_role("link", name="打过了，记一句").click()
    site.check(page)
    page.get_by_label("突发疾病、受伤").check()
    page.get_by_label("120急救").check()
    page.get_by_role("button", name="记下").click()
    page.wait_for_url("**/emergencies/*")
    site.check(page)
    assert "等值班的接" in page.content()
    row = Emergency.objects.get()
    assert (row.person, row.kind, row.called) == (person, "ill", [["120", "", ""]])

    # The county's page was open all the time and finds it by itself.
    assert office.get_by_role("button", name="我接了").count() == 0
    office.clock.run_for(61_000)
    office.get_by_role("button", name="我接了").wait_for()
    assert "林依妹" in office.get_by_role("alert").inner_text()
    assert office.title().startswith("（1件紧急）")
    site.check(office)
    office.get_by_role("button", name="我接了").click()
    office.wait_for_url("**/emergencies/*")
    site.check(office)
    page.reload()
    assert "值班的已接" in page.content()


def test_it_works_without_scripts(site: Site) -> None:
    cast = site.cast
    page = site.page(cast.visitor, javascript=False)
    page.goto("/emergencies/new")
    page.get_by_role("button", name="记下").click()
    page.wait_for_url("**/emergencies/*")
    assert Emergency.objects.get().kind == "other"
