"""When a level comes: asked backwards by windows of last days, the same answers as asked forwards day by day."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visits.core.workdays import SHANGHAI, Calendar
from visits.followup.escalation import Rule, Step, day_steps, merge, moment, sentence, window

# 2026 as it was announced, as far as these tests need it: 国庆 off, two Saturdays of work.
DAYS = {date(2026, 10, day): "off" for day in range(1, 8)} | {
    date(2026, 9, 20): "work",
    date(2026, 10, 10): "work",
}
CALENDAR = Calendar.of([(2025, "official", {}), (2026, "official", DAYS)])
NINE = time(9, 0)


def step(days: int, starts_on: date = date(2025, 1, 1), ends_on: date | None = None) -> Step:
    return Step("report", 1, days, NINE, ("township_clerk",), starts_on, ends_on)


def at(day: str, clock: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("due", "days", "told"),
    [
        ("2026-11-24", -1, "2026-11-23"), ("2026-11-23", -1, "2026-11-20"), ("2026-11-24", 0, "2026-11-24"),
        ("2026-11-24", 1, "2026-11-25"), ("2026-11-27", 1, "2026-11-30"), ("2026-09-30", 1, "2026-10-08"),
        ("2026-10-08", -1, "2026-09-30"), ("2026-10-09", 1, "2026-10-10"), ("2026-09-30", 3, "2026-10-10"),
        # A day that was set by hand and is a day off: the last working day before it.
        ("2026-10-04", 0, "2026-09-30"), ("2026-10-04", -1, "2026-09-29"), ("2026-10-04", 1, "2026-10-08"),
    ],
)  # fmt: skip
def test_a_level_comes_on_a_working_day(due: str, days: int, told: str) -> None:
    assert moment(CALENDAR, date.fromisoformat(due), days) == date.fromisoformat(told)


@given(
    days=st.integers(-3, 4),
    now=st.datetimes(datetime(2026, 1, 20), datetime(2026, 12, 10)),
    begun=st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    lasts=st.one_of(st.none(), st.integers(0, 30)),
)
@settings(max_examples=60, deadline=None)
def test_backwards_and_forwards_say_the_same(
    days: int, now: datetime, begun: date, lasts: int | None
) -> None:
    ends = None if lasts is None else begun + timedelta(days=lasts)
    one = step(days, begun, ends)
    found = window(CALENDAR, one, now.replace(tzinfo=SHANGHAI))
    for back in range(-8, 45):
        due = now.date() - timedelta(days=back)
        told = moment(CALENDAR, due, days)
        come = datetime.combine(told, NINE) <= now and begun <= told and (ends is None or told <= ends)
        assert (found is not None and found.first <= due <= found.last) == come, (due, told)


def test_before_nine_it_has_not_come() -> None:
    early, late = (
        window(CALENDAR, step(1), at("2026-11-25", "08:59")),
        window(CALENDAR, step(1), at("2026-11-25")),
    )
    assert early is not None
    assert late is not None
    assert (early.last, late.last) == (date(2026, 11, 23), date(2026, 11, 24))


@pytest.mark.parametrize("days", [-1, 0, 1, 3])
def test_in_a_year_whose_days_off_are_not_known_nobody_is_told(days: int) -> None:
    assert window(CALENDAR, step(days), at("2027-01-06")) is None


def test_a_count_that_reaches_back_into_an_unknown_year_tells_nobody() -> None:
    only = Calendar.of([(2026, "official", DAYS)])
    found = window(only, step(3), at("2026-01-02"))
    assert found is None
    assert window(only, step(0), at("2026-01-02")) is not None


def test_the_end_of_the_known_year_is_told_before_it_ends() -> None:
    found = window(CALENDAR, step(-1), at("2026-12-30"))
    assert found is not None
    assert found.last == date(2026, 12, 31)


def test_what_runs_by_the_hour_does_not_wait_for_a_working_day() -> None:
    one = Step("emergency", 2, 1, time(0), ("county_officer",), date(2026, 11, 1))
    assert day_steps(one, at("2026-11-29", "12:00")) == (at("2026-10-31", "00:00"), at("2026-11-28", "12:00"))


def rule(level: int, days: int, role: str, **more: object) -> Rule:
    return Rule("report", level, days, NINE, role, **{"starts_on": date(2020, 1, 1)} | more)  # type: ignore[arg-type]


def test_a_county_brings_a_level_forward_and_adds_people_and_never_the_reverse() -> None:
    city = [rule(1, 0, "township_clerk"), rule(2, 2, "county_officer")]
    own = [
        rule(2, 1, "county_head", own=True),
        rule(2, 5, "county_officer", own=True),
        rule(3, 3, "county_head", own=True),
    ]
    steps = merge([*city, *own])
    assert [(one.level, one.days, one.roles) for one in steps] == [
        (1, 0, ("township_clerk",)), (2, 1, ("county_officer", "county_head")), (3, 3, ("county_head",)),
    ]  # fmt: skip


def test_a_rule_that_changed_holds_for_the_moments_before_it() -> None:
    old = rule(1, 0, "township_clerk", ends_on=date(2026, 11, 24))
    new = rule(1, 1, "township_clerk", starts_on=date(2026, 11, 25))
    steps = merge([old, new])
    assert [(one.days, one.starts_on, one.ends_on) for one in steps] == [
        (0, date(2020, 1, 1), date(2026, 11, 24)), (1, date(2026, 11, 25), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "words"),
    [(-2, "最后一天前2个工作日9:00，提醒人"), (-1, "最后一天的前一个工作日9:00，提醒人"), (0, "最后一天9:00，提醒人"),
     (1, "过期后的第一个工作日9:00，提醒人"), (3, "过期后的第3个工作日9:00，提醒人")],
)  # fmt: skip
def test_a_level_in_words(days: int, words: str) -> None:
    assert sentence(days, NINE, "人") == words
