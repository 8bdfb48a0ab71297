"""Cases in the shape their lists and their page draw: number, chips, clocks, steps, what happened."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from visits.core.workdays import Calendar
from visits.followup import clock
from visits.followup.answers import case_no
from visits.followup.models import Case, CaseMeasure, CaseStep, ChangeReport, Supplement
from visits.followup.rows.measures import measure_due
from visits.followup.services.cases import money, stamp
from visits.records.needs import WORDS as NEED_WORDS
from visits.roster.look_rows import cell
from visits.roster.models import Person
from visits.templatetags.xf import day, dayshort, hm, left_work, mask_name, moment

State, Kind = Case.State, CaseStep.Kind
TITLE = "县里三个工作日内定初步方案"
STEP_LOOKS: dict[str, tuple[str, str]] = {
    Kind.RECEIVED: ("done", "send"),
    Kind.JOINED: ("todo", "plus"),
    Kind.CORRECTED: ("todo", "pen"),
    Kind.TAKEN: ("done", "inbox"),
    Kind.ASKED: ("back", "back"),
    Kind.SUPPLIED: ("done", "attach"),
    Kind.ADVANCE: ("done", "heart"),
    Kind.PROPOSED: ("soon", "clip"),
    Kind.SENT_BACK: ("back", "back"),
    Kind.APPROVED: ("done", "ok"),
    Kind.MEASURE: ("done", "check"),
    Kind.REVISITED: ("done", "homef"),
    Kind.CLOSED: ("done", "check"),
}


def number(case: Case, letters: Mapping[int, str]) -> str:
    """永变2026-0113."""
    return case_no(letters.get(case.county_id, ""), case.year, case.number)


def person_of(case: Case) -> Person:
    return case.person.merged_into or case.person


def name_of(case: Case) -> str:
    """张志坚家, or the person alone."""
    return person_of(case).name + ("家" if case.household_id else "")


def what(case: Case) -> str:
    """What changed in the family, item by item, each once."""
    items = [item["item"] for report in case.reports.all() for item in report.items]
    return "、".join(dict.fromkeys(items)) or "见巡访记录"


def chip(case: Case, calendar: Calendar, today: date) -> dict[str, Any]:
    """The due chip of a case."""
    if case.state == State.CLOSED:
        return {"state": "done", "word": "已办结", "text": day(case.closed_at, today)}
    if case.state == State.CARRIED_OUT:
        return {"state": "done", "word": "落实中", "text": f"{day(case.revisit_on, today)}前回访"}
    word = case.get_state_display()
    if case.due_on is None:
        return {"state": "idle", "word": f"{word}，日期待定", "text": case.due_note}
    late = clock.is_late(today, case.due_on)
    remaining = clock.left(calendar, today, case.due_on)
    received = timezone.localtime(case.received_at).date()
    guess = "（预估）" if not late and clock.guess(calendar, received, case.due_on) else ""
    return {
        "state": "late" if late else "soon",
        "word": f"{word}，超时了" if late else word,
        "text": f"应在{day(case.due_on, today)}前" if late else f"{day(case.due_on, today)}前{guess}",
        "left": left_work(remaining) if remaining is not None else "",
    }


def clock_of(case: Case, calendar: Calendar, today: date) -> dict[str, Any]:
    """The county's clock: it stops when the head has approved the answer."""
    made: dict[str, Any] = {"title": TITLE, "basis": clock.COUNTY_BASIS}
    received = timezone.localtime(case.received_at).date()
    if case.approved_at is not None:
        late = clock.is_late(timezone.localtime(case.approved_at).date(), case.due_on)
        how = f"超时了，原因：{case.late_reason}" if late else f"应在{day(case.due_on, today)}前，按时。"
        if case.due_on is None:
            how = "批准时放假安排还没录入。"
        return made | {
            "state": "done",
            "left": "超时" if late else "按时",
            "big": f"{moment(case.approved_at, today)}已定",
            "how": how,
        }
    if case.due_on is None:
        return made | {
            "state": "idle",
            "left": "日期待定",
            "big": "请尽快定下来",
            "how": f"{case.due_note}。录入以后自动算出期限，会留痕。",
        }
    late = clock.is_late(today, case.due_on)
    remaining = clock.left(calendar, today, case.due_on)
    tag = "超时了" if late else left_work(remaining) if remaining is not None else case.get_state_display()
    counted = clock.counted(calendar, received, case.due_on)
    guess = "" if late else clock.guess(calendar, received, case.due_on)
    if guess:
        tag += "（预估）"
    how = f"收到是{day(received, today)}，那天不算；三个工作日是{'、'.join(day(one) for one in counted)}。"
    if late and remaining is not None:
        how += f"已经{left_work(remaining)}。写一句原因，照样能办。"
    elif guess:
        how += f"{guess}。"
    return made | {
        "state": "late" if late else "soon",
        "left": tag,
        "big": f"应在{day(case.due_on, today)}前" if late else f"{day(case.due_on, today)} 24:00前",
        "how": how,
    }


