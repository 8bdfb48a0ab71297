"""季报草表 (practice P26): 表一 of the quarterly return, filled by itself, by township; a county and the city in sums.

It counts what happened until the city's 统计截止日; until that day comes, what has happened by today. A draft: the formal
return is what the city has received.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW
from accounts.scoping import Duty
from visits.desk import links, measures_classes, overview, scope
from visits.desk.measures_classes import TOTAL, Class
from visits.desk.selectors import ways
from visits.roster.selectors import freshness
from visits.roster.selectors.freshness import Freshness
from visits.schedule.periods import Quarter
from visits.templatetags.xf import day as day_words
from visits.templatetags.xf import dayshort, num

DRAFT = "草表，正式季报以市局收到的为准"
# Code, head, the head above it, in which group of a phone.
VISITS: tuple[tuple[str, str, str, str], ...] = (
    ("due", "应访", "", "2 4"),
    ("done", "合计", "已访", "1"), ("by_home", "上门", "已访", "1"), ("by_phone", "电话等", "已访", "1"),
    ("by_entrusted", "受托", "已访", "1"), ("by_offline", "线下", "已访", "1"),
    ("ontime", "按时", "其中", "2"), ("self", "见到本人", "其中", "2"),
    ("tried", "合计", "未访成", "3 4"), ("tried_refused", "拒访", "未访成", "3"), ("tried_not_home", "不在家", "未访成", "3"),
    ("tried_away", "外出", "未访成", "3"), ("tried_lost", "失联", "未访成", "3"), ("tried_other", "没写", "未访成", "3"),
    ("open", "未到期", "", "4"), ("late", "逾期", "", "4"),
)  # fmt: skip
CODES = tuple(column[0] for column in VISITS)
PEOPLE_GROUPS = (("1", "低保"), ("2", "特困"), ("3", "突发、老年人"), ("4", "未成年人等"))
GROUPS = (("1", "已访"), ("2", "按时、见到"), ("3", "未访成"), ("4", "没访的"))
Counts = dict[str, int]


@dataclass(frozen=True)
class Row:
    """A line: a unit with its people by class and its visits."""

    region: Region
    people: Counts
    visits: Counts
    open: bool = True  # whether the reader oversees it

    @property
    def bare(self) -> bool:
        return not any(self.people.values()) and not any(self.visits.values())


@dataclass(frozen=True)
class ReturnDraft:
    """表一 of a unit. `day`: until when what happened counts, inclusive."""

    region: Region
    quarter: Quarter
    cut: date
    day: date
    today: date
    classes: Sequence[Class]
    whole: Row
    rows: Sequence[Row]
    fresh: Freshness
    # Of the city, on paper: the townships of each county, by the county's id.
    below: dict[int, list[Row]] = field(default_factory=dict)

    @property
    def upto(self) -> date | None:
        """The day in addresses: None for today."""
        return self.day if self.day < self.today else None

    @property
    def day_words(self) -> str:
        if self.day == self.cut:
            return f"统计截止日：{day_words(self.cut)}"
        if self.day > self.cut:
            return f"算到{day_words(self.day)}（统计截止日{dayshort(self.cut)}已过）"
        return f"算到{day_words(self.day)}（统计截止日{dayshort(self.cut)}还没到）"


def read(
    region: Region, quarter: Quarter, today: date, duty: Duty, *, beyond: bool = False, deep: bool = False
) -> ReturnDraft:
    """The draft of a unit. `beyond`: count until today although the 统计截止日 is over. `deep`: with the townships of
    every county. The number of queries does not grow with the units."""
    city = Region.objects.get(level=Level.CITY)
    cut = scope.cut_of(quarter, city, today)
    day = today if beyond else min(cut, today)
    units, level = scope.units_of(region), Level(region.level)
    chosen = measures_classes.classes(region)
    below_of = None if level == Level.VILLAGE else level
    people, people_below = measures_classes.counts_and_below(region, units, day, chosen, below_of)
    whole = Row(
        region, people, ways(units, quarter, day, CODES, today=today).get(0) or dict.fromkeys(CODES, 0)
    )
    found = ReturnDraft(region, quarter, cut, day, today, chosen, whole, [], freshness.of(region, today))
    if level == Level.VILLAGE:
        return found
    rows = _rows(found, units, level, duty, people_below)
    below: dict[int, list[Row]] = {}
    if deep and level == Level.CITY:
        townships = measures_classes.counts(region, units, day, chosen, Level.COUNTY)
        for row in _rows(found, units, Level.COUNTY, duty, townships):
            below.setdefault(row.region.county_id or 0, []).append(row)
    return ReturnDraft(region, quarter, cut, day, today, chosen, whole, rows, found.fresh, below)


def _rows(
    draft: ReturnDraft, units: scope.Units, level: Level, duty: Duty, people: dict[int, Counts]
) -> list[Row]:
    """The units one level below `level`, in code order: those of today, and old ones with figures that ended in none of
    these."""
    visits = ways(units, draft.quarter, draft.day, CODES, level, today=draft.today)
    wanted = Region.objects.live(draft.today).filter(level=level + 1)
    if draft.region.level == level:
        wanted = wanted.filter(parent=draft.region)
    found = {row.pk: row for row in wanted}
    took, gone = scope.joined(visits, found, level + 1)
    visits = {pk: row for pk, row in visits.items() if pk not in gone}
    for pk, own in took.items():
        visits[pk] = ways(own, draft.quarter, draft.day, CODES, today=draft.today).get(0) or dict.fromkeys(
            CODES, 0
        )
    missing = (people.keys() | visits.keys()) - found.keys()
    if missing:
        found |= {row.pk: row for row in Region.objects.filter(pk__in=missing)}
    none = dict.fromkeys([TOTAL.code, *(one.code for one in draft.classes)], 0)
    return [
        Row(
            unit, people.get(unit.pk, none), visits.get(unit.pk) or dict.fromkeys(CODES, 0),
            duty.role_for(unit, OVERVIEW) is not None,
        )
        for unit in sorted(found.values(), key=lambda row: (row.position, row.pk))
    ]  # fmt: skip


# ── as the page draws it ─────────────────────────────────────────────────────────────────────────


def visit_columns(draft: ReturnDraft) -> list[tuple[str, str, str, str]]:
    """Without the column for lost reasons where none is lost."""
    return [one for one in VISITS if one[0] != "tried_other" or draft.whole.visits["tried_other"]]


def class_columns(draft: ReturnDraft) -> list[Class]:
    """With the total first; without 特困 of unknown 供养方式 where it is known of all."""
    known = [one for one in draft.classes if one.care != "" or draft.whole.people.get(one.code)]
    return [TOTAL, *known]


def people_table(draft: ReturnDraft, group: str) -> dict[str, Any]:
    """表一（一）: people by class."""
    columns = class_columns(draft)
    heads = [(one.code, one.head, one.over, _part(one)) for one in columns]
    return _table(draft, "表一（一）巡访对象", heads, group, lambda row: row.people)


def _part(one: Class) -> str:
    """In which group of a phone a class stands."""
    if one is TOTAL:
        return "1 2 3 4"
    if one.over:
        return "1" if one.group == measures_classes.DIBAO else "2"
    return "3" if one.group == "sudden" or one.group.startswith("old") else "4"


def visits_table(draft: ReturnDraft, group: str) -> dict[str, Any]:
    """表一（二）: the visits."""
    return _table(draft, "表一（二）巡访情况", visit_columns(draft), group, lambda row: row.visits)


def overs(heads: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Heads above heads, as (word, span): neighbours with the same word share one."""
    found: list[dict[str, Any]] = []
    for _, over in heads:
        if over and found and found[-1]["word"] == over:
            found[-1]["span"] += 1
        else:
            found.append({"word": over, "span": 1})
    return found


