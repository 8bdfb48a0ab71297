"""节前 in the shape its page and the line of 今日 draw."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Region
from visits.core.holidays import Holiday
from visits.core.workdays import Calendar
from visits.followup.models import Case, ChangeReport
from visits.followup.rows import cases as case_rows
from visits.followup.rows import changes as change_rows
from visits.roster.models import Person
from visits.templatetags.xf import day, dayshort, tel

MOST = 200


def title(holiday: Holiday, name: str) -> str:
    return f"{name}放假{holiday.length}天：{day(holiday.first)}到{day(holiday.last)}"


# The first day of a holiday and the last day of the deadlines that are to be met before it.
Span = tuple[date, date]


def changes(found: Sequence[ChangeReport], calendar: Calendar, today: date, span: Span) -> dict[str, Any]:
    return {
        "caption": "还没报县级的变化",
        "columns": ["谁", "什么变化", "报县级"],
        "rows": [
            {
                "cells": [
                    {"text": row.person.name, "url": reverse("visits_followup:change", args=[row.uuid])},
                    {"text": change_rows.what(row), "note": _falls(row.due_on, span, "报掉")},
                    {"due": change_rows.chip(row, calendar, today)},
                ]
            }
            for row in found
        ],
    }


def _falls(due_on: date | None, span: Span, what: str) -> str:
    return f"期限在节里或节后两天，节前{what}" if due_on is not None and span[0] <= due_on <= span[1] else ""


def cases(found: Sequence[Case], today: date, span: Span) -> dict[str, Any]:
    return {
        "caption": "没办结的案子",
        "columns": ["谁", "办到哪一步", "期限"],
        "rows": [
            {
                "cells": [
                    {
                        "text": case_rows.name_of(row),
                        "url": reverse("visits_followup:case", args=[row.uuid]),
                        "note": "紧急" if row.urgent else "",
                    },
                    {"text": row.get_state_display()},
                    _until(row, today, span),
                ]
            }
            for row in found
        ],
    }


def _until(row: Case, today: date, span: Span) -> dict[str, str]:
    """By when the next step is due: the county's answer, then the revisit."""
    if row.approved_at is not None:
        if row.revisit_on is None:
            return {"text": "—"}
        late = row.revisit_on < today
        return {
            "text": f"{'应在' if late else ''}{day(row.revisit_on, today)}前回访",
            "note": "日子过了，能办结的办结" if late else _falls(row.revisit_on, span, "去一趟"),
        }
    if row.due_on is None:
        return {"text": row.due_note or "—"}
    if row.due_on < today:
        return {"text": f"应在{day(row.due_on, today)}前", "note": "超时了"}
    return {"text": f"{day(row.due_on, today)}前", "note": _falls(row.due_on, span, "定下来")}


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
    """Units with the days on which nobody answers; one's own with the way to fill them, others that lack the same days in
    one line."""
    lines: list[dict[str, str]] = []
    others: dict[str, list[str]] = {}
    for unit, days in found:
        said = "、".join(f"{dayshort(one)}夜里" if one == eve else dayshort(one) for one in days)
        if unit.pk not in own:
            others.setdefault(said, []).append(unit.name)
            continue
        wanted = ",".join(one.isoformat() for one in days)
        query = f"unit={unit.pk}&month={days[0]:%Y-%m}&days={wanted}"
        lines.append({"unit": unit.name, "say": said, "url": f"{reverse('visits_followup:shifts')}?{query}"})
    return lines + [{"unit": "、".join(names), "say": said, "url": ""} for said, names in others.items()]
