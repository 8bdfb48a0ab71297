"""试运行 above every figure, one banner at most; the five steps of the first day; all villages as one paper."""

import datetime as dt
import io
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import reverse
from pypdf import PdfReader

from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, make_user, signed_in
from tests.visits.desk.world import item
from tests.visits.records.test_starting import begin, entry, put
from visits.desk import frame, guide, rounds, scope, selectors, trial
from visits.records.services import starting
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.periods import Quarter
from xunfang.kit import files, jobs
from xunfang.kit.models import Job, StoredFile

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 24)
WORDS = "试运行，数据不作考核"


@pytest.mark.parametrize("role", ["township_clerk", "township_head", "village_head", "liaison", "visitor"])
def test_the_home_page_of_a_township_in_trial_says_so(cast: Cast, role: str) -> None:
    make_person(cast)
    client = signed_in(getattr(cast, role))
    assert WORDS not in client.get("/").content.decode()
    begin(cast)
    page = client.get("/").content.decode()
    assert page.count('<p class="xf-banner') == 1
    assert WORDS in page
    assert "12月31日" in page


@pytest.mark.parametrize(
    "path", ["/overview", "/overview/people", "/prints", "visits_schedule:due", "/records/sheets"]
)
def test_figures_lists_and_prints_say_so(cast: Cast, path: str) -> None:
    begin(cast)
    url = path if path.startswith("/") else reverse(path)
    assert WORDS in signed_in(cast.township_clerk).get(url).content.decode()


def test_a_list_says_so_also_when_what_was_sent_is_refused(cast: Cast) -> None:
    begin(cast)
    response = signed_in(cast.township_clerk).post(reverse("visits_records:sheet_draft"), {})
    assert response.status_code == 422
    assert WORDS in response.content.decode()


def test_paper_says_so(cast: Cast) -> None:
    make_person(cast)
    begin(cast)
    schedule.generate(on=DAY)
    page = signed_in(cast.township_clerk).post(f"/prints/round/{cast.village.pk}", follow=True)
    assert WORDS in page.content.decode()


def test_county_and_city_say_how_many(cast: Cast) -> None:
    make_person(cast)
    elsewhere = make_person(cast, village=cast.other_county_village)
    begin(cast)
    for user in (cast.county_officer, cast.city_supervisor):
        page = signed_in(user).get("/overview").content.decode()
        assert "1个乡镇（街道）在试运行" in page
    assert "1个还没有定启用日期" in page
    assert elsewhere.pk
    below = signed_in(cast.county_officer).get(f"/overview?unit={cast.township.pk}").content.decode()
    assert WORDS in below


def test_the_sentence_goes_into_the_text_for_the_chat_group(cast: Cast) -> None:
    make_person(cast)
    begin(cast)
    page = signed_in(cast.township_clerk).get("/overview").content.decode()
    assert f"（{WORDS}）" in page


def test_a_full_quarter_ends_it_and_looking_back_finds_it_again(cast: Cast) -> None:
    begin(cast)
    after = dt.date(2027, 1, 1)
    assert trial.of(cast.township, DAY).words == f"{WORDS}。"
    assert trial.of(cast.township, after).words == ""
    assert trial.of(cast.township, after, Quarter(2026, 4)).words == f"{WORDS}。"
    assert trial.of(cast.village, after).paper == ""


def test_of_several_banners_the_first_in_order_is_shown(cast: Cast, monkeypatch: Any) -> None:
    request = RequestFactory().get("/")
    asked: list[int] = []

    def finder(number: int, found: dict | None) -> Any:
        return lambda request: asked.append(number) or found

    monkeypatch.setattr(
        frame,
        "banners",
        [(30, finder(30, {"title": "旧"})), (10, finder(10, None)), (20, finder(20, {"title": "新"}))],
    )
    assert frame.banner_of(request) == {"title": "新"}
    assert asked == [10, 20]


def test_an_address_of_somebody_else_s_unit_is_not_found_and_not_an_error(cast: Cast) -> None:
    client = signed_in(cast.township_clerk)
    assert client.get(f"/overview?unit={cast.other_county.pk}").status_code == 404


# ── figures ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_done_offline_is_neither_signed_nor_to_be_signed(cast: Cast) -> None:
    first, second = make_person(cast), make_person(cast)
    begin(cast)
    schedule.generate(on=DAY)
    put(cast, entry(first, dt.date(2026, 10, 12)))
    units = scope.units_of(cast.village)
    found = selectors.figures(units, Quarter(2026, 4), DAY)
    assert (found.due, found.done, found.offline, found.signed, found.unsigned) == (2, 1, 1, 0, 0)
    people = selectors.people_of(units, Quarter(2026, 4), DAY, "offline")
    assert list(people) == [first]
    page = signed_in(cast.township_clerk).get("/overview").content.decode()
    assert "measure=by_offline" in page
    assert second.pk


