"""Which long holiday is ahead: the two working days before it, by the calendar, never by a guess."""

from datetime import date, timedelta

import pytest

from visits.core.holidays import ahead, coming
from visits.core.workdays import OFF, OFFICIAL, WORK, Calendar, YearNotLoaded


def span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


DAYS = {
    **dict.fromkeys(span(date(2026, 1, 1), date(2026, 1, 3)), OFF),
    **dict.fromkeys(span(date(2026, 2, 15), date(2026, 2, 23)), OFF),
    **dict.fromkeys(span(date(2026, 4, 4), date(2026, 4, 6)), OFF),
    **dict.fromkeys(span(date(2026, 9, 25), date(2026, 9, 27)), OFF),
    **dict.fromkeys(span(date(2026, 10, 1), date(2026, 10, 7)), OFF),
    **dict.fromkeys([date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)], WORK),
}
CALENDAR = Calendar.of([(2026, OFFICIAL, DAYS)])


@pytest.mark.parametrize(("today", "first", "eves"), [
    (date(2026, 2, 13), date(2026, 2, 15), (date(2026, 2, 13), date(2026, 2, 14))),  # Friday, and a Saturday that works
    (date(2026, 2, 14), date(2026, 2, 15), (date(2026, 2, 13), date(2026, 2, 14))),
    (date(2026, 9, 29), date(2026, 10, 1), (date(2026, 9, 29), date(2026, 9, 30))),
    (date(2026, 9, 30), date(2026, 10, 1), (date(2026, 9, 29), date(2026, 9, 30))),
    (date(2026, 4, 3), date(2026, 4, 4), (date(2026, 4, 2), date(2026, 4, 3))),  # a weekend with a Monday
    (date(2026, 9, 23), date(2026, 9, 25), (date(2026, 9, 23), date(2026, 9, 24))),
])  # fmt: skip
def test_on_the_two_working_days_before_it_a_long_holiday_is_ahead(
    today: date, first: date, eves: tuple[date, ...]
) -> None:
    found = ahead(CALENDAR, today)
    assert found is not None
    assert (found.first, found.eves) == (first, eves)


@pytest.mark.parametrize("today", [
    date(2026, 2, 12), date(2026, 2, 15), date(2026, 2, 24), date(2026, 9, 28), date(2026, 10, 1), date(2026, 5, 8),
    date(2026, 9, 19),
])  # fmt: skip
def test_on_other_days_and_on_days_off_none_is(today: date) -> None:
    assert ahead(CALENDAR, today) is None


def test_its_length_counts_the_weekends_in_it() -> None:
    found = ahead(CALENDAR, date(2026, 9, 30))
    assert found is not None
    assert (found.last, found.length, len(found.days)) == (date(2026, 10, 7), 7, 7)


def test_a_year_that_is_not_loaded_is_said_on_the_days_that_would_need_it_and_never_guessed() -> None:
    assert ahead(CALENDAR, date(2026, 12, 29)) is None
    for today in (date(2026, 12, 30), date(2026, 12, 31)):
        with pytest.raises(YearNotLoaded, match="2027年"):
            ahead(CALENDAR, today)
    assert coming(CALENDAR, date(2026, 12, 20)) is None


def test_what_runs_is_found_from_any_of_its_days_and_what_comes_from_afar() -> None:
    for today in (date(2026, 10, 1), date(2026, 10, 7), date(2026, 9, 28), date(2026, 9, 30)):
        found = coming(CALENDAR, today)
        assert found is not None
        assert found.first == date(2026, 10, 1)
    assert coming(CALENDAR, date(2026, 10, 8), within=60) is None


def test_a_holiday_at_the_edge_of_what_is_known_is_cut_there() -> None:
    known = Calendar.of(
        [(2026, OFFICIAL, DAYS | dict.fromkeys(span(date(2026, 12, 29), date(2026, 12, 31)), OFF))]
    )
    found = ahead(known, date(2026, 12, 28))
    assert found is not None
    assert (found.first, found.last) == (date(2026, 12, 29), date(2026, 12, 31))
