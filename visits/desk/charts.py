"""What the charts of an overview draw: counts in the shape of `templatetags/xf_charts`, with the table behind each."""

from collections.abc import Mapping
from typing import Any

from visits.desk import measures_how, scope
from visits.desk.overview import Overview, is_bare
from visits.desk.selectors import ways as counted
from visits.schedule.periods import HalfYear, Quarter
from visits.templatetags.xf import num, rate

# Parts of 应访, in order, with the pattern that marks each.
PARTS = (
    ("by_home", "上门", "full"), ("by_phone", "电话等", "hatch"), ("by_entrusted", "受托", "cross"),
    ("by_offline", "线下", "dots"), ("open", "未到期", "empty"), ("late", "逾期", "bars"), ("tried", "未访成", "rings"),
)  # fmt: skip


def _parts(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"n": counts[code], "word": word, "pattern": pattern} for code, word, pattern in PARTS]


def ways(page: Overview, whole: Mapping[str, int], below: Mapping[int, Mapping[str, int]]) -> dict[str, Any]:
    """A bar for the whole and one for each unit, in code order: 应访 by how far it came."""
    rows = [(page.region.name, whole)] + [
        (row.region.name, below[row.region.pk]) for row in page.rows if not is_bare(page, row)
    ]
    return {
        "key": [{"word": word, "pattern": pattern} for code, word, pattern in PARTS if whole[code]],
        "rows": [
            {
                "name": name,
                "parts": _parts(counts),
                "said": f"已访{rate(counts['done'] / counts['due'])}%",
                "due": num(counts["due"]),
            }
            for name, counts in rows
            if counts["due"]
        ],
    }


def _run(page: Overview, period: Quarter | HalfYear, style: str) -> dict[str, Any] | None:
    """How the share of 已访 grew week by week. None: nobody was owed a visit in that period."""
    every = measures_how.weeks(period)
    codes = ["due", *(week.code for week in every)]
    counts = counted(scope.units_of(page.region), period, page.today, codes).get(0)
    if not counts or not counts["due"]:
        return None
    points, sum_ = [], 0
    for week in every:
        if week.start > page.today:
            break
        sum_ += counts[week.code]
        points.append(round(100 * sum_ / counts["due"], 1))
    return {
        "style": style,
        "word": period.label,
        "points": points,
        "said": f"第{len(points)}周{rate(points[-1] / 100)}%",
        "weeks": len(every),
    }


def run(page: Overview) -> dict[str, Any] | None:
    """The progress of this period beside that of the last one and of a year ago."""
    periods = (
        (page.period, "now"),
        (page.period.previous(), "before"),
        (scope.year_before(page.period), "ago"),
    )
    lines = [found for period, style in periods if (found := _run(page, period, style))]
    if not lines or lines[0]["style"] != "now":
        return None
    steps = max(line["weeks"] for line in lines)
    return {
        "lines": lines,
        "steps": steps,
        "list": {
            "caption": "到每一周为止，已访占应访的百分之几",
            "columns": ["到第几周", *({"word": line["word"], "num": True} for line in lines)],
            "rows": [
                {
                    "cells": [{"text": f"第{n + 1}周"}]
                    + [
                        {"text": f"{line['points'][n]}%" if n < len(line["points"]) else "—"}
                        for line in lines
                    ]
                }
                for n in range(steps)
            ],
            "tight": True,
            "one": True,
        },
    }