def steps(case: Case, user: User, heads: Sequence[User], township: str, today: date) -> list[dict[str, str]]:
    """The seven steps from the day it was found, with who and when; and who must act now."""
    first = next(iter(case.reports.all()), None)
    at = list(State.values).index(case.state)
    found = {"state": "done", "name": "发现", "note": _finder(first, today) if first else ""}
    told = {
        "state": "done",
        "name": "当日汇总",
        "note": f"{dayshort(first.found_on)} 24:00\n自动" if first else "",
    }
    filed = {
        "state": "done",
        "name": "上报县局",
        "note": _stamp(first.filed_at, first.filed_by, today) if first else "",
    }
    until = f"\n{day(case.due_on, today)}前" if case.due_on else ""
    mine = user.duty.role_for(case.person, {"county_officer", "county_head"}) is not None  # type: ignore[attr-defined]
    head = any(one.pk == user.pk for one in heads) and case.proposed_by_id != user.pk
    names = "、".join(one.name for one in heads[:2])
    rest = [
        ("县局接手", _stamp(case.taken_at, case.taken_by, today), "轮到您" if mine else "县级经办人"),
        ("定初步方案", _stamp(case.proposed_at, case.proposed_by, today), ("轮到您" if mine else "县级经办人") + until),
        ("负责人批准", _stamp(case.approved_at, case.approved_by, today), ("轮到您" if head else names) + until),
        ("落实和回访", _stamp(case.closed_at, case.closed_by, today), f"{township}\n{day(case.revisit_on, today)}前回访" if case.revisit_on else township),
    ]  # fmt: skip
    made = [found, told, filed]
    for index, (name, done, now) in enumerate(rest):
        state = "done" if index < at else "now" if index == at else "wait"
        waits = now if state == "now" else (names if index == 2 else township if index == 3 else "")
        made.append({"state": state, "name": name, "note": done if state == "done" else waits})
    return made


def _finder(report: ChangeReport, today: date) -> str:
    who = report.visit.visitor.name if report.visit else report.noted_by.name
    return f"{day(report.found_on, today)}\n{who}"


def _stamp(at: datetime | None, by: User | None, today: date) -> str:
    return f"{moment(at, today)}\n{by.name}" if at and by else ""


def timeline(rows: Sequence[CaseStep], today: date) -> list[dict[str, Any]]:
    """What happened, newest first, by day."""
    found = []
    newest = sorted(rows, key=lambda row: (row.at, row.pk), reverse=True)
    for on, group in groupby(newest, key=lambda row: timezone.localtime(row.at).date()):
        events = []
        for row in group:
            state, icon = STEP_LOOKS[row.kind]
            by = row.by.name if row.by else ""
            events.append(
                {
                    "state": state,
                    "icon": icon,
                    "title": f"{by}{'：' if by else ''}{'上报县局' if row.kind == Kind.RECEIVED and by else row.get_kind_display()}",
                    "text": row.words,
                    "by": hm(row.at),
                }
            )
        found.append({"day": day(on, today), "aside": "今天" if on == today else "", "events": events})
    return found


def measure_chip(row: CaseMeasure, today: date) -> dict[str, str]:
    if row.voided_at:
        return {"state": "idle", "word": "作废", "text": day(row.voided_at, today)}
    if row.dropped_on:
        return {"state": "idle", "word": "不办了", "text": day(row.dropped_on, today)}
    return measure_due(row, today, "先行救助" if row.advance else "办好了")


