"""What the pages about the age of lists show, in the shape the components draw."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import CASES, Role
from visits.roster.selectors.classes import ClassRow
from visits.roster.selectors.freshness import Freshness, ListClass, month_words, months_between, of_user
from visits.templatetags.xf import num

# Where the clerk reads numbers or brings lists.
BANNER = 20  # its place in the order of banners: behind 试运行
PAGES = frozenset(
    {"home", "visits_roster:people", "visits_roster:freshness", "visits_roster:import", "visits_schedule:due",
     "visits_desk:overview"}
)  # fmt: skip


def banner(request: HttpRequest) -> dict[str, Any] | None:
    """For the clerk whose own list is older than last month; None: nothing to say."""
    user = request.user
    view = request.resolver_match.view_name if request.resolver_match else ""
    if view not in PAGES or not user.duty.has({Role.TOWNSHIP_CLERK}):  # type: ignore[union-attr]
        return None
    fresh = of_user(user, request.today)  # type: ignore[attr-defined]
    if not fresh.old:
        return None
    kind, month = min(fresh.old.items(), key=lambda one: (one[1], one[0]))
    more = f"等{len(fresh.old)}类" if len(fresh.old) > 1 else ""
    return {
        "state": "soon",
        "title": f"{kind.words}{more}的名单还是{month_words(month, fresh.today)}的。",
        "text": "拿到新名单就可以导入；",
        "url": reverse("visits_roster:freshness"),
        "link": "看各类名单到哪个月",
    }


def people_url(kind: ListClass, region: Region, *, choose: bool) -> str:
    """Exactly the people of a class. `choose`: the reader has several townships."""
    query = {"group": kind.group, **({"area": kind.area} if kind.area else {})}
    if choose:
        query["township"] = str(region.township_id)
    if region.level == Level.VILLAGE:
        query["village"] = str(region.pk)
    return f"{reverse('visits_roster:people')}?{urlencode(query)}"


def class_table(rows: Sequence[ClassRow], region: Region, user: Any, today: date) -> dict[str, Any]:
    """The classes of a township, a line each."""
    duty = user.duty
    cases, clerk = duty.role_for(region, CASES) is not None, duty.role_for(region, {Role.TOWNSHIP_CLERK})
    choose = duty.role_for(region, {Role.COUNTY_OFFICER, Role.COUNTY_HEAD}) is not None
    lines = []
    for row in rows:
        url = people_url(row.kind, region, choose=choose) if cases and row.count else ""
        lines.append(
            {
                "cells": [
                    {"text": row.kind.words},
                    month_cell(row.month, today),
                    {"text": num(row.listed) if row.listed is not None else "—"},
                    {"text": num(row.count), "url": url},
                    _figure_cell(row, today),
                    _difference_cell(row),
                    _why_cell(row, clerk=clerk is not None),
                ]
            }
        )
    return {
        "caption": f"{region.name}各类名单",
        "columns": [
            "类别", "名单截至", {"word": "那份名单", "num": True}, {"word": "系统里现在", "num": True},
            {"word": "官方数", "num": True}, "相差", "说明",
        ],
        "rows": lines,
    }  # fmt: skip


def month_cell(month: date | None, today: date) -> dict[str, str]:
    if month is None:
        return {"text": "没有全部名单", "state": "idle"}
    old = months_between(month, today) > 1
    return {"text": f"{month.year}年{month.month}月", "state": "soon" if old else "done"}


def _figure_cell(row: ClassRow, today: date) -> dict[str, str]:
    figure = row.figure
    if figure is None:
        return {"text": "没有记"}
    note = month_words(figure.month, today) if figure.month != row.month else ""
    return {"text": num(figure.people), "note": note}


def _difference_cell(row: ClassRow) -> dict[str, str]:
    gap = row.difference
    if gap is None:
        return {"text": "—"}
    if gap == 0:
        return {"text": "一致", "state": "done"}
    return {"text": f"{'多' if gap > 0 else '少'}{num(abs(gap))}人", "state": "soon"}


def _why_cell(row: ClassRow, *, clerk: bool) -> dict[str, str]:
    """What is known about why the numbers differ, with the way to exactly those."""
    uuid = row.batch.uuid if row.batch else None
    if row.open:
        url = reverse("visits_roster:import_missing", args=[uuid]) if clerk and uuid else ""
        return {"text": f"{num(row.open)}人名单上没有了，还没说明", "url": url}
    if row.wrong:
        url = reverse("visits_roster:import_detail", args=[uuid]) if clerk and uuid else ""
        return {"text": f"名单上{num(row.wrong)}行有错，没有入库", "url": url}
    return {"text": "—"}


def township_table(fresh: Freshness, units: Sequence[Region], view: str) -> dict[str, Any]:
    """Townships × classes of a county: the month of each list."""
    kinds = list(fresh.newest_of)
    rows = []
    for unit in units:
        own, behind = fresh.lists.get(unit.pk, {}), fresh.behind(unit.pk)
        cells: list[dict[str, str]] = [{"text": unit.name, "url": f"{reverse(view)}?unit={unit.pk}"}]
        for kind in kinds:
            month = own.get(kind)
            words = month_words(month, fresh.today) if month else "—"
            cells.append(
                {"text": words, "state": "soon" if kind in behind else "done"} if month else {"text": words}
            )
        cells.append({"text": _behind_words(own, behind)})
        rows.append({"cells": cells})
    return {
        "caption": "各乡镇（街道）各类名单截至哪个月",
        "columns": ["乡镇（街道）", *(kind.words for kind in kinds), "说明"],
        "rows": rows,
        "tight": len(kinds) > 6,
    }


def _behind_words(own: Collection[ListClass], behind: dict[ListClass, int]) -> str:
    """Without blame: what is not there yet."""
    if not own:
        return "还没有全部名单"
    return "、".join(f"{kind.words}差{lag}个月" for kind, lag in sorted(behind.items()))


def county_table(fresh: Freshness, units: Sequence[Region], view: str) -> dict[str, Any]:
    """Counties of a city: how many townships are up to date."""
    rows = []
    for unit in units:
        own = [pk for pk, up in fresh.above.items() if up == unit.pk]
        none = sum(not fresh.lists.get(pk) for pk in own)
        behind = sum(bool(fresh.behind(pk)) for pk in own)
        oldest = fresh.of(unit.pk)
        rows.append(
            {
                "cells": [
                    {"text": unit.name, "url": f"{reverse(view)}?unit={unit.pk}"},
                    {"text": num(len(own))},
                    {"text": num(len(own) - none - behind)},
                    {"text": num(behind)},
                    {"text": num(none)},
                    {"text": month_words(oldest, fresh.today) if oldest else "—"},
                ]
            }
        )
    return {
        "caption": "各县（市、区）名单更新到哪里",
        "columns": [
            "县（市、区）", {"word": "乡镇（街道）", "num": True}, {"word": "都是最新的", "num": True},
            {"word": "有的类还没更新", "num": True}, {"word": "还没有全部名单", "num": True}, "最早的一份",
        ],
        "rows": rows,
    }  # fmt: skip
