"""Whether one rule is looser than another, in plain Python (四(一)-4): no database, no clock.

A rule of a county or township may only ask for more than what holds above it: as often or more often, by no
other modes, with at least as many home visits in the same time. Rules of several units hold side by side
(docs/adr 4), so that a stricter one adds visits and never takes one away.
"""

from dataclasses import dataclass
from typing import Literal

from visits.schedule.due import HOME_MODES
from visits.schedule.periods import Kind, length_rank

Dimension = Literal["kind", "modes", "min_home"]

PER_YEAR: dict[Kind, int] = {"week": 52, "month": 12, "quarter": 4, "half": 2}

# How many whole periods of one kind lie in the shortest of another. A week may straddle an edge: 28, 90 and
# 181 days hold at least 3, 12 and 25 whole ones.
_WITHIN: dict[tuple[Kind, Kind], int] = {
    ("week", "month"): 3,
    ("week", "quarter"): 12,
    ("week", "half"): 25,
    ("month", "quarter"): 3,
    ("month", "half"): 6,
    ("quarter", "half"): 2,
}


@dataclass(frozen=True)
class Demand:
    """What a rule asks of one visit a period: how often, by which modes, with how many home visits."""

    kind: Kind
    modes: frozenset[str]
    min_home: int


def times_within(inner: Kind, outer: Kind) -> int:
    """How many periods of `inner` at least lie whole in one of `outer`; 0 when it is longer."""
    return 1 if inner == outer else _WITHIN.get((inner, outer), 0)


def looser_in(demand: Demand, floor: Demand) -> Dimension | None:
    """In which respect `demand` asks for less than `floor`; None when it does not.

    A week counts as shorter than a month although it nests in none: the floor's own visit stays owed beside it.
    A visit face to face is never less than what the floor asks for.
    """
    if length_rank(demand.kind) > length_rank(floor.kind):
        return "kind"
    if not demand.modes - HOME_MODES <= floor.modes:
        return "modes"
    if home_visits(demand) * times_within(demand.kind, floor.kind) < floor.min_home:
        return "min_home"
    return None


def home_visits(demand: Demand) -> int:
    """Home visits in each period: those it asks for, and one at least where no other mode is allowed."""
    return max(demand.min_home, 1 if demand.modes and demand.modes <= HOME_MODES else 0)


def yearly(demand: Demand) -> tuple[int, int]:
    """Visits and home visits that it asks for in a year."""
    home = home_visits(demand)
    return max(1, home) * PER_YEAR[demand.kind], home * PER_YEAR[demand.kind]
