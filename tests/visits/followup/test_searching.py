"""E7: who may be in danger and was not found is told to the township with the first try, and above after 24 hours."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import Cast, make_person, signed_in
from tests.visits.followup.test_escalating import told, words
from tests.visits.records.test_outcomes import TODAY, at, tried
from tests.world import visit
from visits.core.models import Notice
from visits.followup import tasks
from visits.followup.services import searching
from visits.records import services as records
from visits.records.services import offline
from visits.roster.models import Person, Review
from visits.roster.services import absences, mark_left, settle_review

pytestmark = pytest.mark.django_db
NEXT = TODAY + timedelta(days=1)


@pytest.fixture
def old(cast: Cast) -> Person:
    return make_person(
        cast, name="鄢依梅", groups=("old_alone",), birth=date(1940, 2, 3), created_at=at(date(2026, 1, 5))
    )


def test_the_clerk_is_told_with_the_first_try_and_the_county_when_24_hours_are_over(
    cast: Cast, old: Person
) -> None:
    first = tried(old, cast.visitor, TODAY, "not_home")
    assert told(cast.township_clerk) == [f"unreached:{first.pk}"]
    assert words(cast.township_clerk) == (
        "有一个人去了没见到，要在24小时内找到。到11月25日 周三 15:20还没有找到，请打110"
    )
    row = Notice.objects.to(cast.township_clerk).get()
    assert (row.at_once, str(old.uuid) in row.url) == (True, True)
    tried(old, cast.visitor, TODAY, "lost")
    for moment in (at(TODAY, 16), at(NEXT, 15, 19)):
        assert searching.scan(at=moment) == 1
    assert told(cast.township_clerk) == [f"unreached:{first.pk}"]
    assert told(cast.county_officer) == told(cast.township_head) == []
    for moment in (at(NEXT), at(NEXT, 15, 25)):
        assert searching.scan(at=moment) == 1
    for user in (cast.township_clerk, cast.township_head, cast.county_officer):
        assert told(user) == [f"unreached:{first.pk}:over"]
    assert words(cast.county_officer).startswith("嵩口镇：有一个人过了24小时还没有找到")
    assert told(cast.neighbour) == told(cast.city_supervisor) == []


@pytest.mark.parametrize("how", ["visit", "elsewhere", "hospital", "noted", "found", "died"])
def test_it_asks_nothing_any_more_when_somebody_was_met_or_it_is_known_where_they_are(
    cast: Cast, old: Person, how: str
) -> None:
    first = tried(old, cast.visitor, TODAY - timedelta(days=1), "lost")
    searching.scan(at=at(TODAY))
    assert told(cast.county_officer) == [f"unreached:{first.pk}:over"]
    by: dict[str, Any] = {"by": cast.township_clerk, "at": at(TODAY, 17)}
    if how == "visit":
        made = visit(old, cast.visitor, TODAY - timedelta(days=1))
    elif how == "elsewhere":
        entry = offline.Entry(
            person_id=old.pk, visited_on=TODAY, mode="home", met="self", visitor_name="林建国"
        )
        offline.register(
            township_id=cast.township.pk, kind="other_programme", entries=[entry], programme="探访关爱", **by
        )
    elif how == "hospital":
        tried(old, cast.visitor, TODAY, "hospital")
    elif how == "noted":
        absences.note_absence(person_id=old.pk, kind="away", starts_on=TODAY, **by)
    elif how == "found":
        settle_review(review_id=Review.objects.get(person=old).pk, outcome="found", **by)
        searching.scan(at=at(TODAY, 17, 5))
    else:
        mark_left(person_id=old.pk, status="dead", on=TODAY, **by)
    assert told(cast.township_clerk) == told(cast.county_officer) == []
    assert searching.scan(at=at(NEXT)) == 0
    if how == "visit":  # taken back: they are to be found again
        records.void(visit_id=made.pk, reason="记错人了", by=cast.visitor, at=at(NEXT, 9))
        assert told(cast.county_officer) == [f"unreached:{first.pk}:over"]


def test_who_is_in_no_danger_is_asked_for_by_nobody(cast: Cast) -> None:
    tried(make_person(cast, birth=date(1970, 5, 1)), cast.visitor, TODAY, "not_home")
    assert not Notice.objects.exists()


def test_where_nobody_holds_the_post_the_head_and_then_the_county_are_told_at_once(
    cast: Cast, old: Person
) -> None:
    cast.township_clerk.posts.update(ends_on=TODAY - timedelta(days=1))
    first = tried(old, cast.visitor, TODAY, "not_home")
    assert (told(cast.township_head), told(cast.county_officer)) == ([f"unreached:{first.pk}"], [])
    cast.township_head.posts.update(ends_on=TODAY - timedelta(days=1))
    searching.scan(at=at(TODAY, 16))
    assert told(cast.county_officer) == [f"unreached:{first.pk}"]


def test_the_county_sees_them_on_its_first_page_when_the_round_of_the_alarm_has_told_it(
    cast: Cast, old: Person, time_machine: Any
) -> None:
    time_machine.move_to(at(TODAY), tick=False)
    tried(old, cast.visitor, TODAY, "not_home")
    assert "鄢依梅" not in signed_in(cast.county_officer).get("/").content.decode()
    time_machine.move_to(at(NEXT), tick=False)
    tasks.alarm()
    page = signed_in(cast.county_officer).get("/").content.decode()
    assert "已过24小时，请马上打110" in page
    assert "鄢依梅" in page


def test_a_round_while_nobody_is_looked_for_asks_once(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert searching.scan(at=at(TODAY)) == 0
