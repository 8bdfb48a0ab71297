"""practice P12: a household of four in at most twenty taps, from the card to saved, on a phone."""

import uuid
from datetime import date, timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.cast import make_person
from tests.e2e.conftest import Site, check_page
from tests.visits.records.visiting_bodies import body
from visits.core.models import UnitSetting
from visits.records import services
from visits.records.models import Draft, Visit
from visits.roster.models import Household, Person
from visits.schedule import services as schedule

MOST = 20


def home(site: Site) -> list[Person]:
    """Four on 低保 under one roof, visited four months ago; no season today, whatever day it is."""
    today, village = timezone.localdate(), site.cast.village
    far = f"{today + timedelta(days=100):%m-%d}"
    for key in ("flood_season", "winter"):
        UnitSetting.objects.create(
            region=site.cast.county, key=key, value=[far, far], starts_on=date(2020, 1, 1)
        )
    made = Household.objects.create(
        head_name="林金火",
        county_id=village.county_id,
        township_id=village.township_id,
        village_id=village.pk,
    )
    names = (("林金火", "户主"), ("陈秀英", "配偶"), ("林依妹", "母"), ("林依弟", "叔"))
    people = [
        make_person(site.cast, name=name, relation=kin, hamlet="上洋", household=made) for name, kin in names
    ]
    schedule.generate(on=today)
    for person in people:
        services.submit(
            person_id=person.pk, by=site.cast.visitor, at=timezone.now(), key=uuid.uuid4(),
            body=body(visited_on=today - timedelta(days=130), thinking=1),
        )  # fmt: skip
    return people


class Finger:
    """Counts every tap."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, selector: str) -> None:
        self.page.locator(selector).check()
        self.taps += 1

    def press(self, role: str, name: str, *, exact: bool = False) -> None:
        self.page.get_by_role(role, name=name, exact=exact).first.click()  # type: ignore[arg-type]
        self.taps += 1


def fill(finger: Finger, people: list[Person]) -> None:
    for person in people:
        finger.tap(f"#id_state__{person.pk}_0")
        finger.tap(f"#id_own__{person.pk}_same")
    for name in ("area_family_good", "gas_0", "water_heating_0", "electricity_0", "area_hygiene_same"):
        finger.tap(f"#id_{name}")
    finger.tap("#id_area_dwelling_same")


def test_a_household_of_four_takes_at_most_twenty_taps_from_the_card_to_saved(site: Site) -> None:
    people = home(site)
    page = site.page(site.cast.visitor)
    page.goto("/")
    finger = Finger(page)
    finger.press("link", "一户4人一起访")
    check_page(page)
    own = page.locator(f"#id_own__{people[0].pk}")  # nobody is asked about who was not met
    expect(own).to_be_hidden()
    page.locator(f"#id_state__{people[0].pk}_1").check()
    expect(own).to_be_visible()
    page.locator(f"#id_state__{people[0].pk}_3").check()
    expect(own).to_be_hidden()
    fill(finger, people)
    expect(page.locator("[data-progress]")).to_have_text("都答了")
    check_page(page)
    finger.press("button", "保存", exact=True)
    page.wait_for_url("**/person/**")
    assert finger.taps <= MOST
    made = Visit.objects.exclude(together=None)
    assert made.count() == 4
    assert made.values("together").distinct().count() == 1
    assert not Draft.objects.exists()


def test_a_household_is_recorded_without_script(site: Site) -> None:
    people = home(site)
    page = site.page(site.cast.visitor, javascript=False)
    page.goto(f"/records/households/{people[0].uuid}/visit")
    finger = Finger(page)
    for person in people:
        page.locator("summary", has_text=f"{person.name}本人的情况").click()
    fill(finger, people)
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/person/**")
    assert Visit.objects.exclude(together=None).count() == 4