def test_one_item_signed_for_later_does_not_hide_the_other(cast: Cast) -> None:
    person = make_person(cast)
    one = item(person, dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    type(one).objects.filter(pk=one.pk).update(
        done_on=dt.date(2026, 10, 5), done_mode="home", done_met="self", done_via="before_start"
    )
    from tests.visits.desk.world import monthly, visit

    two = item(person, dt.date(2026, 10, 1), dt.date(2026, 10, 31), by=monthly(cast))
    visit(person, dt.date(2026, 10, 20), cast.visitor, items=[two])
    found = selectors.figures(scope.units_of(cast.village), Quarter(2026, 4), DAY)
    assert (found.done, found.offline, found.unsigned) == (1, 0, 1)


# ── the five steps ───────────────────────────────────────────────────────────────────────────────


def states(cast: Cast) -> list[str]:
    return [step["state"] for step in guide.of(cast.township, DAY)]


def test_the_guide_shows_what_is_left_and_goes_when_all_is_done(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    client = signed_in(cast.township_clerk)
    assert states(cast) == ["now", "wait", "wait", "wait", "wait"]
    person = make_person(cast)
    Person.objects.update(assignee=None)
    assert states(cast) == ["done", "now", "wait", "wait", "wait"]
    begin(cast)
    schedule.generate(on=DAY)
    assert "未落实1人" in client.get("/").content.decode()
    starting.finish_before_start(township_id=cast.township.pk, by=cast.township_clerk, at=_at())
    assert states(cast) == ["done", "done", "now", "done", "wait"]
    schedule.assign(person_ids=[person.pk], to_id=cast.visitor.pk, by=cast.township_clerk, at=_at())
    assert states(cast) == ["done", "done", "done", "done", "now"]
    client.post("/prints/rounds")
    assert jobs.run(Job.objects.get(kind=rounds.KIND).pk)
    assert states(cast) == []
    assert "开张五步" not in client.get("/").content.decode()


def test_the_first_full_quarter_ends_the_first_day(cast: Cast) -> None:
    begin(cast)
    assert guide.of(cast.township, dt.date(2026, 12, 31))
    assert guide.of(cast.township, dt.date(2027, 1, 1)) == []


def _at() -> dt.datetime:
    from tests.world import evening

    return evening(DAY)


# ── all villages ─────────────────────────────────────────────────────────────────────────────────


def test_the_sheets_of_all_villages_are_one_paper_of_the_own_township_only(cast: Cast) -> None:
    make_person(cast, name="林依妹")
    make_person(cast, name="黄玉钗", village=cast.other_village)
    make_person(cast, name="金丝雀", village=cast.other_county_village)
    schedule.generate(on=DAY)
    client = signed_in(cast.township_clerk)
    response = client.post("/prints/rounds")
    job = Job.objects.get(kind=rounds.KIND)
    assert (
        response.headers["Location"] == f"/account/jobs/{job.uuid}"
        or str(job.uuid) in response.headers["Location"]
    )
    assert "林" not in str(job.payload)
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 2, 2)
    stored = StoredFile.objects.get(kind="rounds_pdf")
    reader = PdfReader(io.BytesIO(files.read(stored)))
    texts = ["".join(page.extract_text().split()) for page in reader.pages]
    assert len(texts) == 2
    assert "林依妹" in texts[0] + texts[1]
    assert "黄玉钗" in texts[0] + texts[1]
    assert "金丝雀" not in "".join(texts)
    assert client.get(job.result_url).status_code == 200


def test_without_anybody_to_visit_the_job_says_so(cast: Cast) -> None:
    signed_in(cast.township_clerk).post("/prints/rounds")
    job = Job.objects.get(kind=rounds.KIND)
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, "不用打" in job.message) == ("failed", True)


def test_a_clerk_who_lost_the_post_meanwhile_gets_nothing(cast: Cast) -> None:
    make_person(cast)
    schedule.generate(on=DAY)
    former = make_user(
        "旧经办", "13800000999", Role.TOWNSHIP_CLERK, cast.township, ends_on=dt.date(2026, 11, 20)
    )
    duty_of(former, DAY)
    assert rounds.villages_of(former, [cast.township.pk], DAY) == []
