"""Change reports in the shape their pages draw."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.roles import READS_CASEWORK
from visits.core.workdays import Calendar
from visits.followup import clock
from visits.followup.models import ChangeReport
from visits.followup.services.changes import counted_from
from visits.records.models import Visit
from visits.templatetags.xf import day, dayshort, left_work, moment

State = ChangeReport.State
TITLE = "镇里两个工作日内报县级"


def chip(report: ChangeReport, calendar: Calendar, today: date) -> dict[str, Any]:
    """The due chip of a row."""
    if report.state == State.FILED:
        late = _filed_late(report)
        return {
            "state": "done",
            "word": "超时上报" if late else "按时上报",
            "text": day(report.filed_at, today),
        }
    if report.state == State.WITHDRAWN:
        return {"state": "idle", "word": "记录已作废"}
    if report.due_on is None:
        return {"state": "idle", "word": "日期待定", "text": report.due_note}
    remaining = clock.left(calendar, today, report.due_on)
    late = clock.is_late(today, report.due_on)
    guess = "（预估）" if not late and _guess(report, calendar) else ""
    return {
        "state": "late" if late else "soon",
        "word": "超时未报" if late else "待上报",
        "text": f"应在{day(report.due_on, today)}前" if late else f"{day(report.due_on, today)}前{guess}",
        "left": left_work(remaining) if remaining is not None else "",
    }


def _filed_late(report: ChangeReport) -> bool:
    return report.filed_at is not None and clock.is_late(
        timezone.localtime(report.filed_at).date(), report.due_on
    )


def clock_of(report: ChangeReport, calendar: Calendar, today: date) -> dict[str, Any]:
    """The legal clock: date, weekday, what is left in working days, how it was counted, the clause."""
    made: dict[str, Any] = {"title": TITLE, "basis": clock.BASIS}
    if report.state == State.FILED:
        late = _filed_late(report)
        how = f"超时了，原因：{report.late_reason}" if late else f"应在{day(report.due_on, today)}前，按时。"
        if report.due_on is None:
            how = "上报时放假安排还没录入。"
        return made | {
            "state": "done",
            "left": "超时" if late else "按时",
            "big": f"{moment(report.filed_at, today)}已报",
            "how": how,
        }
    if report.state == State.WITHDRAWN:
        return made | {
            "state": "idle",
            "left": "不用报",
            "big": "巡访记录已作废",
            "how": "这一份不再算时限。",
        }
    if report.due_on is None:
        return made | {
            "state": "idle",
            "left": "日期待定",
            "big": "请尽快上报",
            "how": f"{report.due_note}。录入以后自动算出期限，会留痕。",
        }
    late = clock.is_late(today, report.due_on)
    remaining = clock.left(calendar, today, report.due_on)
    left = "超时未报" if late else left_work(remaining) if remaining is not None else "待上报"
    if not late and _guess(report, calendar):
        left += "（预估）"
    return made | {
        "state": "late" if late else "soon",
        "left": left,
        "big": f"应在{day(report.due_on, today)}前" if late else f"{day(report.due_on, today)} 24:00前",
        "how": _how(report, calendar, today, late),
    }


def _guess(report: ChangeReport, calendar: Calendar) -> str:
    return clock.guess(calendar, counted_from(report), report.due_on)


def _how(report: ChangeReport, calendar: Calendar, today: date, late: bool) -> str:
    assert report.due_on is not None
    first = counted_from(report)
    counted = "、".join(day(one) for one in clock.counted(calendar, first, report.due_on))
    what = "登记" if report.offline else "发现"
    words = f"{what}是{day(first, today)}，那天不算；两个工作日是{counted}。"
    if report.offline:
        words = f"{day(report.found_on, today)}线下巡访时发现的，从登记那天起算。{words}"
    elif report.visit and report.visit.visited_on < report.found_on:
        words = f"{day(report.visit.visited_on, today)}的巡访记录，更正后才有这一项，从更正那天起算。{words}"
    remaining = clock.left(calendar, today, report.due_on)
    if late and remaining is not None:
        words += f"已经{left_work(remaining)}。写一句原因，照样能报。"
    elif guess := _guess(report, calendar):
        words += f"{guess}。"
    return words


def table(
    reports: list[ChangeReport], calendar: Calendar, today: date, villages: dict[int, str]
) -> dict[str, Any]:
    """The list: who, what, until when, found when and by whom."""
    return {
        "caption": "变化上报",
        "columns": ["姓名", "什么变化", "报县级", "哪天发现的", "谁发现的"],
        "rows": [
            {
                "cells": [
                    {
                        "text": report.person.name,
                        "url": reverse("visits_followup:change", args=[report.uuid]),
                        "note": villages.get(report.person.village_id, ""),
                    },
                    {
                        "text": what(report),
                        "note": "紧急" if report.urgent else "",
                    },
                    {"due": chip(report, calendar, today)},
                    {"text": dayshort(report.found_on)},
                    {"text": _finder(report)},
                ]
            }
            for report in reports
        ],
    }


def what(report: ChangeReport) -> str:
    """疾病状况、收入变化: what changed, in a few words."""
    return "、".join(item["item"] for item in report.items) or "见巡访记录"


def _finder(report: ChangeReport) -> str:
    if report.visit:
        return report.visit.visitor.name
    return report.offline.visitor_name if report.offline else report.get_source_display()


def source_words(report: ChangeReport) -> str:
    """巡访发现, or who was heard of it from, for offices: 邻居、村民反映（陈某）."""
    told = f"（{report.told_by}）" if report.told_by else ""
    return f"{report.get_source_display()}{told}"


def _basis(report: ChangeReport) -> dict[str, str]:
    """The record behind a change, in words and with its address."""
    if report.visit:
        return {"basis": "巡访记录", "basis_url": reverse("visits_records:visit", args=[report.visit.uuid])}
    if report.offline:
        url = reverse("visits_records:offline_visit", args=[report.offline.uuid])
        return {"basis": report.offline.words, "basis_url": url}
    return {"basis": source_words(report), "basis_url": ""}


def differences(report: ChangeReport) -> list[dict[str, Any]]:
    """Before and now, item by item, for the comparison."""
    states = {3: "late", 2: "todo", 1: "soon"}
    return [
        {
            "who": report.person.name,
            "item": item["item"],
            "was": item["was"] or "—",
            "now": item["now"],
            "now_note": item["note"],
            "state": states.get(item["level"], ""),
            **_basis(report),
        }
        for item in report.items
    ]


def steps(report: ChangeReport, today: date) -> list[dict[str, str]]:
    """How far it is, and who is next: the county's own clock starts when it is filed."""
    if report.state == State.WITHDRAWN:
        return [
            {"state": "done", "name": "发现", "note": day(report.found_on, today)},
            {"state": "done", "name": "记录作废", "note": "不用再报"},
        ]
    filed = report.state == State.FILED
    return [
        {"state": "done", "name": "发现", "note": day(report.found_on, today)},
        {"state": "done", "name": "当日汇总", "note": "自动进了这张表"},
        {
            "state": "done" if filed else "now",
            "name": "上报县级",
            "note": f"{report.filed_by.name}\n{moment(report.filed_at, today)}"
            if filed and report.filed_by
            else "民政办经办人",
        },
        _at_county(report, today),
    ]


