"""Visits side by side, item by item: the newest eight, and older ones by pages."""

from datetime import date
from functools import partial
from typing import Any

from visits.desk import links
from visits.desk.visited import Visited
from visits.records.assessment import Form, level_of
from visits.records.items import ITEM_CODES
from visits.records.models import Visit, VisitQuerySet
from visits.records.wordings import forms_of
from visits.roster.models import Person
from visits.templatetags.xf import LEVEL_WORDS, day, day_year, dayshort

STEP = 8
MOST_PAGES = 200
WORDS = 24  # rows of an item on one page


def visits_of(person: Person) -> VisitQuerySet:
    """Valid visits of the file and of those merged into it, the newest first."""
    return Visit.objects.valid().of_files([person.pk]).order_by("-visited_on", "-pk")


def look(
    person: Person, today: date, page: int = 1, *, newest: Visited | None = None
) -> dict[str, Any] | None:
    """Every item over eight valid visits, oldest first; page 1 holds the newest. None where there are none. `newest`:
    the newest visits, where they were read already."""
    start = (page - 1) * STEP
    read = newest.valid(STEP + 1) if newest is not None and page == 1 else None
    if newest is None or read is None:
        read = list(visits_of(person)[start : start + STEP + 1])
        forms = forms_of(visit.form_version_id for visit in read[:1])
    else:
        forms = newest.forms
    return _look(read, forms, person, today, page) if read else None


def _look(
    found: list[Visit], forms: dict[int, Form], person: Person, today: date, page: int
) -> dict[str, Any]:
    visits = found[:STEP]
    newest, form = visits[0], forms[visits[0].form_version_id]
    rows = list(reversed(visits))
    areas = [
        {
            "name": area.label,
            "icon": area.icon,
            "rows": [
                {
                    "name": item.label,
                    "levels": [level_of(getattr(visit, item.code)) for visit in rows],
                    "now": form.words(item.code, getattr(newest, item.code)),
                    "level": level_of(getattr(newest, item.code)),
                    "url": links.to("visits_desk:person_item", person.uuid, item.code),
                }
                for item in area.items
            ],
        }
        for area in form.areas
    ]
    seen = any(9 in row["levels"] for area in areas for row in area["rows"])
    return {
        "areas": areas,
        "sub": f"{_span(rows, today)}，{len(rows)}次" if len(rows) > 1 else "",
        "note": f"最右一格是{'最近' if page == 1 else '这几次里最近的'}一次（{dayshort(newest.visited_on)}）。"
        + ("没看到的画圈。" if seen else "")
        + "点一项，看每次怎么说的。",
        "table": partial(table, rows, form),  # drawn by one of the two pages only
        "older": len(found) > STEP,
        "all_url": links.to("visits_desk:person_items", person.uuid),
    }


def _span(rows: list[Visit], today: date) -> str:
    return f"{day(rows[0].visited_on, today)}到{day(rows[-1].visited_on, today)}"


def table(rows: list[Visit], form: Form) -> dict[str, Any]:
    """The same as a table: an item a row, a visit a column, levels in words."""
    return {
        "caption": "每次每项的程度",
        "columns": ["项目", *(dayshort(visit.visited_on) for visit in rows)],
        "tight": True,
        "rows": [
            {
                "cells": [
                    {"text": item.label, "head": True},
                    *({"text": LEVEL_WORDS[level_of(getattr(visit, item.code))]} for visit in rows),
                ]
            }
            for item in form.items
        ],
    }


def item(person: Person, code: str, page: int = 1) -> dict[str, Any]:
    """One item, visit by visit in the words of its day, the newest first. Raises KeyError for no such item."""
    if code not in ITEM_CODES:
        raise KeyError(code)
    start = (page - 1) * WORDS
    found = list(visits_of(person).select_related("visitor")[start : start + WORDS + 1])
    visits, forms = found[:WORDS], forms_of(visit.form_version_id for visit in found)
    label = forms[visits[0].form_version_id].item(code).label if visits else ""
    return {
        "label": label,
        "levels": [level_of(getattr(visit, code)) for visit in reversed(visits[:STEP])] if page == 1 else [],
        "older": len(found) > WORDS,
        "list": {
            "caption": f"{label}：每次怎么说的",
            "columns": ["哪天", "怎么样", "程度", "怎么回事", "怎么访的"],
            "rows": [_said(visit, code, forms[visit.form_version_id]) for visit in visits],
        },
    }


def _said(visit: Visit, code: str, form: Form) -> dict[str, Any]:
    value = getattr(visit, code)
    return {
        "cells": [
            {
                "text": day_year(visit.visited_on),
                "url": links.to("visits_records:visit", visit.uuid),
                "head": True,
            },
            {"text": form.words(code, value)},
            {"text": LEVEL_WORDS[level_of(value)]},
            {"text": (visit.notes or {}).get(code, "") or "没写"},
            {"text": f"{visit.get_mode_display()}，{visit.get_met_display()}", "note": visit.visitor.name},
        ]
    }
