"""What is open goes with its person to another township, also from a number that was merged into another file: there it
is seen and told, here nobody is asked any more."""

from datetime import date

import pytest

from accounts.models import Post, Region
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, make_user
from tests.visits.followup.test_escalating import at, case, emergency, report, told
from visits.core.models import CalendarYear
from visits.followup import services
from visits.followup.models import AidEnding, Case, ChangeReport, Escalation
from visits.followup.services import escalating
from visits.roster.models import Person
from visits.roster.services import merging
from visits.roster.services.common import tell

TUESDAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _next_year_is_announced(db: None) -> None:
    CalendarYear.objects.create(year=2027, status="official", document="通知")


def village_there(cast: Cast) -> Region:
    return Region.objects.filter(level=4, parent=cast.other_township).earliest("position")


def clerk_there(cast: Cast):
    user = make_user("那边经办", "13800000601", Role.TOWNSHIP_CLERK, cast.other_township)
    duty_of(user, TUESDAY)
    return user


def move(person: Person, village: Region) -> None:
    assert village.parent is not None
    Person.objects.filter(pk=person.pk).update(
        village_id=village.pk, township_id=village.parent_id, county_id=village.parent.parent_id
    )
    tell([person.pk])


def merge(cast: Cast, kept: Person, merged: Person) -> None:
    both = make_user("两头经办", "13800000602", Role.TOWNSHIP_CLERK, cast.township)
    Post.objects.create(
        user=both, role=Role.TOWNSHIP_CLERK, region=cast.other_township, starts_on=date(2020, 1, 1)
    )
    duty_of(both, TUESDAY)
    merging.merge(kept_id=kept.pk, merged_id=merged.pk, take=(), reason="换过证件", by=both, at=at(24))


def test_a_report_goes_with_its_person_and_back_and_each_township_is_told(cast: Cast) -> None:
    person, there = make_person(cast), clerk_there(cast)
    row = report(cast, person=person)
    key = f"report:{row.pk}:2026-11-24:1"
    for village, mine, other in (
        (cast.village, cast.township_clerk, there),
        (village_there(cast), there, cast.township_clerk),
        (cast.village, cast.township_clerk, there),
    ):
        move(person, village)
        assert (told(mine), told(other)) == ([], [])
        assert [escalating.scan(at=at(23)) for _ in range(2)] == [1, 0]
        assert (told(mine), told(other)) == ([key], [])
    assert list(Escalation.objects.order_by("stay").values_list("stay", "township_id", "told")) == [
        (0, cast.township.pk, 1), (1, cast.other_township.pk, 1), (2, cast.township.pk, 1),
    ]  # fmt: skip


def test_what_stands_under_a_merged_number_is_with_the_township_of_the_kept_file(cast: Cast) -> None:
    there = clerk_there(cast)
    double, kept = make_person(cast), make_person(cast, village=village_there(cast))
    found, answered = report(cast, person=double), case(cast)
    Case.objects.filter(pk=answered.pk).update(person=double)
    ending = AidEnding.objects.create(
        person=double, kind="stop", group_id="dibao", reason="x", county_id=double.county_id, township_id=double.township_id,
        village_id=double.village_id, recommended_by=cast.visitor, recommended_at=at(20),
    )  # fmt: skip
    escalating.scan(at=at(23))
    assert told(cast.township_clerk) == [f"report:{found.pk}:2026-11-24:1"]
    merge(cast, kept, double)
    assert told(cast.township_clerk) == []
    escalating.scan(at=at(23))
    assert told(there) == [f"report:{found.pk}:2026-11-24:1"]
    assert list(ChangeReport.objects.visible_to(there)) == [found]
    for row in (found, answered, ending):
        row.refresh_from_db()
        assert (row.township_id, row.village_id) == (cast.other_township.pk, kept.village_id)
    # The kept file moves on: what hangs on the old number goes along, and is filed there.
    move(kept, cast.village)
    escalating.scan(at=at(23))
    assert (told(there), told(cast.township_clerk)) == ([], [f"report:{found.pk}:2026-11-24:1"])
    duty_of(cast.township_clerk, TUESDAY)
    filed = services.file(change_id=found.pk, by=cast.township_clerk, at=at(24, 15))
    assert (filed.township_id, filed.case) == (cast.township.pk, answered)


def test_an_emergency_is_told_where_it_is_now(cast: Cast) -> None:
    person, there = make_person(cast), clerk_there(cast)
    row = emergency(cast, person=person, about="")
    escalating.scan(at=at(28, 12))
    assert len(told(cast.township_clerk)) == 1
    move(person, village_there(cast))
    assert told(cast.township_clerk) == []
    escalating.scan(at=at(28, 12, 15))
    assert [len(told(user)) for user in (there, cast.township_clerk)] == [1, 0]
    row.refresh_from_db()
    assert row.township_id == cast.other_township.pk


def test_one_that_belongs_to_a_county_only_is_told_once(cast: Cast) -> None:
    emergency(cast, township_id=None, village_id=None)
    assert [escalating.scan(at=at(29, 12, n)) for n in range(2)] == [2, 0]


def test_the_city_is_told_again_when_another_row_comes_after_the_first_was_settled(cast: Cast) -> None:
    first = report(cast)
    escalating.scan(at=at(27))
    (key,) = told(cast.city_supervisor)
    services.file(change_id=first.pk, by=_clerk(cast), at=at(27, 10), late_reason="下乡没网")
    escalating.scan(at=at(27, 10))
    assert told(cast.city_supervisor) == []
    report(cast)
    escalating.scan(at=at(27, 11))
    assert told(cast.city_supervisor) == [key]
    assert set(Escalation.objects.filter(level=5).values_list("told", flat=True)) == {1}


def _clerk(cast: Cast):
    duty_of(cast.township_clerk, date(2026, 11, 27))
    return cast.township_clerk
