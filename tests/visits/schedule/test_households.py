"""When a household counts as reached (practice P18)."""

from datetime import date

import pytest

from visits.schedule.households import Seen, adult_born, reached

ON = date(2026, 12, 31)
ADULT, CHILD = date(1970, 1, 1), date(2015, 1, 1)


def seen(*rows: tuple[date, bool, str]) -> list[Seen]:
    return [Seen(born, done, frozenset({met}) if met else frozenset()) for born, done, met in rows]


@pytest.mark.parametrize(
    ("members", "whole"),
    [
        pytest.param([(ADULT, True, "self")], True, id="an adult who was met"),
        pytest.param([(ADULT, True, "self"), (ADULT, True, "away")], True, id="one met, one away"),
        pytest.param([(ADULT, True, "proxy"), (ADULT, True, "away")], True, id="one spoken for at home"),
        pytest.param([(ADULT, True, "away"), (ADULT, True, "away")], False, id="everybody away"),
        pytest.param([(ADULT, True, "away"), (CHILD, True, "self")], False, id="only a child was there"),
        pytest.param([(CHILD, True, "self")], True, id="children alone, themselves"),
        pytest.param([(ADULT, True, "self"), (ADULT, False, "")], False, id="one without a state"),
        pytest.param([], False, id="nobody"),
    ],
)
def test_a_household_is_reached_when_an_adult_was_met_and_each_has_a_state(members, whole):
    assert reached(seen(*members), ON) is whole


def test_the_eighteenth_birthday_makes_an_adult():
    assert adult_born(ON) == date(2008, 12, 31)
    assert adult_born(date(2028, 2, 29)) == date(2010, 2, 28)
    assert reached(seen((date(2008, 12, 31), True, "self"), (CHILD, True, "self")), ON)
    assert not reached(seen((date(2009, 1, 1), True, "self"), (ADULT, True, "away")), ON)
