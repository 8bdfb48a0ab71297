"""The business log for the security auditor: reading it, and proving that nobody changed it."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.access import rule
from accounts.forms.log import LogFilter
from accounts.log_words import ACTIONS, OBJECTS
from accounts.models import LogEntry, LogHead, Region, User
from accounts.roles import ROLES, Role

PAGE = 100


@require_http_methods(["GET", "POST"])
@rule({Role.AUDITOR}, reads="log", writes="log", audit="log_verified")
def log(request: HttpRequest) -> HttpResponse:
    """Newest first. Reading leaves no row (it would make the log about itself); checking it does."""
    verdict = None
    if request.method == "POST":
        verdict = audit.verify()
        audit.record(
            "log_verified",
            at=timezone.now(),
            by_id=request.user.pk,
            role=Role.AUDITOR,
            object_type="log",
            rows=verdict.rows,
            broken=verdict.broken,
        )
    form = LogFilter(request.GET)
    chosen = form.chosen()
    before = chosen.pop("before", None)
    rows = _rows(chosen)
    found = list((rows.filter(number__lt=before) if before else rows)[: PAGE + 1])
    head = LogHead.objects.get()
    more = len(found) > PAGE
    found = found[:PAGE]
    address = urlencode({key: str(value) for key, value in chosen.items()})
    context = {
        "form": form,
        "verdict": verdict,
        "head": head.number,
        "list": _table(found),
        "pager": {
            "count": rows.count(),
            "unit": "条",
            "next": f"?{address}&before={found[-1].number}" if more else "",
        },
        "none": {"title": "没有这样的记录", "say": "换个条件看看。", "icon": "clip"},
    }
    return render(request, "accounts/log.html", context)


def _rows(chosen: dict[str, Any]) -> QuerySet[LogEntry]:
    rows = LogEntry.objects.filter(number__isnull=False).order_by("-number")
    if "action" in chosen:
        rows = rows.filter(action=chosen["action"])
    if "day" in chosen:
        start = timezone.make_aware(datetime.combine(chosen["day"], time()))
        rows = rows.filter(at__gte=start, at__lt=start + timedelta(days=1))
    return rows


def _table(found: list[LogEntry]) -> dict[str, Any]:
    people = User.objects.in_bulk({row.actor_id for row in found if row.actor_id})
    unit_ids = {row.village_id or row.township_id or row.county_id for row in found} - {None}
    units = dict(Region.objects.filter(pk__in=unit_ids).values_list("pk", "name"))
    rows = []
    for row in found:
        actor = people.get(row.actor_id or 0)
        role = ROLES[Role(row.role)].label if row.role in set(Role) else ""
        unit = units.get(row.village_id or row.township_id or row.county_id or 0, "")
        number = row.object_id if row.object_id.isdecimal() else row.object_id[:8]
        rows.append(
            {
                "cells": [
                    {"text": str(row.number)},
                    {"text": f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}"},
                    {"text": actor.name if actor else "系统", "note": role},
                    {"text": ACTIONS.get(row.action, "其他")},
                    {"text": OBJECTS.get(row.object_type, "其他"), "note": number},
                    {"text": unit},
                ]
            }
        )
    columns = ["编号", "时间", "谁", "做了什么", "对什么", "哪里"]
    return {"caption": "业务日志", "columns": columns, "rows": rows, "tight": True}
