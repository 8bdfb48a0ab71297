"""The list of people in the shape the components draw: rows, chips, addresses. Words only, no rules."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Region
from visits.roster import selectors
from visits.roster.forms.finding import MARKS, SORTS
from visits.roster.models import CareGroup, Person
from visits.templatetags.xf import tel

# Beside the filters: what an address may hold without narrowing the list.
NO_FILTER = ("s", "sort", "status")


def query(chosen: Mapping[str, Any], **more: Any) -> str:
    """The filters as the query of an address, without the question mark; empty values are left out."""
    values = {**chosen, **more}
    if isinstance(values.get("month"), date):
        values["month"] = f"{values['month']:%Y-%m}"
    return urlencode({key: value for key, value in values.items() if value not in ("", None)})


def url(chosen: Mapping[str, Any], **more: Any) -> str:
    """The address of the list with these filters."""
    text = query(chosen, **more)
    return f"?{text}" if text else reverse("visits_roster:people")


def words(chosen: Mapping[str, Any], names: Mapping[str, Mapping[Any, str]]) -> dict[str, str]:
    """What each filter that is on says. `names`: village, township, group, assignee → key → its word."""
    found: dict[str, str] = {}
    for key in chosen:
        if key in ("township", "village", "group"):
            found[key] = names[key].get(chosen[key], "别的单位" if key != "group" else "别的类别")
        elif key == "assignee":
            found[key] = (
                "未落实巡访人员" if chosen[key] == "none" else f"{names[key].get(chosen[key], '别人')}访的"
            )
        elif key == "hamlet":
            found[key] = str(chosen[key])
        elif key == "tier":
            found[key] = f"{CareGroup.Tier(chosen[key]).label}对象"
        elif key in MARKS:
            found[key] = MARKS[key]
        elif key == "age_from":
            found[key] = f"{chosen[key]}岁以上（含）"
        elif key == "age_to":
            found[key] = f"{chosen[key]}岁以下（含）"
        elif key == "since":
            day = chosen[key]
            found[key] = f"{day.year}年{day.month}月{day.day}日起新列入"
        elif key == "month":
            found[key] = f"{chosen[key].year}年{chosen[key].month}月名单列入的"
    return found


def chips(chosen: Mapping[str, Any], said: Mapping[str, str]) -> list[dict[str, str]]:
    """A chip for each filter that is on; its address is the list without it."""
    return [
        {"word": word, "url": url({k: v for k, v in chosen.items() if k != key})}
        for key, word in said.items()
    ]


def sorts(chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
    now = chosen.get("sort", "")
    return [{"key": key, "word": word, "current": key == now} for key, word in SORTS.items()]


def columns(*, pick: bool) -> list[str]:
    return [*(["选"] if pick else []), "姓名", "地方", "类别", "电话", "巡访人"]


def table(rows: list[Person], user: Any, today: date, *, pick: bool, sort: str) -> dict[str, Any]:
    """The rows of a page; seven queries, whatever their number."""
    groups = selectors.groups_of([row.pk for row in rows], today, user)
    units = Region.objects.in_bulk({row.village_id for row in rows})
    twice = selectors.namesakes(user, rows)
    heads = selectors.household_heads(rows) if sort == "household" else {}
    visited = selectors.with_visitor([row.pk for row in rows], today)
    return {
        "caption": "名单",
        "columns": columns(pick=pick),
        "rows": [
            {"cells": _cells(row, today, groups, units, twice, heads, visited, pick=pick)} for row in rows
        ],
    }


def _cells(
    row: Person,
    today: date,
    groups: Mapping[int, list[str]],
    units: Mapping[int, Region],
    twice: Mapping[int, str],
    heads: Mapping[int, str],
    visited: Collection[int],
    *,
    pick: bool,
) -> list[dict[str, Any]]:
    village = units[row.village_id].name if row.village_id in units else ""
    said = groups.get(row.pk, [])
    about = f"{row.get_sex_display()} {row.age(today)}岁"
    if row.pk in twice:
        about += f"，{twice[row.pk]}"
    where = row.find_me
    if row.household_id in heads:
        where = f"户主{heads[row.household_id]}" + (f"，{row.find_me}" if row.find_me else "")
    cells: list[dict[str, Any]] = [
        {
            "text": row.name,
            "url": reverse("visits_desk:person", args=[row.uuid]),
            "note": about,
            "head": True,
        },
        {"text": f"{village} {row.hamlet}".strip(), "note": where},
        {"text": "、".join(said)} if said else {"text": "没有在列的类别", "state": "soon"},
        {"text": tel(row.phone) or "没有", "note": ""},
    ]
    if row.status != Person.Status.LIVE:
        cells.append({"text": row.get_status_display(), "state": "idle", "note": f"{row.left_on:%Y-%m-%d}"})
    else:
        cells.append(selectors.visitor_cell(row, row.pk in visited))
    if pick:
        cells.insert(0, {"text": row.name, "pick": "person", "value": row.pk})
    return cells


def empty(user: Any, wanted: str | None, said: Mapping[str, str], *, clerk: bool) -> dict[str, str]:
    """Why there is nobody here, and what to do."""
    here = reverse("visits_roster:people")
    if wanted is not None and said:
        return {
            "title": "没有找到",
            "say": f"只在“{'、'.join(said.values())}”里找了。去掉这些条件再找一次，或者核对一下字。",
            "icon": "search",
        }
    if wanted is not None:
        return {
            "title": "没有找到",
            "say": "核对一下字，或者只填姓、拼音、末四位再找。去世、迁出的要先点上面的“去世”“迁出”。",
            "icon": "search",
        }
    if said:
        many = f"没有同时是“{'、'.join(said.values())}”的人。" if len(said) > 1 else "这样的人一个也没有。"
        return {
            "title": "这里没有人", "say": f"{many}去掉一个条件看看。", "icon": "people", "url": here, "link": "看全部",
        }  # fmt: skip
    if clerk:
        return {
            "title": "名单还是空的",
            "say": "把低保、特困等名单导入，或者一个一个新建。",
            "icon": "people",
            "url": reverse("visits_roster:import"),
            "link": "导入名单",
        }
    return {"title": "名单还是空的", "say": "乡镇民政办导入名单以后，这里就有人了。", "icon": "people"}
