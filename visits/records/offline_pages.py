"""线下已访 in the shape the pages draw: words, links and order, no rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Region
from visits.records.models import OfflineList, OfflineVisit
from visits.records.services.offline import Outcome
from visits.schedule.trial import counts_from, on_trial
from visits.templatetags.xf import day, dayshort, moment, num


def townships_table(units: Sequence[Region], days: Mapping[int, date], today: date) -> dict[str, Any]:
    """Townships with their 启用日期 and until when they are in trial."""
    rows = []
    for unit in units:
        begun = days.get(unit.pk)
        how: dict[str, str] = {"text": "还没定", "state": "soon"}
        if begun is not None:
            trial = on_trial(begun, today)
            words = f"试运行，{dayshort(counts_from(begun))}起计入考核" if trial else "已正式启用"
            how = {"text": words, "state": "idle" if trial else "done"}
        cells = [
            {"text": unit.name, "url": reverse("visits_records:start_of", args=[unit.pk])},
            {"text": day(begun, today)},
            how,
        ]
        rows.append({"cells": cells})
    return {
        "caption": "各乡镇（街道）的启用日期",
        "columns": ["乡镇（街道）", "启用日期", "现在"],
        "rows": rows,
    }


def outcome_words(outcome: Outcome) -> str:
    """“登记了42人线下已访，其中40人这一期算访过了；2人有变化，已放到变化上报。”"""
    people = len({row.person_id for row in outcome.made})
    if not people:
        return "都已经登记过了，没有再登记。"
    words = f"登记了{people}人线下已访，其中{outcome.counted}人这一期算访过了"
    changed = sum(row.changed for row in outcome.made)
    words += f"；{changed}人有变化，已放到变化上报" if changed else ""
    return words + (f"；{outcome.again}人早已登记过" if outcome.again else "")


def recorded_table(rows: Iterable[OfflineVisit], villages: Mapping[int, str], today: date) -> dict[str, Any]:
    """What was entered, with a box to take it back."""
    table = []
    for row in rows:
        where = f"；纸在{row.paper_place}" if row.paper_place else ""
        state = {"text": "作废", "note": row.void_reason} if row.voided_at else {
            "text": row.words, "note": f"有变化：{row.change_note}" if row.changed else "没有变化"
        }  # fmt: skip
        pick = (
            {"text": row.person.name, "pick": "pick", "value": row.pk} if not row.voided_at else {"text": ""}
        )
        url = reverse("visits_records:offline_visit", args=[row.uuid])
        cells = [
            pick,
            {"text": row.person.name, "url": url, "note": villages.get(row.village_id, ""), "head": True},
            {
                "text": day(row.visited_on, today),
                "note": f"{row.get_mode_display()}，{row.get_met_display()}",
            },
            {"text": row.visitor_name},
            state,
            {"text": row.recorded_by.name, "note": moment(row.recorded_at, today) + where},
        ]
        table.append({"cells": cells})
    columns = ["选", "姓名", "哪天、怎么访的", "巡访人", "是什么", "谁登记的"]
    return {"caption": "登记过的线下已访", "columns": columns, "rows": table}


def lists_table(rows: Iterable[OfflineList], today: date) -> dict[str, Any]:
    """Workbooks that were brought."""
    return {
        "caption": "传过的表",
        "columns": ["文件", "哪一种", "什么时候", "结果"],
        "rows": [
            {
                "cells": [
                    {
                        "text": row.file.name,
                        "url": reverse("visits_records:offline_list_detail", args=[row.uuid]),
                    },
                    {"text": row.programme or "启用前已巡访"},
                    {"text": moment(row.created_at, today)},
                    {"text": list_words(row)},
                ]
            }
            for row in rows
        ],
    }


def list_words(row: OfflineList) -> str:
    if row.state == OfflineList.State.REFUSED:
        return row.refusal
    if row.state == OfflineList.State.READING:
        return "正在登记"
    counts = row.counts
    words = f"登记{num(counts['made'])}次"
    words += f"，早已登记过{num(counts['again'])}次" if counts["again"] else ""
    return words + (f"，有错{num(counts['wrong'])}行" if counts["wrong"] else "")


def results(row: OfflineList) -> list[dict[str, Any]]:
    """The results of a workbook, for `_five.html`."""
    counts, url = row.counts, f"{reverse('visits_records:offline_recorded')}?township={row.township_id}"
    found = [
        ("done", "ok", "登记了", counts["made"], "次", f"{num(counts['counted'])}人这一期算访过了"),
        ("idle", "same", "早已登记过", counts["again"], "次", "没有重复登记"),
        ("todo", "flag", "有变化", counts["changed"], "人", "已放到变化上报"),
        (
            "late" if counts["wrong"] else "idle",
            "warn",
            "有错",
            counts["wrong"],
            "行",
            "没有登记，下载改好再传",
        ),
        ("idle", "minus", "没填日期", counts["blank"], "行", "没访的，跳过了"),
    ]
    changes = reverse("visits_followup:changes")
    return [
        {
            "state": state, "icon": icon, "word": word, "count": n, "unit": unit, "note": note if n else "",
            "url": changes if icon == "flag" else "#wrong" if icon == "warn" else url,
        }
        for state, icon, word, n, unit, note in found
    ]  # fmt: skip
