"""Entrustments and transfers in the shape the components draw: words and links, no rules."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse

from visits.core.workdays import Calendar, YearNotLoaded
from visits.roster.entrusting import overdue, standing
from visits.roster.models import ReplyPaper, Transition
from visits.roster.selectors.transitions import Shown
from visits.roster.units import full_name
from visits.templatetags.xf import day, left, left_work, tel

State = Transition.State
LOOK = {"proposed": "soon", "accepted": "done", "declined": "back", "lapsed": "back", "withdrawn": "idle", "ended": "idle", "done": "done"}  # fmt: skip


def state_word(row: Transition, on: date) -> str:
    """How it stands on that day, in the words of its kind."""
    return State(standing(row, on)).label


def target(row: Transition) -> str:
    return row.to_outside or (row.to_township.name if row.to_township else "")


def table(rows: Iterable[Shown], today: date) -> dict[str, Any]:
    return {
        "caption": "委托和移交",
        "columns": ["姓名", "什么事", "从哪里到哪里", "到哪一步", "访得怎样"],
        "rows": [{"cells": _cells(one, today)} for one in rows],
    }


def _cells(one: Shown, today: date) -> list[dict[str, Any]]:
    row = one.row
    if one.state == State.PROPOSED:
        late = overdue(row, today)
        chip = {
            "state": "late" if late else "soon",
            "word": "过了十天没答复" if late else "等答复",
            "text": f"{day(row.answer_by, today)}前",
        }
    elif one.state == State.ACCEPTED:
        chip = {
            "state": "done",
            "word": "委托中",
            "text": f"到{day(row.ends_on, today)}" if row.ends_on else "",
        }
    else:
        chip = {"state": LOOK[one.state], "word": State(one.state).label, "text": ""}
    return [
        {
            "text": row.person.name, "url": reverse("visits_roster:transition", args=[row.uuid]),
            "note": f"{row.person.get_sex_display()} {row.person.age(today)}岁", "head": True,
        },
        {"text": row.get_kind_display(), "note": row.number},
        {"text": f"{row.from_township.name} → {target(row)}"},
        {"due": chip},
        {"text": one.said or "—"},
    ]  # fmt: skip


def facts(row: Transition, today: date) -> list[tuple[str, str]]:
    """Label and words of one transition."""
    to = row.to_outside or (full_name(row.to_township) if row.to_township else "")
    found = [
        ("文号", row.number),
        ("从", full_name(row.from_township)),
        ("到", to),
        ("本人", f"{row.person.name}，{row.person.get_sex_display()}，{row.person.age(today)}岁"),
        ("那边的住址", row.address),
        ("电话", tel(row.phone)),
        ("为什么", row.reason),
        ("请对方做", row.asks),
        ("期限", f"{day(row.starts_on, today)}到{day(row.ends_on, today)}" if row.ends_on else ""),
        ("谁发起的", f"{row.proposed_by.name}，{day(row.proposed_at, today)}"),
    ]
    if row.answered_at is not None and row.answered_by is not None:
        typed = "，按对方来函录入" if row.to_outside else ""
        found.append(("答复", f"{row.answered_by.name}，{day(row.answered_at, today)}{typed}。{row.answer}"))
    if row.to_village is not None:
        found.append(("接收到", row.to_village.name))
    if row.closed_at is not None and row.close_reason:
        found.append(("为什么结束", f"{row.close_reason}，{day(row.closed_at, today)}"))
    return [(label, words) for label, words in found if words]


def reply(row: Transition, paper: ReplyPaper, today: date, *, mine: bool) -> dict[str, Any]:
    """A paper that came back: its picture or its file, what it is, who attached it. `mine`: it may be taken away."""
    where = [row.uuid, paper.pk]
    return {
        "url": reverse("visits_roster:reply", args=where),
        "small": reverse("visits_roster:reply_small", args=where) if paper.small_id else "",
        "words": paper.words or "来函",
        "by": f"{paper.by.name}，{day(paper.at, today)}附的",
        "remove_url": reverse("visits_roster:reply_remove", args=where) if mine else "",
    }


def clock(row: Transition, today: date, calendar: Calendar) -> dict[str, str] | None:
    """Until when the answer is awaited; of an entrustment inside the city in working days."""
    if standing(row, today) != State.PROPOSED:
        return None
    late = overdue(row, today)
    if row.kind == "transfer":
        how = "移交十天没有答复的，发起一方的县里会看到，由县里协调。"
    else:
        how = (
            "到这一天24:00没有答复的，自动退回原乡镇。当天不算，只算工作日。"
            if row.to_township_id
            else "信函往来，给了三十天。"
        )
    return {
        "state": "late" if late else "soon",
        "title": "等对方答复",
        "left": _left(row, today, calendar),
        "big": f"{day(row.answer_by, today)} 24:00前",
        "how": how,
    }


def _left(row: Transition, today: date, calendar: Calendar) -> str:
    if row.kind == "entrust" and row.to_township_id:
        try:
            return left_work(calendar.workdays_left(today, row.answer_by))
        except YearNotLoaded:
            pass
    return left((row.answer_by - today).days)


def letter(row: Transition, today: date) -> dict[str, Any]:
    """For pdf/letter.html."""
    person = row.person
    entrust = row.kind == "entrust"
    to = row.to_outside or (full_name(row.to_township) if row.to_township else "")
    return {
        "title": "委托探访函" if entrust else "巡访对象移交函",
        "number": row.number,
        "to": to,
        "sender": full_name(row.from_township),
        "person": f"{person.name}，{person.get_sex_display()}，{person.birth_date.year}年生，身份证{person.tail_words}",
        "entrust": entrust,
        "address": row.address,
        "phone": tel(row.phone),
        "back": reverse("visits_roster:transition", args=[row.uuid]),
        "reason": row.reason,
        "asks": row.asks or "按本地规定的频次上门看望，有变化及时告诉我们",
        "period": f"{_ymd(row.starts_on)}至{_ymd(row.ends_on)}" if row.ends_on else "",
        "answer_by": _ymd(row.answer_by),
        "clerk": row.proposed_by.name,
        "clerk_phone": row.from_township.duty_phone,
        "on": _ymd(row.starts_on),
        "printed": _ymd(today),
    }


def _ymd(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"
