"""按日期回看名单, and who changed a file."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import COUNTY, Role
from visits.roster import selectors
from visits.roster.exports import lines
from visits.roster.exports.scope import MAY_EXPORT
from visits.roster.forms.looking_back import DayFilter
from visits.roster.models import Person
from visits.roster.selectors import by_day
from visits.roster.selectors.changes import MOST, changes_of
from visits.templatetags.xf import day as day_words
from visits.templatetags.xf import moment, num

PAGE = 100


@require_safe
@rule(MAY_EXPORT, reads="people of a day")
def list_on(request: HttpRequest) -> HttpResponse:
    """The list as it was on a day: who, in which class, where, visited by whom; counts; what can't be said."""
    form = DayFilter(request.GET)
    chosen = form.chosen()
    on = min(chosen.pop("on", request.today), request.today)
    after = chosen.pop("after", None)
    found = by_day.list_on(request.user, on, village=chosen.get("village"), group=chosen.get("group"))
    start = _start(found, after)
    part = by_day.DayList(on, found.rows[start : start + PAGE])
    query = {"on": on.isoformat(), **chosen}
    more = start + PAGE < len(found.rows)
    context = {
        "on": on,
        "banner": {
            "state": "soon",
            "icon": "cal",
            "title": f"这是{on.year}年{on.month}月{on.day}日的名单。",
            "url": reverse("visits_roster:people"),
            "link": "回到现在的名单",
        },
        "whole": len(found.rows),
        "notes": _notes(found),
        "list": _table(part, request.user),
        "by_group": _groups(found, query, request.user),
        "by_village": _villages(found, query),
        "query": urlencode(query),
        "narrowed": bool(chosen),
        "pager": {
            "count": len(found.rows),
            "unit": "人",
            "next": f"?{urlencode({**query, 'after': part.rows[-1].person_id})}" if more else "",
            "prev": f"?{urlencode(query)}" if start else "",
        },
        "empty": _empty(found),
    }
    return render(request, "visits/roster/list_on.html", context)


def _start(found: by_day.DayList, after: int | None) -> int:
    places = {row.person_id: number for number, row in enumerate(found.rows)}
    return places[after] + 1 if after in places else 0


def _notes(found: by_day.DayList) -> list[str]:
    """What this list can't say, or says otherwise than a print of that day would."""
    said = []
    if found.later:
        said.append(
            f"其中{num(found.later)}人的档案是那天以后才建的：按列入日期算在名单上，村用建档时的，巡访人写“没有记录”。"
        )
    if found.elsewhere:
        said.append(f"另有{num(found.elsewhere)}人那天归这里管，后来转到别处：只计数，档案请到现在的单位看。")
    if found.came:
        said.append(f"有{num(found.came)}人是那天以后才转来的，不在这份名单上。")
    return said


def _table(part: by_day.DayList, user: Any) -> dict[str, Any]:
    uuids = dict(Person.objects.visible_to(user).filter(pk__in=part.ids).values_list("file_no", "uuid"))
    rows = [
        {
            "cells": [
                {
                    "text": line.name,
                    "url": reverse("visits_desk:person", args=[uuids[line.file_no]]),
                    "note": f"{line.sex} {line.age}岁",
                },
                {"text": f"{line.village} {line.hamlet}".strip()},
                {"text": line.groups},
                {"text": line.assignee},
                {"text": line.status if line.status != "在册" else "还在册"},
            ]
        }
        for line in lines.of_day(part, user)
    ]
    return {
        "caption": "那天的名单",
        "columns": ["姓名", "那天在哪里", "那天的类别", "那天谁访", "现在"],
        "rows": rows,
    }


def _groups(found: by_day.DayList, query: dict[str, Any], user: Any) -> dict[str, Any]:
    counts = by_day.counts_by_group(found, user)
    rows = [(group.pk, group.short, counts[group.short]) for group in selectors.care_groups(user)]
    return _counts("各类人数", "类别", [row for row in rows if row[2]], query, "group")


def _villages(found: by_day.DayList, query: dict[str, Any]) -> dict[str, Any]:
    counts, (names, _) = found.by_village(), by_day.names_of(found.rows)
    rows = [(pk, names.get(pk, ""), counts[pk]) for pk in sorted(counts)]
    return _counts("各村（居）人数", "村（居）", rows, query, "village")


def _counts(
    caption: str, head: str, rows: list[tuple[Any, str, int]], query: dict[str, Any], key: str
) -> dict[str, Any]:
    return {
        "caption": caption,
        "columns": [head, {"word": "人数", "num": True}],
        "one": True,
        "tight": True,
        "rows": [
            {"cells": [{"text": word, "url": f"?{urlencode({**query, key: pk})}"}, {"text": num(n)}]}
            for pk, word, n in rows
        ],
    }


def _empty(found: by_day.DayList) -> dict[str, str]:
    say = "那天没有人在列。换一天，或者去掉条件看看。"
    return {"title": "这一天名单上没有人", "say": say, "icon": "people"}


@require_safe
@rule({Role.TOWNSHIP_CLERK} | COUNTY, reads="person's history")
def changes(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """谁改过: every change of the file that history knows."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    found = changes_of(person)
    rows = [
        {
            "cells": [
                {"text": moment(one.at, request.today), "head": True},
                {"text": f"{one.what}：{one.item}" if one.what != "档案" else one.item},
                {"text": one.was or "—"},
                {"text": one.now},
                {"text": one.by, "note": one.how},
            ]
        }
        for one in found
    ]
    context = {
        "person": person,
        "list": {"caption": "谁改过", "columns": ["什么时候", "哪一项", "原来", "改成", "谁"], "rows": rows},
        "cut": len(found) >= MOST,
        "most": MOST,
        "since": day_words(found[-1].at, request.today) if found else "",
        "empty": {"title": "没有改动记录", "say": "这份档案建好以后没有人改过。", "icon": "ok"},
    }
    return render(request, "visits/roster/changes.html", context)


def day_in(text: str, today: date) -> date | None:
    """The day an address names, not after today."""
    try:
        return min(date.fromisoformat(text[:10]), today)
    except ValueError:
        return None
