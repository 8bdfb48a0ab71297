"""What the pages of 覆盖率 show, in the shape the components draw."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Region
from visits.roster.models import Comparison, ComparisonRow, Review
from visits.roster.selectors.coverage import Coverage, Table
from visits.roster.services.comparisons import content_of
from visits.templatetags.xf import day, num

VIEW, LIST = "visits_roster:coverage", "visits_roster:coverage_list"
WHICH = {"missing": "漏访", "unplaced": "有档案没列入", "check": "应核"}
SAY = {
    "missing": "名单上有，系统里没有档案。民政办放进“发现新对象”逐个核，或者补上村再导入。",
    "unplaced": "名单上有，档案也有：没有列入这一类，或者档案在别的乡镇。",
    "check": "系统里在这一类，名单上没有，还没有核。核过的不再算。",
}
_NUM = ("在册", "名单上", "漏访", "有档案没列入", "应核")
_COLUMNS: list[Any] = [*({"word": word, "num": True} for word in _NUM), {"word": "覆盖率", "num": True}]


def rate_words(found: Coverage) -> tuple[str, str]:
    """The rate, and its formula with the numbers in it; never rounded up to a whole that it is not."""
    if found.rate is None:
        return "—", ""
    return f"{int(found.rate * 10) / 10:.1f}%", f"{num(found.both)}÷{num(found.listed)}"


def _numbers(found: Coverage, urls: dict[str, str]) -> list[dict[str, Any]]:
    if not found.compared:
        here = {"text": num(found.here), "url": urls.get("here", "")}
        return [here, *({"text": "—"} for _ in range(5))]
    rate, formula = rate_words(found)
    numbers = {
        "here": found.here, "listed": found.listed, "missing": found.missing, "unplaced": found.unplaced,
        "check": found.check,
    }  # fmt: skip
    cells = [
        {"text": num(count), "url": urls.get(name, "") if count else ""} for name, count in numbers.items()
    ]
    return [*cells, {"text": rate, "note": formula}]


def by_class(found: Table, region: Region, *, opens: bool, choose: bool, today: date) -> dict[str, Any]:
    """The classes of a township. `opens`: the reader may open the lists; `choose`: has several townships."""
    rows = []
    for code, word in found.names.items():
        cell = found.cells.get((region.pk, code))
        if cell is None:
            continue
        urls = _urls(cell, code, region, choose=choose) if opens else {}
        rows.append({"cells": [{"text": word}, _list_cell(cell, today), *_numbers(cell, urls)]})
    return {
        "caption": f"{region.name}各类的覆盖率",
        "columns": ["类别", "比对的名单", *_COLUMNS],
        "rows": rows,
    }


def _urls(cell: Coverage, code: str, region: Region, *, choose: bool) -> dict[str, str]:
    query = {"group": code, **({"township": str(region.pk)} if choose else {})}
    found = {"here": f"{reverse('visits_roster:people')}?{urlencode(query)}"}
    if cell.latest is not None:
        found |= {name: reverse(LIST, args=[cell.latest.uuid, name]) for name in WHICH}
    return found


def _list_cell(cell: Coverage, today: date) -> dict[str, str]:
    if cell.latest is None:
        return {"text": "没有比对过", "state": "idle"}
    month = f"{cell.latest.month.year}年{cell.latest.month.month}月"
    if cell.held:
        return {"text": month, "state": "soon", "note": "名单太短，民政办还没确认，先不算"}
    return {"text": month, "note": f"{cell.latest.source} {day(cell.latest.created_at, today)}比的".strip()}


def by_unit(
    found: Table, units: Sequence[tuple[Region, Iterable[int]]], word: str, total: str
) -> dict[str, Any]:
    """Units in which a list was compared, with the townships of each, and all of them together."""
    rows = []
    for unit, townships in units:
        sums = found.total(townships)
        if not sums.compared:
            continue
        rows.append({"cells": [_unit_cell(unit), _compared(sums), *_numbers(sums, {})]})
    sums = found.total()
    if len(rows) > 1:
        rows.append({"cells": [{"text": total}, _compared(sums), *_numbers(sums, {})]})
    return {"caption": f"各{word}的覆盖率", "columns": [word, "比对过", *_COLUMNS], "rows": rows}


def without(found: Table, units: Sequence[tuple[Region, Iterable[int]]]) -> list[dict[str, str]]:
    """Units in which no list was compared yet, as links."""
    return [_unit_cell(unit) for unit, townships in units if not found.total(townships).compared]


def _unit_cell(unit: Region) -> dict[str, str]:
    return {"text": unit.name, "url": f"{reverse(VIEW)}?unit={unit.pk}"}


def _compared(sums: Coverage) -> dict[str, str]:
    return {"text": f"{sums.compared}份名单"} if sums.compared else {"text": "没有比对过", "state": "idle"}


def all_classes(found: Table) -> dict[str, Any]:
    """The classes over all units; nothing when there is only one, which is the line above."""
    rows = []
    for code, word in found.names.items():
        sums = found.total(group=code)
        if sums.compared:
            rows.append({"cells": [{"text": word}, _compared(sums), *_numbers(sums, {})]})
    rows = rows if len(rows) > 1 else []
    return {"caption": "各类的覆盖率", "columns": ["类别", "比对过", *_COLUMNS], "rows": rows}


def heat(found: Table, units: Sequence[Region]) -> dict[str, Any]:
    """Townships × classes: the rate, and — where nothing was compared."""
    codes = [code for code in found.names if found.total(group=code).compared]
    rows = []
    for unit in units:
        if len(codes) < 2 or not found.total([unit.pk]).compared:
            continue
        cells: list[dict[str, str]] = [_unit_cell(unit)]
        for code in codes:
            cell = found.cells.get((unit.pk, code), Coverage())
            rate, formula = rate_words(cell)
            cells.append({"text": rate, "note": formula})
        rows.append({"cells": cells})
    columns = ["乡镇（街道）", *({"word": found.names[code], "num": True} for code in codes)]
    return {
        "caption": "各乡镇（街道）各类的覆盖率",
        "columns": columns,
        "rows": rows,
        "tight": len(codes) > 6,
    }


# ── the lists behind the numbers ─────────────────────────────────────────────────────────────────


def listed(rows: Sequence[ComparisonRow], told: set[int]) -> dict[str, Any]:
    """Who stands on the other office's list only."""
    shown = []
    for row in rows:
        content = content_of(row)
        head: dict[str, Any] = {"text": content.get("name", ""), "note": f"尾号{content.get('tail', '')}"}
        if row.person is not None:
            head["url"] = reverse("visits_desk:person", args=[row.person.uuid])
        what = {"text": "报过了", "state": "done"} if row.pk in told else {"text": row.reason or "没有档案"}
        where = f"{content.get('sheet', '')} 第{row.number}行".strip()
        shown.append({"cells": [head, {"text": content.get("village", "") or "没写"}, {"text": where}, what]})
    return {"caption": "只在名单上的", "columns": ["姓名", "村", "原表哪一行", "怎么回事"], "rows": shown}


def checked(reviews: Sequence[Review], villages: dict[int, str], today: date) -> dict[str, Any]:
    """Who is in the class here only, and waits to be looked at."""
    rows = []
    for review in reviews:
        person = review.person
        rows.append(
            {
                "cells": [
                    {
                        "text": person.name,
                        "url": reverse("visits_desk:person", args=[person.uuid]),
                        "note": f"{person.get_sex_display()} {person.age(today)}岁 {person.tail_words}",
                    },
                    {"text": f"{villages.get(person.village_id, '')} {person.hamlet}".strip()},
                    {"text": day(review.due_on, today)},
                ]
            }
        )
    return {"caption": "要核的", "columns": ["姓名", "地方", "核到哪天"], "rows": rows}


def title(found: Comparison, which: str, count: int) -> str:
    """嵩口镇 特困 漏访3人."""
    return f"{found.group.short if found.group else ''}　{WHICH[which]}{num(count)}人"
