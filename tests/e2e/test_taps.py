"""practice P12: how many taps a visit takes, from the card on the list to the saved record, with one thumb."""

import uuid
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page

from accounts.models import Post, Region
from accounts.roles import Role
from tests.cast import make_person
from tests.e2e.conftest import Site, check_page
from tests.visits.records.visiting_bodies import body
from visits.core.models import UnitSetting
from visits.records import services
from visits.records.models import Visit
from visits.roster.models import Person
from visits.roster.services.dwelling import Facts, note_dwelling
from visits.schedule import services as schedule

SAFETY = ["gas_0", "water_heating_0", "electricity_0"]
SEEN = [
    "met_0",
    "area_family_good",
    *(f"area_{code}_same" for code in ("health", "mind", "hygiene", "dwelling")),
]
FIRST = ["met_0", *(f"area_{code}_good" for code in ("family", "health", "mind", "hygiene", "dwelling"))]
FLOOD = ["s_leak_0", "s_refuge_told_0"]
THUMB = 44


class Thumb:
    """Taps what lies under a finger, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, target: Locator) -> None:
        box = target.bounding_box()
        assert box is not None, target
        assert min(box["width"], box["height"]) >= THUMB - 0.5, (target, box)
        target.click()
        self.taps += 1


def places(site: Site) -> tuple[Region, Region, Region]:
    """Three villages, whatever day the tests run: no season, the flood season, winter."""
    far = f"{timezone.localdate() + timedelta(days=100):%m-%d}"
    others = Region.objects.filter(level=4, parent=site.cast.township).exclude(pk=site.cast.village.pk)
    flood, winter = others.order_by("position")[:2]
    begun = date(2020, 1, 1)
    for region, key, value in (
        (site.cast.county, "flood_season", [far, far]),
        (site.cast.county, "winter", [far, far]),
        (flood, "flood_season", ["01-01", "12-31"]),
        (winter, "winter", ["01-01", "12-31"]),
    ):
        UnitSetting.objects.create(region=region, key=key, value=value, starts_on=begun)
    for village in (flood, winter):
        Post.objects.create(user=site.cast.visitor, region=village, role=Role.VISITOR, starts_on=begun)
    site.cast.refresh()
    return site.cast.village, flood, winter


def known_for_long(site: Site, village: Region, **more: object) -> Person:
    """Somebody visited in an earlier period, whose house was looked at."""
    today, at = timezone.localdate(), timezone.now()
    extra = {"self_care": more.pop("self_care", None), "children": more.pop("children", {})}
    person = make_person(site.cast, village=village, assignee=site.cast.visitor, **more)  # type: ignore[arg-type]
    made = body(visited_on=today - timedelta(days=200), self_care=extra["self_care"])
    made["values"] |= extra["children"]  # type: ignore[operator]
    services.submit(person_id=person.pk, by=site.cast.visitor, at=at, key=uuid.uuid4(), body=made)
    note_dwelling(person_id=person.pk, facts=Facts(("slope",), "王永福"), on=today - timedelta(days=90), by=site.cast.visitor, at=at)  # fmt: skip
    return person


def taps_of(page: Page, person: Person, answers: list[str], save: str = "保存") -> int:
    """From the card on the list to the saved record."""
    page.goto("/")
    thumb, before = Thumb(page), Visit.objects.count()
    address = reverse("visits_records:visit_new", args=[person.uuid])
    thumb.tap(page.locator(f'a[href="{address}"]').first)
    page.wait_for_url(f"**{address}")
    for answer in answers:
        box = page.locator(f"#id_{answer}")  # the words beside a small box are the target
        thumb.tap(page.locator(f'label[for="id_{answer}"]') if answer.endswith("unseen") else box)
    with page.expect_navigation(url=lambda url: address not in url):
        thumb.tap(page.get_by_role("button", name=save, exact=True))
    assert Visit.objects.count() == before + 1, page.content()
    return thumb.taps


def test_seven_kinds_of_visit_keep_within_their_taps(site: Site) -> None:
    quiet, flood, winter = places(site)
    routine, call = known_for_long(site, quiet), known_for_long(site, quiet, name="林电话")
    wet, cold = known_for_long(site, flood, name="林汛期"), known_for_long(site, winter, name="林冬季")
    able = dict.fromkeys(("eating", "dressing", "bed", "toilet", "walking", "washing"), True)
    tekun = known_for_long(site, flood, name="林特困", groups=("tekun",), self_care=able)
    born = date(timezone.localdate().year - 10, 1, 1)
    fine = dict.fromkeys(("guardian", "school", "meals", "parents_contact", "child_mind", "harm"), 0)
    child = known_for_long(site, flood, name="林小妹", birth=born, groups=("minor_kin",), children=fine)
    new = make_person(site.cast, name="林新来", village=flood)
    schedule.generate(on=timezone.localdate())
    page = site.page(site.cast.visitor)
    unseen = [answer for answer in SEEN if answer != "met_0"]
    assert taps_of(page, routine, [*SEEN, *SAFETY], save="保存，下一位") <= 12
    check_page(page)  # the next one's form, in whatever season
    assert taps_of(page, wet, [*SEEN, *SAFETY, *FLOOD, "dwelling_0"]) <= 14
    assert taps_of(page, cold, [*SEEN, *SAFETY, "s_warmth_0", "s_heating_0"]) <= 14
    assert taps_of(page, new, [*FIRST, *SAFETY, *FLOOD, "dwelling_risks_5"]) <= 16
    assert taps_of(page, tekun, [*SEEN, *SAFETY, *FLOOD, "dwelling_0", "area_self_care_same"]) <= 16
    minor = ["area_minor_same", "harm_0"]
    assert taps_of(page, child, [*SEEN, *SAFETY, *FLOOD, "dwelling_0", *minor]) <= 16
    assert taps_of(page, call, ["mode_1", "met_0", *unseen, "area_safety_unseen"]) <= 10


def test_the_page_follows_how_the_visit_was_made(site: Site) -> None:
    _, flood, winter = places(site)
    person, cold = known_for_long(site, flood), known_for_long(site, winter, name="林冬季")
    page = site.page(site.cast.visitor)
    page.goto(reverse("visits_records:visit_new", args=[person.uuid]))
    for answer in ("met_0", "area_family_good", "area_health_same", "area_mind_same"):
        page.locator(f"#id_{answer}").check()
    assert page.locator("[data-season=flood]").is_visible()
    page.locator("#id_mode_3").check()
    page.locator("#id_mode_more_1").check()
    assert not page.locator("[data-season=flood]").is_visible()
    assert page.get_by_text("看他在机构里住的那一间").first.is_visible()
    page.locator("#id_mode_more_2").check()
    assert not page.locator("#id_gas_0").is_visible()
    assert page.locator("[data-progress]").inner_text() == "都答了"
    page.locator("#id_mode_0").check()
    assert page.locator("#id_gas_0").is_visible()
    assert page.locator("[data-season=flood]").is_visible()
    assert page.locator("[data-left]").inner_text() == "还差6项"
    page.locator("#id_mode_3").check()
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/records/visits/**")
    visit = Visit.objects.latest("pk")
    assert (visit.mode, visit.gas, visit.indoor) == ("hospital", 9, 9)
    # Whoever burns nothing is not asked about the window.
    page.goto(reverse("visits_records:visit_new", args=[cold.uuid]))
    window = page.get_by_text("烧火时通风吗")
    assert not window.is_visible()
    page.locator("#id_s_heating_4").check()
    assert window.is_visible()
    page.locator("#id_s_heating_4").uncheck()
    assert not window.is_visible()
