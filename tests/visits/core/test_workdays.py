"""The working calendar: the worked dates of 2026, the edges of years, and a count by hand."""

import datetime as dt
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visits.core.workdays import SHANGHAI, Calendar, YearNotLoaded


def days_between(first: date, last: date) -> list[date]:
    return [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]


def table_2026() -> dict[date, str]:
    blocks = [
        (date(2026, 1, 1), date(2026, 1, 3)),
        (date(2026, 2, 15), date(2026, 2, 23)),
        (date(2026, 4, 4), date(2026, 4, 6)),
        (date(2026, 5, 1), date(2026, 5, 5)),
        (date(2026, 6, 19), date(2026, 6, 21)),
        (date(2026, 9, 25), date(2026, 9, 27)),
        (date(2026, 10, 1), date(2026, 10, 7)),
    ]
    made_up = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
    days = {day: "off" for block in blocks for day in days_between(*block)}
    return days | {date(2026, month, day): "work" for month, day in made_up}


CALENDAR = Calendar.of([(2026, "official", table_2026())])

WORKED = [
    ("the day before a make-up Saturday and nine days off", (2, 13), (2, 24), (2, 27)),
    ("a make-up Saturday before nine days off", (2, 14), (2, 25), (2, 28)),
    ("the first day of the spring festival", (2, 15), (2, 25), (2, 28)),
    ("the second day of the spring festival", (2, 16), (2, 25), (2, 28)),
    ("the third day of the spring festival", (2, 17), (2, 25), (2, 28)),
    ("a Friday before a working Saturday", (5, 8), (5, 11), (5, 14)),
    ("a Friday before a working Sunday", (9, 18), (9, 21), (9, 24)),
    ("the day before mid-autumn, the plan behind the national holiday", (9, 24), (9, 29), (10, 9)),
    ("the last day before the national holiday", (9, 30), (10, 9), (10, 13)),
    ("the first day of the national holiday", (10, 1), (10, 9), (10, 13)),
    ("an ordinary Friday", (11, 20), (11, 24), (11, 27)),
]


@pytest.mark.parametrize(
    ("found", "report_due", "plan_due"), [row[1:] for row in WORKED], ids=[row[0] for row in WORKED]
)
def test_report_is_due_after_two_and_plan_after_three_working_days(found, report_due, plan_due):
    report = CALENDAR.add_workdays(date(2026, *found), 2)
    assert report == date(2026, *report_due)
    assert CALENDAR.add_workdays(report, 3) == date(2026, *plan_due)


@pytest.mark.parametrize("ask", ["add_workdays", "deadline"])
def test_a_change_found_on_30_december_needs_the_table_of_2027(ask):
    with pytest.raises(YearNotLoaded, match=r"^2027年放假安排还没有录入$") as raised:
        getattr(CALENDAR, ask)(date(2026, 12, 30), 2)
    assert raised.value.year == 2027


def test_a_count_that_ends_on_31_december_does_not_need_the_next_year():
    assert CALENDAR.add_workdays(date(2026, 12, 29), 2) == date(2026, 12, 31)
    assert CALENDAR.deadline(date(2026, 12, 29), 2) == dt.datetime(2027, 1, 1, tzinfo=SHANGHAI)


def test_with_the_next_year_loaded_the_count_runs_over_the_new_year():
    both = Calendar.of(
        [(2026, "official", table_2026()), (2027, "estimated", {date(2027, 1, 1): "off"})],
    )
    assert both.add_workdays(date(2026, 12, 30), 2) == date(2027, 1, 4)
    assert both.is_estimated(date(2027, 1, 4)) is True
    assert both.is_estimated(date(2026, 12, 31)) is False


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ((2, 14), True),
        ((10, 10), True),
        ((10, 8), True),
        ((2, 24), True),
        ((11, 21), False),
        ((10, 1), False),
    ],
    ids=[
        "a make-up Saturday works",
        "another make-up Saturday works",
        "the Thursday after the national holiday works",
        "the Tuesday after the spring festival works",
        "an ordinary Saturday is off",
        "a holiday on a Thursday is off",
    ],
)
def test_workdays_of_2026(day, works):
    assert CALENDAR.is_workday(date(2026, *day)) is works


def test_a_deadline_is_the_first_instant_that_is_too_late():
    end = CALENDAR.deadline(date(2026, 11, 20), 2)
    assert end == dt.datetime(2026, 11, 25, 0, 0, tzinfo=SHANGHAI)
    assert end.utcoffset() == dt.timedelta(hours=8)
    assert dt.datetime(2026, 11, 24, 23, 59, 59, tzinfo=SHANGHAI) < end
    assert not dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC) < end


