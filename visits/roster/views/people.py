"""The list of people: filters in the address, a search that leaves no name there."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.models import Region
from accounts.roles import CASES, Role
from visits.roster import search, selectors
from visits.roster.forms import PeopleFilter, SearchForm
from visits.roster.models import Person
from visits.templatetags.xf import tel

PAGE = 50


@require_http_methods(["GET", "POST"])
@rule(CASES, reads="people", writes="own search")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody in scope, by village and 自然村. A POST is a search: it is kept and answered under a token."""
    chosen = PeopleFilter(request.GET).chosen()
    form = SearchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token = search.store(text=form.cleaned_data["q"], by=request.user, at=timezone.now())
        response = HttpResponseRedirect(f"{reverse('visits_roster:people')}?{urlencode({'s': token})}")
        response.status_code = 303
        return response
    after = chosen.pop("after", None)
    token = chosen.pop("s", "")
    wanted = search.recall(token, request.user, timezone.now()) if token else None
    found = selectors.people(request.user, request.today, chosen)
    if wanted is not None:
        found = search.narrow(found, wanted)
        form = SearchForm(initial={"q": wanted}) if not form.is_bound else form
    rows = selectors.page(found, after, PAGE)
    shown, more = rows[:PAGE], len(rows) > PAGE
    keep = {**chosen, **({"s": token} if wanted is not None else {})}
    context = {
        "list": _table(shown, request),
        "pager": {
            "count": found.count(),
            "unit": "人",
            "next": _url(keep, after=shown[-1].pk) if more else "",
            "prev": _url(keep) if after else "",
        },
        "form": form,
        "wanted": wanted,
        "over": bool(token) and wanted is None,
        "empty": _empty(request, wanted, chosen),
        **_frame(request, chosen, keep),
    }
    return render(request, "visits/roster/people.html", context, status=422 if form.is_bound else 200)


def _url(chosen: dict[str, Any], **more: Any) -> str:
    values = {key: value for key, value in {**chosen, **more}.items() if value not in ("", None)}
    return f"?{urlencode(values)}" if values else reverse("visits_roster:people")


def _frame(request: HttpRequest, chosen: dict[str, Any], keep: dict[str, Any]) -> dict[str, Any]:
    """Choices of the filters, and how old the list is."""
    user = request.user
    status = chosen.get("status", Person.Status.LIVE)
    without = {key: value for key, value in keep.items() if key != "status"}
    villages = selectors.villages(user, chosen.get("township"))
    scope = selectors.people(
        user, request.today, {k: chosen[k] for k in ("village", "township") if k in chosen}
    )
    clerk = user.duty.has({Role.TOWNSHIP_CLERK})
    fresh = selectors.freshness(user) if user.duty.has({Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD}) else None
    return {
        "filters": [
            {
                "word": word,
                "url": _url(without, status=code if code != "live" else ""),
                "current": status == code,
            }
            for code, word in Person.Status.choices
        ],
        "chosen": {
            key: chosen.get(key, "")
            for key in ("status", "village", "township", "hamlet", "group", "assignee")
        },
        "townships": selectors.townships(user),
        "villages": villages,
        "hamlets": selectors.hamlets(scope),
        "groups": selectors.care_groups(user),
        "clerk": clerk,
        "fresh": f"名单截至{fresh.year}年{fresh.month}月" if fresh else ("还没有导入过名单" if clerk else ""),
        "unit": user.duty.main.region_name if user.duty.main else "",
    }


def _table(rows: list[Person], request: HttpRequest) -> dict[str, Any]:
    groups = selectors.groups_of([row.pk for row in rows], request.today, request.user)
    units = Region.objects.in_bulk({row.village_id for row in rows})
    return {
        "caption": "名单",
        "columns": ["姓名", "地方", "类别", "电话", "巡访人"],
        "rows": [{"cells": _cells(row, request, groups, units)} for row in rows],
    }


def _cells(
    row: Person, request: HttpRequest, groups: dict[int, list[str]], units: dict[int, Region]
) -> list[dict[str, Any]]:
    village = units[row.village_id].name if row.village_id in units else ""
    words = groups.get(row.pk, [])
    cells: list[dict[str, Any]] = [
        {
            "text": row.name,
            "url": reverse("visits_desk:person", args=[row.uuid]),
            "note": f"{row.get_sex_display()} {row.age(request.today)}岁",
        },
        {"text": f"{village} {row.hamlet}".strip(), "note": row.find_me},
        {"text": "、".join(words)} if words else {"text": "没有在列的类别", "state": "soon"},
        {"text": tel(row.phone) or "没有", "note": ""},
    ]
    if row.status != Person.Status.LIVE:
        cells.append({"text": row.get_status_display(), "state": "idle", "note": f"{row.left_on:%Y-%m-%d}"})
    elif row.assignee is not None:
        cells.append({"text": row.assignee.name})
    else:
        cells.append({"text": "未落实", "state": "soon"})
    return cells


def _empty(request: HttpRequest, wanted: str | None, chosen: dict[str, Any]) -> dict[str, str]:
    if wanted is not None:
        return {"title": "没有找到", "say": "核对一下字，或者只填姓、末四位再找。", "icon": "search"}
    if chosen:
        return {"title": "这里没有人", "say": "换一个条件看看。", "icon": "people"}
    if request.user.duty.has({Role.TOWNSHIP_CLERK}):
        return {
            "title": "名单还是空的",
            "say": "把低保、特困等名单填进模板导入，或者一个一个新建。",
            "icon": "people",
            "url": reverse("visits_roster:import"),
            "link": "导入名单",
        }
    return {"title": "名单还是空的", "say": "乡镇民政办导入名单以后，这里就有人了。", "icon": "people"}
