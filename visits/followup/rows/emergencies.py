"""Emergencies in the shape their pages draw."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from visits.followup.forms.emergencies import NUMBERS
from visits.followup.models import DutyShift, Emergency
from visits.followup.selectors import shifts
from visits.followup.services.emergencies import asks_police
from visits.records.assessment import URGENT, level_of, load
from visits.records.models import Visit
from visits.records.services.visiting import values_of
from visits.roster.look_rows import cell
from visits.roster.selectors.duty import report_url
from visits.templatetags.xf import day, hm, mask_name, moment, tel

State = Emergency.State
BASIS = "《指南》五（三）：紧急情况下应立即拨打紧急求助电话向当地公安、消防、医疗等部门报告。"
POLICE_BASIS = (
    "《未成年人保护法》第十一条：发现未成年人身心健康受到侵害、疑似受到侵害或者面临其他危险情形的，"
    "要立即向公安、民政等部门报告。"
)


def span_words(span: timedelta) -> str:
    """How long: 刚刚, 12分钟, 3小时, 2天."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes}分钟"
    return f"{minutes // 60}小时" if minutes < 48 * 60 else f"{minutes // 1440}天"


def who(row: Emergency) -> str:
    return row.person.name if row.person else row.about


def title(row: Emergency) -> str:
    return f"{who(row)}：{row.get_kind_display()}"


def details_late(row: Emergency, now: datetime) -> bool:
    """Whether the day is over within which it was to be told in full."""
    return row.state != State.CLOSED and not row.details and now > row.details_due_at


def chip(row: Emergency, now: datetime) -> dict[str, str]:
    """Where it stands, for the due chip."""
    today = timezone.localtime(now).date()
    if row.state == State.CLOSED:
        word = "虚惊" if row.false_alarm else row.get_state_display()
        return {
            "state": "idle" if row.false_alarm else "done",
            "word": word,
            "text": day(row.closed_at, today),
        }
    if row.state == State.REPORTED:
        waits = span_words(now - row.reported_at)
        return {
            "state": "late",
            "word": row.get_state_display(),
            "text": "刚报" if waits == "刚刚" else f"已{waits}",
        }
    if details_late(row, now):
        return {
            "state": "todo",
            "word": "超过24小时没补经过",
            "text": f"应在{moment(row.details_due_at, today)}前",
        }
    text = "经过写好了" if row.details else f"{moment(row.details_due_at, today)}前补经过"
    return {"state": "soon", "word": row.get_state_display(), "text": text}


def called_words(row: Emergency) -> str:
    """120急救 20:10，李医生；110报警"""
    said = []
    for number, at, words in row.called:
        said.append(
            "，".join(part for part in (f"{NUMBERS.get(number, number)} {at}".strip(), words) if part)
        )
    return "；".join(said)


def facts(row: Emergency, place: str, today: date) -> list[tuple[str, str]]:
    """What was told at first, and the answers since."""
    found = [
        ("什么情况", row.get_kind_display()),
        ("怎么回事", row.words or "没有写"),
        ("打的电话", called_words(row) or "没有写"),
        ("发现时间", moment(row.found_at, today)),
        ("在哪里", place),
        ("谁报的", f"{row.reported_by.name}，{moment(row.reported_at, today)}"),
    ]
    if row.details:
        by = row.details_by.name if row.details_by else ""
        found.append(("详细经过", f"{row.details}（{by}，{moment(row.details_at, today)}）"))
    if row.police:
        found.append(("报警了吗", f"{row.get_police_display()}：{row.police_words}"))
    if row.outcome:
        by = row.closed_by.name if row.closed_by else ""
        word = "虚惊。" if row.false_alarm else ""
        found.append(("结果", f"{word}{row.outcome}（{by}，{moment(row.closed_at, today)}）"))
    return found


def steps(row: Emergency, today: date) -> list[dict[str, str]]:
    """How far it is. Each step may come in any order but the last."""
    taken, told, over = bool(row.acknowledged_at), bool(row.details), row.state == State.CLOSED
    taken_by = row.acknowledged_by.name if row.acknowledged_by else ""
    found = [
        {
            "state": "done",
            "name": "报了",
            "note": f"{row.reported_by.name}\n{moment(row.reported_at, today)}",
        },
        {
            "state": "done" if taken else "wait",
            "name": "值班的接",
            "note": f"{taken_by}\n{moment(row.acknowledged_at, today)}" if taken else "值班的人或县级经办人",
        },
    ]
    if asks_police(row):
        note = row.get_police_display() if row.police else "结束前要写"
        found.append({"state": "done" if row.police else "wait", "name": "报警情况", "note": note})
    late = f"{moment(row.details_due_at, today)}前"
    found.append({"state": "done" if told else "wait", "name": "写经过", "note": "" if told else late})
    found.append(
        {"state": "done" if over else "wait", "name": "结束", "note": row.outcome[:30] if over else ""}
    )
    if over:
        found = [step for step in found if step["state"] == "done"]
    now = next((step for step in found if step["state"] == "wait"), None)
    if now:
        now["state"] = "now"
    return found


