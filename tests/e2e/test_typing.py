"""代录 by keyboard only: a sheet of five, its keys counted; and photographs while the form is open."""

import io
from datetime import UTC, datetime

from django.utils import timezone
from PIL import Image

from tests.cast import make_person
from tests.e2e.conftest import DESKTOP, PHONE, Site
from visits.records.models import Attempt, Photo, RoundPaper, Visit
from visits.roster.models import Person
from visits.schedule import services as schedule

# A clerk who types 2 keys a second and reads a row in 15 seconds: 25 keys a row are 130 rows an hour.
MOST_KEYS = 25


def people(site: Site, count: int) -> list[Person]:
    made = [make_person(site.cast, name=f"林依{'甲乙丙丁戊'[n]}") for n in range(count)]
    Person.objects.update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    schedule.generate(on=timezone.localdate())
    return made


def test_a_sheet_of_five_is_typed_without_a_mouse(site: Site) -> None:
    made = people(site, 5)
    cast = site.cast
    paper = RoundPaper.objects.create(
        code="K7M3WXQ", number="一张单", printed_on=timezone.localdate(), printed_by=cast.township_clerk,
        people=[one.pk for one in made], county_id=cast.county.pk, township_id=cast.township.pk, village_id=cast.village.pk,
    )  # fmt: skip
    page = site.page(cast.township_clerk, size=DESKTOP)
    page.goto(f"/records/papers/{paper.code}-1")
    page.get_by_label("哪天去的").fill(timezone.localdate().isoformat())
    page.keyboard.press("Enter")
    page.wait_for_url("**on=**")
    site.check(page)
    used: list[int] = []

    def row(*keys: str) -> None:
        """Type a row; what the season asks is answered as it comes, until the row is quiet."""
        before = page.locator(".xf-keys--done").count()
        count = 0
        for key in keys:
            page.keyboard.press(key)
            count += 1
        while page.locator(".xf-keys--done").count() == before and count < 2 * MOST_KEYS:
            name = page.evaluate(
                "(document.activeElement.closest('[data-field]') || {dataset: {}}).dataset.field || ''"
            )
            if name.startswith("s_") and page.evaluate("document.activeElement.value") == "":
                page.keyboard.press("0")
                count += 1
                if page.evaluate("document.activeElement.hasAttribute('data-auto')"):
                    continue
            else:
                page.keyboard.press("Enter")
                count += 1
            page.wait_for_timeout(60)
            page.locator("form[data-busy]").wait_for(state="detached")
        used.append(count)

    # day (as above), mode (home), met oneself, six areas as last time, three safety items
    routine = ("Enter", "Enter", "1", "0", "Enter", "8", "0", "0")
    # who went along is typed once (F2 there, F2 back), and by one key in the row below
    row("F2", "W", "u", "F2", *routine)
    row("F2", "0", "F2", *routine)
    row("Enter", "2", "1", "0", "Enter", "9", "9", "9")  # by telephone
    row("Enter", "Enter", "4", "1")  # not met: not at home
    row("Enter", "Enter", "1", "2", "3", "1", "Enter", "8", "0", "0")  # one answer circled
    assert Visit.objects.count() == 4
    assert sorted(Visit.objects.values_list("companions", flat=True)) == ["", "", "Wu", "Wu"]
    assert Attempt.objects.count() == 1
    assert set(Visit.objects.values_list("visitor_id", "recorder_id")) == {
        (cast.visitor.pk, cast.township_clerk.pk)
    }
    assert Visit.objects.latest("pk").illness == 1
    assert max(used) <= MOST_KEYS, used
    assert page.locator("form[data-row]").count() == 0
    print("keys per row", used)


def test_an_error_stays_in_its_row_with_what_was_typed(site: Site) -> None:
    made = people(site, 1)
    page = site.page(site.cast.township_clerk, size=DESKTOP)
    page.goto(f"/records/typing?village={site.cast.village.pk}&on={timezone.localdate()}")
    for key in ("Enter", "Enter", "1", "0", "Enter"):
        page.keyboard.press(key)
    page.get_by_label("写几句").fill("写过的字")
    page.keyboard.press("Enter")
    page.get_by_text("每次都要现看").first.wait_for()
    assert page.get_by_label("写几句").input_value() == "写过的字"
    assert page.evaluate("document.activeElement.closest('[data-field]').dataset.field") == "safety"
    assert Visit.objects.filter(person=made[0]).count() == 0


def test_a_photograph_goes_at_once_and_can_be_taken_away(site: Site) -> None:
    (person,) = people(site, 1)
    page = site.page(site.cast.visitor, size=PHONE)
    page.goto(f"/records/people/{person.uuid}/visit")
    page.get_by_text("拍照").click()
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "#446").save(out, "JPEG")
    page.locator("#id_photos").set_input_files(
        [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()},
         {"name": "b.txt", "mimeType": "image/jpeg", "buffer": b"nothing"}]
    )  # fmt: skip
    page.get_by_text("1张存好了，交了才算数").wait_for()
    assert "不是照片" in page.locator("[data-photo-state]").inner_text()
    photo = Photo.objects.get()
    with Image.open(io.BytesIO(page.request.get(f"/records/photos/{photo.uuid}").body())) as kept:
        assert max(kept.size) == 1600
    site.check(page)
    page.get_by_role("button", name="去掉").click()
    page.locator("[data-photo-list] li").wait_for(state="detached")
    photo.refresh_from_db()
    assert photo.removed_at is not None