def _table(
    draft: ReturnDraft, caption: str, heads: Sequence[tuple[str, str, str, str]], group: str, counts: Any
) -> dict[str, Any]:
    below = {Level.CITY: "县（市、区）", Level.COUNTY: "乡镇（街道）", Level.TOWNSHIP: "村（居）"}
    lines = [] if draft.region.level == Level.VILLAGE else [row for row in draft.rows if not row.bare]
    return {
        "caption": caption,
        "name": below.get(Level(draft.region.level), "单位"),
        "over": overs([(head, over) for _, head, over, _ in heads]),
        "columns": [
            {
                "word": head, "full": _full(head, over),
                "css": " ".join(filter(None, ["pair" if _starts(heads, n) else "", "" if group in on.split() else "wide"])),
            }
            for n, (_, head, over, on) in enumerate(heads)
        ],
        "rows": [
            {
                "name": row.region.name,
                "url": _here(draft, row.region) if row.open and draft.region.level < Level.TOWNSHIP else "",
                "cells": [_cell(draft, row, code, counts(row), row.open) for code, *_ in heads],
            }
            for row in lines
        ],
        "total": [_cell(draft, draft.whole, code, counts(draft.whole), True) for code, *_ in heads],
        "plain": True,
    }  # fmt: skip


def _full(head: str, over: str) -> str:
    """A head that says enough where the one above it is not shown."""
    if head == "合计":
        return over or head
    return f"{over}{head}" if over in ("低保", "特困") else head


def _starts(heads: Sequence[tuple[str, str, str, str]], n: int) -> bool:
    """Whether a vertical line stands before this column: where the head above changes."""
    return n > 0 and (heads[n][2] != heads[n - 1][2] or not heads[n][2])


def _here(draft: ReturnDraft, region: Region) -> str:
    beyond = "1" if draft.day > draft.cut else ""
    return links.to("visits_desk:return", unit=region.pk, period=draft.quarter.key, beyond=beyond)


def _cell(draft: ReturnDraft, row: Row, code: str, counts: Counts, linked: bool) -> dict[str, Any]:
    n = counts.get(code, 0)
    url = overview.list_url(row.region, draft.quarter, code, draft.upto) if n and linked else ""
    return {"text": num(n), "url": url, "shade": 0}
