"""The visit form in a real browser: saves what is typed, finds it again, folds and counts; works without script."""

import uuid
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.cast import make_person
from tests.e2e.conftest import Site, check_page
from tests.visits.records.visiting_bodies import body
from visits.core.models import UnitSetting
from visits.records import services
from visits.records.models import Draft, Visit
from visits.roster.models import Person
from visits.schedule import services as schedule


def visited(site: Site) -> Person:
    """Somebody on 低保 who was visited four months ago: a routine visit."""
    today = timezone.localdate()
    far = f"{today + timedelta(days=100):%m-%d}"  # no season today, whatever day the tests run
    for key in ("flood_season", "winter"):
        UnitSetting.objects.create(
            region=site.cast.county, key=key, value=[far, far], starts_on=date(2020, 1, 1)
        )
    person = make_person(site.cast, hamlet="上洋")
    schedule.generate(on=today)
    services.submit(
        person_id=person.pk,
        by=site.cast.visitor,
        at=timezone.now(),
        key=uuid.uuid4(),
        body=body(visited_on=today - timedelta(days=130), thinking=1),
    )
    return person


def address(person: Person) -> str:
    return reverse("visits_records:visit_new", args=[person.uuid])


def test_what_is_typed_is_there_again_after_the_phone_went_out(site: Site) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor)
    page.goto(address(person))
    page.locator("#id_mode_1").check()
    page.locator("summary", has_text="写几句").click()
    page.locator("#id_remark").fill("她说下周去福州看病")
    expect(page.locator("#xf-draft")).to_contain_text("已自动保存", timeout=6000)
    assert Draft.objects.get().body["remark"] == ["她说下周去福州看病"]
    other = site.page(site.cast.visitor)
    other.goto(address(person))
    expect(other.locator("#xf-draft")).to_contain_text("接着写")
    expect(other.locator("#id_remark")).to_have_value("她说下周去福州看病")
    expect(other.locator("#id_mode_1")).to_be_checked()
    check_page(other)


def test_leaving_the_page_at_once_still_keeps_the_last_words(site: Site) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor)
    page.goto(address(person))
    page.locator("summary", has_text="写几句").click()
    page.locator("#id_remark").fill("刚写完就来电话")
    page.goto("/")
    for _ in range(50):  # the last save is on its way while the next page loads
        if Draft.objects.exists():
            break
        page.wait_for_timeout(100)
    page.goto(address(person))
    expect(page.locator("#id_remark")).to_have_value("刚写完就来电话")


def test_a_dead_network_is_said_and_tried_again(site: Site) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor)
    page.goto(address(person))
    page.route("**/draft", lambda route: route.fulfill(status=502, body=""))
    page.locator("#id_met_0").check()
    expect(page.locator("#xf-draft")).to_contain_text("没存上，正在重试", timeout=6000)
    page.unroute("**/draft")
    expect(page.locator("#xf-draft")).to_contain_text("已自动保存", timeout=9000)
    site.problems.clear()


def test_a_routine_visit_is_nine_taps_on_the_page_and_one_to_save(site: Site) -> None:
    """practice P12: ≤ 12, the card's one tap among them; day and mode are chosen already."""
    person = visited(site)
    page = site.page(site.cast.visitor)
    page.goto(address(person))
    taps = ["met_0", "area_family_good", "area_health_same", "area_mind_same", "gas_0", "water_heating_0"]
    taps += ["electricity_0", "area_hygiene_same", "area_dwelling_same"]
    for tap in taps:
        page.locator(f"#id_{tap}").check()
    expect(page.locator("[data-progress]")).to_have_text("都答了")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/records/visits/**")
    assert Visit.objects.count() == 2
    assert not Draft.objects.exists()
    check_page(page)


def test_what_asks_for_a_report_or_a_call_shows_when_it_is_chosen(site: Site) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor)
    page.goto(address(person))
    expect(page.locator("[data-report-ask]")).to_be_hidden()
    expect(page.locator("[data-note=mobility]")).to_be_hidden()
    page.locator("#id_area_health_changed").check()
    page.locator("summary", has_text="疾病状况").click()
    page.locator("#id_illness_2").check()
    expect(page.locator("[data-report-ask]")).to_be_visible()
    page.locator("#id_illness_3").check()
    expect(page.locator("[data-urgent]")).to_be_visible()
    page.locator("#id_area_health_same").check()
    expect(page.locator("[data-urgent]")).to_be_hidden()
    expect(page.locator("[data-report-ask]")).to_be_hidden()


def test_the_whole_form_can_be_filled_without_script(site: Site) -> None:
    person = visited(site)
    page = site.page(site.cast.visitor, javascript=False)
    page.goto(address(person))
    page.get_by_role("button", name="没写完，先存着").click()
    expect(page.locator("main")).to_contain_text("先存好了")
    for tap in ("met_0", "area_family_good", "area_mind_same", "area_hygiene_same", "area_dwelling_same"):
        page.locator(f"#id_{tap}").check()
    page.locator("#id_area_health summary", has_text="逐项看").click()
    page.locator("#id_area_health summary", has_text="行动能力").click()
    page.locator("#id_area_health_changed").check()
    page.locator("#id_mobility_1").check()
    for tap in ("gas_1", "water_heating_0", "electricity_0"):
        page.locator(f"#id_{tap}").check()
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/records/visits/**")
    visit = Visit.objects.latest("pk")
    assert (visit.mobility, visit.thinking) == (1, 1)
