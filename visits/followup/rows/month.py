"""The month of 问题台账: each number is the address of its list."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from visits.followup.selectors.findings import ALL, LATE, OPEN, Tally
from visits.templatetags.xf import num

COLUMNS = [
    {"word": word, "num": True} for word in ("本月发现", "本月销号", "现在还没好", "其中过期", "平均几天办好")
]


def table(
    name: str,
    rows: Sequence[tuple[Any, str, dict[str, Any]]],
    tallies: Mapping[Any, Tally],
    first: date,
    url_of: Callable[[dict[str, Any]], str],
    link: Callable[[Any], str] | None = None,
) -> dict[str, Any]:
    """`rows`: key, what it is called, and the filters that mean it. `link`: where the name leads."""
    return {
        "caption": f"{name}每月汇总",
        "columns": [name, *COLUMNS],
        "rows": [
            {
                "cells": [
                    {"text": word, "url": link(key) if link else ""},
                    *_cells(tallies[key], chosen, first, url_of),
                ]
            }
            for key, word, chosen in rows
        ],
    }


def _cells(
    tally: Tally, chosen: dict[str, Any], first: date, url_of: Callable[[dict[str, Any]], str]
) -> list[dict[str, str]]:
    parts: tuple[tuple[int, dict[str, Any]], ...] = (
        (tally.found, {"which": ALL, "found": first}),
        (tally.closed, {"which": ALL, "closed": first}),
        (tally.open, {"which": OPEN}),
        (tally.late, {"which": LATE}),
    )
    cells = [{"text": num(n), "url": url_of({**chosen, **part}) if n else ""} for n, part in parts]
    average = tally.average
    return [*cells, {"text": "—" if average is None else f"{average:.1f}天"}]
