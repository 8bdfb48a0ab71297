"""Recommendations to change or end aid, in the shape their list and page draw. Words are 建议 and 决定, never more."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from visits.followup.models import AidEnding
from visits.templatetags.xf import day, day_year

State, Kind = AidEnding.State, AidEnding.Kind
BASIS = (
    "《指南》五（三）：对不符合救助条件的，及时取消救助。系统不停发任何待遇：这里记建议、核实、书面告知和县级的正式决定；"
    "减发、停发要书面说明理由，并告知可以申请复议、可以起诉；终止特困供养先公示七天，从下个月起。"
)


def chip(row: AidEnding, today: date) -> dict[str, str]:
    looks = {
        State.RECOMMENDED: ("todo", "等核实"),
        State.CHECKED: ("soon", "已核实，等告知" if row.kind != Kind.INCREASE else "已核实，等决定"),
        State.TOLD: ("soon", "已书面告知，等决定"),
        State.DECIDED: ("done", "已决定"),
        State.DROPPED: ("idle", "不调整"),
    }
    state, word = looks[State(row.state)]
    text = day(row.decided_on, today) if row.decided_on else ""
    return {"state": state, "word": word, "text": text}


def table(rows: Sequence[AidEnding], names: Mapping[int, str], today: date) -> dict[str, Any]:
    lines = []
    for row in rows:
        place = f"{names.get(row.person.township_id, '')}{names.get(row.person.village_id, '')}"
        url = reverse("visits_followup:ending", args=[row.uuid])
        lines.append(
            {
                "cells": [
                    {"text": row.person.name, "url": url, "note": place},
                    {"text": row.group.short},
                    {"text": f"建议{row.get_kind_display()}", "note": row.reason},
                    {"due": chip(row, today)},
                    {"text": row.recommended_by.name, "note": day(row.recommended_at, today)},
                ]
            }
        )
    columns = ["姓名", "哪一类", "建议", "到哪一步", "谁建议的"]
    return {"caption": "调整、退出救助的建议", "columns": columns, "rows": lines}


def steps(row: AidEnding, today: date) -> list[dict[str, str]]:
    """The legal steps in their order, those that this kind needs."""
    made = [("建议", f"{row.recommended_by.name}\n{day(row.recommended_at, today)}", True)]
    made.append(("核实", day(row.checked_on, today) if row.checked_on else "", row.checked_on is not None))
    if row.kind == Kind.END:
        span = (
            f"{day(row.published_from, today)}\n到{day(row.published_to, today)}"
            if row.published_to
            else "公示七天"
        )
        made.append(("公示", span, row.published_to is not None))
    if row.kind != Kind.INCREASE:
        made.append(
            (
                "书面告知",
                day(row.told_on, today) if row.told_on else "说明理由和复议、起诉",
                row.told_on is not None,
            )
        )
    decided = f"{row.decision_no}\n{day(row.decided_on, today)}" if row.decided_on else "县级民政部门"
    made.append(("县级决定", decided, row.decided_on is not None))
    if row.state == State.DROPPED:
        made = [one for one in made if one[2]]
        made.append(("不调整", row.outcome, True))
    found, now = [], False
    for name, note, done in made:
        state = "done" if done else "wait" if now else "now"
        now = now or not done
        found.append({"state": state, "name": name, "note": note})
    return found


def facts(row: AidEnding, today: date) -> list[tuple[str, str]]:
    """What is known, line by line."""
    lines = [("建议", f"{row.get_kind_display()}（{row.group.name}）"), ("为什么", row.reason)]
    if row.checked_on:
        lines.append(("怎么核实的", f"{day(row.checked_on, today)}，{row.checked_how}"))
    if row.published_to:
        lines.append(("公示", f"{day_year(row.published_from)}到{day_year(row.published_to)}"))
    if row.told_on:
        lines.append(("书面告知", f"{day(row.told_on, today)}交给本人，写明了理由和复议、起诉"))
    if row.decided_on:
        lines.append(("县级决定", f"{row.decision_no}，{day_year(row.decided_on)}"))
        lines.append(("从哪天起", day_year(row.effective_from)))
    if row.outcome:
        lines.append(("不调整", row.outcome))
    return lines


def stays_words(name: str, others: Sequence[str], takes_away: bool) -> str:
    """In which other classes the person stays on the list."""
    if others:
        return f"{name}还在{'、'.join(others)}，照样在名单上、照样巡访。"
    if takes_away:
        return f"{name}没有别的类别；决定以后，由民政办核对，另合适的类别可以列入。"
    return ""