def _at_county(report: ChangeReport, today: date) -> dict[str, str]:
    """What the county makes of it; reports of before there were cases have none."""
    case = report.case
    name = "县级定初步方案"
    if case is None:
        return {
            "state": "now" if report.state == State.FILED else "wait",
            "name": name,
            "note": "收到起三个工作日内",
        }
    url = reverse("visits_followup:case", args=[case.uuid])
    if case.approved_at is not None:
        return {"state": "done", "name": name, "note": f"{moment(case.approved_at, today)}已定", "url": url}
    until = f"\n{day(case.due_on, today)}前" if case.due_on else ""
    return {"state": "now", "name": name, "note": f"{case.get_state_display()}{until}", "url": url}


def panel(visit: Any, user: Any, today: date) -> dict[str, Any] | None:
    """What the page of a record says about its report."""
    report = ChangeReport.objects.filter(visit=visit).first()
    if report is None:
        return None
    words = {
        State.NOTED: ("soon", "变化已报给民政办。", "民政办还没上报县级。"),
        State.FILED: ("done", "变化已上报县级。", day(report.filed_at, today) + "。"),
        State.WITHDRAWN: ("idle", "变化上报已撤回。", "这份记录作废了。"),
    }[State(report.state)]
    made: dict[str, Any] = {"state": words[0], "title": words[1], "text": words[2]}
    if user.duty.has(READS_CASEWORK):
        made |= {"url": reverse("visits_followup:change", args=[report.uuid]), "link": "看这份上报"}
    return made


def done_words(visit_ids: Collection[int]) -> dict[int, str]:
    """“怎么办的” of a table's lines: what came of the visits that found a change, by visit id."""
    rows = ChangeReport.objects.filter(visit_id__in=visit_ids).exclude(state=State.WITHDRAWN)
    return {
        row.visit_id: f"{dayshort(timezone.localtime(row.filed_at).date())}已报县级。"
        if row.filed_at
        else "待报县级。"
        for row in rows
    }


def on_paper(visit: Visit) -> dict[str, str] | None:
    """The line of a record's paper that says to whom its change was reported, and by when."""
    row = ChangeReport.objects.filter(visit=visit).exclude(state=State.WITHDRAWN).first()
    if row is None:
        return None
    told = row.filed_at or row.noted_at
    return {
        "to": "县民政局" if row.filed_at else "民政办",
        "filed": dayshort(timezone.localtime(told).date()),
        "due": f"{day(row.due_on)}24:00前" if row.due_on else row.due_note,
        "state": row.get_state_display(),
    }
