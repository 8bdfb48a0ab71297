"""Units as rows of a table, and their way down from the city: reading only."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from accounts.models import Region
from accounts.models.region import Level

COLUMNS = ["单位", "级别", "代码", "现在", "从哪天起"]
BELOW = {"word": "下面有", "num": True}
PAGE = 100


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    return dict(Region.objects.filter(pk__in={pk for pk in ids if pk}).values_list("pk", "name"))


def with_counts(units: QuerySet[Region], on: date) -> list[Region]:
    """Units with `below`: how many living units stand directly under each."""
    living = Q(children__valid_to=None) | Q(children__valid_to__gte=on)
    rows = units.annotate(below=Count("children", filter=living)).order_by("level", "position", "pk")
    return list(rows.select_related("replaced_by")[: PAGE + 1])


def state(unit: Region, on: date) -> tuple[str, str, str]:
    """(state, word, why) of a unit on a day."""
    if unit.valid_to is not None and unit.valid_to < on:
        word = f"到{unit.valid_to:%Y年%-m月%-d日}为止"
        return "none", word, f"并入{unit.replaced_by.name}" if unit.replaced_by else ""
    if not unit.active:
        return "soon", "没有启用", unit.inactive_reason
    if unit.valid_from > on:
        return "idle", "还没到日子", ""
    return "done", "启用", ""


def row(unit: Region, on: date, names: dict[int, str] | None, below: bool) -> dict[str, Any]:
    """Cells of one unit; with `names`, its way is said beside it; with `below`, how many stand under it."""
    tag, word, why = state(unit, on)
    way = " · ".join(
        names[pk]
        for pk in (unit.county_id, unit.township_id)
        if names is not None and pk is not None and pk != unit.pk
    )
    cells: list[dict[str, Any]] = [
        {"text": unit.name, "url": reverse("accounts:unit", args=[unit.pk]), "note": way},
        {"text": unit.level_word},
        {"text": unit.code or "没有代码"},
        {"text": word, "state": tag, "note": why},
        {"text": f"{unit.valid_from.year}年{unit.valid_from.month}月{unit.valid_from.day}日"},
    ]
    if below:
        cells.insert(3, {"text": str(getattr(unit, "below", 0))})
    return {"cells": cells}


def table(units: list[Region], on: date, caption: str, names: dict[int, str] | None = None) -> dict[str, Any]:
    below = any(unit.level < Level.VILLAGE for unit in units)
    columns = [*COLUMNS[:3], BELOW, *COLUMNS[3:]] if below else COLUMNS
    return {
        "caption": caption,
        "columns": columns,
        "rows": [row(unit, on, names, below) for unit in units[:PAGE]],
    }


def crumbs(unit: Region) -> list[tuple[str, str]]:
    """The way from the city down to a unit; the last has no address."""
    names = names_of([unit.county_id, unit.township_id])
    way = [("单位", reverse("accounts:units"))]
    for pk in (unit.county_id, unit.township_id):
        if pk and pk != unit.pk:
            way.append((names[pk], reverse("accounts:unit", args=[pk])))
    return [*way, (unit.name, "")]
