"""The people behind a figure, as rows: full names with links in one's scope, else masked and without."""

from datetime import date
from typing import Any

from accounts.models import Region
from visits.desk import links, paging, scope
from visits.desk.behind import Behind
from visits.desk.standing import items_of
from visits.roster.look_rows import cell
from visits.roster.models import Person
from visits.roster.selectors import looking, visitor_cell, with_visitor
from visits.roster.selectors.looking import masked
from visits.schedule.periods import Period
from visits.schedule.selectors import LOOK, WORDS
from visits.schedule.services import groups_in_words
from visits.templatetags.xf import day, mask_name

PAGE = 50
# Of several items the one to show: what is wrong before what is done.
ORDER = ("missed", "late", "soon", "idle", "excused", "done_late", "done")


def page_of(
    user: Any, region: Region, period: Period, today: date, behind: Behind, after: str = ""
) -> tuple[dict[str, Any], str]:
    """One page of the list behind a number, and the mark of the next page ("" on the last one)."""
    units = scope.units_of(region)
    last = Person.objects.filter(uuid=after).first() if after else None
    rows = paging.rows(behind.people, behind.narrow, units, last, PAGE + 1)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return _table(user, region, units, rows, period, today, behind), str(rows[-1].uuid) if more else ""


def _table(
    user: Any,
    region: Region,
    units: scope.Units,
    rows: list[Person],
    period: Period,
    today: date,
    behind: Behind,
) -> dict[str, Any]:
    ids = [row.pk for row in rows]
    names = scope.names_shown(user.duty, region)
    mine = (
        set(Person.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
        if names
        else set()
    )
    groups = groups_in_words(ids, today, user)
    villages = dict(Region.objects.filter(pk__in={row.village_id for row in rows}).values_list("pk", "name"))
    chips = _chips(units, ids, period, today) if behind.owed else {}
    visited = with_visitor(ids, today) if names else set()
    columns = [
        "姓名",
        "地方",
        "类别",
        *(["哪天前"] if behind.owed else []),
        *(["巡访人"] if names else []),
        *(["查看"] if masked(user) else []),
    ]
    open_ids = looking.open_ids(user) if masked(user) else None
    return {
        "caption": behind.measure.word,
        "columns": columns,
        "rows": [
            {
                "cells": _cells(row, row.pk in mine, names, groups, villages, chips, columns, visited, today)
                + ([cell(row, open_ids)] if open_ids is not None else [])
            }
            for row in rows
        ],
    }


def _cells(
    row: Person, open_file: bool, names: bool, groups: dict[int, list[str]], villages: dict[int, str],
    chips: dict[int, dict[str, str]], columns: list[str], visited: set[int], today: date,
) -> list[dict[str, Any]]:  # fmt: skip
    # SECURITY: a name in full, age, 自然村 and the visitor only for people whose file the reader may open.
    first: dict[str, Any] = {"text": mask_name(row.name)}
    place = villages.get(row.village_id, "")
    if open_file:
        url = links.to("visits_desk:person", row.uuid)
        first = {"text": row.name, "url": url, "note": f"{row.get_sex_display()} {row.age(today)}岁"}
        place = f"{place} {row.hamlet}".strip()
    # P8: what was missed stays in the figures; the list says that nobody is to go there any more.
    what = "、".join(groups.get(row.pk, [])) or "已不在名单"
    cells = [first, {"text": place}, {"text": what if row.left_on is None else row.get_status_display()}]
    if "哪天前" in columns:
        cells.append({"due": chips[row.pk]} if row.pk in chips else {"text": "—"})
    if names:
        cells.append(visitor_cell(row, row.pk in visited) if open_file else {"text": "已转到别的单位"})
    return cells


def _chips(units: scope.Units, ids: list[int], period: Period, today: date) -> dict[int, dict[str, str]]:
    """Person id → chip of the item that matters most in the period."""
    found: dict[int, Any] = {}
    for item in items_of(units, period, today, soon=True).filter(person_id__in=ids).order_by("due_on", "pk"):
        kept = found.get(item.person_id)
        if kept is None or ORDER.index(item.state) < ORDER.index(kept.state):
            found[item.person_id] = item
    return {
        pk: {
            "state": LOOK.get(item.state, item.state),
            "word": "线下已访" if item.offline else WORDS[item.state],
            "text": f"{day(item.seen_on)}访的{_half(item, period)}"
            if item.seen_on
            else f"{day(item.due_on)}前",
        }
        for pk, item in found.items()
    }


def _half(item: Any, period: Period) -> str:
    """Why a visit of another quarter stands in this one: any day of the half-year would do."""
    return (
        "（半年一次）"
        if period.kind == "quarter" and item.period_start < period.start and not item.first
        else ""
    )
