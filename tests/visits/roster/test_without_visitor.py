"""未落实巡访人员: one definition, the same day, wherever it is counted (1-E19)."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import Post
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import make_person, make_user, signed_in
from visits.desk import offices
from visits.desk.selectors import figures, people_of
from visits.roster import selectors
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.periods import Quarter
from visits.schedule.selectors import due_people

DAY = date(2026, 11, 24)
pytestmark = pytest.mark.django_db


def nobody(on: date = DAY) -> set[int]:
    return set(Person.objects.without_visitor(on).values_list("pk", flat=True))


def test_a_post_in_the_village_or_in_its_township_is_enough(cast: Any) -> None:
    make_person(cast)
    make_person(cast, assignee=make_user("镇里的人", "13900000401", Role.VISITOR, cast.township))
    assert nobody() == set()


@pytest.mark.parametrize(
    "what", ["nobody named", "post over", "post elsewhere", "account closed", "only signs"]
)
def test_without_a_post_that_visits_there_nobody_is_named(cast: Any, what: str) -> None:
    person = make_person(cast)
    post = Post.objects.filter(user=cast.visitor)
    if what == "nobody named":
        Person.objects.update(assignee=None)
    elif what == "post over":
        post.update(ends_on=DAY - timedelta(days=1))
    elif what == "post elsewhere":
        post.update(region=cast.other_village)
    elif what == "account closed":
        cast.visitor.is_active = False
        cast.visitor.save()
    else:
        post.update(region=cast.township, role=Role.TOWNSHIP_HEAD)
    assert nobody() == {person.pk}
    assert set(Person.objects.with_visitor(DAY)) == set()


def test_it_shows_on_the_day_after_the_last_and_not_before(cast: Any) -> None:
    person = make_person(cast)
    Post.objects.filter(user=cast.visitor).update(ends_on=DAY)
    assert nobody(DAY) == set()
    assert nobody(DAY + timedelta(days=1)) == {person.pk}


def test_every_place_that_counts_says_the_same(cast: Any) -> None:
    gone = make_person(cast)
    make_person(cast, assignee=make_user("在任的人", "13900000401", Role.VISITOR, cast.village))
    Post.objects.filter(user=cast.visitor).update(ends_on=DAY - timedelta(days=1))
    schedule.generate(on=DAY)
    duty_of(cast.township_clerk, DAY)
    clerk, units, period = cast.township_clerk, {3: {cast.township.pk}}, Quarter.containing(DAY)
    assert figures(units, period, DAY).unassigned == 1
    assert [row.pk for row in people_of(units, period, DAY, "unassigned")] == [gone.pk]
    assert [row.pk for row in selectors.people(clerk, DAY, {"assignee": "none"})] == [gone.pk]
    assert [row.person.pk for row in due_people(clerk, DAY, assignee="none")] == [gone.pk]
    home = offices.clerk(clerk, DAY)
    assert "名单上1人还没定由谁去访" in [work["say"] for work in home["works"]]
    client = signed_in(clerk)
    for url in ("/roster/?assignee=none", "/due/?assignee=none"):
        html = client.get(url).content.decode()
        assert "已不在任" in html, url


def test_a_visitor_of_two_villages_keeps_the_people_of_the_one_that_is_left(cast: Any) -> None:
    here, there = make_person(cast), make_person(cast, village=cast.other_village)
    Post.objects.create(user=cast.visitor, region=cast.other_village, role=Role.VISITOR, starts_on=DAY)
    duty_of(cast.visitor, DAY)
    assert set(Person.objects.visible_to(cast.visitor)) == {here, there}
    Post.objects.filter(user=cast.visitor, region=cast.village).update(ends_on=DAY - timedelta(days=1))
    duty_of(cast.visitor, DAY)
    assert set(Person.objects.visible_to(cast.visitor)) == {there}
