"""Rounds in the shape the components draw: words only, no rules."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Region
from accounts.models.region import Level
from visits.roster.selectors.transitions import Elsewhere
from visits.schedule.due import MODES as MODE_WORDS
from visits.schedule.models import DueItem, Round
from visits.schedule.rounds.kinds import WHO, Usual, closes_of
from visits.schedule.rounds.selectors import HOW, LOOK, Part, Standing
from visits.schedule.rounds.services import Plan
from visits.templatetags.xf import day, dayshort, left, mask_name, num, tel

ICONS = {"typhoon": "storm", "rain": "drop", "cold": "cold", "heat": "warn", "other": "flag"}
BELOW_WORD = {1: "县（市、区）", 2: "乡镇（街道）", 3: "村（居）"}


def url(row: Round, view: str = "round", **query: Any) -> str:
    found = {key: value for key, value in query.items() if value not in ("", None)}
    return reverse(f"visits_schedule:{view}", args=[row.uuid]) + (f"?{urlencode(found)}" if found else "")


def span(row: Round) -> str:
    """11月25日 周三至11月26日 周四"""
    return day(row.due_on) if row.starts_on == row.due_on else f"{day(row.starts_on)}至{day(row.due_on)}"


def chip(row: Round, today: date) -> dict[str, str]:
    """How a round itself stands."""
    if row.called_off_at is not None:
        return {"state": "tried", "word": "已取消"}
    if today < row.starts_on:
        return {"state": "idle", "word": "还没开始", "text": f"{day(row.starts_on)}起"}
    if today <= row.due_on:
        return {
            "state": "soon",
            "word": "正在访",
            "text": f"{day(row.due_on)}前",
            "left": left((row.due_on - today).days),
        }
    if today <= closes_of(row.due_on):
        return {"state": "late", "word": "过了日子", "text": f"{day(closes_of(row.due_on))}前还能补"}
    return {"state": "done", "word": "已结束", "text": day(row.due_on)}


def listing(found: Iterable[Part], today: date) -> dict[str, Any]:
    return {
        "caption": "专项巡访",
        "columns": [
            "名称",
            "情况",
            "哪里",
            {"word": "应访", "num": True},
            {"word": "已访", "num": True},
            "谁发的",
        ],
        "rows": [
            {
                "cells": [
                    {"text": one.row.name, "url": url(one.row)},
                    {"due": chip(one.row, today)},
                    {"text": one.row.region.name + ("（部分）" if one.row.village_ids else "")},
                    {"text": f"{num(one.all)}人"},
                    {"text": f"{num(one.done)}人"},
                    {"text": one.row.made_by.name},
                ]
            }
            for one in found
        ],
    }


def tiles(row: Round, found: Standing, unit: Region) -> list[dict[str, Any]]:
    """应访, and how they stand; each tile is the list behind it."""
    words = {"all": "应访", **_how(found)}
    return [
        {
            "title": word,
            "value": num(found.of(code)),
            "unit": "人",
            "url": url(row, unit=unit.pk, which=code),
        }
        for code, word in words.items()
    ]


def _how(*found: Standing) -> dict[str, str]:
    """How people stand, without what is nobody's here."""
    return {
        code: word for code, word in HOW.items() if code != "excused" or any(one.excused for one in found)
    }


def below(row: Round, unit: Region, found: dict[int, Standing]) -> dict[str, Any]:
    """The units one level below, in their order: no ranking."""
    regions = Region.objects.filter(pk__in=found).order_by("position", "pk")
    how = _how(*found.values())
    columns = [{"word": word, "num": True} for word in ("应访", *how.values())]
    return {
        "caption": f"按{BELOW_WORD[unit.level]}",
        "columns": [BELOW_WORD[unit.level], *columns],
        "tight": True,
        "rows": [
            {
                "cells": [
                    {"text": region.name, "url": url(row, unit=region.pk)},
                    *(_number(row, region, found[region.pk], code) for code in ("all", *how)),
                ]
            }
            for region in regions
        ],
    }


def _number(row: Round, region: Region, found: Standing, code: str) -> dict[str, Any]:
    n = found.of(code)
    return {"text": num(n), **({"url": url(row, unit=region.pk, which=code)} if n else {})}


def sentence(row: Round, found: Standing) -> str:
    """How many, in one sentence; after it was called off, how far it had come then."""
    if row.called_off_at is not None:
        return f"取消时{num(found.all)}人里访到{num(found.done)}人。"
    tried = f"，未访成{num(found.excused)}人（已按规定尝试）" if found.excused else ""
    return f"应访{num(found.all)}人，已访{num(found.done)}人{tried}，还有{num(found.left)}人没访到。"


