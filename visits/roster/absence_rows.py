"""Where people are, in words and as rows."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Region
from visits.roster.models import Absence
from visits.templatetags.xf import day, dayshort

SAY = {"hospital": "住院", "away": "外出", "prison": "服刑", "rehab": "强制戒毒", "missing": "失联"}


def words(row: Absence, today: date) -> str:
    """住院，11月20日起，永泰县医院3楼，预计11月28日回来."""
    parts = [SAY[row.kind], f"{dayshort(row.starts_on, today)}起"]
    if row.ends_on is not None:
        parts[1] = f"{dayshort(row.starts_on, today)}到{dayshort(row.ends_on, today)}"
    parts.append(row.place)
    if row.back_on is not None and row.ends_on is None:
        over = "，已经过了" if row.back_on < today else ""
        parts.append(
            f"预计{dayshort(row.back_on, today)}{'出院' if row.kind == Absence.Kind.HOSPITAL else '回来'}{over}"
        )
    return "，".join(part for part in parts if part)


def table(rows: Iterable[Absence], user: Any, today: date) -> dict[str, Any]:
    """The list of who is not at home. One query for the units."""
    rows = list(rows)
    units = dict(
        Region.objects.filter(pk__in={row.person.village_id for row in rows}).values_list("pk", "name")
    )
    return {
        "caption": "不在家的人",
        "columns": ["姓名", "地方", "什么情况", "在哪里", "回来或再核"],
        "rows": [{"cells": _cells(row, units, today)} for row in rows],
    }


def _cells(row: Absence, units: dict[int, str], today: date) -> list[dict[str, Any]]:
    person = row.person
    when: dict[str, Any] = {"text": "没写"}
    if row.suspends and row.review_on is not None:
        state = "late" if row.review_on < today else "soon" if row.review_on == today else "idle"
        when = {"due": {"state": state, "word": "再核", "text": day(row.review_on, today)}}
    elif row.back_on is not None:
        state = "soon" if row.back_on <= today else "idle"
        when = {"due": {"state": state, "word": "预计回来", "text": day(row.back_on, today)}}
    return [
        {
            "text": person.name, "url": reverse("visits_desk:person", args=[person.uuid]),
            "note": f"{person.get_sex_display()} {person.age(today)}岁", "head": True,
        },
        {"text": f"{units.get(person.village_id, '')} {person.hamlet}".strip()},
        {"text": row.get_kind_display(), "note": f"{dayshort(row.starts_on, today)}起"},
        {"text": row.place or "没写", "note": "，".join(part for part in (row.phone, row.document_no) if part)},
        when,
    ]  # fmt: skip
