"""The tables of an overview beside its first one: how people were reached, in which week, what was found.

Each is a table of units × measures in the shape of `components/_heat.html`, its cells linked to the people they count.
Shades compare a unit with the whole it belongs to and never order the units.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models.region import Level
from visits.desk import measures_findings, measures_how, overview, scope, shades
from visits.desk.overview import Overview
from visits.desk.selectors import ways
from visits.templatetags.xf import num

Counts = dict[str, int]
TABS = (("", "总表"), ("how", "怎么访的"), ("weeks", "哪一周访的"), ("found", "发现了什么"))
HOW_COLUMNS = (
    ("due", "应访", "", "3"), ("done", "已访", "pair", "1 2 5"), ("by_home", "上门", "", "1"),
    ("by_phone", "电话等", "", "1"), ("by_entrusted", "受托", "", "1"), ("by_offline", "线下", "", "1"),
    ("ontime", "按时", "pair", "2"), ("made_late", "逾期后补访", "", "2"), ("open", "未到期", "pair", "3"),
    ("late", "逾期", "", "3"), ("tried", "未访成", "pair", "3 4"), ("tried_refused", "拒访", "", "4"),
    ("tried_not_home", "不在家", "", "4"), ("tried_away", "外出", "", "4"), ("tried_lost", "失联", "", "4"),
    ("tried_other", "没写原因", "", "4"), ("signed", "已签已送县", "pair", "5"), ("sent", "待县审", "", "5"),
    ("approved", "县已审", "", "5"),
)  # fmt: skip
HOW_GROUPS = (("1", "怎么访的"), ("2", "按时没有"), ("3", "没访的"), ("4", "为什么未访成"), ("5", "签字审核"))
HOW_RARE = ("by_entrusted", "by_offline", "tried_other")
HEAD_WEEKS = 3  # so many weeks a phone shows at a time


@dataclass(frozen=True)
class Column:
    code: str
    word: str
    css: str = ""
    groups: str = "1"


@dataclass(frozen=True)
class Table:
    """A table before it is drawn. `whole` and `below`: counts by code. `shade`: of a cell, by code, the unit's counts
    and those of the whole. `groups`: which columns a phone shows."""

    title: str
    say: str
    columns: Sequence[Column]
    whole: Counts
    below: dict[int, Counts]
    shade: Callable[[str, Counts, Counts], int]
    groups: Sequence[tuple[str, str]]


def how(page: Overview) -> Table:
    """已访 by way and time, 未访成 by reason, and how far the papers are."""
    codes = [column[0] for column in HOW_COLUMNS]
    whole, below = _counted(page, codes)
    columns = [
        Column(code, word, css, groups)
        for code, word, css, groups in HOW_COLUMNS
        if code not in HOW_RARE or whole.get(code)
    ]
    say = "已访＝上门＋电话等＋受托＋线下＝按时＋逾期后补访；应访＝已访＋未到期＋逾期＋未访成。"
    return Table("怎么访的", say, columns, whole, below, _shade_how, HOW_GROUPS)


def _shade_how(code: str, own: Counts, whole: Counts) -> int:
    if code in ("late", "tried_other"):
        return shades.share(own[code], own["due"])
    if code in ("by_home", "ontime") and own["done"] and whole["done"]:
        return shades.behind(own[code] / own["done"], whole[code] / whole["done"], own["done"])
    return 0


def weeks(page: Overview) -> Table:
    """已访 by the week in which somebody was reached for the last time."""
    every = measures_how.weeks(page.period)
    whole, below = _counted(page, ["done", *(week.code for week in every)])
    begun = [week for week in every if week.start <= page.today]
    # From the newest back, so that a phone begins with three full weeks.
    parts = [begun[max(0, end - HEAD_WEEKS) : end] for end in range(len(begun), 0, -HEAD_WEEKS)][::-1]
    groups = [
        (str(n), f"{part[0].start.month}月{part[0].start.day}日起") for n, part in enumerate(parts, start=1)
    ]
    columns = [Column("done", "已访", "", " ".join(code for code, _ in groups))] + [
        Column(week.code, f"{week.start.month}.{week.start.day}起", "pair" if week.first else "", code)
        for (code, _), part in zip(groups, parts, strict=True)
        for week in part
    ]
    say = "每人算在最后一次访成的那一周，第一周含这一期开始前就访了的，各周加起来就是已访；颜色深的，是全部的人赶在这一周里访的。"
    return Table("哪一周访的", say, columns, whole, below, _shade_weeks, groups)


def _shade_weeks(code: str, own: Counts, whole: Counts) -> int:
    """A week that took far more of a unit's visits than of the whole's: haste is worth a question, not a verdict."""
    if code == "done" or not own["done"] or not whole["done"]:
        return 0
    more = 100 * (own[code] / own["done"] - whole[code] / whole["done"])
    return 0 if own["done"] < shades.SMALL else sum(more > step for step in (20, 35, 50))


def found(page: Overview) -> Table:
    """People with something that is not right, by area of the form."""
    units = scope.units_of(page.region)
    level = page.region.level
    blank = dict.fromkeys(measures_findings.FOUND, 0)
    whole = blank | measures_findings.counts(units, page.period)[0]
    below = measures_findings.counts(units, page.period, level) if level != Level.VILLAGE else {}
    for row in page.rows:
        if row.units is not None:
            below[row.region.pk] = measures_findings.counts(row.units, page.period)[0]
        below[row.region.pk] = blank | below.get(row.region.pk, {}) | {"done": row.figures.done}
    columns = [Column("found_any", "有发现的人", "", "1 2")] + [
        Column(code, measure.word, "pair" if n == 0 else "", "1" if n < 3 else "2")
        for n, (code, measure) in enumerate(list(measures_findings.FOUND.items())[1:])
    ]
    say = "这一期巡访看到有“需处理”或“紧急”情况的人，已知的长期状况不算。多不等于差：一个也没有的，更值得问。"
    return Table(
        "发现了什么", say, columns, whole | {"done": page.whole.done}, below, _shade_found,
        (("1", "家庭、健康、精神"), ("2", "安全、卫生、居住")),
    )  # fmt: skip


def _shade_found(code: str, own: Counts, whole: Counts) -> int:
    """More of the people visited than in the whole; of few people nothing is said."""
    if own["done"] < shades.SMALL or not whole["done"] or own[code] < shades.FEW:
        return 0
    more = 100 * (own[code] / own["done"] - whole[code] / whole["done"])
    return sum(more > step for step in (2, 5, 10))


def _counted(page: Overview, codes: Sequence[str]) -> tuple[Counts, dict[int, Counts]]:
    units, blank = scope.units_of(page.region), dict.fromkeys(codes, 0)
    whole = ways(units, page.period, page.today, codes).get(0) or blank
    if page.region.level == Level.VILLAGE:
        return whole, {}
    below = ways(units, page.period, page.today, codes, page.region.level)
    for row in page.rows:
        if row.units is not None:
            below[row.region.pk] = ways(row.units, page.period, page.today, codes).get(0) or blank
    return whole, {row.region.pk: below.get(row.region.pk, blank) for row in page.rows}


MAKERS: dict[str, Callable[[Overview], Table]] = {"how": how, "weeks": weeks, "found": found}


def heat(page: Overview, table: Table, group: str) -> dict[str, Any]:
    """The table as the component draws it. `group`: which columns a phone shows."""
    return {
        "caption": f"{page.region.name}{page.period.label}，{table.title}",
        "name": "单位",
        "columns": [
            {"word": one.word, "css": " ".join(filter(None, [one.css, "" if group in one.groups.split() else "wide"]))}
            for one in table.columns
        ],
        "rows": [
            {
                "name": row.region.name,
                "url": row.url and f"{row.url}&t={_code_of(table)}",
                "cells": [_cell(page, row, one.code, table) for one in table.columns],
            }
            for row in page.rows
            if not overview.is_bare(page, row)
        ],
        "total": [
            {"text": num(table.whole[one.code]), "url": _url(page.region, page, one.code, table.whole[one.code])}
            for one in table.columns
        ],
    }  # fmt: skip


def _code_of(table: Table) -> str:
    return next(code for code, word in TABS if word == table.title)


def _cell(page: Overview, row: overview.Row, code: str, table: Table) -> dict[str, Any]:
    own = table.below[row.region.pk]
    return {
        "text": num(own[code]),
        "url": _url(row.region, page, code, own[code]) if row.url else "",
        "shade": table.shade(code, own, table.whole),
    }


def _url(region: Any, page: Overview, code: str, count: int) -> str:
    return overview.list_url(region, page.period, code) if count else ""


def said(page: Overview) -> list[dict[str, Any]]:
    """How the whole unit was reached, in three sentences of linked numbers. One query."""
    codes = [column[0] for column in HOW_COLUMNS]
    whole = ways(scope.units_of(page.region), page.period, page.today, codes).get(0)
    if not whole or not whole["due"]:
        return []

    def parts(*wanted: str) -> list[dict[str, str]]:
        words = {column[0]: column[1] for column in HOW_COLUMNS}
        return [
            {"word": words[code], "n": num(whole[code]), "url": _url(page.region, page, code, whole[code])}
            for code in wanted
            if whole[code]
        ]

    lines = [
        {"head": f"已访{num(whole['done'])}人", "parts": parts(*measures_how.WAYS)},
        {"head": "其中", "parts": parts(*measures_how.TIMES)},
        {"head": f"未访成{num(whole['tried'])}人", "parts": parts(*measures_how.REASONS)},
        {"head": "签字", "parts": parts("signed", "sent", "approved")},
    ]
    if page.whole.entrusted:
        url = _url(page.region, page, "entrusted", page.whole.entrusted)
        for_others = {"word": "替别的乡镇（街道）访成", "n": num(page.whole.entrusted), "url": url}
        lines.append({"head": "另外", "parts": [for_others]})
    return [line for line in lines if line["parts"]]


def explained(page: Overview, table: Table) -> list[tuple[str, str]]:
    """“各项怎么算的” of a table."""
    found = []
    for column in table.columns:
        measure = measures_findings.FOUND.get(column.code) or measures_how.measure_of(
            column.code, page.period
        )
        if measure is not None and not column.code.startswith("week"):
            found.append((column.word, measure.explained))
    return [*found, ("怎么加", table.say)]
