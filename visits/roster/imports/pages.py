"""What the pages of an import show, in the shape the components draw."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from visits.roster.imports import holding, missing_pages
from visits.roster.imports.packing import content_of
from visits.roster.models import ImportRow, RosterImport
from visits.roster.selectors import missing
from visits.templatetags.xf import day
from xunfang.kit.models import Job

State = RosterImport.State
Verdict = ImportRow.Verdict
FIRST = {Verdict.WRONG: 20, Verdict.CHANGED: 20, Verdict.NEW: 20, Verdict.SAME: 5}
LOOK = {
    State.READING: "idle", State.ASKING: "todo", State.PREVIEW: "todo", State.LOADING: "idle", State.DONE: "done",
    State.REFUSED: "late", State.DROPPED: "idle",
}  # fmt: skip
FIRST_MISSING = 10


def month_words(batch: RosterImport) -> str:
    return f"{batch.month.year}年{batch.month.month}月"


def says(batch: RosterImport) -> str:
    """What was said at the upload: 农村低保，全部名单."""
    area = "" if not batch.area else batch.get_area_display()[:1]
    group = ""
    if batch.group is not None:
        word = {"城": "城市", "农": "农村"}.get(area, "")
        group = f"{word}{batch.group.short}，"
    return f"{group}{batch.get_coverage_display()}"


def history(batches: Iterable[RosterImport], today: date) -> dict[str, Any]:
    """The lists that were brought, newest first."""
    rows = []
    for batch in batches:
        rows.append(
            {
                "cells": [
                    {
                        "text": batch.file.name,
                        "url": reverse("visits_roster:import_detail", args=[batch.uuid]),
                    },
                    {"text": month_words(batch), "note": says(batch)},
                    {"text": batch.get_state_display(), "state": LOOK[State(batch.state)]},
                    {"text": _came_of(batch)},
                    {"text": day(batch.created_at, today), "note": batch.created_by.name},
                ]
            }
        )
    return {
        "caption": "导入过的名单",
        "columns": ["文件", "哪个月", "到哪一步", "结果", "什么时候"],
        "rows": rows,
    }


def _came_of(batch: RosterImport) -> str:
    if batch.state == State.REFUSED:
        return batch.refusal
    if batch.state == State.ASKING:
        return "有几列拿不准，等您对一下"
    counts = batch.counts
    if not counts:
        return "还没有读完"
    loaded = counts.get("loaded") or {}
    words = []
    if loaded:
        words += _loaded(loaded)
    waiting = counts["new"] + counts["changed"]
    if batch.state == State.PREVIEW and waiting:
        words.append(f"{waiting}人等您确认")
    if counts["wrong"]:
        words.append(f"{counts['wrong']}行有错")
    return "，".join(words) or "没有变化"


def _loaded(loaded: Mapping[str, int]) -> list[str]:
    """What entered, without the zeros: 新增3人，改了2人，没变69人."""
    parts = [("新增", "new"), ("改了", "changed"), ("没变", "same")]
    return [f"{word}{loaded[key]}人" for word, key in parts if loaded.get(key)]


def progress(batch: RosterImport) -> dict[str, Any] | None:
    """The running work as the job component draws it; None when nothing runs."""
    if batch.state not in (State.READING, State.LOADING) or batch.job is None:
        return None
    job = batch.job
    title = "正在读名单" if batch.state == State.READING else "正在入库"
    failed = job.state == Job.State.FAILED
    return {
        "title": "没有办成" if failed else title,
        "state": "failed" if failed else "running",
        "done": job.done,
        "total": job.total or 1,
        "say": job.message or "排队中，可以先去做别的，回来再看",
        "poll_url": reverse("visits_roster:import_progress", args=[batch.uuid]),
        "reload_url": reverse("visits_roster:import_detail", args=[batch.uuid]),
    }


def detail(batch: RosterImport, today: date) -> dict[str, Any]:
    """Everything the page of one import shows."""
    context: dict[str, Any] = {
        "batch": batch,
        "job": progress(batch),
        "where": missing_pages.where(batch),
        "title": _title(batch),
        "sub": _sub(batch),
        "errors_url": "",
        "newer": _newer(batch),
        "gone": None,
        "tables": [],
        "five": [],
        "good": 0,
        "again": batch.counts.get("again", 0) if batch.state == State.PREVIEW else 0,
    }
    if batch.counts:
        context["good"] = _good(batch)
        gone = missing.counts(batch) if _asks(batch) else {}
        context["five"] = [*_four(batch), _fifth(batch, gone)]
        context["gone"] = _gone(batch, gone, today) if gone else None
        context["tables"] = [table for verdict in _ORDER if (table := _table(batch, verdict))]
    return context


_ORDER = (Verdict.WRONG, Verdict.CHANGED, Verdict.NEW, Verdict.SAME)


def _good(batch: RosterImport) -> int:
    return sum(batch.counts[verdict] for verdict in ("new", "changed", "same"))


def _title(batch: RosterImport) -> str:
    if batch.state == State.REFUSED:
        return "这个文件读不了"
    if not batch.counts:
        return "正在读名单"
    counts, good = batch.counts, _good(batch)
    loaded = counts.get("loaded") or {}
    wrong = f"，{counts['wrong']}行要您改" if counts["wrong"] else ""
    if batch.state == State.DROPPED:
        return "这份名单没有入库"
    if batch.state == State.LOADING:
        return f"正在入库{good}人"
    if batch.state == State.DONE and not wrong and not loaded.get("new") and not loaded.get("changed"):
        return f"入库了：{loaded.get('same', 0)}人都没变"
    if batch.state == State.DONE or loaded:
        title = f"入库了：{'，'.join(_loaded(loaded)) or '0人'}{wrong}"
        return f"{title}，{good}人要再看一遍" if batch.state == State.PREVIEW else title
    return f"读完了：{counts['rows']}行里，{good}人没问题{wrong}"


def _sub(batch: RosterImport) -> str:
    counts, words = batch.counts, [f"“{batch.file.name}”"]
    if counts:
        skipped = f"，跳过小计、合计、落款{counts['skipped']}行" if counts["skipped"] else ""
        words.append(f"读了{counts['sheets']}张表{skipped}。")
        if counts.get("others"):
            words.append(f"没有读的表：{'、'.join(name or '无名' for name in counts['others'])}。")
        if counts["unread"]:
            words.append(f"没有读的列：{'、'.join(counts['unread'])}。")
    return "　".join(words[:2]) + "".join(words[2:])


def _asks(batch: RosterImport) -> bool:
    """Whether the list says who is on it no longer: full, and no newer one has."""
    return batch.coverage == RosterImport.Coverage.FULL and not batch.counts.get("newer")


def _newer(batch: RosterImport) -> str:
    """What a list of an older month can't do any more; blank: nothing."""
    if not batch.counts.get("newer"):
        return ""
    month = date.fromisoformat(batch.counts["newer"])
    return f"{month.month}月的全部名单已经入库，这份是{batch.month.month}月的："


