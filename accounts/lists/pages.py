"""What the pages of a list of accounts show, in the shape the components draw."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.lists.judging import content_of
from accounts.models import AccountImport, AccountRow
from accounts.roles import ROLES, Role
from xunfang.kit.models import Job

FIRST = 50
MOST = 1000
State = AccountImport.State
Verdict = AccountRow.Verdict
LOOK = {
    State.READING: "idle", State.PREVIEW: "todo", State.LOADING: "idle", State.DONE: "done",
    State.REFUSED: "late", State.DROPPED: "idle",
}  # fmt: skip


def history(batches: Iterable[AccountImport]) -> dict[str, Any]:
    """The lists that were brought, newest first."""
    rows = [
        {
            "cells": [
                {"text": batch.file.name, "url": reverse("accounts:user_list", args=[batch.uuid])},
                {"text": batch.get_state_display(), "state": LOOK[State(batch.state)]},
                {"text": _came_of(batch)},
                {"text": _moment(batch)},
            ]
        }
        for batch in batches
    ]
    return {"caption": "传过的账号名单", "columns": ["文件", "到哪一步", "结果", "什么时候"], "rows": rows}


def _day(text: str) -> str:
    on = date.fromisoformat(text)
    return f"{on.year}年{on.month}月{on.day}日"


def _moment(batch: AccountImport) -> str:
    at = timezone.localtime(batch.created_at)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def _came_of(batch: AccountImport) -> str:
    if batch.state == State.REFUSED:
        return batch.refusal
    counts = batch.counts
    if not counts:
        return "还没有读完"
    loaded = counts["loaded"]
    words = []
    if loaded:
        words.append(f"新开{loaded['new']}个，加任职{loaded['post']}个")
    elif batch.state == State.PREVIEW:
        words.append(f"{counts['new'] + counts['post']}行等您确认")
    if counts["wrong"]:
        words.append(f"{counts['wrong']}行有错")
    return "，".join(words) or "没有变化"


def progress(batch: AccountImport) -> dict[str, Any] | None:
    """The running work as the job component draws it; None when nothing runs."""
    if batch.state not in (State.READING, State.LOADING) or batch.job is None:
        return None
    job = batch.job
    failed = job.state == Job.State.FAILED
    title = "正在读名单" if batch.state == State.READING else "正在开账号"
    return {
        "title": "没有办成" if failed else title,
        "state": "failed" if failed else "running",
        "done": job.done,
        "total": job.total or 1,
        "say": job.message or "排队中，可以先去做别的，回来再看",
        "poll_url": reverse("accounts:user_list_progress", args=[batch.uuid]),
        "reload_url": reverse("accounts:user_list", args=[batch.uuid]),
    }


def detail(batch: AccountImport, opened: str) -> dict[str, Any]:
    """Everything the page of one list shows. `opened`: the table to be shown in full."""
    context: dict[str, Any] = {
        "batch": batch,
        "job": progress(batch),
        "title": _title(batch),
        "sub": f"“{batch.file.name}”",
        "errors_url": "",
        "tables": [],
        "five": [],
        "good": 0,
    }
    if batch.counts:
        counts = batch.counts
        if counts["skipped"]:
            context["sub"] += f"　跳过合计、落款{counts['skipped']}行"
        context["good"] = counts["new"] + counts["post"]
        context["five"] = _five(batch)
        context["tables"] = [table for verdict in _ORDER if (table := _table(batch, verdict, opened))]
    return context


_ORDER = (Verdict.WRONG, Verdict.NEW, Verdict.POST, Verdict.SAME)


def _title(batch: AccountImport) -> str:
    if batch.state == State.REFUSED:
        return "这个文件读不了"
    if not batch.counts:
        return "正在读名单"
    counts, loaded = batch.counts, batch.counts["loaded"]
    wrong = f"，{counts['wrong']}行要您改" if counts["wrong"] else ""
    if batch.state == State.DROPPED:
        return "这份名单没有办"
    if batch.state == State.LOADING:
        return f"正在办{counts['new'] + counts['post']}行"
    if batch.state == State.DONE:
        return f"办好了：{_parts(loaded, '新开账号')}{wrong}"
    return f"读完了：{counts['rows']}行里，{_parts(counts, '要新开账号')}{wrong}"


def _parts(counts: Mapping[str, int], opened: str) -> str:
    """What is done, without the zeros; “没有要开的” when there was nothing to do."""
    parts = [f"{opened}{counts['new']}个"] if counts["new"] else []
    parts += [f"加任职{counts['post']}个"] if counts["post"] else []
    return "，".join(parts) or "没有要开的"


def _five(batch: AccountImport) -> list[dict[str, Any]]:
    counts = {**batch.counts, **batch.counts["loaded"]}
    notes = {
        "new": "开好后打印开通单",
        "post": "用原来的密码登录",
        "same": "不用管",
        "wrong": "改好再传，只传这几行也行" if counts["wrong"] else "没有错",
    }
    tiles = (("done", "plus", "new", "个"), ("done", "same", "post", "个"), ("idle", "ok", "same", "行"),
             ("late", "warn", "wrong", "行"))  # fmt: skip
    return [
        {"state": state if counts[key] else "idle", "icon": icon, "word": Verdict(key).label,
         "count": counts[key], "unit": unit, "url": f"#{key}", "note": notes[key]}
        for state, icon, key, unit in tiles
    ]  # fmt: skip


_SAY = {
    Verdict.WRONG: "什么都没动。下载的表最后两列写着原因和怎么改，改好原样传回来。",
    Verdict.NEW: "系统里还没有这个人的账号。",
    Verdict.POST: "这个人已经有账号，只加一个任职，密码不变。",
    Verdict.SAME: "账号和任职都已经有了。",
}


def _table(batch: AccountImport, verdict: AccountRow.Verdict, opened: str) -> dict[str, Any] | None:
    """One card: its rows, the first fifty unless it was opened."""
    rows = batch.rows.filter(verdict=verdict).order_by("pk")
    count = rows.count()
    if not count:
        return None
    most = MOST if opened == verdict.value else FIRST
    shown = list(rows[:most])
    wrong = verdict == Verdict.WRONG
    columns = [
        "姓名",
        "原表哪一行",
        "手机号",
        *(["原因", "怎么改"] if wrong else ["村（居）", "任职", "从哪天"]),
    ]
    left = count - len(shown)
    return {
        "id": verdict.value,
        "title": f"{verdict.label}　{count}行",
        "say": _SAY[verdict],
        "more": f"再看{min(left, MOST)}行" if left and opened != verdict.value else "",
        "more_url": f"?all={verdict.value}#{verdict.value}",
        "rest": f"这里显示前{MOST}行" if left and opened == verdict.value else "",
        "list": {
            "caption": verdict.label,
            "columns": columns,
            "rows": [{"cells": _cells(row, content_of(row), wrong)} for row in shown],
        },
    }


def _cells(row: AccountRow, content: dict[str, Any], wrong: bool) -> list[dict[str, Any]]:
    values = content["values"]
    cells: list[dict[str, Any]] = [
        {"text": values.get("name") or "（空）"},
        {"text": f"{row.sheet} 第{row.number}行".strip()},
        {"text": content.get("phone") or values.get("phone") or content.get("staff_no") or "（空）"},
    ]
    if wrong:
        return [*cells, {"text": row.reason}, {"text": row.remedy}]
    words = content["title"] or ROLES[Role(content["role"])].label
    note = ROLES[Role(content["role"])].label if content["title"] else ""
    inherited = "照上一行" if values.get("inherited") else ""
    return [
        *cells,
        {"text": content["unit"], "note": inherited},
        {"text": words, "note": note},
        {"text": _day(content["day"])},
    ]
