"""When a household counts as reached (practice P18): no database, no clock."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

ADULT = 18


@dataclass(frozen=True)
class Seen:
    """A member who is owed a visit in the period. `done`: everything owed was done, by the rules of that person:
    特困, people alone and minors were met themselves. `met`: how, over all of it."""

    birth_date: dt.date
    done: bool
    met: frozenset[str]


def adult_born(on: dt.date) -> dt.date:
    """Who was born on that day or before is 18 on `on` (29 February: on 1 March of other years)."""
    try:
        return on.replace(year=on.year - ADULT)
    except ValueError:
        return dt.date(on.year - ADULT, 2, 28)


def reached(members: Iterable[Seen], on: dt.date) -> bool:
    """Whether the household was reached, ages as on `on`: everybody has a state that counts, and an adult was met,
    or spoke for another; where only minors are owed a visit, they themselves. A household of nobody is not.

    `desk.selectors.HOME` says the same in SQL, and a test compares the two."""
    rows = list(members)
    if not rows or not all(row.done for row in rows):
        return False
    born = adult_born(on)
    adults = [row for row in rows if row.birth_date <= born]
    if not adults:
        return True
    return any("self" in row.met for row in adults) or any("proxy" in row.met for row in rows)
