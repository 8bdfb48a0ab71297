"""People, what is owed to them and what is open go with their unit; what is closed stays where it was made."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts import regions
from accounts.models import Region
from tests.cast import make_person
from tests.world import fill
from visits.followup.models import ChangeReport
from visits.records.models import Visit
from visits.roster.models import Person
from visits.schedule.models import DueItem

DAY = dt.date(2026, 11, 24)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), tick=False):
        yield


def _move(cast, region: Region, to: Region) -> None:
    regions.move(
        region_id=region.pk, to_id=to.pk, starts_on=DAY, document_no="榕政〔2026〕9号", by=cast.city_business,
        at=timezone.now(), on=DAY,
    )  # fmt: skip


def test_a_village_that_moves_takes_its_open_work_and_leaves_its_figures(cast) -> None:
    people = fill(cast, DAY)
    report = ChangeReport.objects.get()
    _move(cast, cast.village, cast.other_township)
    for person in Person.objects.all():
        assert (person.village_id, person.township_id) == (cast.village.pk, cast.other_township.pk)
    open_item = DueItem.objects.to_do(DAY).filter(person=people["due"]).latest("due_on")
    done_item = DueItem.objects.filter(person=people["seen"], done_on__isnull=False).latest("due_on")
    assert open_item.township_id == cast.other_township.pk
    assert done_item.township_id == cast.township.pk
    assert set(Visit.objects.values_list("township_id", flat=True)) == {cast.township.pk}
    report.refresh_from_db()
    assert report.township_id == cast.other_township.pk
    cast.refresh()
    assert not Person.objects.visible_to(cast.township_clerk).exists()
    assert Person.objects.visible_to(cast.village_head).count() == len(people)


def test_a_township_may_go_to_another_county(cast) -> None:
    make_person(cast)
    _move(cast, cast.township, cast.other_county)
    assert Person.objects.get().county_id == cast.other_county.pk
    cast.refresh()
    assert Person.objects.visible_to(cast.neighbour).count() == 1
    assert not Person.objects.visible_to(cast.county_officer).exists()


def test_a_merged_village_s_people_stand_in_the_other_one(cast) -> None:
    make_person(cast)
    regions.merge(
        region_id=cast.village.pk, into_id=cast.other_village.pk, starts_on=DAY, by=cast.city_business,
        at=timezone.now(), on=DAY,
    )  # fmt: skip
    person = Person.objects.get()
    assert person.village_id == cast.other_village.pk
    cast.refresh()
    assert Person.objects.visible_to(cast.village_head).get() == person


def test_a_village_with_people_can_not_be_switched_off(cast) -> None:
    make_person(cast)
    with pytest.raises(regions.CannotChange, match="里面还有1人在册"):
        regions.switch(
            region_id=cast.village.pk,
            active=False,
            reason="并入外村",
            by=cast.city_business,
            at=timezone.now(),
            on=DAY,
        )
