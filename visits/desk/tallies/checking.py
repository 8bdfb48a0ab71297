"""Each night every period is counted by the live definition and held against what is kept. What differs and is not
marked is drift: it is counted again, and told to those who look after the whole."""

import logging
from collections import defaultdict
from datetime import date, datetime
from time import monotonic
from typing import Any

from accounts import audit
from accounts.models.region import Level
from visits.desk.models import Tally, TallyCheck, TallyMark, TallyPeriod
from visits.desk.tallies import counting, folding
from visits.desk.tallies.counting import View
from visits.desk.tallies.folding import CITY, LIST
from visits.schedule import periods
from visits.templatetags.xf import dayshort, num

log = logging.getLogger(__name__)

SAMPLE = 20
_Rows = dict[tuple[Any, ...], dict[str, int]]


def check(*, on: date, at: datetime) -> TallyCheck:
    """Compare all periods, mend, keep and tell the result. Safe to run twice."""
    began = monotonic()
    known = sorted(folding.count_all(today=on))
    wrong = {key: found for key in known if (found := differing(key, on=on))}
    for key in wrong:
        _mend(key, on)
    sample = [f"{key} {'/'.join(map(str, unit))}" for key, units in wrong.items() for unit in sorted(units)][
        :SAMPLE
    ]
    count = sum(map(len, wrong.values()))
    periods = sum(not key.endswith("w") for key in known)  # by week it is the same one
    earlier = TallyCheck.objects.filter(on=on).order_by("-ran_at", "-pk").first()
    if earlier is not None and not (count or earlier.wrong):
        return earlier  # the night's result stands, also when the task came twice
    made = TallyCheck.objects.create(
        ran_at=at,
        on=on,
        periods=periods,
        wrong=count,
        sample=sample,
        seconds=round(monotonic() - began, 1),
    )
    audit.record("tallies_checked", at=at, by_id=None, periods=periods, wrong=count)
    if count:
        log.error("tallies: %s units of %s differ from a recount: %s", count, sorted(wrong), sample)
    return made


def differing(key: str, *, on: date) -> set[tuple[int, ...]]:
    """Units (county, township, village; 0 below their level) whose kept numbers of a period are not those of a recount,
    with nothing marked that would explain it."""
    right, kept = _recounted(key, on), _kept(key, on)
    found = {unit for unit in right.keys() | kept.keys() if right.get(unit, {}) != kept.get(unit, {})}
    if not found:
        return found
    # Whatever was committed between the two is marked by now.
    marked = set(_marks(key))
    if any(mark[2] == 0 for mark in marked):
        return set()
    return {unit for unit in found if not any(_holds(unit, mark) for mark in marked)}


def _mend(key: str, on: date) -> None:
    if key == TallyPeriod.LIST:
        folding.mark_everything(None)
    else:
        period = View.of(key).period
        for day in (period.start, period.end):
            folding.mark_everything(periods.Quarter.containing(day).start)
    folding.fold(today=on)


def _holds(unit: tuple[int, ...], mark: tuple[int, ...]) -> bool:
    return all(own in (0, other) for own, other in zip(unit, mark, strict=True))


def _marks(key: str) -> list[tuple[int, ...]]:
    rows = TallyMark.objects.values_list(*LIST)
    if key == TallyPeriod.LIST:
        return list(rows.filter(quarter=None))
    period = View.of(key).period
    return list(rows.filter(quarter__range=(period.start, period.end)))


def _recounted(key: str, on: date) -> _Rows:
    """Unit → what it counts, each level by itself, by the statement that pages count live with."""
    found: _Rows = {}
    for level in Level:
        if key == TallyPeriod.LIST:
            columns = LIST[: level - 1]
            rows: dict[Any, dict[str, int]] = counting.roster(CITY, on, columns)  # type: ignore[assignment]
        else:
            view = View.of(key)
            unit = f"ARRAY[{', '.join(['0', *(f'i.{name}' for name in LIST[: level - 1])])}]::bigint[]"
            items = view.items(CITY, on)  # type: ignore[arg-type]
            if view.weeks:
                rows = counting.weeks(items, view.period, unit)
            else:
                rows = counting.people(items, view.period, unit, how=True)
            rows = {ids[1:]: counts for ids, counts in rows.items()}
        for ids, counts in rows.items():
            found[(*ids, 0, 0, 0)[:3]] = {code: n for code, n in counts.items() if n}
    return {unit: counts for unit, counts in found.items() if counts}


def _kept(key: str, on: date) -> _Rows:
    """The same from the rows that are kept."""
    found: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    view = None if key == TallyPeriod.LIST else View.of(key)
    until = (view and view.day) or on
    for *unit, day, values in (
        (*row[:4], row[4:])
        for row in Tally.objects.filter(period=key).values_list(*LIST, "day", *Tally.COUNTS)
    ):
        for code, number in zip(Tally.COUNTS, values, strict=True):
            name = "late" if code == "open" and day is not None and day < until else code
            if view is not None and view.weeks and number:
                name = counting.week_codes(view.period)[day]
            found[tuple(unit)]["self" if name == "met_self" else name] += number
    return {
        unit: own for unit, counts in found.items() if (own := {code: n for code, n in counts.items() if n})
    }


def latest(today: date) -> dict[str, str]:
    """The last result in a sentence, with the state it is shown in."""
    row = TallyCheck.objects.order_by("-ran_at", "-pk").first()
    if row is None:
        return {"state": "idle", "icon": "info", "say": "概览的数还没有核对过，每天凌晨核对一次。"}
    if (today - row.on).days > 1:
        say = f"昨晚没有核对，上一次是{dayshort(row.on)}。请看后台任务是不是停了。"
        return {"state": "late", "icon": "warn", "say": say}
    when = "昨晚核对" if row.on == today else f"{dayshort(row.on)}核对"
    if not row.wrong:
        return {"state": "done", "icon": "ok", "say": f"{when}：{num(row.periods)}期，全部一致。"}
    return {
        "state": "soon",
        "icon": "warn",
        "say": f"{when}：{num(row.wrong)}个单位的数不一致，已经重新数过。",
    }
