"""节前 in the shape its page and the line of 今日 draw."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Region
from visits.core.holidays import Holiday
from visits.core.workdays import Calendar
from visits.followup.models import Case, ChangeReport
from visits.followup.rows import changes as change_rows
from visits.roster.models import Person
from visits.templatetags.xf import day, dayshort, tel

MOST = 200


def title(holiday: Holiday, name: str) -> str:
    return f"{name}放假{holiday.length}天：{day(holiday.first)}到{day(holiday.last)}"


def changes(found: Sequence[ChangeReport], calendar: Calendar, today: date, last: date) -> dict[str, Any]:
    return {
        "caption": "还没报县级的变化",
        "columns": ["谁", "什么变化", "报县级"],
        "rows": [
            {
                "cells": [
                    {"text": row.person.name, "url": reverse("visits_followup:change", args=[row.uuid])},
                    {"text": change_rows.what(row), "note": _falls(row.due_on, last)},
                    {"due": change_rows.chip(row, calendar, today)},
                ]
            }
            for row in found
        ],
    }


def _falls(due_on: date | None, last: date) -> str:
    return "期限在节里或节后两天，节前报掉" if due_on is not None and due_on <= last else ""


def cases(found: Sequence[Case], today: date, last: date) -> dict[str, Any]:
    return {
        "caption": "没办结的案子",
        "columns": ["谁", "办到哪一步", "期限"],
        "rows": [
            {
                "cells": [
                    {"text": row.person.name, "note": "紧急" if row.urgent else ""},
                    {"text": row.get_state_display()},
                    {"text": f"{day(row.due_on, today)}前" if row.due_on else row.due_note or "—",
                     "note": _falls(row.due_on, last)},
                ]
            }
            for row in found
        ],
    }  # fmt: skip


def due(found: Sequence[Any], villages: Mapping[int, str], today: date) -> dict[str, Any]:
    return {
        "caption": "节里或节后马上到期的人",
        "columns": ["谁", "住在哪里", "哪天前", "电话"],
        "rows": [
            {
                "cells": [
                    {"text": item.person.name, "url": reverse("visits_desk:person", args=[item.person.uuid])},
                    {"text": f"{villages.get(item.person.village_id, '')} {item.person.hamlet}".strip()},
                    {"text": f"{day(item.due_on, today)}前"},
                    _tel(item.person),
                ]
            }
            for item in found
        ],
    }


def in_need(found: Sequence[Person], villages: Mapping[int, str], today: date) -> dict[str, Any]:
    return {
        "caption": "要多留心的人",
        "columns": ["谁", "为什么", "住在哪里", "电话"],
        "rows": [
            {
                "cells": [
                    {
                        "text": row.name,
                        "url": reverse("visits_desk:person", args=[row.uuid]),
                        "note": f"{row.age(today)}岁",
                    },
                    {"text": "80岁以上独居" if row.alone else "有重病"},  # type: ignore[attr-defined]
                    {"text": f"{villages.get(row.village_id, '')} {row.hamlet}".strip()},
                    _tel(row),
                ]
            }
            for row in found
        ],
    }


def _tel(person: Person) -> dict[str, str]:
    number = person.phone or person.contact_phone
    if not number:
        return {"text": "没有电话"}
    note = "" if person.phone else f"{person.contact_relation}{person.contact_name}"
    return {"text": tel(number), "url": f"tel:{number}", "note": note}


def gaps(found: Sequence[tuple[Region, list[date]]], own: set[int], eve: date) -> list[dict[str, str]]:
    """Units with the days on which nobody answers; one's own with the way to fill them."""
    lines = []
    for unit, days in found:
        said = "、".join(f"{dayshort(one)}夜里" if one == eve else dayshort(one) for one in days)
        wanted = ",".join(one.isoformat() for one in days)
        query = f"unit={unit.pk}&month={days[0]:%Y-%m}&days={wanted}"
        lines.append(
            {
                "unit": unit.name,
                "say": said,
                "url": f"{reverse('visits_followup:shifts')}?{query}" if unit.pk in own else "",
            }
        )
    return lines
