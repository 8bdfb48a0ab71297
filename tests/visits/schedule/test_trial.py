"""When figures begin to count: on the first day of the first quarter that lies whole after the start."""

from datetime import date

import pytest

from visits.schedule.trial import counts_from, on_trial


@pytest.mark.parametrize(
    ("go_live", "first"),
    [
        (date(2026, 10, 1), date(2026, 10, 1)),
        (date(2026, 10, 2), date(2027, 1, 1)),
        (date(2026, 11, 24), date(2027, 1, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2027, 1, 1)),
    ],
    ids=[
        "a start on a quarter's first day has a full quarter before it",
        "a day later it has not",
        "in the middle",
        "on a quarter's last day the next one counts",
        "on New Year's Day",
    ],
)
def test_the_first_full_quarter_counts(go_live: date, first: date) -> None:
    assert counts_from(go_live) == first


def test_trial_ends_with_the_night_before_that_day() -> None:
    start = date(2026, 11, 24)
    assert on_trial(start, date(2026, 12, 31))
    assert not on_trial(start, date(2027, 1, 1))
    assert on_trial(start, date(2026, 11, 1))  # looking back, or a start that was announced
    assert not on_trial(None, date(2026, 11, 24))
