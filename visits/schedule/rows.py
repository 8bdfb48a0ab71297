"""Due people in the shape the components draw: words only, no rules."""

from datetime import date
from typing import Any

from django.urls import reverse

from visits.roster.selectors import visitor_cell
from visits.schedule.selectors import DuePerson
from visits.templatetags.xf import day, left


def about(row: DuePerson, today: date) -> str:
    """女 83岁"""
    return f"{row.person.get_sex_display()} {row.person.age(today)}岁"


def chip(row: DuePerson) -> dict[str, Any]:
    """The due chip or band of a person: state, date with weekday, what is left."""
    return {
        "state": row.look,
        "word": row.word,
        "text": f"{day(row.due_on)}前" if row.left >= 0 else f"应于{day(row.due_on)}前",
        "left": left(row.left),
    }


def why(row: DuePerson) -> list[str]:
    """Why this person is due, and when somebody was there last."""
    return [row.why, f"上次{row.last_on.month}月{row.last_on.day}日" if row.last_on else "还没有访过"]


def table_row(row: DuePerson, today: date, *, village: bool, pick: bool) -> dict[str, Any]:
    """A row of the due list, a card on a phone."""
    url = reverse("visits_desk:person", args=[row.person.uuid])
    place = "".join([row.village if village else "", row.person.hamlet and f" {row.person.hamlet}"]).strip()
    cells: list[dict[str, Any]] = [
        {"text": row.person.name, "url": url, "note": about(row, today), "head": True},
        {"due": chip(row)},
        {"text": place or "没写"},
        {"text": "、".join(row.groups), "note": "，".join(why(row))},
        visitor_cell(row.person, row.has_visitor),
    ]
    if pick:
        cells.insert(0, {"text": row.person.name, "pick": "person", "value": row.person.pk})
    return {"cells": cells}


def columns(*, pick: bool) -> list[str]:
    return [*(["选"] if pick else []), "姓名", "哪天前", "地方", "为什么要访", "巡访人"]
