"""The ledger of one finding (四(二)-3) as a value: what its steps amount to. No database, no clock.

Steps are only ever added. A visit that was taken back takes its steps with it; what the others amount to is how
the finding stands. A finding that was settled is open again when a visit of that day or later sees it once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

FOUND, SEEN, BETTER, MEASURE, CLOSED, REOPENED, VOIDED = (
    "found", "seen", "better", "measure", "closed", "reopened", "voided",
)  # fmt: skip
OPEN = "open"
SIGHTINGS = frozenset({FOUND, SEEN, REOPENED})


@dataclass(frozen=True)
class Step:
    """One thing that happened, in the order in which it was written down. `visit`: of which visit it is part;
    `voided`: that visit was taken back. A sighting without a level only says “还没好”. REOPENED without a visit
    takes the last CLOSED back (a death that was none, two files that became one)."""

    kind: str
    on: date
    visit: int | None = None
    level: int | None = None
    words: str = ""
    by: int | None = None
    voided: bool = False


@dataclass(frozen=True)
class Standing:
    """How a finding stands. `first`, `last`: the visits of the first and the newest sighting; `better_on`: the
    newest thing known is that it was better on that day. Of a finding whose every visit was taken back only
    `state` means anything."""

    state: str = VOIDED
    level: int = 2
    words: str = ""
    found_on: date | None = None
    last_seen_on: date | None = None
    first: int | None = None
    last: int | None = None
    times: int = 0
    better_on: date | None = None
    measure: str = ""
    closed_on: date | None = None
    closed_by: int | None = None
    closing_note: str = ""


def stand(steps: Iterable[Step]) -> Standing:
    """What the steps amount to, whatever order their days are in."""
    now, shut = Standing(), None
    newest: tuple[date, int] | None = None  # of what was seen with a level
    heard: tuple[date, int] | None = None  # of anything that was seen, better or not
    for number, step in enumerate(steps):
        if step.voided or step.kind == VOIDED:
            continue
        if step.kind == MEASURE:
            now = replace(now, measure=step.words)
        elif step.kind == CLOSED:
            shut = step
            if now.state == OPEN:
                now = _close(now, step)
        elif step.kind == REOPENED and step.visit is None:
            shut = None
            if now.state == CLOSED:
                now = _open(now)
        elif step.kind == BETTER:
            if heard is None or (step.on, number) > heard:
                heard, now = (step.on, number), replace(now, better_on=step.on)
        else:
            now = _see(now, step, shut)
            if step.level is not None and (newest is None or (step.on, number) > newest):
                newest, now = (step.on, number), replace(now, level=step.level, words=step.words)
            if heard is None or (step.on, number) > heard:
                heard, now = (step.on, number), replace(now, better_on=None)
    return now


def _see(now: Standing, step: Step, shut: Step | None) -> Standing:
    """One more sighting."""
    if now.state == VOIDED:
        now = replace(now, state=OPEN, times=1)
        if shut is not None and step.on < shut.on:
            now = _close(now, shut)
    elif now.state == CLOSED and shut is not None and step.on >= shut.on:
        now = replace(_open(now), times=now.times + 1, measure="")
    if now.found_on is None or step.on < now.found_on:
        now = replace(now, found_on=step.on, first=step.visit)
    if now.last_seen_on is None or step.on >= now.last_seen_on:
        now = replace(now, last_seen_on=step.on, last=step.visit)
    return now


def _close(now: Standing, step: Step) -> Standing:
    return replace(now, state=CLOSED, closed_on=step.on, closed_by=step.by, closing_note=step.words)


def _open(now: Standing) -> Standing:
    return replace(now, state=OPEN, closed_on=None, closed_by=None, closing_note="")
