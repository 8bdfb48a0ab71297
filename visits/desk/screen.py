"""投屏 (practice P30): a unit's figures on a wall. Units in code order, no name of a person, nothing to press."""

from typing import Any

from visits.desk import charts, links, overview
from visits.desk.overview import Overview
from visits.templatetags.xf import num, rate

IN_A_COLUMN = 14  # so many units stand below each other on a screen 768 points high
LONG = 6  # a number of more letters than this is written smaller


def context(page: Overview) -> dict[str, Any]:
    """What the wall shows."""
    rows = [_row(row) for row in page.rows if not overview.is_bare(page, row)]
    whole = page.whole
    return {
        "title": page.region.name,
        "as_of": f"{page.period.label}，到{overview.until(page)}",
        "rates": [
            {"word": "户完成率", "value": rate(whole.home_rate)},
            {"word": "人完成率", "value": rate(whole.rate)},
            {"word": "见到本人率", "value": rate(whole.self_rate)},
        ],
        "numbers": [
            {"word": word, "value": num(whole.of(code)), "long": len(num(whole.of(code))) > LONG}
            for code, word in (
                ("roster", "名单"), ("due", "应访"), ("done", "已访"), ("open", "未到期"), ("late", "逾期"),
                ("tried", "未访成"), ("unassigned", "未落实"),
            )
        ],
        "run": charts.run(page),
        "parts": _parts(rows),
        "bare": len(overview.bare(page)),
        "fresh": page.fresh_words(None),
        "banner": None,  # its sentence stands below, with the age of the lists
        "back": links.to("visits_desk:overview", unit=page.region.pk, period=page.period.key),
    }  # fmt: skip


def _parts(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows in as few columns as fit on the screen, as evenly as it goes."""
    columns = max(1, -(-len(rows) // IN_A_COLUMN))
    size = -(-len(rows) // columns) or 1
    return [rows[place : place + size] for place in range(0, len(rows), size)]


def _row(row: overview.Row) -> dict[str, Any]:
    own = row.figures
    return {
        "name": row.region.name,
        "cells": [
            num(own.due),
            num(own.done),
            rate(own.rate),
            rate(own.self_rate),
            num(own.late),
            num(own.tried),
        ],
    }
