"""当日汇总 in the shape its pages draw, and its words for the chat group: never a name in them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from visits.followup.models import ChangeReport, DaySummary
from visits.followup.rows import changes as report_rows
from visits.followup.selectors.days import DayRows
from visits.templatetags.xf import day, day_year, dayshort, hm

BASIS = (
    "《指南》五（三）：在巡访过程中发现的情况，应在巡访当日汇总，两个工作日内上报县级民政部门。"
    "每天24:00自动汇总，休息日也一样，不用人按；民政办下一个工作日看过、确认。"
)


def chip(row: DaySummary | None, today: date) -> dict[str, str]:
    if row is None:
        return {"state": "idle", "word": "24:00汇总"}
    if row.confirmed_at is not None:
        return {"state": "done", "word": "已确认", "text": day(row.confirmed_at, today)}
    if row.confirm_by is None:
        return {"state": "soon", "word": "待确认", "text": "日期待定"}
    late = today > row.confirm_by
    return {
        "state": "late" if late else "soon",
        "word": "还没确认" if late else "待确认",
        "text": f"应在{day(row.confirm_by, today)}前" if late else f"{day(row.confirm_by, today)}前",
    }


def url(township_id: int, on: date) -> str:
    return reverse("visits_followup:day", args=[township_id, on])


def table(
    rows: Sequence[DaySummary],
    names: Mapping[int, str],
    later: Mapping[tuple[int, date], int],
    today: date,
    *,
    picks: bool,
    ticked: Sequence[str] = (),
) -> dict[str, Any]:
    """A line a day. `picks`: with tick boxes for those that wait."""
    lines = []
    for row in rows:
        link = url(row.township_id, row.on)
        cells: list[dict[str, Any]] = []
        if picks:
            cells.append(
                {
                    "text": f"{dayshort(row.on)}",
                    "pick": "day",
                    "value": row.pk,
                    "checked": str(row.pk) in ticked,
                }
            )
        cells.append(
            {"text": day(row.on, today), "url": link, "note": names.get(row.township_id, ""), "head": True}
        )
        numbers = (
            row.visits,
            row.attempts,
            row.changes,
            row.urgent,
            row.findings,
            later.get((row.township_id, row.on), 0),
        )
        anchors = ("xunfang", "meijiandao", "bianhua", "bianhua", "wenti", "bulu")
        cells += [
            {"text": f"{n}", "url": f"{link}#{anchor}" if n else ""}
            for n, anchor in zip(numbers, anchors, strict=True)
        ]
        cells.append({"due": chip(row, today)})
        lines.append({"cells": cells})
    words = ("巡访", "没见到", "变化", "紧急", "新问题", "后来补录")
    columns: list[Any] = ["哪天", *({"word": word, "num": True} for word in words), "确认"]
    return {"caption": "当日汇总", "columns": ["选", *columns] if picks else columns, "rows": lines}


def sections(found: DayRows, today: date) -> list[dict[str, Any]]:
    """The lists behind the numbers."""
    made = [
        ("xunfang", "巡访", ["姓名", "怎么访的", "谁去的"], [_visit(row) for row in found.visits.then]),
        (
            "meijiandao",
            "没见到",
            ["姓名", "什么情况", "谁去的"],
            [_attempt(row) for row in found.attempts.then],
        ),
        (
            "bianhua",
            "变化",
            ["姓名", "什么变化", "报县级"],
            [_change(row, today) for row in found.changes.then],
        ),
        (
            "wenti",
            "新发现的问题",
            ["姓名", "什么问题", "谁看到的"],
            [_finding(row) for row in found.findings.then],
        ),
        ("bulu", "后来补录", ["姓名", "是什么", "什么时候录的"], _later(found, today)),
    ]
    return [
        {
            "id": anchor,
            "title": title,
            "count": len(rows),
            "list": {"caption": title, "columns": columns, "rows": [{"cells": cells} for cells in rows]},
        }
        for anchor, title, columns, rows in made
    ]


def _person(row: Any) -> dict[str, str]:
    return {"text": row.person.name, "url": reverse("visits_desk:person", args=[row.person.uuid])}


def _visit(row: Any) -> list[dict[str, Any]]:
    taken_back = "，后来作废" if row.voided_at else ""
    return [
        {"text": row.person.name, "url": reverse("visits_records:visit", args=[row.uuid])},
        {"text": f"{row.get_mode_display()}，{row.get_met_display()}{taken_back}"},
        {"text": row.visitor.name},
    ]


def _attempt(row: Any) -> list[dict[str, Any]]:
    return [_person(row), {"text": row.get_outcome_display()}, {"text": row.visitor.name}]


def _change(row: ChangeReport, today: date) -> list[dict[str, Any]]:
    filed = f"{day(row.filed_at, today)}已报" if row.filed_at else row.get_state_display()
    until = f"{day(row.due_on, today)}24:00前" if row.due_on and not row.filed_at else ""
    return [
        {"text": row.person.name, "url": reverse("visits_followup:change", args=[row.uuid])},
        {"text": report_rows.what(row), "note": "紧急" if row.urgent else ""},
        {"text": filed, "note": until if row.state == ChangeReport.State.NOTED else ""},
    ]


def _finding(row: Any) -> list[dict[str, Any]]:
    finding = row.finding
    return [
        {"text": finding.person.name, "url": reverse("visits_followup:finding", args=[finding.uuid])},
        {"text": f"{finding.item}：{row.words or finding.words}"},
        {"text": row.visit.visitor.name},
    ]


def _later(found: DayRows, today: date) -> list[list[dict[str, Any]]]:
    def typed(at: Any) -> dict[str, str]:
        return {"text": f"{day(at, today)} {hm(at)}"}

    return [
        *([_visit(row)[0], {"text": f"巡访：{row.get_mode_display()}"}, typed(row.submitted_at)] for row in found.visits.later),
        *([_person(row), {"text": f"没见到：{row.get_outcome_display()}"}, typed(row.submitted_at)] for row in found.attempts.later),
        *([_change(row, today)[0], {"text": f"变化：{report_rows.what(row)}"}, typed(row.noted_at)] for row in found.changes.later),
        *([_finding(row)[0], {"text": f"问题：{row.finding.item}"}, typed(row.at)] for row in found.findings.later),
    ]  # fmt: skip


def copy_words(name: str, on: date, found: DayRows, today: date) -> str:
    """For the chat group: counts and days, never a name."""
    changes = [
        row for row in found.changes.then + found.changes.later if row.state != ChangeReport.State.WITHDRAWN
    ]
    waiting = [row for row in changes if row.state == ChangeReport.State.NOTED]
    urgent = sum(row.urgent for row in changes)
    words = [
        f"{name}{day_year(on)}巡访汇总：巡访{len(found.visits.then)}人，没见到{len(found.attempts.then)}次。"
    ]
    if changes:
        words.append(
            f"发现变化{len(changes)}件{f'（紧急{urgent}件）' if urgent else ''}，已报县级{len(changes) - len(waiting)}件"
        )
        due = min((row.due_on for row in waiting if row.due_on), default=None)
        words.append(
            f"，还有{len(waiting)}件要报{f'，最近的{day(due)}24:00前' if due else ''}。" if waiting else "。"
        )
    else:
        words.append("没有发现变化。")
    if found.findings.then:
        words.append(f"新发现问题{len(found.findings.then)}件。")
    late = len(found.visits.later)
    return "".join(words) + (f"后来补录巡访{late}人。" if late else "")