def waiting_words(
    row: Emergency, people: Sequence[DutyShift], now: datetime, channel: bool, sent: bool
) -> str:
    """practice P24: who is meant to take it, and what the system does not do. `sent`: a message has gone out."""
    if not channel or not people:
        return "系统不会打电话、发短信叫醒值班的人：请直接打上面的值班电话。"
    at = shifts.turn(row.reported_at, now, len(people))
    told = "系统已发出提醒，不等于有人看到，请同时打电话。" if sent else "提醒还没有发出去，请直接打电话。"
    said = f"{told}现在打给{people[at].region.name}值班的{people[at].name}（{tel(people[at].phone)}）。"
    if at + 1 < len(people):
        until = row.reported_at + shifts.TAKES * (at + 1)
        said += f"{hm(until)}还没接，打给下一位{people[at + 1].name}（{tel(people[at + 1].phone)}）。"
    return said


# ── lists ────────────────────────────────────────────────────────────────────────────────────────


def table(
    found: Sequence[Emergency],
    now: datetime,
    places: Mapping[int, str],
    *,
    open_ids: Collection[int] | None = None,
) -> dict[str, Any]:
    """`open_ids` (practice P30): names are masked, and beside each stands the way to a reason; but for these people it
    was written today."""
    masked = open_ids is not None
    today = timezone.localtime(now).date()
    return {
        "caption": "紧急情况",
        "columns": ["谁", "什么情况", "办到哪一步", "什么时候报的", "谁接的", *(["查看"] if masked else [])],
        "rows": [
            {
                "cells": [
                    _who_cell(row, places, masked),
                    {"text": row.get_kind_display(), "note": "" if masked else row.words[:40]},
                    {"due": chip(row, now)},
                    {"text": moment(row.reported_at, today), "note": "" if masked else row.reported_by.name},
                    _taken_cell(row, masked),
                    *([cell(row.person, open_ids, url(row))] if open_ids is not None else []),
                ]
            }
            for row in found
        ],
    }


def _who_cell(row: Emergency, places: Mapping[int, str], masked: bool) -> dict[str, str]:
    where = places.get(row.village_id or row.township_id or row.county_id, "")
    if masked:
        return {"text": mask_name(row.person.name) if row.person else "不在名单的人", "note": where}
    return {"text": who(row), "url": url(row), "note": where}


def _taken_cell(row: Emergency, masked: bool) -> dict[str, str]:
    if row.acknowledged_by is None or row.acknowledged_at is None:
        return {"text": "还没有"}
    took = span_words(row.acknowledged_at - row.reported_at)
    took = "当时就接了" if took == "刚刚" else f"报了{took}以后"
    return {"text": "已接" if masked else row.acknowledged_by.name, "note": took}


def url(row: Emergency) -> str:
    return reverse("visits_followup:emergency", args=[row.uuid])


def lines(found: Sequence[Emergency], now: datetime, may_take: Mapping[int, bool]) -> list[dict[str, Any]]:
    """What stands on top of 今日, one line each."""
    return [
        {
            "url": url(row),
            "title": title(row),
            "say": row.words,
            "chip": chip(row, now),
            "waiting": row.state == State.REPORTED,
            "take_url": reverse("visits_followup:emergency_take", args=[row.uuid])
            if row.state == State.REPORTED and may_take.get(row.pk)
            else "",
        }
        for row in found
    ]


# ── from and to a visit ──────────────────────────────────────────────────────────────────────────


def urgent_items(visit: Visit) -> list[dict[str, Any]]:
    """Code and words of the answers of a record that are urgent."""
    form = load(visit.form_version.definition)
    return [
        {"code": code, "words": f"{form.item(code).label}：{form.words(code, value)}"}
        for code, value in values_of(visit).items()
        if level_of(value) == URGENT
    ]


def is_urgent(visit: Visit) -> bool:
    """Whether the record speaks of an emergency or of a duty to tell the police."""
    return visit.voided_at is None and (visit.max_level == URGENT or bool((visit.extra or {}).get("police")))


def panel(visit: Visit, user: Any, today: date) -> dict[str, Any] | None:
    """What the page of a record says: that it was written down, or the way to do so without typing it again."""
    if not is_urgent(visit):
        return None
    row = Emergency.objects.visible_to(user).filter(visit=visit).order_by("pk").first()
    if row is not None:
        state = {"reported": "late", "acknowledged": "soon", "closed": "done"}[row.state]
        return {
            "state": state,
            "title": f"紧急情况：{row.get_state_display()}。",
            "text": "",
            "url": url(row),
            "link": "看这一件",
        }
    address = report_url(user, visit.person)
    if not address or Emergency.objects.filter(visit=visit).exists():
        return None
    return {
        "state": "late",
        "title": "这次巡访有紧急的。",
        "text": "先打电话；打过了记一句，值班的马上看得到，巡访里写过的不用再写。",
        "url": f"{address}?visit={visit.uuid}",
        "link": "记一句",
    }
