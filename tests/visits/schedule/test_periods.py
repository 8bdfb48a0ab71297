"""Visit periods: their edges, their names, and that they tile the calendar."""

import datetime as dt
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.schedule.periods import (
    KINDS,
    HalfYear,
    Month,
    Quarter,
    Week,
    length_rank,
    nested,
    parse,
    parts,
    period_of,
)

ONE_DAY = dt.timedelta(days=1)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
kinds = st.sampled_from(KINDS)


@pytest.mark.parametrize(
    ("period", "start", "end", "label", "key"),
    [
        (Quarter(2026, 3), date(2026, 7, 1), date(2026, 9, 30), "2026年第三季度", "2026Q3"),
        (Quarter(2026, 1), date(2026, 1, 1), date(2026, 3, 31), "2026年第一季度", "2026Q1"),
        (HalfYear(2026, 1), date(2026, 1, 1), date(2026, 6, 30), "2026年上半年", "2026H1"),
        (HalfYear(2026, 2), date(2026, 7, 1), date(2026, 12, 31), "2026年下半年", "2026H2"),
        (Month(2026, 11), date(2026, 11, 1), date(2026, 11, 30), "2026年11月", "2026-11"),
        (Month(2028, 2), date(2028, 2, 1), date(2028, 2, 29), "2028年2月", "2028-02"),
        (Week(2026, 48), date(2026, 11, 23), date(2026, 11, 29), "2026年第48周", "2026-W48"),
        (Week(2026, 53), date(2026, 12, 28), date(2027, 1, 3), "2026年第53周", "2026-W53"),
    ],
    ids=lambda value: str(value) if isinstance(value, Quarter | HalfYear | Month | Week) else "",
)
def test_a_period_has_first_and_last_day_name_and_key(period, start, end, label, key):
    assert (period.start, period.end, period.label, period.key, str(period)) == (start, end, label, key, key)
    assert period.days == (end - start).days + 1
    assert parse(key) == period


@pytest.mark.parametrize(
    ("day", "kind", "key"),
    [
        (date(2026, 9, 30), "quarter", "2026Q3"),
        (date(2026, 10, 1), "quarter", "2026Q4"),
        (date(2026, 6, 30), "half", "2026H1"),
        (date(2026, 7, 1), "half", "2026H2"),
        (date(2024, 2, 29), "month", "2024-02"),
        (date(2027, 1, 1), "week", "2026-W53"),
        (date(2024, 12, 30), "week", "2025-W01"),
    ],
    ids=[
        "30 September ends the third quarter",
        "1 October opens the fourth",
        "30 June ends the first half",
        "1 July opens the second",
        "29 February is in February",
        "New Year 2027 is in the last week of 2026",
        "30 December 2024 is in the first week of 2025",
    ],
)
def test_the_period_of_a_day(day, kind, key):
    assert str(period_of(kind, day)) == key


@given(kinds, days)
def test_periods_tile_the_years_without_gap_or_overlap(kind, day):
    period = period_of(kind, day)
    assert day in period
    assert period.start <= day <= period.end
    assert period.next().start == period.end + ONE_DAY
    assert period.previous().end == period.start - ONE_DAY
    assert period.next().previous() == period.previous().next() == period
    assert period.previous() < period < period.next()
    assert period.start - ONE_DAY not in period
    assert period.end + ONE_DAY not in period


@given(kinds, days)
def test_a_key_is_read_back(kind, day):
    period = period_of(kind, day)
    assert parse(str(period)) == period
    assert parse(str(period)).kind == kind


@given(kinds, kinds, days)
def test_nested_periods_lie_whole_in_the_longer_one(inner, outer, day):
    if nested(inner, outer):
        small, large = period_of(inner, day), period_of(outer, day)
        assert large.start <= small.start <= small.end <= large.end
        made = list(parts(inner, large))
        assert (made[0].start, made[-1].end) == (large.start, large.end)
        assert sum(part.days for part in made) == large.days
        assert small in made


@pytest.mark.parametrize(
    ("inner", "outer", "yes"),
    [
        ("month", "quarter", True),
        ("quarter", "half", True),
        ("month", "half", True),
        ("week", "week", True),
        ("week", "month", False),
        ("week", "half", False),
        ("half", "quarter", False),
        ("quarter", "month", False),
    ],
)
def test_which_kind_nests_in_which(inner, outer, yes):
    assert nested(inner, outer) is yes


def test_a_week_is_no_part_of_a_month():
    with pytest.raises(ValueError, match="does not nest"):
        list(parts("week", Month(2026, 11)))


def test_kinds_rank_by_length():
    assert sorted(["half", "week", "quarter", "month"], key=length_rank) == list(KINDS)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Quarter(2026, 5),
        lambda: HalfYear(2026, 0),
        lambda: Month(2026, 13),
        lambda: Week(2025, 53),
        lambda: Week(2026, 54),
    ],
    ids=["fifth quarter", "half nought", "month 13", "week 53 of a short year", "week 54"],
)
def test_a_period_that_does_not_exist_is_refused(make):
    with pytest.raises(ValueError, match=r"numbered|Invalid week"):
        make()


@pytest.mark.parametrize(
    "key", ["", "2026", "2026Q5", "2026Q0", "26Q3", "2026-13", "2026-W54", "2026Q3 ", "２０２６Q3", "0000-01"]
)
def test_a_key_that_is_no_period_is_refused(key):
    with pytest.raises(ValueError, match=r"period|numbered|Invalid week"):
        parse(key)


def test_two_kinds_cannot_be_compared():
    with pytest.raises(TypeError):
        sorted([Quarter(2026, 1), Month(2026, 1)])
    assert Quarter(2026, 1) != Month(2026, 1)
