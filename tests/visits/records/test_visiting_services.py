"""A visit is recorded once, weighed, counted and passed on; every refusal says why."""

import json
import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import LogEntry, Post
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, make_user
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.followup.models import ChangeReport
from visits.records import services
from visits.records.models import Draft, FormVersion, Fulfilment, SheetLine, Visit
from visits.records.services.visiting import is_late_entry
from visits.records.wordings import forms_of
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.models import DueItem


def submit(
    person: Person, by: Any, *, key: uuid.UUID | None = None, at: datetime = AT, **changes: Any
) -> Visit:
    visit, _ = services.submit(
        person_id=person.pk, by=by, at=at, key=key or uuid.uuid4(), body=body(**changes)
    )
    return visit


@pytest.fixture
def person(cast: Cast) -> Person:
    found = make_person(cast)
    Person.objects.filter(pk=found.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    schedule.generate(on=DAY)
    found.refresh_from_db()
    return found


def test_a_visit_fulfils_what_is_owed_and_keeps_its_units(cast: Cast, person: Person) -> None:
    visit = submit(person, cast.visitor)
    item = DueItem.objects.get(person=person)
    assert (item.done_on, item.done_mode, item.done_met) == (DAY, "home", "self")
    assert Fulfilment.objects.get().visit == visit
    assert (visit.county_id, visit.township_id, visit.village_id) == (
        person.county_id,
        person.township_id,
        person.village_id,
    )
    assert visit.visitor == visit.recorder == cast.visitor
    assert (visit.max_level, visit.reportable, visit.report_wanted, visit.rise) == (0, False, False, False)


def test_saving_a_visit_asks_and_writes_a_dozen_times(cast: Cast, person: Person) -> None:
    """The person locked, everything asked at once, the last visit, the number, the record, its items, the log."""
    submit(person, cast.visitor, visited_on=DAY - timedelta(days=1))  # statements are put together once
    DueItem.objects.filter(person=person).update(done_on=None, done_mode="", done_met="")
    Fulfilment.objects.all().delete()
    with CaptureQueriesContext(connection) as caught:
        submit(person, cast.visitor)
    sent = [row["sql"] for row in caught.captured_queries if "SAVEPOINT" not in row["sql"]]
    assert DueItem.objects.get(person=person).done_on == DAY
    assert len(sent) <= 8, [sql[:90] for sql in sent]


def test_a_wording_that_was_put_right_is_read_anew(cast: Cast, person: Person) -> None:
    """Wordings are kept in the process: by what they are, not by their number."""
    version = FormVersion.objects.get()
    assert forms_of([version.pk])[version.pk].item("gas").label == "燃气"
    text = json.dumps(version.definition, ensure_ascii=False).replace('"燃气"', '"燃气安全"')
    FormVersion.objects.update(definition=json.loads(text))
    assert forms_of([version.pk])[version.pk].item("gas").label == "燃气安全"
    FormVersion.objects.update(definition=version.definition)
    assert forms_of([version.pk])[version.pk].item("gas").label == "燃气"


def test_numbers_run_on_within_a_village(cast: Cast, person: Person) -> None:
    Post.objects.create(
        user=cast.visitor, region=cast.other_village, role=Role.VISITOR, starts_on=date(2020, 1, 1)
    )
    cast.refresh()
    second, elsewhere = make_person(cast), make_person(cast, village=cast.other_village)
    numbers = [submit(one, cast.visitor).record_no for one in (person, second, elsewhere)]
    assert numbers == [1, 2, 1]


def test_the_log_says_that_a_visit_was_made_without_saying_what_was_found(cast: Cast, person: Person) -> None:
    submit(person, cast.visitor, mood=2, remark="常哭")
    entry = LogEntry.objects.get(action="visit_submitted")
    assert entry.actor_id == cast.visitor.pk
    assert entry.role == Role.VISITOR
    assert entry.detail["fulfilled"] == 1
    assert "常哭" not in str(entry.detail)


def test_the_draft_goes_when_the_visit_is_in(cast: Cast, person: Person) -> None:
    key = uuid.uuid4()
    services.save_draft(person_id=person.pk, by=cast.visitor, at=AT, key=key, body={"mode": ["home"]})
    submit(person, cast.visitor, key=key)
    assert not Draft.objects.exists()


def test_a_save_that_comes_after_the_visit_brings_no_draft_back(cast: Cast, person: Person) -> None:
    key = uuid.uuid4()
    submit(person, cast.visitor, key=key)
    assert services.save_draft(person_id=person.pk, by=cast.visitor, at=AT, key=key, body={}) is None
    assert not Draft.objects.exists()


def test_the_same_press_twice_is_one_visit(cast: Cast, person: Person) -> None:
    key = uuid.uuid4()
    first = services.submit(person_id=person.pk, by=cast.visitor, at=AT, key=key, body=body())
    again = services.submit(
        person_id=person.pk, by=cast.visitor, at=AT + timedelta(minutes=5), key=key, body=body()
    )
    assert first[1] is True
    assert again == (first[0], False)
    assert Visit.objects.count() == 1


def test_the_same_press_with_other_words_shows_both(cast: Cast, person: Person) -> None:
    key = uuid.uuid4()
    first = submit(person, cast.visitor, key=key)
    with pytest.raises(services.Conflict) as caught:
        submit(person, cast.visitor, key=key, remark="又想起一件事")
    assert caught.value.stored == first
    assert Visit.objects.count() == 1


def test_a_key_of_another_person_or_author_is_refused(cast: Cast, person: Person) -> None:
    key = uuid.uuid4()
    submit(person, cast.visitor, key=key)
    with pytest.raises(services.CannotVisit, match="已经用过"):
        submit(make_person(cast), cast.visitor, key=key)
    with pytest.raises(services.CannotVisit, match="已经用过"):
        submit(person, cast.village_head, key=key)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"visited_on": DAY + timedelta(days=1)}, "晚于今天"),
        ({"visited_on": date(1940, 1, 1)}, "早于本人出生"),
        ({"visited_on": date(2019, 12, 31)}, "还没有列入"),
    ],
    ids=["tomorrow", "before birth", "before the roster"],
)
def test_days_on_which_nobody_could_have_been_there_are_refused(
    cast: Cast, person: Person, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(services.CannotVisit, match=words) as caught:
        submit(person, cast.visitor, **changes)
    assert caught.value.field == "on"
    assert not Visit.objects.exists()


def test_after_death_no_visit_is_recorded_but_earlier_ones_may_be_typed(cast: Cast, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(status="dead", left_on=date(2026, 11, 20))
    with pytest.raises(services.CannotVisit, match="11月20日已去世"):
        submit(person, cast.visitor)
    assert submit(person, cast.visitor, visited_on=date(2026, 11, 20)).pk


@pytest.mark.parametrize("role", ["neighbour", "township_head", "inspector", "county_officer"])
def test_who_may_not_visit_this_person_records_nothing(cast: Cast, person: Person, role: str) -> None:
    with pytest.raises(services.CannotVisit, match="不在您的巡访名单"):
        submit(person, getattr(cast, role))


def test_a_visitor_who_was_taken_off_in_between_records_nothing(cast: Cast, person: Person) -> None:
    other = make_user("别人", "13800000999", Role.VISITOR, cast.village)
    Person.objects.filter(pk=person.pk).update(assignee=other)
    with pytest.raises(services.CannotVisit, match="分工"):
        submit(person, cast.visitor)


def test_two_visitors_on_one_day_are_asked_to_join(cast: Cast, person: Person) -> None:
    first = submit(person, cast.visitor)
    with pytest.raises(services.SameDay, match="同行人") as caught:
        submit(person, cast.village_head)
    assert caught.value.visit == first
    joined = services.join(visit_id=first.pk, by=cast.village_head, at=AT)
    assert joined.companions == cast.village_head.name
    assert services.join(visit_id=first.pk, by=cast.village_head, at=AT).companions == cast.village_head.name
    assert Visit.objects.count() == 1


def test_a_second_visit_on_one_day_is_recorded_when_somebody_says_so(cast: Cast, person: Person) -> None:
    submit(person, cast.visitor)
    assert submit(person, cast.village_head, second=True).pk
    assert Visit.objects.valid().count() == 2


def test_a_clerk_types_for_the_visitor_who_went(cast: Cast, person: Person) -> None:
    visit = submit(
        person, cast.township_clerk, visitor_id=cast.liaison.pk, visited_on=DAY - timedelta(days=4)
    )
    assert (visit.visitor, visit.recorder) == (cast.liaison, cast.township_clerk)
    assert is_late_entry(visit)
    assert LogEntry.objects.get(action="visit_submitted").detail["typed_for"] == cast.liaison.pk


def test_nobody_else_types_for_others_and_the_visitor_must_stand_in_the_village(
    cast: Cast, person: Person
) -> None:
    with pytest.raises(services.CannotVisit, match="只有民政办"):
        submit(person, cast.visitor, visitor_id=cast.liaison.pk)
    with pytest.raises(services.CannotVisit, match="没有任职"):
        submit(person, cast.township_clerk, visitor_id=cast.neighbour.pk)


def test_three_days_are_no_late_entry(cast: Cast, person: Person) -> None:
    assert not is_late_entry(submit(person, cast.visitor, visited_on=DAY - timedelta(days=3)))


def test_an_answer_that_is_missing_is_refused(cast: Cast, person: Person) -> None:
    values = body()["values"]
    del values["gas"]
    with pytest.raises(services.CannotVisit, match="还有没答完的项"):
        submit(person, cast.visitor, values=values)


def test_a_proxy_does_not_stand_in_for_somebody_alone(cast: Cast) -> None:
    alone = make_person(cast, groups=("tekun",))
    Person.objects.filter(pk=alone.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    schedule.generate(on=DAY)
    submit(alone, cast.visitor, met="proxy")
    assert DueItem.objects.get(person=alone).done_on is None


def test_two_steps_down_are_a_rise_and_three_is_an_emergency(cast: Cast, person: Person) -> None:
    submit(person, cast.visitor, visited_on=DAY - timedelta(days=10))
    visit = submit(person, cast.visitor, mood=3)
    assert (visit.max_level, visit.rise, visit.report_wanted, visit.exceptional) == (3, True, True, True)
    assert ChangeReport.objects.get().urgent


def test_a_change_may_be_kept_from_the_report_but_an_emergency_may_not(cast: Cast, person: Person) -> None:
    visit = submit(person, cast.visitor, income=12, report=False)
    assert (visit.reportable, visit.report_wanted) == (True, False)
    assert not ChangeReport.objects.exists()
    urgent = submit(make_person(cast), cast.visitor, gas=3, report=False)
    assert urgent.report_wanted


def test_self_care_that_changed_asks_for_a_report(cast: Cast) -> None:
    alone = make_person(cast, groups=("tekun",))
    able = dict.fromkeys(["eating", "dressing", "bed", "toilet", "walking", "washing"], True)
    first = submit(alone, cast.visitor, visited_on=DAY - timedelta(days=9), self_care=able)
    assert not first.reportable
    second = submit(alone, cast.visitor, self_care=able | {"washing": False})
    assert second.reportable
    assert ChangeReport.objects.get().items[0]["item"] == "自己洗澡"


def test_the_season_block_raises_the_level(cast: Cast, person: Person) -> None:
    day = date(2026, 8, 3)
    leak = {"code": "flood", "answers": {"leak": 2, "refuge_told": 0}}
    assert submit(person, cast.visitor, visited_on=day, season=leak).max_level == 2
    with pytest.raises(services.CannotVisit, match="季节"):
        submit(
            make_person(cast), cast.visitor, visited_on=day, season={"code": "flood", "answers": {"leak": 0}}
        )


def test_voiding_opens_what_was_done_and_says_why(cast: Cast, person: Person) -> None:
    visit = submit(person, cast.visitor)
    services.void(visit_id=visit.pk, reason="记错人了", by=cast.visitor, at=AT)
    visit.refresh_from_db()
    assert (visit.void_reason, visit.voided_by) == ("记错人了", cast.visitor)
    assert DueItem.objects.get(person=person).done_on is None
    assert LogEntry.objects.filter(action="visit_voided").count() == 1
    with pytest.raises(services.CannotVisit, match="已经作废"):
        services.void(visit_id=visit.pk, reason="再来", by=cast.visitor, at=AT)


def test_another_visit_of_the_period_takes_the_place_of_a_voided_one(cast: Cast, person: Person) -> None:
    first = submit(person, cast.visitor, visited_on=DAY - timedelta(days=10))
    second = submit(person, cast.visitor)
    services.void(visit_id=first.pk, reason="记错人了", by=cast.visitor, at=AT)
    assert DueItem.objects.get(person=person).done_on == DAY
    assert Fulfilment.objects.get().visit == second


def test_voiding_asks_for_a_reason_and_for_the_one_who_wrote_it(cast: Cast, person: Person) -> None:
    visit = submit(person, cast.visitor)
    with pytest.raises(services.CannotVisit, match="请写为什么"):
        services.void(visit_id=visit.pk, reason=" ", by=cast.visitor, at=AT)
    with pytest.raises(services.CannotVisit, match="没有找到"):
        services.void(visit_id=visit.pk, reason="x", by=cast.neighbour, at=AT)
    with pytest.raises(services.CannotVisit, match="请找民政办"):
        services.void(visit_id=visit.pk, reason="x", by=cast.liaison, at=AT)
    assert services.void(visit_id=visit.pk, reason="重复", by=cast.township_clerk, at=AT).voided_at


def test_a_report_that_is_not_filed_leaves_with_its_record(cast: Cast, person: Person) -> None:
    visit = submit(person, cast.visitor, income=12)
    services.void(visit_id=visit.pk, reason="记错了", by=cast.visitor, at=AT)
    assert ChangeReport.objects.get().state == "withdrawn"


def test_a_correction_takes_the_old_record_back_and_makes_a_new_one(cast: Cast, person: Person) -> None:
    old = submit(person, cast.visitor)
    new = submit(person, cast.visitor, replaces=old.uuid, void_reason="行动能力选错了", mobility=1)
    old.refresh_from_db()
    assert old.voided_at == AT
    assert Visit.objects.valid().get() == new
    assert Fulfilment.objects.get().visit == new


def test_a_refused_correction_leaves_the_old_record_as_it_was(cast: Cast, person: Person) -> None:
    old = submit(person, cast.visitor)
    values = body()["values"]
    del values["mood"]
    with pytest.raises(services.CannotVisit):
        submit(person, cast.visitor, replaces=old.uuid, void_reason="改", values=values)
    old.refresh_from_db()
    assert old.voided_at is None
    assert Fulfilment.objects.get().visit == old


def test_nothing_stays_when_a_higher_room_refuses(
    cast: Cast, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: services.Submission) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(services.visiting, "after_submit", [refuse])
    with pytest.raises(RuntimeError):
        submit(person, cast.visitor)
    assert not Visit.objects.exists()
    assert not LogEntry.objects.filter(action="visit_submitted").exists()
    assert DueItem.objects.get(person=person).done_on is None


def test_the_database_refuses_a_second_visit_with_one_key(cast: Cast, person: Person) -> None:
    visit = submit(person, cast.visitor)
    visit.pk, visit.uuid, visit.record_no = None, uuid.uuid4(), 99
    with pytest.raises(IntegrityError):
        visit.save(force_insert=True)


def test_a_double_press_on_two_connections_is_one_visit(committed: str) -> None:
    from tests.cast import make_cast

    cast = make_cast()
    person = make_person(cast)
    key, gate, results = uuid.uuid4(), threading.Barrier(2, timeout=10), []

    def press() -> None:
        try:
            duty_of(by := type(cast.visitor).objects.get(pk=cast.visitor.pk), DAY)
            gate.wait()
            results.append(services.submit(person_id=person.pk, by=by, at=AT, key=key, body=body()))
        finally:
            connection.close()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join(timeout=20)
    assert sorted(made for _, made in results) == [False, True]
    assert Visit.objects.count() == 1
    assert LogEntry.objects.filter(action="visit_submitted").count() == 1


def test_two_visitors_at_once_do_not_both_record_the_day(committed: str) -> None:
    from tests.cast import make_cast

    cast = make_cast()
    person = make_person(cast)
    gate, results = threading.Barrier(2, timeout=10), []

    def press(pk: int) -> None:
        try:
            duty_of(by := type(cast.visitor).objects.get(pk=pk), DAY)
            gate.wait()
            services.submit(person_id=person.pk, by=by, at=AT, key=uuid.uuid4(), body=body())
            results.append("made")
        except services.SameDay:
            results.append("asked")
        finally:
            connection.close()

    presses = [threading.Thread(target=press, args=[pk]) for pk in (cast.visitor.pk, cast.village_head.pk)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join(timeout=20)
    assert sorted(results) == ["asked", "made"]


def test_tries_are_recorded_once_with_their_next_step(cast: Cast, person: Person) -> None:
    key = uuid.uuid4()
    what = {
        "tried_on": DAY,
        "part_of_day": "am",
        "mode": "home",
        "outcome": "not_home",
        "note": "",
        "visitor_id": None,
    }
    with pytest.raises(services.CannotVisit, match="晚于这一次"):
        services.attempt(person_id=person.pk, by=cast.visitor, at=AT, key=key, body=what | {"next_on": DAY})
    good = what | {"next_on": DAY + timedelta(days=3)}
    first, made = services.attempt(person_id=person.pk, by=cast.visitor, at=AT, key=key, body=good)
    again, made_again = services.attempt(person_id=person.pk, by=cast.visitor, at=AT, key=key, body=good)
    assert (made, made_again, again) == (True, False, first)
    with pytest.raises(services.Conflict):
        services.attempt(person_id=person.pk, by=cast.visitor, at=AT, key=key, body=good | {"note": "x"})
    assert DueItem.objects.get(person=person).done_on is None


def test_a_death_reported_by_a_visitor_waits_for_the_clerk_and_changes_no_file(
    cast: Cast, person: Person
) -> None:
    from visits.records.selectors.visiting import reported_gone

    services.attempt(
        person_id=person.pk,
        by=cast.visitor,
        at=AT,
        key=uuid.uuid4(),
        body={"tried_on": DAY, "mode": "home", "outcome": "died", "next_on": None, "visitor_id": None},
    )
    person.refresh_from_db()
    assert person.status == "live"
    assert [row.person for row in reported_gone(cast.township_clerk)] == [person]
    assert not reported_gone(cast.neighbour)


def test_a_record_that_was_signed_is_taken_back_by_the_clerk_only(cast: Cast, person: Person) -> None:
    from visits.records.models import Sheet

    visit = submit(person, cast.visitor)
    sheet = Sheet.objects.create(
        kind="village",
        period="2026Q4",
        period_start=date(2026, 10, 1),
        period_end=date(2026, 12, 31),
        batch_no=1,
        sign_by=date(2027, 1, 10),
        county_id=visit.county_id,
        township_id=visit.township_id,
        village_id=visit.village_id,
    )
    SheetLine.objects.create(sheet=sheet, row=1, person=person, visit=visit, exceptional=False, content={})
    with pytest.raises(services.CannotVisit, match="有人签字"):
        services.void(visit_id=visit.pk, reason="改", by=cast.visitor, at=AT)
    with pytest.raises(services.CannotVisit, match="不能再加"):
        services.join(visit_id=visit.pk, by=cast.village_head, at=AT)


def test_a_visitor_whose_post_ended_can_not_be_chosen(cast: Cast, person: Person) -> None:
    Post.objects.filter(user=cast.liaison).update(ends_on=DAY - timedelta(days=30))
    with pytest.raises(services.CannotVisit, match="没有任职"):
        submit(person, cast.township_clerk, visitor_id=cast.liaison.pk)
