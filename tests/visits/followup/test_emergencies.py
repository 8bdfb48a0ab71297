"""紧急情况: nothing stands in the way of telling, somebody has it in hand, it ends in words (五(三)-9)."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import LogEntry
from accounts.scoping import duty_of
from tests.cast import Cast, make_person
from tests.world import evening
from visits.followup.models import DutyShift, Emergency
from visits.followup.services import emergencies as service
from visits.roster.services import CannotChange

TODAY = datetime(2026, 11, 24).date()
AT = evening(TODAY)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def told(cast: Cast, by: str = "visitor", **given: Any) -> Emergency:
    given.setdefault("person_id", None if "about" in given else make_person(cast).pk)
    row, _ = service.report(key=given.pop("key", uuid.uuid4()), by=getattr(cast, by), at=AT, **given)
    return row


def shift(cast: Cast, user: str | None = None, **given: Any) -> DutyShift:
    values = {
        "region": cast.county, "starts_at": AT - HOUR, "ends_at": AT + 12 * HOUR, "name": "林建忠", "phone": "13900001127",
        "user": getattr(cast, user) if user else None, "made_by": cast.county_officer, "made_at": AT - HOUR,
    }  # fmt: skip
    return DutyShift.objects.create(**(values | given))


# ── telling ──────────────────────────────────────────────────────────────────────────────────────


def test_nothing_but_the_press_is_enough(cast: Cast) -> None:
    person = make_person(cast)
    row = told(cast, person_id=person.pk)
    assert (row.kind, row.words, row.called, row.state) == ("other", "", [], "reported")
    assert (row.found_at, row.details_due_at) == (AT, AT + 24 * HOUR)
    assert (row.county_id, row.village_id) == (person.county_id, person.village_id)
    assert LogEntry.objects.filter(action="emergency_reported", object_id=str(row.uuid)).exists()


def test_somebody_without_a_file_and_without_a_place_is_taken_as_well(cast: Cast) -> None:
    row = told(cast, about="")
    assert (row.about, row.person, row.village_id) == (service.NOT_SAID, None, cast.village.pk)
    at_county = told(cast, by="county_officer", about="过路的老人，国道边")
    assert (at_county.county_id, at_county.township_id) == (cast.county.pk, None)
    assert at_county in Emergency.objects.visible_to(cast.county_head)
    assert at_county not in Emergency.objects.visible_to(cast.neighbour)


def test_where_it_happened_is_taken_from_ones_own_units_only(cast: Cast) -> None:
    assert told(cast, by="township_clerk", about="路人", unit_id=cast.other_village.pk).village_id == (
        cast.other_village.pk
    )
    assert told(cast, about="路人", unit_id=cast.other_county_village.pk).village_id == cast.village.pk


def test_a_press_that_went_twice_is_one_emergency_and_other_words_are_not_lost(cast: Cast) -> None:
    key, person = uuid.uuid4(), make_person(cast)
    first = told(cast, key=key, person_id=person.pk, kind="ill")
    again, new = service.report(key=key, by=cast.visitor, at=AT + HOUR, person_id=person.pk, kind="ill")
    assert (again, new) == (first, False)
    with pytest.raises(service.AlreadyReported) as error:
        told(cast, key=key, person_id=person.pk, kind="fire")
    assert error.value.emergency == first
    with pytest.raises(CannotChange, match="已经用过"):
        told(cast, by="liaison", key=key, person_id=person.pk, kind="ill")
    assert Emergency.objects.count() == 1


def test_a_time_to_come_is_taken_as_now(cast: Cast) -> None:
    assert told(cast, found_at=AT + HOUR).found_at == AT
    assert told(cast, found_at=AT - HOUR).found_at == AT - HOUR


def test_a_person_out_of_sight_is_refused(cast: Cast) -> None:
    theirs = make_person(cast, village=cast.other_county_village)
    with pytest.raises(CannotChange, match="不归您管"):
        told(cast, person_id=theirs.pk)


# ── who has it ───────────────────────────────────────────────────────────────────────────────────


def test_the_duty_officer_or_a_county_officer_takes_it_and_a_second_press_changes_nothing(cast: Cast) -> None:
    row = told(cast)
    assert not service.may_acknowledge(row, cast.township_clerk, AT)
    with pytest.raises(CannotChange, match="值班"):
        service.acknowledge(emergency_id=row.pk, by=cast.township_clerk, at=AT)
    shift(cast, "township_clerk", region=cast.township)
    taken, mine = service.acknowledge(emergency_id=row.pk, by=cast.township_clerk, at=AT)
    assert (mine, taken.state, taken.acknowledged_by) == (True, "acknowledged", cast.township_clerk)
    after, mine = service.acknowledge(emergency_id=row.pk, by=cast.county_officer, at=AT + HOUR)
    assert (mine, after.acknowledged_by, after.acknowledged_at) == (False, cast.township_clerk, AT)


def test_a_shift_that_is_over_or_cancelled_gives_nothing(cast: Cast) -> None:
    row = told(cast)
    shift(cast, "township_clerk", region=cast.township, ends_at=AT)
    shift(
        cast, "township_clerk", region=cast.township, starts_at=AT, cancelled_at=AT, cancelled_by=cast.county_officer,
        cancel_reason="换班",
    )  # fmt: skip
    assert not service.may_acknowledge(row, cast.township_clerk, AT)


def test_whoever_is_on_duty_and_writes_down_a_call_has_it_in_hand(cast: Cast) -> None:
    shift(cast, "township_clerk", region=cast.township)
    row = told(cast, by="township_clerk")
    assert (row.state, row.acknowledged_by) == ("acknowledged", cast.township_clerk)


# ── details, police, the end ─────────────────────────────────────────────────────────────────────


def test_the_reporter_writes_the_details_and_the_office_ends_it(cast: Cast) -> None:
    row = told(cast, kind="ill")
    service.acknowledge(emergency_id=row.pk, by=cast.county_officer, at=AT)
    service.give_details(emergency_id=row.pk, details="送县医院", by=cast.visitor, at=AT + HOUR)
    with pytest.raises(CannotChange, match="结束"):
        service.close(emergency_id=row.pk, outcome="好了", by=cast.visitor, at=AT + HOUR)
    done = service.close(emergency_id=row.pk, outcome="住院观察", by=cast.township_clerk, at=AT + HOUR)
    assert (done.state, done.details, done.closed_by) == ("closed", "送县医院", cast.township_clerk)
    with pytest.raises(CannotChange, match="已经结束"):
        service.give_details(emergency_id=row.pk, details="再写", by=cast.visitor, at=AT + HOUR)


def test_it_does_not_end_before_somebody_took_it_or_without_details(cast: Cast) -> None:
    row = told(cast)
    with pytest.raises(CannotChange, match="值班的还没接"):
        service.close(emergency_id=row.pk, outcome="好了", details="没事", by=cast.township_clerk, at=AT)
    with pytest.raises(CannotChange) as error:
        service.close(emergency_id=row.pk, outcome="好了", by=cast.county_officer, at=AT)
    assert error.value.field == "details"
    done = service.close(emergency_id=row.pk, outcome="好了", details="晕倒", by=cast.county_officer, at=AT)
    assert (done.acknowledged_by, done.details) == (cast.county_officer, "晕倒")


def test_a_false_alarm_ends_at_once_and_keeps_its_record(cast: Cast) -> None:
    row = told(cast, kind="abuse")
    done = service.close(
        emergency_id=row.pk, outcome="孩子在邻居家", false_alarm=True, by=cast.township_clerk, at=AT
    )
    assert (done.state, done.false_alarm, done.details) == ("closed", True, "")


@pytest.mark.parametrize(("kind", "born", "asked"), [
    ("abuse", 1943, True), ("minor", 1943, True), ("ill", 1943, False), ("ill", 2015, True),
])  # fmt: skip
def test_what_the_police_were_told_is_asked_before_the_end(
    cast: Cast, kind: str, born: int, asked: bool
) -> None:
    person = make_person(cast, birth=TODAY.replace(year=born))
    row = told(cast, kind=kind, person_id=person.pk)
    end = {
        "emergency_id": row.pk,
        "outcome": "安置好了",
        "details": "核实过",
        "by": cast.county_officer,
        "at": AT,
    }
    if asked:
        with pytest.raises(CannotChange) as error:
            service.close(**end)
        assert error.value.field == "police"
        with pytest.raises(CannotChange) as error:
            service.answer_police(emergency_id=row.pk, police="told", words=" ", by=cast.visitor, at=AT)
        assert error.value.field == "police_words"
        service.answer_police(
            emergency_id=row.pk, police="told", words="20:10 嵩口派出所", by=cast.visitor, at=AT
        )
    assert service.close(**end).state == "closed"


# ── who reads it ─────────────────────────────────────────────────────────────────────────────────


def test_what_a_village_must_not_talk_about_is_read_there_by_its_reporter_only(cast: Cast) -> None:
    person = make_person(cast)
    private = told(cast, by="liaison", kind="abuse", person_id=person.pk)
    plain = told(cast, by="liaison", kind="ill", person_id=person.pk)
    nobody = told(cast, by="township_clerk", kind="self_harm", about="桥头", unit_id=cast.village.pk)

    def sees(name: str) -> set[int]:
        user = getattr(cast, name)
        duty_of(user, TODAY)
        return set(Emergency.objects.visible_to(user).values_list("pk", flat=True))

    assert sees("visitor") == sees("village_head") == {plain.pk}
    assert sees("liaison") == {private.pk, plain.pk}
    for name in ("township_clerk", "township_head", "county_officer", "county_head", "inspector"):
        assert sees(name) == {private.pk, plain.pk, nobody.pk}
    assert sees("neighbour") == sees("nobody") == sees("city_supervisor") == set()


# ── others are told ──────────────────────────────────────────────────────────────────────────────


def test_each_step_tells_whoever_asked_to_be_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, str]] = []
    for name in ("reported", "acknowledged", "details", "closed"):
        hook = lambda row, by, at, name=name: heard.append((name, row.state))  # noqa: E731
        monkeypatch.setattr(service, f"after_{name}", [hook])
    row = told(cast)
    service.close(emergency_id=row.pk, outcome="好了", details="晕倒", by=cast.county_officer, at=AT)
    assert heard == [
        ("reported", "reported"), ("details", "reported"), ("acknowledged", "acknowledged"), ("closed", "closed"),
    ]  # fmt: skip


# ── the database refuses ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wrong", [
    {"person": None, "about": ""},
    {"acknowledged_at": AT},
    {"state": "acknowledged"},
    {"details": "有经过没有人"},
    {"police": "told"},
    {"state": "closed"},
])  # fmt: skip
def test_the_database_refuses_half_an_emergency(cast: Cast, wrong: dict[str, Any]) -> None:
    row = told(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Emergency.objects.filter(pk=row.pk).update(**wrong)


def test_the_database_refuses_an_end_without_an_answer_about_the_police(cast: Cast) -> None:
    row = told(cast, kind="minor")
    who = cast.county_officer
    service.answer_police(emergency_id=row.pk, police="told", words="20:10", by=who, at=AT)
    service.close(emergency_id=row.pk, outcome="好了", details="有", by=who, at=AT)
    with pytest.raises(IntegrityError, match="police_answered"), transaction.atomic():
        Emergency.objects.filter(pk=row.pk).update(police="", police_words="")


@pytest.mark.parametrize("wrong", [
    {"ends_at": AT - HOUR}, {"name": ""}, {"place": 4}, {"cancelled_at": AT}, {"cancel_reason": "没写谁"},
])  # fmt: skip
def test_the_database_refuses_half_a_shift(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        shift(cast, **wrong)


def test_the_database_refuses_two_in_one_place_but_not_in_two(cast: Cast) -> None:
    shift(cast)
    shift(cast, place=2)
    shift(cast, starts_at=AT + 12 * HOUR, ends_at=AT + 24 * HOUR)
    with pytest.raises(IntegrityError, match="shift_no_overlap"), transaction.atomic():
        shift(cast, starts_at=AT + 11 * HOUR, ends_at=AT + 13 * HOUR)
