"""What the pages of 名单上没有了 show, in the shape the components draw."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Region
from visits.roster.forms.missing import AnswerForm, PickForm
from visits.roster.imports import holding
from visits.roster.imports.missing import last_day
from visits.roster.models import MissingRow, RosterImport
from visits.roster.selectors.freshness import AREAS
from visits.roster.selectors.missing import Line, names_of
from visits.templatetags.xf import day, num

Outcome = MissingRow.Outcome
NAMES = 12
KIN = 3
STATES = {
    Outcome.STOPPED: "idle", Outcome.DEAD: "idle", Outcome.DEPARTED: "idle", Outcome.LEFT_OUT: "done",
    Outcome.BACK: "done",
}  # fmt: skip


def class_words(batch: RosterImport) -> str:
    """农村低保; “” when the rows say it themselves."""
    return f"{AREAS.get(batch.area, '')}{batch.group.short}" if batch.group else ""


def where(batch: RosterImport) -> str:
    """11月 农村低保 全部名单: which list this is."""
    words = (f"{batch.month.month}月", class_words(batch), batch.get_coverage_display())
    return " ".join(filter(None, words))


def url(batch: RosterImport, **query: Any) -> str:
    found = reverse("visits_roster:import_missing", args=[batch.uuid])
    kept = "&".join(f"{key}={value}" for key, value in query.items() if value)
    return f"{found}?{kept}" if kept else found


def chips(batch: RosterImport, counts: dict[str, int], which: str) -> list[dict[str, Any]]:
    words = [("", "没说明"), *((one.value, one.label) for one in Outcome)]
    return [
        {"word": word, "url": url(batch, which=code), "count": counts[code], "current": code == which}
        for code, word in words
        if counts[code] or code in ("", which)
    ]


def table(
    lines: Sequence[Line], which: str, today: date, *, pick: bool, ticked: Sequence[int] = ()
) -> dict[str, Any]:
    """The people, with a box each when something can be written down for them."""
    settled, clued = which != "", any(line.clues for line in lines)
    housed = any(line.gone or line.stay for line in lines)
    rows = []
    for line in lines:
        person = line.person
        cells: list[dict[str, Any]] = []
        if pick and line.row is not None:
            box = {"text": person.name, "pick": "row", "value": line.row.pk}
            cells.append({**box, "checked": line.row.pk in ticked})
        cells += [
            {
                "head": True,
                "text": person.name,
                "url": reverse("visits_desk:person", args=[person.uuid]),
                "note": f"{person.get_sex_display()} {person.age(today)}岁 {person.tail_words}",
            },
            {"text": f"{line.village} {person.hamlet}".strip()},
            {"text": f"{line.last.year}年{line.last.month}月" if line.last else "没有记"},
            _visited(line, today),
        ]
        if housed:
            cells.append({"text": "；".join(_household(line)) or "—"})
        if clued:
            cells.append({"text": "；".join(line.clues) or "—"})
        if settled and line.row is not None:
            cells.append(_answer(line.row, today))
        rows.append({"cells": cells})
    columns = [
        *(["选"] if pick else []),
        "姓名",
        "村",
        "上次名单",
        "上次巡访",
        *(["同户"] if housed else []),
        *(["线索"] if clued else []),
        *(["去向"] if settled else []),
    ]
    return {"caption": "名单上没有了的人", "columns": columns, "rows": rows}


def _visited(line: Line, today: date) -> dict[str, str]:
    if line.visited is None:
        return {"text": "没有访过"}
    on, words = line.visited
    return {"text": day(on, today), "note": words}


def _household(line: Line) -> list[str]:
    """The others of the household, so that a family that moved is seen at once."""
    words = (("也没有了", line.gone), ("还在册", line.stay))
    return [
        f"{'、'.join(names[:KIN])}{f'等{len(names)}人' if len(names) > KIN else ''}{what}"
        for what, names in words
        if names
    ]


def _answer(row: MissingRow, today: date) -> dict[str, Any]:
    state, note = STATES[Outcome(row.outcome)], ""
    if row.outcome == Outcome.STOPPED and row.membership.ends_on:
        note = f"到{row.membership.ends_on.year}年{row.membership.ends_on.month}月底"
    elif row.outcome in (Outcome.DEAD, Outcome.DEPARTED):
        note = day(row.person.left_on, today) if row.person.left_on else "后来撤销了，还在册"
    return {"text": row.get_outcome_display(), "state": state, "note": note}


def warnings(batch: RosterImport, villages: Sequence[tuple[int, int, int]]) -> list[dict[str, str]]:
    """What must be known before anybody is written off: rows nobody can read, a village that fell out."""
    found = []
    if batch.counts.get("unreadable"):
        found.append(
            {
                "title": f"先改好有错的行：有{batch.counts['unreadable']}行看不清身份证号，",
                "text": "这些人也可能排在下面。",
                "url": reverse("visits_roster:import_rows", args=[batch.uuid]),
                "link": "看有错的行",
            }
        )
    names = dict(Region.objects.filter(pk__in=[pk for pk, _, _ in villages]).values_list("pk", "name"))
    total = sum(gone for _, _, gone in villages)
    for pk, had, gone in villages:
        if gone == had and gone >= 3:
            found.append(
                {"title": f"{names[pk]}{gone}人一个也不在名单上，", "text": "可能整页没有读到，请打开原表看看。", "url": "", "link": ""}
            )  # fmt: skip
        elif gone >= 5 and gone * 2 > total and len(villages) > 1:
            found.append(
                {"title": f"其中{gone}人都在{names[pk]}，", "text": "请核对那一页是不是读全了。", "url": "", "link": ""}
            )  # fmt: skip
    return found[:3]


def hold_page(batch: RosterImport) -> dict[str, Any]:
    """The numbers one must have seen before a held list goes on."""
    counts = batch.counts
    villages = holding.by_village(batch)
    names = dict(Region.objects.filter(pk__in=[pk for pk, _, _ in villages]).values_list("pk", "name"))
    last = counts.get("last")
    say = [f"系统里原来有{num(counts['had'])}人"]
    if last:
        say.append(f"上一份全部名单{num(last)}人")
    say += [f"这一份{num(counts['rows'])}人", f"其中{num(counts['missing'])}人名单上没有了"]
    percent = round(counts["missing"] * 100 / counts["had"]) if counts["had"] else 0
    return {
        "numbers": f"{'，'.join(say)}（{percent}%）。",
        "why": "人数比上一份少了一半以上，核对以前不入库。"
        if counts.get("hold") == "half"
        else f"少的人超过{counts.get('percent')}%，核对以前不能一起记去向，只能一个一个记。",
        "villages": {
            "caption": "各村少了几人",
            "columns": ["村（居）", {"word": "原来", "num": True}, {"word": "名单上没有了", "num": True}],
            "rows": [
                {"cells": [{"text": names.get(pk, "")}, {"text": num(had)}, {"text": num(gone)}]}
                for pk, had, gone in villages
            ],
        },
    }


def confirm(form: AnswerForm, pick: PickForm, batch: RosterImport) -> dict[str, Any]:
    """The question before it is written down: what happens, to whom."""
    ids = pick.ids()
    outcome, who = pick.cleaned_data["outcome"], names_of(ids, NAMES)
    kind, one = class_words(batch), "他" if len(ids) == 1 else "他们"
    say = {
        Outcome.STOPPED: f"{who}不再算{kind}，最后发钱那个月还算；别的类别、档案和以前的巡访都不动。",
        Outcome.DEAD: f"{who}马上从待访、还没打的单子和电话名单里去掉，档案留着。",
        Outcome.DEPARTED: f"{who}从那天起不再是这里的巡访对象，档案留着。",
        Outcome.LEFT_OUT: f"{who}还算{kind}，名单是漏了{one}；什么都不变，下个月还没有的话会再问。",
    }[outcome]
    return {
        "title": f"把{len(ids)}人记为{dict(pick.fields['outcome'].choices)[outcome]}？",
        "say": f"{say}记错了可以撤回。",
        "yes": "记下",
        "no_url": url(batch),
        "form": [form[name] for name in form.asked],
    }


def said(answer_outcome: str, count: int, last_month: date | None) -> str:
    """What the last press did."""
    words = dict(Outcome.choices)[answer_outcome]
    until = f"，到{last_day(last_month).month}月底" if last_month else ""
    return f"{count}人记为{words}{until}。记错了，在“{words}”里勾选撤回。"
