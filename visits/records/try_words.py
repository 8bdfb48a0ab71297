"""Tries in vain in words, for the form on which the next one is noted."""

from collections.abc import Iterable
from datetime import date, timedelta

from visits.records.models import Attempt

HALVES = {"am": "上午", "pm": "下午", "": ""}


def counted_already(earlier: Iterable[Attempt], today: date) -> list[str]:
    """Which halves of yesterday and today hold a try already: another in the same one counts for nothing (E7)."""
    near = {today: "今天", today - timedelta(days=1): "昨天"}
    found = dict.fromkeys(
        f"{near[row.tried_on]}{HALVES.get(row.part_of_day, '')}" for row in earlier if row.tried_on in near
    )
    return [f"{word}已经记过一次没见到。同一个半天再记，够不够未访成还是只算一次。" for word in found]
