"""Ten thousand times two people at one table at the same moment (goal “races” of docs/bench.md)."""

import time

import pytest

from tests.bench import report
from tests.cast import make_cast
from tests.visits.records.colliding import PAIRS, collide
from tests.visits.records.signing_cast import DAY

COUNT = 10_000
NOTE = (
    "Two connections, a gate before each pair, ten kinds of pairs by chance: sign, strike, send back, paper, approve, take "
    "away. After each: no slot with two names, no name that was acknowledged and is not there, one row in the log for "
    "each act, a state that the acts make, no deadlock; one fault and the run fails. The limit is for its length only."
)


@pytest.mark.bench
def test_ten_thousand_collisions_double_and_lose_nothing(committed: str) -> None:
    begun = time.perf_counter()
    found = collide(make_cast(DAY), COUNT, seed=7)
    took = time.perf_counter() - begun
    assert found.faults == []
    assert found.pairs == COUNT
    assert {pair for pair, _ in found.outcomes} == set(PAIRS)
    what = f"{COUNT:,} pairs at one table, {found.collisions:,} refused: 0 doubled, 0 lost, 0 deadlocks"
    report.record(report.Line("races", what, None, took, 1200, NOTE))
