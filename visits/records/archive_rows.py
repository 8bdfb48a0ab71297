"""The archive in the shape its pages draw."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Min
from django.urls import reverse

from accounts.models import Region
from accounts.roles import COUNTY
from visits.records import exporting
from visits.records.models import ArchiveDeposit, Visit
from visits.records.selectors.archive import (
    BEHIND,
    LEVELS,
    NONE,
    WHOLE,
    WORDS,
    Standing,
    approved_tables,
    standings,
    unsigned,
    villages_of,
)
from visits.templatetags.xf import day_year, num

STATES = {NONE: "soon", BEHIND: "todo", WHOLE: "done"}


def listing(user: Any, year: int, township: int | None, today: date) -> dict[str, Any]:
    """The list of a township's villages; a county that has not chosen one sees its townships."""
    villages = list(villages_of(user))
    found = standings(villages, year)
    wide = user.duty.has(COUNTY) and township is None
    if township is not None:
        found = [one for one in found if one.village.township_id == township]
    sided = [one for one in found if one.one_sided(today)]
    return {
        "year": year,
        "years": [
            {"word": f"{one}年", "url": f"?year={one}", "current": one == year} for one in _years(today)
        ],
        "list": _by_township(found, year) if wide else _by_village(found, year, today),
        "total": sum(one.records for one in found),
        "without": 0 if wide else sum(1 for one in found if not one.records and not one.newest),
        "missing": {level: sum(1 for one in found if one.state(level) == NONE) for level in LEVELS},
        "behind": {level: sum(1 for one in found if one.state(level) == BEHIND) for level in LEVELS},
        "sided": [
            {"words": f"{one.village.name}：{one.one_sided(today)}", "url": village_url(one.village.pk, year)}
            for one in sided
        ],
        "export_url": exporting.url_of(year, township=township) if any(one.records for one in found) else "",
        "back": f"?{urlencode({'year': year})}" if user.duty.has(COUNTY) and township is not None else "",
    }


def _years(today: date) -> list[int]:
    first = Visit.objects.aggregate(first=Min("visited_on"))["first"]
    return list(range(today.year, (first.year if first else today.year) - 1, -1))


def village_url(village_id: int, year: int) -> str:
    return reverse("visits_records:archive_village", args=[village_id, year])


def cell(one: Standing, level: str, received: int = 0) -> dict[str, Any]:
    """`received`: tables the county has with its approval, though it has not written down where the year lies."""
    state, held = one.state(level), one.newest.get(level)
    if held is None and not one.records:
        return {"text": "没有要存的"}
    note = f"{held.box_no}盒第{held.volume_no}卷" if held else ""
    if held is None and level == "county" and received:
        note = f"确认表收到{received}张，还没登记放在哪里"
    if state == BEHIND:
        note += f"，以后变了{one.more[level]}份"
    return {"text": WORDS[state], "state": STATES[state], "note": note}


def _by_village(found: list[Standing], year: int, today: date) -> dict[str, Any]:
    received = approved_tables([one.village.pk for one in found], year)
    return {
        "caption": f"{year}年各村（居）存档",
        "columns": ["村（居）", {"word": "记录", "num": True}, "乡镇（街道）", "县级", "留意"],
        "rows": [
            {
                "cells": [
                    {"text": one.village.name, "url": village_url(one.village.pk, year)},
                    {"text": f"{num(one.records)}份"},
                    cell(one, "township"),
                    cell(one, "county", received.get(one.village.pk, 0)),
                    {"text": one.one_sided(today) or "—"},
                ]
            }
            for one in found
            if one.records or one.newest
        ],
    }


def _by_township(found: list[Standing], year: int) -> dict[str, Any]:
    units: dict[int, list[Standing]] = {}
    for one in found:
        units.setdefault(one.village.township_id or 0, []).append(one)
    names = dict(Region.objects.filter(pk__in=units).values_list("pk", "name"))
    rows = []
    for pk, group in units.items():
        some = [one for one in group if one.records or one.newest]
        if not some:
            continue
        counts = [sum(1 for one in some if one.state(level) == WHOLE) for level in LEVELS]
        cells: list[dict[str, Any]] = [
            {"text": names.get(pk, ""), "url": f"?{urlencode({'year': year, 'township': pk})}"},
            {"text": f"{len(some)}个"},
            *({"text": f"{n}个"} for n in counts),
            {"text": f"{num(sum(one.records for one in group))}份"},
        ]
        rows.append({"cells": cells})
    columns = ["有记录的村（居）", "乡镇存了", "县级存了", "记录"]
    return {
        "caption": f"{year}年各乡镇（街道）存档",
        "columns": ["乡镇（街道）", *({"word": word, "num": True} for word in columns)],
        "rows": rows,
    }


def not_yet(village_id: int, year: int, today: date) -> str:
    """What to think of before the year is put away: it is not over, records are not signed; empty when neither."""
    left = unsigned(village_id, year)
    said = [
        f"{year}年还没有过完，现在存的，以后新记的要补存" if year == today.year else "",
        f"还有{left}份记录没有三人签完" if left else "",
    ]
    return "；".join(one for one in said if one)


def receipts(village_id: int, year: int, mine: str | None) -> list[dict[str, Any]]:
    """Every receipt of the village's year, the newest first; `mine`: the office that may take its own back."""
    rows = ArchiveDeposit.objects.filter(village_id=village_id, year=year).select_related(
        "made_by", "voided_by"
    )
    newest = {row.level: row.pk for row in rows.order_by("supplement") if row.voided_at is None}
    return [
        {
            "row": row,
            "title": f"{row.get_level_display()}{'' if not row.supplement else f'第{row.supplement}次补存'}",
            "say": f"{row.box_no}盒第{row.volume_no}卷，{row.get_medium_display()}，{row.pages}页，{num(row.records)}份记录"
            f"{num(row.people)}人。放在{row.place}，{row.keeper}保管。",
            "by": f"{row.made_by.name}，{day_year(row.kept_on)}存",
            "voided": f"{row.voided_by.name}作废：{row.void_reason}" if row.voided_by else "",
            "void_url": reverse("visits_records:archive_void", args=[row.pk])
            if row.level == mine and newest.get(row.level) == row.pk
            else "",
        }
        for row in rows.order_by("-made_at", "-pk")
    ]
