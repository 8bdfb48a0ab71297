"""每晚自查: rows that were broken behind our back are found, mended and told; what is right is left alone."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import LogEntry
from tests.cast import make_person, signed_in
from tests.world import fill
from visits.roster.models import Absence, Person
from visits.schedule import lives, selfcheck, services
from visits.schedule.models import DueItem, FrequencyRule, SelfCheck

DAY = dt.date(2026, 11, 24)
AT = timezone.make_aware(dt.datetime(2026, 11, 24, 3, 20))
pytestmark = pytest.mark.django_db


def run(on: dt.date = DAY) -> SelfCheck:
    return selfcheck.check(on=on, at=AT)


def sql(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def item(person: Person) -> DueItem:
    return DueItem.objects.get(person=person, stored="")


def test_a_lived_in_world_is_in_line(cast) -> None:
    fill(cast, DAY)
    services.generate(on=DAY)
    made = run()
    assert (made.people, made.wrong, made.mended) == (Person.objects.count(), 0, 0)


BREAKS = {
    "a due day that was moved": "UPDATE visits_schedule_dueitem SET due_on = due_on - 5 WHERE person_id = %s",
    "a row that is gone": "DELETE FROM visits_schedule_dueitem WHERE person_id = %s",
    "a row that was dropped": "UPDATE visits_schedule_dueitem SET stored = 'dropped' WHERE person_id = %s",
    "another visitor than the person's": "UPDATE visits_schedule_dueitem SET assignee_id = NULL WHERE person_id = %s",
    "another township": "UPDATE visits_schedule_dueitem SET township_id = 1 WHERE person_id = %s",
    "the wrong tier": "UPDATE visits_schedule_dueitem SET tier = 'general' WHERE person_id = %s",
}


@pytest.mark.parametrize("statement", BREAKS.values(), ids=BREAKS)
def test_what_was_broken_is_found_mended_and_told(cast, statement) -> None:
    right, broken = make_person(cast), make_person(cast)
    services.generate(on=DAY)
    columns = ("rule_id", "stored", "opens_on", "due_on", "closes_on", "tier", "township_id", "assignee_id")
    before = DueItem.objects.filter(person=broken).values(*columns).get()
    kept = DueItem.objects.get(person=right).pk
    sql(statement, broken.pk)
    made = run()
    assert (made.people, made.wrong, made.mended, made.sample) == (2, 1, 1, [broken.pk])
    assert DueItem.objects.filter(person=broken, stored="").values(*columns).get() == before
    assert item(right).pk == kept
    assert LogEntry.objects.get(action="self_checked").detail == {"people": 2, "wrong": 1, "mended": 1}
    assert run().wrong == 0


def test_a_row_nobody_owes_and_an_upgrade_that_was_not_seen_are_found(cast) -> None:
    one, two = make_person(cast, groups=("old_alone",), birth=dt.date(1940, 1, 1)), make_person(cast)
    services.generate(on=DAY)
    half = FrequencyRule.objects.get(kind="half")
    other = item(one)
    other.pk, other.person, other.rule = None, two, half
    other.save()
    assert run().mended == 1
    one.memberships.update(ends_on=dt.date(2026, 7, 5))  # by SQL: no hook ran
    assert run().mended == 1
    assert not DueItem.objects.counting().filter(person=one).exists()


def test_what_was_visited_or_tried_in_vain_is_not_touched(cast) -> None:
    done, tried = make_person(cast), make_person(cast)
    services.generate(on=DAY)
    DueItem.objects.filter(person=done).update(done_on=DAY, done_mode="home", done_met="self", assignee=None)
    DueItem.objects.filter(person=tried).update(stored="excused", assignee=None)
    assert run().wrong == 0


def test_days_away_the_dead_and_the_merged_are_recounted_too(cast) -> None:
    away, dead, merged = make_person(cast), make_person(cast), make_person(cast)
    Absence.objects.create(
        person=away, kind="prison", starts_on=dt.date(2026, 10, 5), document_no="刑1号", review_on=DAY,
        noted_by=cast.township_clerk, noted_at=AT,
    )  # fmt: skip
    Person.objects.filter(pk=dead.pk).update(status="dead", left_on=dt.date(2026, 11, 1))
    Person.objects.filter(pk=merged.pk).update(merged_into=away)
    services.generate(on=DAY)
    assert run().wrong == 0
    Absence.objects.update(voided_at=AT, void_reason="记错")  # by SQL: no hook ran
    assert (run().wrong, item(away).due_on) == (1, dt.date(2026, 12, 31))


def test_a_night_without_generation_is_mended_for_everybody(cast, monkeypatch) -> None:
    monkeypatch.setattr(selfcheck, "EVERYBODY", 2)
    for _ in range(4):
        make_person(cast)
    made = run()
    assert (made.wrong, made.mended) == (4, 4)
    assert DueItem.objects.count() == 4


def test_what_generation_can_not_mend_stays_an_alarm(cast) -> None:
    person = make_person(cast)
    services.generate(on=DAY)
    sql("UPDATE visits_schedule_dueitem SET period_start = period_start + 1 WHERE person_id = %s", person.pk)
    made = run()
    assert (made.wrong, made.mended) == (1, 0)
    assert selfcheck.latest(DAY)["state"] == "late"
    assert "还有1人不对" in selfcheck.latest(DAY)["say"]


def test_the_home_pages_of_those_who_look_after_the_whole_tell_it(cast, time_machine) -> None:
    time_machine.move_to(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), tick=False)
    person = make_person(cast)
    services.generate(on=DAY)
    run()
    for role in ("city_business", "system_admin"):
        assert "昨晚自查：1人，全部一致" in signed_in(getattr(cast, role)).get("/").content.decode()
    sql("DELETE FROM visits_schedule_dueitem WHERE person_id = %s", person.pk)
    run()
    html = signed_in(cast.city_business).get("/").content.decode()
    assert "有1人不一致，已按规定重算" in html
    assert "自查" not in signed_in(cast.auditor).get("/").content.decode()
    assert "昨晚没有自查，上一次是11月24日" in selfcheck.latest(dt.date(2026, 11, 27))["say"]


def test_many_people_cost_a_few_queries_each_chunk(cast) -> None:
    for _ in range(30):
        make_person(cast)
    services.generate(on=DAY)
    book = lives.Rulebook()
    ids = list(Person.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as queries:
        assert selfcheck.differing(ids, on=DAY, book=book) == []
    assert len(queries) == 5
