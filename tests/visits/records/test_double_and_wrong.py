"""A visit dated after a death, on a file that was voided, or typed days later: recorded as it was, and said."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.cast import Cast, make_person, signed_in
from tests.visits.records.test_visiting_services import submit
from tests.visits.records.test_visiting_views import filled, url
from tests.visits.records.visiting_bodies import AT, DAY
from visits.records import services, sheet_rows
from visits.records.documents import visit_context
from visits.records.models import Visit
from visits.roster import services as roster
from visits.roster.models import Person, Review
from visits.roster.services import undo_left
from visits.schedule import services as schedule

DIED = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def person(cast: Cast) -> Person:
    found = make_person(cast, hamlet="上洋")
    Person.objects.filter(pk=found.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    schedule.generate(on=DAY)
    return found


@pytest.fixture
def dead(cast: Cast, person: Person) -> Person:
    roster.mark_left(person_id=person.pk, status="dead", on=DIED, by=cast.township_clerk, at=AT)
    person.refresh_from_db()
    return person


def question() -> Review:
    return Review.objects.get(kind="seen_after_death")


def test_after_a_death_the_visitor_is_told_and_nothing_typed_is_lost(cast: Cast, dead: Person) -> None:
    client = signed_in(cast.visitor)
    page = client.post(url(dead), filled(remark="她在院子里晒太阳"))
    text = page.content.decode()
    assert page.status_code == 422
    assert "档案上写着11月20日已去世，您填的是那天以后" in text
    assert "确实是那天去的，请民政办核对" in text
    assert "她在院子里晒太阳" in text
    assert not Visit.objects.exists()
    assert not Review.objects.filter(kind="seen_after_death").exists()
    on_the_day = client.post(url(dead), filled(day="other", on=DIED.isoformat()))
    assert on_the_day.status_code == 302  # the day itself may well be the last visit
    assert not Review.objects.filter(kind="seen_after_death").exists()


def test_who_says_that_it_was_so_is_recorded_and_the_township_explains(cast: Cast, dead: Person) -> None:
    client = signed_in(cast.visitor)
    answer = client.post(url(dead), filled(after_death="on"), follow=True)
    assert "民政办会先核对这一次" in answer.content.decode()
    visit = Visit.objects.get()
    assert not visit.fulfilments.exists()
    assert question().detail == {"left_on": "2026-11-20", "seen_on": "2026-11-24", "met": "见到本人"}
    page = signed_in(cast.township_clerk).get(reverse("visits_roster:deaths")).content.decode()
    assert "11月24日 周二写着见到本人" in page
    assert "11月20日 周五" in page


def test_the_question_goes_with_the_visit_or_with_the_death(cast: Cast, dead: Person) -> None:
    first = submit(dead, cast.visitor, after_death=True)
    services.void(visit_id=first.pk, reason="记错了人", by=cast.visitor, at=AT)
    assert question().outcome == "undone"
    second = submit(dead, cast.visitor, after_death=True, met="proxy")
    asked = Review.objects.get(kind="seen_after_death", outcome="")
    assert asked.detail["met"] == "家人代述"
    undo_left(person_id=dead.pk, by=cast.township_clerk, at=AT)
    asked.refresh_from_db()
    assert asked.outcome == "undone"
    assert Visit.objects.valid().get() == second


def test_another_visit_of_the_same_file_keeps_its_question(cast: Cast, dead: Person) -> None:
    first = submit(dead, cast.visitor, after_death=True)
    submit(dead, cast.visitor, after_death=True, second=True)
    services.void(visit_id=first.pk, reason="记重了", by=cast.visitor, at=AT)
    assert Review.objects.filter(kind="seen_after_death", outcome="").count() == 1


def test_after_moving_away_and_on_a_file_opened_by_mistake_nothing_is_recorded(
    cast: Cast, person: Person
) -> None:
    Person.objects.filter(pk=person.pk).update(status="departed", left_on=DIED)
    with pytest.raises(services.CannotVisit, match="11月20日已迁出"):
        submit(person, cast.visitor, after_death=True)
    Person.objects.filter(pk=person.pk).update(status="voided", left_reason="建错")
    page = signed_in(cast.visitor).post(url(person), filled(remark="还是写了"))
    assert page.status_code in (404, 422)
    assert not Visit.objects.exists()
    with pytest.raises(services.CannotVisit, match="整份作废"):
        submit(person, cast.township_clerk, visited_on=DIED - timedelta(days=1))


def test_what_was_typed_days_later_says_so_on_the_record_the_file_the_table_and_the_print(
    cast: Cast, person: Person
) -> None:
    late = submit(person, cast.visitor, visited_on=DAY - timedelta(days=4))
    in_time = submit(person, cast.visitor, visited_on=DAY - timedelta(days=3))
    client: Client = signed_in(cast.visitor)

    def shown(visit: Visit) -> list[bool]:
        visit = Visit.objects.select_related("person", "visitor", "recorder", "form_version").get(pk=visit.pk)
        content: Any = sheet_rows._visit_content(visit)
        return [
            "补录" in client.get(reverse("visits_records:visit", args=[visit.uuid])).content.decode(),
            content.get("late", False),
            "补录" in visit_context(visit, DAY)["visit"]["late"],
        ]

    assert shown(late) == [True, True, True]
    assert shown(in_time) == [False, False, False]
    assert (
        client.get(reverse("visits_desk:person", args=[person.uuid])).content.decode().count("（补录）") == 1
    )