@pytest.mark.parametrize(
    ("today", "due", "left"),
    [
        ((11, 24), (11, 26), 2),
        ((11, 20), (11, 24), 2),
        ((11, 22), (11, 24), 2),
        ((11, 24), (11, 24), 0),
        ((9, 30), (10, 9), 2),
        ((11, 25), (11, 24), -1),
        ((11, 28), (11, 27), 0),
        ((11, 30), (11, 27), -1),
    ],
    ids=[
        "two ordinary days",
        "a weekend between is not counted",
        "from a Sunday",
        "nothing is left after the due day itself",
        "a holiday between is not counted",
        "one working day late",
        "the Saturday after a Friday is no working day late",
        "the Monday after a Friday is one working day late",
    ],
)
def test_working_days_left(today, due, left):
    assert CALENDAR.workdays_left(date(2026, *today), date(2026, *due)) == left


def test_asking_about_an_unloaded_year_raises_even_on_a_weekend():
    with pytest.raises(YearNotLoaded, match="2027年"):
        CALENDAR.is_workday(date(2027, 1, 2))
    with pytest.raises(YearNotLoaded, match="2025年"):
        CALENDAR.workdays_left(date(2025, 12, 30), date(2026, 1, 4))


@pytest.mark.parametrize("n", [0, -1])
def test_a_limit_of_no_days_is_refused(n):
    with pytest.raises(ValueError, match="1 or more"):
        CALENDAR.add_workdays(date(2026, 11, 20), n)


def test_a_datetime_is_refused_instead_of_missing_the_table():
    with pytest.raises(TypeError):
        CALENDAR.is_workday(dt.datetime(2026, 10, 1, 9, 0))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(2026, "official", {}), (2026, "estimated", {})], "two tables"),
        ([(2026, "guessed", {})], "unknown status"),
        ([(2026, "official", {date(2027, 1, 1): "off"})], "stands in the table of 2026"),
        ([(2026, "official", {date(2026, 1, 1): "holiday"})], "unknown kind"),
    ],
    ids=["one year twice", "an unknown status", "a day of another year", "an unknown kind of day"],
)
def test_a_table_that_makes_no_sense_is_refused(rows, why):
    with pytest.raises(ValueError, match=why):
        Calendar.of(rows)


def test_a_calendar_keeps_its_own_copy_of_the_table():
    days = table_2026()
    calendar = Calendar.of([(2026, "official", days)])
    days[date(2026, 11, 24)] = "off"
    assert calendar.is_workday(date(2026, 11, 24))


FIRST_YEAR, YEARS = 2031, 10
ALL_DAYS = days_between(date(FIRST_YEAR, 1, 1), date(FIRST_YEAR + YEARS - 1, 12, 31))


@st.composite
def invented_years(draw):
    changed = draw(st.dictionaries(st.sampled_from(ALL_DAYS), st.sampled_from(["off", "work"]), max_size=200))
    # A long holiday around the turn of a year is where counts go wrong.
    turn = draw(st.integers(FIRST_YEAR + 1, FIRST_YEAR + YEARS - 1))
    length = draw(st.integers(0, 9))
    start = date(turn, 1, 1) - dt.timedelta(days=draw(st.integers(0, 5)))
    changed |= {start + dt.timedelta(days=i): "off" for i in range(length)}
    rows = [
        (year, "official", {day: kind for day, kind in changed.items() if day.year == year})
        for year in range(FIRST_YEAR, FIRST_YEAR + YEARS)
    ]
    return changed, Calendar.of(rows), date(turn, 1, 1)


@settings(max_examples=150, deadline=None)
@given(invented_years(), st.data())
def test_counting_agrees_with_a_finger_on_the_wall_calendar(years, data):
    changed, calendar, new_year = years
    near = st.integers(-12, 12).map(lambda days: new_year + dt.timedelta(days=days))
    day = data.draw(st.one_of(st.sampled_from(ALL_DAYS[:-120]), near.filter(lambda d: d < ALL_DAYS[-120])))
    n = data.draw(st.integers(1, 12))
    works = [d for d in days_between(day, day + dt.timedelta(days=118)) if d != day]
    works = [d for d in works if changed.get(d, "work" if d.weekday() < 5 else "off") == "work"]
    due = works[n - 1]
    assert calendar.add_workdays(day, n) == due
    assert calendar.workdays_left(day, due) == n
    assert calendar.workdays_left(due, day) == -n
    assert calendar.deadline(day, n).date() == due + dt.timedelta(days=1)
