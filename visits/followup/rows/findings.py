"""Findings in the shape their pages draw."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from visits.followup.models import Finding, FindingStep
from visits.followup.selectors import findings as selectors
from visits.templatetags.xf import LEVEL_WORDS, day, day_year, dayshort, left

State, Kind = Finding.State, FindingStep.Kind
LEVELS = {3: "late", 2: "todo"}
WORDS = {
    selectors.OPEN: "待处理",
    selectors.LATE: "过期了",
    selectors.UNSAID: "还没定怎么处理",
    selectors.BETTER: "好转了，可以销号",
    selectors.CLOSED: "已销号",
}
BASIS = "《指南》四（二）：对走访中发现的重点情况，要记录、汇总和处理。"


def chip(row: Finding, today: date) -> dict[str, str]:
    """The due chip: settled, better, late, or until when."""
    if row.state == State.CLOSED and row.closed_on:
        return {"state": "done", "word": row.get_state_display(), "text": day(row.closed_on, today)}
    if row.state == State.VOIDED:
        return {"state": "idle", "word": row.get_state_display()}
    if row.better_on:
        return {"state": "done", "word": "好转了", "text": f"{day(row.better_on, today)}看到，可以销号"}
    if row.due_on is None:
        return {"state": "idle", "word": "没定日期", "text": "" if row.measure else "还没定怎么处理"}
    late = row.due_on < today
    return {
        "state": "late" if late else "soon",
        "word": "过期了" if late else "待处理",
        "text": f"{day(row.due_on, today)}前",
        "left": "" if late else left((row.due_on - today).days),
    }


def month_words(chosen: Mapping[str, Any]) -> str:
    """2026年11月发现的; "" when no month is asked for."""
    for key, word in (("found", "发现的"), ("closed", "销号的")):
        if first := chosen.get(key):
            return f"{first.year}年{first.month}月{word}"
    return ""


def owner_words(row: Finding) -> str:
    """电工老陈, or the account's name; "" when nobody is named. The owner is expected to be fetched."""
    return "、".join(part for part in (row.owner.name if row.owner else "", row.owner_words) if part)


def what(row: Finding) -> str:
    """用电：线路老化、裸露、私拉"""
    return f"{row.item}：{row.words}"


def measure_words(row: Finding) -> str:
    """换线装漏保，电工，11月30日前; "" while nobody has said anything."""
    if not row.measure:
        return ""
    until = f"{dayshort(row.due_on)}前" if row.due_on else ""
    return "，".join(part for part in (row.measure, owner_words(row), until) if part)


def table(
    found: Sequence[Finding],
    today: date,
    places: Mapping[int, str],
    *,
    pick: str = "",
    ticked: Sequence[str] = (),
) -> dict[str, Any]:
    """The list; with tick boxes when `pick` names them."""
    columns = ["姓名", "什么事", "程度", "期限", "怎么处理"]
    rows = []
    for row in found:
        url = reverse("visits_followup:finding", args=[row.uuid])
        cells: list[dict[str, Any]] = [
            {
                "text": row.person.name,
                "url": url,
                "note": places.get(row.person.village_id, ""),
                "head": True,
            },
            {
                "text": what(row),
                "note": f"{dayshort(row.found_on)}发现" + (f"，第{row.times}次出现" if row.times > 1 else ""),
                "whole": True,
            },
            {"text": LEVEL_WORDS[row.level], "state": LEVELS[row.level]},
            {"due": chip(row, today)},
            {"text": _done_by(row) or "还没定", "note": row.closing_note},
        ]
        if pick:
            name = f"{row.person.name}，{row.item}"
            cells.insert(0, {"text": name, "pick": pick, "value": row.pk, "checked": str(row.pk) in ticked})
        rows.append({"cells": cells})
    return {"caption": "问题台账", "columns": ["选", *columns] if pick else columns, "rows": rows}


def _done_by(row: Finding) -> str:
    """What is done and by whom; until when stands beside it."""
    return "，".join(part for part in (row.measure, owner_words(row)) if part)


ICONS = {
    Kind.FOUND: ("todo", "flag"),
    Kind.SEEN: ("soon", "eye"),
    Kind.BETTER: ("done", "ok"),
    Kind.MEASURE: ("idle", "clip"),
    Kind.CLOSED: ("done", "check"),
    Kind.REOPENED: ("late", "warn"),
    Kind.VOIDED: ("idle", "x"),
}


def timeline(steps: Sequence[FindingStep], row: Finding, today: date) -> list[dict[str, Any]]:
    """The steps by day, the newest first. Visits and authors are expected to be fetched."""
    days: dict[date, list[dict[str, Any]]] = {}
    for step in sorted(steps, key=lambda one: (one.on, one.pk), reverse=True):
        state, icon = ICONS[Kind(step.kind)]
        gone = step.visit is not None and step.visit.voided_at is not None and step.kind != Kind.VOIDED
        event: dict[str, Any] = {
            "state": "idle" if gone else state,
            "icon": icon,
            "title": step.get_kind_display() + ("（这次记录后来作废了）" if gone else ""),
            "text": step.words,
            "by": _by(step),
        }
        if step.visit is not None:
            event |= {
                "url": reverse("visits_records:visit", args=[step.visit.uuid]),
                "link": f"第{step.visit.record_no}号记录",
            }
        elif step.photo_id:
            event |= {
                "url": reverse("visits_followup:finding_photo", args=[row.uuid, step.pk]),
                "link": "看照片",
            }
        days.setdefault(step.on, []).append(event)
    return [
        {
            "day": day(on, today) if on.year == today.year else day_year(on),
            "aside": "今天" if on == today else "",
            "events": events,
        }
        for on, events in days.items()
    ]


def _by(step: FindingStep) -> str:
    name = step.by.name if step.by else "系统"
    written = timezone.localtime(step.at).date()
    return name if written == step.on else f"{name}，{dayshort(written)}记的"


def photos(steps: Sequence[FindingStep], row: Finding) -> list[dict[str, str]]:
    """办之前 and 办好后: the first photograph that came with a measure, the last that came with 销号."""
    before = [step for step in steps if step.photo_id and step.kind == Kind.MEASURE]
    after = [step for step in steps if step.photo_id and step.kind == Kind.CLOSED]
    found = ([("办之前", before[0])] if before else []) + ([("办好后", after[-1])] if after else [])
    return [
        {
            "word": word,
            "url": reverse("visits_followup:finding_photo", args=[row.uuid, step.pk]),
            "text": f"{word}，{dayshort(step.on)}",
        }
        for word, step in found
    ]
