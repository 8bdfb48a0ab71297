"""This period against the last one and against the same one a year ago: on the same day of each, and as they ended.

A quarter that still runs against one that is over would always look bad: what is compared is how far each had come
after as many days. Periods without any figures are left out.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from visits.desk import scope
from visits.desk.measures import MEASURES
from visits.desk.overview import Overview, list_url
from visits.desk.selectors import figures_then
from visits.schedule.periods import HalfYear, Quarter
from visits.templatetags.xf import num, rate

RATES = (("done", "人完成率"), ("self", "见到本人率"))
CODES = ("due", "done", "self", "open", "late", "tried")


@dataclass(frozen=True)
class Then:
    """A period as it stood at the end of `day`; None: as it stands today. `fair`: after as many days as have passed
    of the present one, so that the two may be held against each other."""

    period: Quarter | HalfYear
    day: date | None
    head: str
    counts: dict[str, int]
    fair: bool = True


def _columns(page: Overview) -> list[Then]:
    running = page.today <= page.period.end
    now = {code: page.whole.of(code) for code in CODES}
    found = [Then(page.period, None, page.period.label + ("（到今天）" if running else ""), now)]
    past = list(zip(scope.compared_with(page.period), (page.before, page.year_ago), strict=True))
    if page.half_yearly:  # the quarter before is of another kind: that of a year ago comes first
        past.reverse()
    for period, figures in past:
        if not figures.due:
            continue
        if running:
            day = scope.as_far(period, page.today, page.period)
            then = figures_then(scope.units_of(page.region), period, day)
            head = f"{period.label}，{day.month}月{day.day}日"
            found.append(Then(period, day, head, {code: then.of(code) for code in CODES}))
        head = f"{period.label}{'，全期' if running else ''}"
        found.append(Then(period, None, head, {code: figures.of(code) for code in CODES}, not running))
    return found


def _kind(page: Overview, period: Quarter | HalfYear) -> str:
    """Said of a quarter that holds visits of a half-year when this one does not, and the other way round."""
    if not page.half_yearly or period.number % 2 == page.period.number % 2:
        return ""
    return "不含半年一次的" if page.with_half_year else "含半年一次的"


def table(page: Overview) -> dict[str, Any] | None:
    """The comparison as the list component draws it; None when there is nothing to compare with."""
    every = _columns(page)
    if len(every) == 1:
        return None
    rows = [
        {
            "cells": [
                {"text": word},
                *({"text": _rate(one, code)} | _against(every[0], one, code) for one in every),
            ]
        }
        for code, word in RATES
    ]
    rows += [
        {"cells": [{"text": f"{MEASURES[code].word}（人）"}, *(_count(page, one, code) for one in every)]}
        for code in CODES
    ]
    return {
        "caption": f"{page.region.name}，和以前比",
        "columns": ["哪一项", *({"word": one.head, "num": True} for one in every)],
        "rows": rows,
        "tight": True,
        "say": "没到期末的，和以前各期同一天比"
        + "".join(
            f"；{label}{kind}"
            for label, kind in {one.period.label: _kind(page, one.period) for one in every}.items()
            if kind
        ),
    }


def _share(one: Then, code: str) -> float | None:
    return one.counts[code] / one.counts["due"] if one.counts["due"] else None


def _rate(one: Then, code: str) -> str:
    share = _share(one, code)
    return "—" if share is None else f"{rate(share)}%"


def _against(now: Then, then: Then, code: str) -> dict[str, str]:
    """How this period differs from one on the same day, in points."""
    first, other = _share(now, code), _share(then, code)
    if then is now or first is None or other is None or not then.fair:
        return {}
    gap = round(first * 100, 1) - round(other * 100, 1)
    return {"note": "持平" if abs(gap) < 0.05 else f"现在{'高' if gap > 0 else '低'}{abs(gap):.1f}个点"}


def _count(page: Overview, one: Then, code: str) -> dict[str, str]:
    n = one.counts[code]
    return {"text": num(n), "url": list_url(page.region, one.period, code, one.day) if n else ""}
