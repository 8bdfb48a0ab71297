"""四(一)-4: what is looser than the floor is refused in every respect, whatever the floor is."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.schedule.due import HOME_MODES, MODES
from visits.schedule.periods import KINDS, length_rank, nested, parts, period_of
from visits.schedule.strictness import PER_YEAR, Demand, home_visits, looser_in, times_within, yearly

modes = st.sets(st.sampled_from(sorted(MODES)), min_size=1).map(frozenset)
demands = st.builds(Demand, st.sampled_from(KINDS), modes, st.integers(0, 4))


@given(demands)
def test_a_rule_is_as_strict_as_itself(one: Demand) -> None:
    assert looser_in(one, one) is None


@given(demands, demands)
def test_rarer_visits_are_looser(one: Demand, floor: Demand) -> None:
    if length_rank(one.kind) > length_rank(floor.kind):
        assert looser_in(one, floor) == "kind"


@given(demands, demands)
def test_one_mode_more_is_looser(one: Demand, floor: Demand) -> None:
    if one.modes - floor.modes - HOME_MODES:
        assert looser_in(one, floor) is not None


@given(demands, demands)
def test_a_visit_face_to_face_is_never_looser(one: Demand, floor: Demand) -> None:
    assert looser_in(Demand(one.kind, one.modes | HOME_MODES, one.min_home), floor) == looser_in(
        Demand(one.kind, one.modes - HOME_MODES | {"hospital"}, one.min_home), floor
    )


@given(demands, demands)
def test_fewer_home_visits_in_the_same_time_are_looser(one: Demand, floor: Demand) -> None:
    if length_rank(one.kind) <= length_rank(floor.kind) and one.modes <= floor.modes:
        enough = home_visits(one) * times_within(one.kind, floor.kind) >= floor.min_home
        assert (looser_in(one, floor) is None) == enough


@given(demands, demands, demands)
def test_stricter_than_what_is_stricter_is_stricter(a: Demand, b: Demand, c: Demand) -> None:
    """Where home visits are asked of each period, counted in whole periods."""
    chain = looser_in(a, b) is None and looser_in(b, c) is None and "week" not in (a.kind, b.kind)
    if chain and (a.min_home or not b.modes <= HOME_MODES):
        assert looser_in(a, c) is None


@given(demands, demands)
def test_what_is_not_looser_asks_for_as_many_visits_a_year(one: Demand, floor: Demand) -> None:
    if looser_in(one, floor) is None:
        assert yearly(one)[0] >= yearly(floor)[0]


@pytest.mark.parametrize("outer", KINDS)
@pytest.mark.parametrize("inner", KINDS)
def test_whole_periods_are_counted_in_the_shortest_of_the_longer(inner: str, outer: str) -> None:
    for year in range(2024, 2034):
        period = period_of(outer, date(year, 1, 1))
        for _ in range(PER_YEAR[outer]):
            if inner == "week" and outer != "week":
                week, whole = period_of("week", period.start), 0
                while week.start <= period.end:
                    whole += week.start >= period.start and week.end <= period.end
                    week = week.next()
            else:
                whole = len(list(parts(inner, period))) if nested(inner, outer) else 0
            assert whole >= times_within(inner, outer)
            period = period.next()
