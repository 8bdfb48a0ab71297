"""Exports in the shape the components draw: words only."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from accounts.models import Region
from visits.roster import listing, selectors
from visits.roster.exports import books, scope
from visits.roster.forms.finding import PeopleFilter
from visits.roster.models import Person, RosterExport
from visits.templatetags.xf import day, moment

State = RosterExport.State
# Letters of `RosterExport.words`.
LONGEST = 200
LOOK = {
    State.WAITING: "soon",
    State.MAKING: "idle",
    State.DONE: "done",
    State.REFUSED: "back",
    State.DROPPED: "idle",
}


def filters_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an address says of the list, as codes that can be kept: never a name."""
    if book := books.book_of(data):
        return {books.KEY: str(data[books.KEY]), **book.kept(data)}
    chosen = PeopleFilter(data).chosen()
    for key in ("after", "before"):
        chosen.pop(key, None)
    found = {key: str(value) for key, value in chosen.items()}
    if "month" in chosen:
        found["month"] = f"{chosen['month']:%Y-%m}"
    for name in scope.others:
        if data.get(name):
            found[name] = str(data[name])[:120]
    return found


def words(filters: Mapping[str, Any], user: Any) -> str:
    """What a list holds, in words: “月洲村、低保”."""
    if book := books.book_of(filters):
        return book.words(user, filters)
    chosen = PeopleFilter(filters).chosen()
    units = Region.objects.filter(pk__in=[chosen[key] for key in ("village", "township") if key in chosen])
    names = dict(units.values_list("pk", "name"))
    groups = {group.pk: group.short for group in selectors.care_groups(user)}
    said = listing.words(
        {key: value for key, value in chosen.items() if key not in listing.NO_FILTER},
        {
            "village": names,
            "township": names,
            "group": groups,
            "assignee": selectors.visitor_named(user, chosen.get("assignee")),
        },
    )
    parts = list(said.values())
    if filters.get("on"):
        on = date.fromisoformat(filters["on"])
        parts.insert(0, f"{on.year}年{on.month}月{on.day}日的名单")
    if chosen.get("status"):
        parts.insert(0, Person.Status(chosen["status"]).label)
    if filters.get("s"):
        parts.append("按查找结果")
    parts += [
        other.words(user, str(filters[name])) for name, other in scope.others.items() if filters.get(name)
    ]
    return "、".join(parts) or "全部在册的人"


def _said(row: RosterExport, user: Any) -> str:
    """As it was called when it was asked for; of those from before that was kept, what the codes mean today."""
    return row.words or words(row.filters, user)


def mine(rows: list[RosterExport], user: Any, today: date, now: datetime) -> dict[str, Any]:
    """One's own exports, newest first."""
    return {
        "caption": "导出过的名单",
        "columns": ["哪天", "哪些", "做什么用", "到哪一步", "文件"],
        "rows": [{"cells": _cells(row, user, today, now)} for row in rows],
    }


def _cells(row: RosterExport, user: Any, today: date, now: datetime) -> list[dict[str, Any]]:
    number = f"{row.people or 0}{books.said(row.filters).unit}" + ("，带完整身份证号" if row.full_ids else "")
    state: dict[str, Any] = {"text": row.get_state_display(), "state": LOOK[State(row.state)]}
    if row.state == State.REFUSED:
        state["note"] = row.refusal
    elif row.decided_by is not None:
        state["note"] = f"{row.decided_by.name}同意"
    return [
        {"text": moment(row.created_at, today)},
        {"text": _said(row, user), "note": number},
        {"text": row.reason},
        state,
        _file(row, now),
    ]


def _file(row: RosterExport, now: datetime) -> dict[str, Any]:
    if row.state == State.MAKING and row.job is not None:
        return {"text": "看做到哪了", "url": reverse("accounts:job", args=[row.job.uuid])}
    if row.state != State.DONE or row.file is None:
        return {"text": "—"}
    if row.file.deleted_at or (row.file.expires_at and row.file.expires_at <= now):
        return {"text": "过了24小时，已删"}
    until = moment(row.file.expires_at)
    return {
        "text": "下载",
        "url": reverse("visits_roster:export_file", args=[row.uuid]),
        "note": f"{until}前",
    }


def unanswered(rows: list[RosterExport], user: Any, today: date) -> list[dict[str, Any]]:
    """One's own requests that nobody has answered: what may be taken back."""
    return [
        {
            "uuid": row.uuid,
            "say": f"{_said(row, user)}，{row.people or 0}人，{row.reason}",
            "asked": day(row.created_at, today),
        }
        for row in rows
        if row.state == State.WAITING
    ]


def waiting(rows: list[RosterExport], user: Any, today: date) -> list[dict[str, Any]]:
    """What waits for this user's yes."""
    units = {row.township_id or row.county_id for row in rows}
    names = dict(Region.objects.filter(pk__in=units).values_list("pk", "name"))
    return [
        {
            "uuid": row.uuid,
            "title": f"{names.get(row.township_id or row.county_id, '')}{row.created_by.name}，{row.people}人",
            "which": _said(row, user),
            "reason": row.reason,
            "asked": day(row.created_at, today),
        }
        for row in rows
        if scope.may_decide(user, row)
    ]