def _fifth(batch: RosterImport, gone: dict[str, int]) -> dict[str, Any]:
    """名单上没有了: of a full list a number that leads to exactly those people."""
    tile = {"icon": "gone", "word": "名单上没有了", "unit": "人", "url": missing_pages.url(batch)}
    if not _asks(batch):
        note = "有更新的名单，不比这一项" if batch.counts.get("newer") else "补充名单不比这一项"
        return {**tile, "state": "idle", "count": 0, "note": note}
    waiting = gone[""]
    settled = sum(count for outcome, count in gone.items() if outcome)
    share = f"占{waiting * 100 / batch.counts['had']:.1f}%，" if batch.counts.get("had") else ""
    note = f"{share}要您说明去向" if waiting else f"{settled}人都说明过了" if settled else "都在名单上"
    return {**tile, "state": "soon" if waiting else "idle", "count": waiting, "note": note}


def _gone(batch: RosterImport, counts: dict[str, int], today: date) -> dict[str, Any] | None:
    """The first of those who are missing, and what must be known before anybody is written off."""
    waiting = counts[""]
    if not waiting:
        return None
    lines = missing.page(batch, "", None, FIRST_MISSING, today)[:FIRST_MISSING]
    return {
        "count": waiting,
        "list": missing_pages.table(lines, "", today, pick=False),
        "warnings": missing_pages.warnings(batch, holding.by_village(batch)),
        "url": missing_pages.url(batch),
        "loaded": holding.loaded(batch),
        "more": f"看全部{waiting}人" if waiting > len(lines) else "",
    }


def _numbers(batch: RosterImport) -> dict[str, Any]:
    """The counts to be shown: when nothing waits any more, what was loaded is what counts."""
    counts = batch.counts
    if batch.state != State.DONE:
        return counts
    return {**counts, **{key: counts["loaded"].get(key, 0) for key in ("new", "changed", "same")}}


def _new_note(batch: RosterImport, new: int) -> str:
    if not new:
        return "没有新的人"
    return "已进待访名单" if batch.state == State.DONE else "入库后进待访名单"


def _four(batch: RosterImport) -> list[dict[str, Any]]:
    counts = _numbers(batch)
    notes = {
        "new": _new_note(batch, counts["new"]),
        "changed": "电话、地址手工改过的不动",
        "same": "不用管",
        "wrong": "改好再传，只传这几行也行" if counts["wrong"] else "没有错",
    }
    tiles = (("done", "plus", "new", "新增", "人"), ("done", "same", "changed", "有变化", "人"),
             ("idle", "ok", "same", "没变", "人"), ("late", "warn", "wrong", "有错", "行"))  # fmt: skip
    return [
        {"state": state if counts[key] or key == "same" else "idle", "icon": icon, "word": word,
         "count": counts[key], "unit": unit, "url": rows_url(batch, key), "note": notes[key]}
        for state, icon, key, word, unit in tiles
    ]  # fmt: skip


