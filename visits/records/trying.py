"""Whether enough was tried (1-E E6, E7): rules as data and pure functions; the numbers come from the county.

Software does not acquit anybody: this only says that what the rule asks was done, and what is still missing.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Basis = Literal["", "refused", "not_met"]

NOT_MET = frozenset({"not_home", "away", "lost"})
REFUSED = "refused"
COUNTED = NOT_MET | {REFUSED}  # the others say where somebody is: nobody was sought in vain
_NUMBERS = "零一两三四五六七八九"


@dataclass(frozen=True)
class Try:
    """One try in vain. `witnessed`: somebody went along or stood by. `part`: “am”, “pm”, or “” when nobody said."""

    on: dt.date
    outcome: str
    home: bool
    witnessed: bool
    part: str = ""


@dataclass(frozen=True)
class Asks:
    """The least that is asked: of a refusal days, one of them at home before a witness; of not meeting anybody
    times and days."""

    refused_days: int = 2
    times: int = 3
    days: int = 2


@dataclass(frozen=True)
class Standing:
    """`basis`: by which rule the tries are read ("": nobody tried); `tries`: how many count (`counted`); `missing`: what is still asked, as a sentence
    without its full stop; empty when it is enough."""

    basis: Basis
    tries: int
    missing: str

    @property
    def enough(self) -> bool:
        return self.basis != "" and not self.missing


NONE = Standing("", 0, "")


def standing(tries: Iterable[Try], asks: Asks) -> Standing:
    """How the tries of one window stand: by the rule that is met, else by the one of the last try."""
    rows = sorted(tries, key=lambda one: one.on)
    refused = [one for one in rows if one.outcome == REFUSED]
    not_met = [one for one in rows if one.outcome in NOT_MET]
    found = []
    if refused:
        found.append((refused[-1].on, Standing("refused", counted(refused), _refused(refused, asks))))
    if not_met:
        found.append((not_met[-1].on, Standing("not_met", counted(not_met), _not_met(not_met, asks))))
    if not found:
        return NONE
    enough = [one for _, one in found if one.enough]
    return enough[0] if enough else max(found, key=lambda one: one[0])[1]


def counted(rows: Iterable[Try]) -> int:
    """How many tries these are (E7): in one half of a day knocking twice, or knocking and then ringing, is one. Of a
    try without its half nobody knows that it was another."""
    halves: dict[dt.date, set[str]] = {}
    for one in rows:
        halves.setdefault(one.on, set()).update({one.part} - {""})
    return sum(len(parts) or 1 for parts in halves.values())


def _refused(rows: Sequence[Try], asks: Asks) -> str:
    short = max(0, asks.refused_days - len({one.on for one in rows}))
    witnessed = any(one.home and one.witnessed for one in rows)
    if short:
        return f"再上门{_times(short)}，换一天" + ("" if witnessed else "，请同行人或村里人在场")
    return "" if witnessed else "再上门一次，请同行人或村里人在场"


def _not_met(rows: Sequence[Try], asks: Asks) -> str:
    days = max(0, asks.days - len({one.on for one in rows}))
    short = max(asks.times - counted(rows), days, 0)
    # Who is away is asked after by telephone; at somebody's door somebody has to have stood.
    home = any(one.home for one in rows) or all(one.outcome == "away" for one in rows)
    if not short:
        return "" if home else "再上门一次，打电话不够"
    verb = "再找" if home else "再上门"
    return f"{verb}{_times(short)}" + ("，换一天" if days else "")


def _times(number: int) -> str:
    return f"{_NUMBERS[number] if number < len(_NUMBERS) else number}次"
