"""A change that no visit found, and the day's summary that makes itself."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import LogEntry
from tests.cast import Cast
from tests.visits.followup.casework import DAY, at, on_duty, somebody, told
from tests.world import good_values, visit
from visits.followup.models import ChangeReport, DaySummary
from visits.followup.services import days, hearing
from visits.records import services as records
from visits.records.services import attempt
from visits.roster.services.common import CannotChange


@pytest.mark.parametrize(
    ("on", "due"),
    [
        (date(2026, 2, 13), date(2026, 2, 24)),
        (date(2026, 2, 14), date(2026, 2, 25)),
        (date(2026, 9, 30), date(2026, 10, 9)),
        (date(2026, 11, 20), date(2026, 11, 24)),
    ],
    ids=lambda day: f"{day:%m-%d}",
)
def test_a_call_has_the_same_two_working_days(cast: Cast, on: date, due: date) -> None:
    report = told(cast, on=on)
    assert (report.due_on, report.source, report.state) == (due, "call", "noted")
    assert report.items[0] | {"code": ""} == {
        "code": "", "item": "经济收入", "was": "打零工，月约3200元", "now": "工地摔伤，三个月没有工钱", "level": 0, "note": "",
    }  # fmt: skip
    assert LogEntry.objects.get(action="change_noted").detail == {"urgent": False}


def _note(cast: Cast, person=None, **changes):
    values = {
        "person_id": (person or somebody(cast)).pk, "key": uuid.uuid4(), "source": "letter", "found_on": DAY,
        "changes": [hearing.Change("health", "", "住院了")], "by": cast.township_clerk, "at": at(),
    }  # fmt: skip
    return hearing.note_told(**values | changes)


def test_a_press_that_went_twice_is_one_report(cast: Cast) -> None:
    person, key = somebody(cast), uuid.uuid4()
    assert _note(cast, person, key=key).pk == _note(cast, person, key=key).pk
    with pytest.raises(CannotChange, match="已经用过了"):
        _note(cast, key=key)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"found_on": DAY + timedelta(days=1)}, "found_on"),
        ({"found_on": date(2019, 12, 31)}, "found_on"),
        ({"source": "visit"}, "source"),
        ({"changes": []}, "changes"),
        ({"changes": [hearing.Change("health", "好", " ")]}, "changes"),
    ],
    ids=["tomorrow", "before the file", "a visit", "nothing", "no now"],
)
def test_what_can_not_be_is_refused_at_its_field(cast: Cast, changes: dict, field: str) -> None:
    with pytest.raises(CannotChange) as refused:
        _note(cast, **changes)
    assert refused.value.field == field


def test_who_visits_may_note_it_and_nobody_else(cast: Cast) -> None:
    person = somebody(cast, assignee=cast.visitor)
    assert _note(cast, person, by=cast.visitor).noted_by == cast.visitor
    assert _note(cast, person, by=cast.village_head).pk
    for user in (cast.county_officer, cast.inspector):
        with pytest.raises(CannotChange, match="由本人所在乡镇"):
            _note(cast, person, by=user)
    with pytest.raises(CannotChange):
        _note(cast, person, by=cast.neighbour)


def test_the_database_refuses_a_report_from_nowhere(cast: Cast) -> None:
    report = told(cast)
    for wrong in ({"source": "visit"}, {"key": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ChangeReport.objects.filter(pk=report.pk).update(**wrong)


# ── 当日汇总 ─────────────────────────────────────────────────────────────────────────────────────

SATURDAY = date(2026, 11, 21)


def _day(cast: Cast, on: date) -> None:
    """A visit that found something, one that did not, one in vain, and a call."""
    visit(somebody(cast), cast.visitor, on, values={"illness": 2}, report=True)
    visit(somebody(cast), cast.visitor, on)
    attempt(
        person_id=somebody(cast).pk, by=on_duty(cast.visitor, on), at=at(on, 21), key=uuid.uuid4(),
        body={"tried_on": on, "part_of_day": "am", "mode": "home", "outcome": "not_home", "note": "", "next_on": on + timedelta(days=3)},
    )  # fmt: skip
    told(cast, on=on)


def _numbers(row: DaySummary) -> tuple[int, ...]:
    return (row.visits, row.attempts, row.changes, row.urgent, row.findings)


def test_a_saturday_compiles_itself_and_waits_for_the_next_working_day(cast: Cast) -> None:
    _day(cast, SATURDAY)
    assert (
        days.compile_days(today=SATURDAY + timedelta(days=1), at=at(SATURDAY + timedelta(days=1), 0, 3)) == 1
    )
    row = DaySummary.objects.get()
    assert _numbers(row) == (2, 1, 2, 0, 1)
    assert (row.on, row.confirm_by, row.township_id) == (SATURDAY, date(2026, 11, 23), cast.township.pk)
    assert row.report_ids == sorted(ChangeReport.objects.values_list("pk", flat=True))
    assert (
        days.compile_days(today=SATURDAY + timedelta(days=1), at=at(SATURDAY + timedelta(days=1), 0, 4)) == 0
    )


def test_an_outage_gives_the_same_rows_and_what_was_typed_later_changes_none(cast: Cast) -> None:
    _day(cast, SATURDAY)
    days.compile_days(today=date(2026, 11, 22), at=at(date(2026, 11, 22), 0, 3))
    before = _numbers(DaySummary.objects.get())
    _day(cast, date(2026, 11, 23))
    # Nothing ran for three days; meanwhile Monday's paper was typed in, and a record was taken back.
    late = somebody(cast)
    body = {
        "visited_on": date(2026, 11, 23), "part_of_day": "am", "mode": "home", "met": "self", "notes": {}, "phrases": [],
        "remark": "", "values": good_values(late, DAY),
    }  # fmt: skip
    records.submit(
        person_id=late.pk, by=on_duty(cast.visitor, DAY), at=at(DAY, 9), key=uuid.uuid4(), body=body
    )
    assert days.compile_days(today=date(2026, 11, 26), at=at(date(2026, 11, 26), 8)) == 1
    assert [_numbers(row) for row in DaySummary.objects.order_by("on")] == [before, (2, 1, 2, 0, 1)]


def test_a_day_with_nothing_has_no_row(cast: Cast) -> None:
    _day(cast, SATURDAY)
    assert days.compile_days(today=DAY, at=at(DAY, 0, 3), since=date(2026, 11, 15)) == 1


def test_a_record_that_was_taken_back_by_midnight_is_not_counted_one_later_is(cast: Cast) -> None:
    person = somebody(cast)
    early, later = visit(person, cast.visitor, SATURDAY), visit(somebody(cast), cast.visitor, SATURDAY)
    records.void(
        visit_id=early.pk, reason="记错", by=on_duty(cast.visitor, SATURDAY), at=at(SATURDAY, 23, 59)
    )
    sunday = SATURDAY + timedelta(days=1)
    records.void(visit_id=later.pk, reason="记错", by=on_duty(cast.visitor, sunday), at=at(sunday, 0, 1))
    days.compile_days(today=sunday, at=at(sunday, 0, 3))
    assert DaySummary.objects.get().visits == 1


def test_several_days_are_confirmed_in_one_press_by_their_township(cast: Cast) -> None:
    for day in (SATURDAY, date(2026, 11, 23)):
        told(cast, on=day)
    days.compile_days(today=DAY, at=at(DAY, 0, 3), since=SATURDAY)
    ids = list(DaySummary.objects.values_list("pk", flat=True))
    cast.refresh(DAY)
    for user in (cast.county_officer, cast.neighbour, cast.visitor):
        with pytest.raises(CannotChange, match="不归您"):
            days.confirm(summary_ids=ids, by=user, at=at())
    assert days.confirm(summary_ids=ids, by=cast.township_clerk, at=at(), note="都核过") == 2
    assert set(DaySummary.objects.values_list("note", flat=True)) == {"都核过"}
    with pytest.raises(CannotChange, match="已经确认过"):
        days.confirm(summary_ids=ids, by=cast.township_clerk, at=at())


def test_the_database_refuses_an_empty_day_a_second_one_and_half_a_confirmation(cast: Cast) -> None:
    told(cast, on=SATURDAY)
    days.compile_days(today=DAY, at=at(DAY, 0, 3), since=SATURDAY)
    row = DaySummary.objects.get()
    for wrong in ({"changes": 0}, {"confirmed_at": at()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DaySummary.objects.filter(pk=row.pk).update(**wrong)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