_SAY = {
    Verdict.WRONG: ("有错", "行", "原表没动。下载的表最后两列写着原因和怎么改，改好原样传回来。"),
    Verdict.CHANGED: ("有变化", "人", "空着的格不会抹掉已有的内容。"),
    Verdict.NEW: ("新增", "人", "系统里还没有档案的人。"),
    Verdict.SAME: ("没变", "人", "和系统里一样，只记名单又核对过一次。"),
}
_COLUMNS = {
    Verdict.WRONG: ["姓名", "原表哪一行", "原来写的", "原因", "怎么改"],
    Verdict.CHANGED: ["姓名", "原表哪一行", "变了什么", "说明"],
    Verdict.NEW: ["姓名", "原表哪一行", "身份证号", "村", "类别", "说明"],
    Verdict.SAME: ["姓名", "原表哪一行"],
}


def rows_url(batch: RosterImport, verdict: str, **query: Any) -> str:
    found = reverse("visits_roster:import_rows", args=[batch.uuid])
    return f"{found}?{urlencode({'which': verdict, **query})}"


def _list(verdict: ImportRow.Verdict, rows: Iterable[ImportRow]) -> dict[str, Any]:
    columns, cells = _without_blanks(
        _COLUMNS[verdict], [_CELLS[verdict](row, content_of(row)) for row in rows]
    )
    return {"caption": _SAY[verdict][0], "columns": columns, "rows": [{"cells": row} for row in cells]}


def _table(batch: RosterImport, verdict: ImportRow.Verdict) -> dict[str, Any] | None:
    """One card: its first rows, and the way to all of them."""
    count = batch.counts[verdict.value]
    if not count:
        return None
    shown = list(batch.rows.filter(verdict=verdict).order_by("pk")[: FIRST[verdict]])
    if not shown:
        return None  # the rows are gone by now, their number stays
    title, unit, say = _SAY[verdict]
    return {
        "id": verdict.value,
        "title": f"{title}　{count}{unit}",
        "say": say,
        "more": f"看全部{count}{unit}" if count > len(shown) else "",
        "more_url": rows_url(batch, verdict.value),
        "list": _list(verdict, shown),
    }


def rows_page(
    batch: RosterImport, verdict: ImportRow.Verdict, after: int | None, size: int
) -> dict[str, Any]:
    """All rows of one result, page by page."""
    rows = batch.rows.filter(verdict=verdict).order_by("pk")
    total = rows.count()
    shown = list(rows.filter(pk__gt=after or 0)[: size + 1])
    more, shown = len(shown) > size, shown[:size]
    title, unit, say = _SAY[verdict]
    counts = _numbers(batch) if batch.counts else {}
    chips = [
        {
            "word": word,
            "url": rows_url(batch, code.value),
            "count": counts.get(code.value, 0),
            "current": code == verdict,
        }
        for code, (word, _, _) in _SAY.items()
    ]
    if _asks(batch):
        chips.append({"word": "名单上没有了", "url": missing_pages.url(batch)})
    return {
        "batch": batch,
        "where": missing_pages.where(batch),
        "title": f"{title}　{counts.get(verdict.value, 0)}{unit}",
        "say": say,
        "chips": chips,
        "list": _list(verdict, shown) if shown else {"rows": []},
        "pager": {
            "count": total,
            "unit": unit,
            "next": rows_url(batch, verdict.value, after=shown[-1].pk) if more else "",
            "prev": rows_url(batch, verdict.value) if after else "",
        },
    }


def _without_blanks(
    columns: list[str], cells: list[list[dict[str, Any]]]
) -> tuple[list[str], list[list[dict[str, Any]]]]:
    """The table without a last column in which nobody has anything."""
    if any(row[-1]["text"] for row in cells):
        return columns, cells
    return columns[:-1], [row[:-1] for row in cells]


def _where(row: ImportRow) -> dict[str, Any]:
    return {"text": f"{row.sheet} 第{row.number}行".strip()}


def _wrong(row: ImportRow, content: dict[str, Any]) -> list[dict[str, Any]]:
    name = content["name"]
    return [
        {"text": name or "（空）"},
        _where(row),
        {"text": content.get("written", "")},
        {"text": row.reason, "state": "late"},
        {"text": row.remedy},
    ]


def _changed(row: ImportRow, content: dict[str, Any]) -> list[dict[str, Any]]:
    changes = "；".join(f"{label}：{was} → {now}" for label, was, now in content["changes"])
    return [
        {"text": content["name"]},
        _where(row),
        {"text": changes},
        {"text": "；".join(content["notes"])},
    ]


def _new(row: ImportRow, content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"text": content["name"]},
        _where(row),
        # decisions 22: the last four only.
        {"text": f"尾号{content['tail']}"},
        {"text": content["village"]},
        {"text": content["groups"]},
        {"text": "；".join(content["notes"])},
    ]


def _same(row: ImportRow, content: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"text": content["name"]}, _where(row)]


_CELLS = {Verdict.WRONG: _wrong, Verdict.CHANGED: _changed, Verdict.NEW: _new, Verdict.SAME: _same}
