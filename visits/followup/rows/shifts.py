"""值班表 in the shape its pages and its paper draw."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import Region
from visits.followup.duty_lines import Line, hours_of
from visits.followup.models import DutyShift
from visits.templatetags.xf import WEEKDAYS, day, hm, moment, tel

ORDER = ("先打", "再打", "第三个打")


def month_of(first: date) -> str:
    return f"{first.year}年{first.month}月"


def after(first: date) -> date:
    """The first day of the next month."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def hours(row: DutyShift) -> str:
    """17:30到次日8:30; the date where it ends later."""
    start, end = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    days = (end.date() - start.date()).days
    word = "" if not days else "次日" if days == 1 else f"{end.month}月{end.day}日"
    return f"{hm(start)}到{word}{hm(end)}"


def by_day(rows: Sequence[DutyShift]) -> dict[date, dict[int, list[DutyShift]]]:
    found: dict[date, dict[int, list[DutyShift]]] = {}
    for row in rows:
        found.setdefault(timezone.localtime(row.starts_at).date(), {}).setdefault(row.place, []).append(row)
    return found


def table(
    rows: Sequence[DutyShift], first: date, is_workday: Callable[[date], bool], *, plans: bool, now: datetime
) -> dict[str, Any]:
    """The month, a line for each day. `plans`: the reader may take shifts off."""
    found = by_day(rows)
    places = max((row.place for row in rows), default=1)
    lines = []
    for n in range((after(first) - first).days):
        one = first + timedelta(days=n)
        cells: list[dict[str, Any]] = [{"text": day(one), "note": "" if is_workday(one) else "休息"}]
        for place in range(1, places + 1):
            held = found.get(one, {}).get(place, [])
            cells.append(_cell(held, plans, now) if held else {"text": "没排" if place == 1 else "—"})
        lines.append({"cells": cells})
    return {"caption": "值班表", "columns": ["日期", *ORDER[:places]], "rows": lines, "one": places == 1}


def _cell(held: list[DutyShift], plans: bool, now: datetime) -> dict[str, str]:
    row = held[0]
    note = "；".join([hours(row), *(f"{one.name} {tel(one.phone)} {hours(one)}" for one in held[1:])])
    cell = {"text": f"{row.name} {tel(row.phone)}", "note": note}
    if plans and row.ends_at > now:
        cell["url"] = reverse("visits_followup:shift_cancel", args=[row.pk])
    return cell


def preview(
    lines: Sequence[Line], problems: Mapping[int, str], accounts: Mapping[str, str]
) -> dict[str, Any]:
    """What was read from the pasted lines. `problems`: place in the list → why it can't be taken; `accounts`: number →
    the name of the account that has it."""
    rows = []
    for place, one in enumerate(lines):
        wrong = one.problem or problems.get(place, "")
        said: dict[str, Any] = (
            {"text": wrong, "state": "late"} if wrong else {"text": "可以", "state": "done"}
        )
        when = f"{moment(one.starts)}到{moment(one.ends)}" if one.starts and one.ends else ""
        rows.append(
            {
                "cells": [
                    {"text": day(one.day) if one.day else f"第{one.number}行", "note": when or one.text[:40]},
                    {"text": f"{one.name} {tel(one.phone)}".strip() or "—", "note": ORDER[one.place - 1]},
                    {"text": accounts.get(one.phone, "没有账号")},
                    said,
                ]
            }
        )
    return {"caption": "读到的值班表", "columns": ["哪天", "谁", "账号", "行不行"], "rows": rows}


def _usual(row: DutyShift, is_workday: Callable[[date], bool]) -> bool:
    start, end = (timezone.localtime(one).replace(tzinfo=None) for one in (row.starts_at, row.ends_at))
    return (start, end) == hours_of(start.date(), is_workday(start.date()))


def paper(
    unit: Region,
    name: str,
    rows: Sequence[DutyShift],
    first: date,
    is_workday: Callable[[date], bool],
    today: date,
) -> dict[str, Any]:
    """The notice that hangs on the wall: a line for each day, hours only where they are not the usual ones."""
    found = by_day(rows)
    places = max((row.place for row in rows), default=1)
    lines = []
    for n in range((after(first) - first).days):
        one = first + timedelta(days=n)
        people = [
            [
                {
                    "name": row.name,
                    "phone": tel(row.phone),
                    "hours": "" if _usual(row, is_workday) else hours(row),
                }
                for row in found.get(one, {}).get(place, [])
            ]
            for place in range(1, places + 1)
        ]
        lines.append(
            {
                "day": f"{one.month}月{one.day}日",
                "week": f"周{WEEKDAYS[one.weekday()]}",
                "rest": not is_workday(one),
                "people": people,
            }
        )
    return {
        "unit": name,
        "month": month_of(first),
        "columns": ORDER[:places],
        "lines": lines,
        "phone": tel(unit.duty_phone) if unit.duty_phone else "",
        "printed": day(today, today),
    }


def now_lines(people: Sequence[DutyShift], units: Sequence[Region], today: date) -> dict[str, Any]:
    """Who answers now, unit by unit; where nobody stands on the list, the unit's telephone or that there is none."""
    staffed = {row.region_id for row in people}
    return {
        "people": [
            {
                "unit": row.region.name,
                "place": row.place,
                "name": row.name,
                "phone": row.phone,
                "until": moment(row.ends_at, today),
            }
            for row in people
        ],
        "none": [
            f"{unit.name}现在没有排人"
            + (f"，值班室{tel(unit.duty_phone)}" if unit.duty_phone else "，也没有填值班电话")
            for unit in units
            if unit.pk not in staffed
        ],
        "url": "",
        "report_url": "",
    }