def nag(row: Round, unit: Region, found: Standing, parts: dict[int, Standing], today: date) -> str:
    """practice P31: 催办文字, by place, never by name."""
    regions = Region.objects.filter(pk__in=[pk for pk, one in parts.items() if one.left]).order_by(
        "position", "pk"
    )
    names = "、".join(f"{region.name}{parts[region.pk].left}人" for region in regions)
    until = min(today, closes_of(row.due_on))
    text = f"【{row.name}】{unit.name}：截至{dayshort(until)}，应访{found.all}人，已访{found.done}人"
    if found.excused:
        text += f"，未访成{found.excused}人"
    if not found.left:
        return f"{text}，{'其余' if found.excused else ''}都访到了。"
    text += f"，未完成：{names}。" if names else f"，还有{found.left}人没访到。"
    return (
        f"{text}请在{dayshort(row.due_on)}前访到。"
        if today <= row.due_on
        else f"{text}已经过了{dayshort(row.due_on)}，请今天补上。"
    )


PERSON_COLUMNS = ["姓名", "情况", "电话", "地方", "联系不上时找", "巡访人"]


def person(
    item: DueItem,
    villages: dict[int, str],
    today: date,
    *,
    user: Any,
    open_file: bool,
    there: Elsewhere | None = None,
) -> dict[str, Any]:
    """A person of a list. Somebody whose file the reader may not open is masked, without any way to reach them. `there`:
    where they live, when another township visits them."""
    one, how = item.person, item.how  # type: ignore[attr-defined]
    when = f"{dayshort(item.done_on)}{MODE_WORDS.get(item.done_mode, '')}" if item.done_on else ""
    state = {"text": HOW[how], "state": LOOK[how], "note": when}
    village = villages.get(item.village_id, "")
    if not open_file:
        cells: list[dict[str, Any]] = [{"text": mask_name(one.name)}, state, {"text": "—"}, {"text": village}]
        return {"cells": [*cells, {"text": "—"}, {"text": "—"}]}
    contact = f"{one.contact_relation}{one.contact_name}".strip()
    return {
        "cells": [
            {
                "text": one.name,
                "url": reverse("visits_desk:person", args=[one.uuid]),
                "note": f"{one.get_sex_display()} {one.age(today)}岁",
            },
            state,
            _tel(there.phone or one.phone if there else one.phone),
            {"text": f"住{there.address}", "note": there.said(user)}
            if there
            else {"text": f"{village} {one.hamlet}".strip(), "note": one.find_me},
            {**_tel(one.contact_phone), "note": contact}
            if one.contact_phone
            else {"text": contact or "没有"},
            {"text": one.assignee.name if one.assignee else "未落实"},
        ]
    }


def _tel(number: str) -> dict[str, str]:
    return {"text": tel(number), "url": f"tel:{number}"} if number else {"text": "没有"}


BLOCKS = {"flood": "汛期那几项", "winter": "冬季那几项", "": ""}


def asks(usual: Usual) -> str:
    """What is asked besides when nobody changes it."""
    return "、".join(filter(None, (BLOCKS[usual.block], *usual.questions))) or "没有另外问的"


def plan_words(plan: Plan, unit: Region, groups: dict[str, str]) -> list[tuple[str, str]]:
    """What will be asked of whom, before it is."""
    who = [WHO[code] for code in plan.who] + [groups[code] for code in plan.groups if code in groups]
    rows = [
        ("名称", plan.name),
        ("哪几天", f"{day(plan.starts_on)}至{day(plan.due_on)}"),
        ("哪些人", "、".join(who)),
        ("哪些方式算", "、".join(MODE_WORDS[mode] for mode in plan.modes)),
        ("加问", BLOCKS[plan.block] or "不加"),
    ]
    if plan.questions:
        rows.append(("另外问", "；".join(plan.questions)))
    if plan.say:
        rows.append(("给巡访人的话", plan.say))
    return rows


def plan_counts(unit: Region, counts: dict[int, int]) -> dict[str, Any]:
    regions = Region.objects.filter(pk__in=counts).order_by("position", "pk")
    return {
        "caption": "每个地方多少人",
        "columns": [BELOW_WORD[Level(unit.level)], {"word": "人数", "num": True}],
        "tight": True,
        "one": True,
        "rows": [{"cells": [{"text": one.name}, {"text": f"{num(counts[one.pk])}人"}]} for one in regions],
    }