def measures(case: Case, today: date) -> list[dict[str, Any]]:
    """Measures with how each stands."""
    return [
        {
            "pk": row.pk,
            "kind": NEED_WORDS.get(row.kind, "别的"),
            "words": row.words + money(row.amount),
            "who": f"{row.unit} {row.who}" + ("（转办）" if row.handed_over else ""),
            "due": measure_chip(row, today) if case.state in (State.CARRIED_OUT, State.CLOSED) or row.done_on
            else {"state": "idle", "word": "拟定", "text": f"{day(row.due_on, today)}前"},
            "result": f"作废，{row.void_reason}" if row.voided_at else row.result,
            "voids": row.advance and row.voided_at is None,
            "open": row.done_on is None and row.dropped_on is None,
            "given": row.advance,
        }
        for row in case.measures.all()
    ]  # fmt: skip


def supplement(row: Supplement, calendar: Calendar, today: date, *, pictures: bool) -> dict[str, Any]:
    """要补的材料 with its own chip. `pictures`: whether the reader may look at the paper itself."""
    if row.answered_at:
        due = {"state": "done", "word": "补来了", "text": day(row.answered_at, today)}
    elif row.withdrawn_at:
        due = {"state": "idle", "word": "不用补了", "text": day(row.withdrawn_at, today)}
    elif row.due_on is None:
        due = {"state": "idle", "word": "日期待定", "text": row.due_note}
    else:
        late, remaining = clock.is_late(today, row.due_on), clock.left(calendar, today, row.due_on)
        due = {
            "state": "late" if late else "soon",
            "word": "超时没补" if late else "要补",
            "text": f"{day(row.due_on, today)}前",
            "left": left_work(remaining) if remaining is not None else "",
        }
    return {
        "row": row,
        "due": due,
        "open": row.answered_at is None and row.withdrawn_at is None,
        "picture": pictures and row.file_id is not None,
    }


def table(
    rows: Sequence[Case],
    letters: Mapping[int, str],
    places: Mapping[int, str],
    calendar: Calendar,
    today: date,
    *,
    picks: bool = False,
    ticked: Sequence[str] = (),
    open_ids: Collection[int] | None = None,
) -> dict[str, Any]:
    """The list: who, what, until when, where it stands and with whom. `picks`: with tick boxes, and what is proposed.
    `open_ids` (practice P30): names are masked, with the way to a reason; but for these people it was written today."""
    lines = []
    for case in rows:
        person = person_of(case)
        url = reverse("visits_followup:case", args=[case.uuid])
        name = {
            "text": name_of(case),
            "url": url,
            "note": f"{number(case, letters)}　{places.get(person.township_id, '')}{places.get(person.village_id, '')}",
            "head": True,
        }
        if open_ids is not None:
            name |= {"text": mask_name(person.name) + ("家" if case.household_id else ""), "url": ""}
        cells: list[dict[str, Any]] = [name, {"text": what(case), "note": "紧急" if case.urgent else ""}]
        if picks:
            value = pick_of(case)
            tick = {"text": name["text"], "pick": "pick", "value": value, "checked": value in ticked}
            cells = [tick, name, {"text": what(case)}, {"text": answer_words(case)}]
        cells += [
            {"due": chip(case, calendar, today)},
            {"text": case.proposed_by.name if picks and case.proposed_by else _who(case)},
        ]
        if open_ids is not None:
            cells.append(cell(case.person, open_ids, url))
        lines.append({"cells": cells})
    columns = ["谁家", "什么变化", "到哪一步、哪天前", "谁在办", *(["查看"] if open_ids is not None else [])]
    if picks:
        columns = ["选", "谁家", "什么变化", "准备怎么办", "哪天前", "谁提的"]
    return {"caption": "变化办理", "columns": columns, "rows": lines}


def pick_of(case: Case) -> str:
    return f"{case.pk}:{stamp(case)}"


def _who(case: Case) -> str:
    return case.taken_by.name if case.taken_by else "还没有人接手"


def answer_words(case: Case) -> str:
    """The proposal in a line, from what is fetched."""
    if case.answer != Case.Answer.PLAN:
        ref = f"（受理号{case.reference}）" if case.reference else ""
        return f"{case.get_answer_display()}{ref}：{case.reason}"
    rows = [row for row in case.measures.all() if not row.advance]
    return "；".join(
        f"{row.words}{money(row.amount)}（{row.unit}，{dayshort(row.due_on)}前）" for row in rows
    )
