"""发现新对象: telling on the phone, the list of what was told, and the clerk's answer."""

import uuid as uuids
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import TOWNSHIP, VILLAGE, WRITES_VISITS, Role
from visits.roster import selectors
from visits.roster.forms.discoveries import AnswerForm, LinkForm, TellForm
from visits.roster.models import Discovery, Person
from visits.roster.selectors import discoveries as reading
from visits.roster.selectors.duty import strip
from visits.roster.services import CannotChange
from visits.roster.services import discoveries as service
from visits.roster.views.files import show_refusal
from visits.templatetags.xf import day, tel

CLERK = {Role.TOWNSHIP_CLERK}
State = Discovery.State
LOOK = {State.WAITING: "soon", State.FILED: "done", State.REFUSED: "idle"}


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="villages", writes="discovery")
def discovery_new(request: HttpRequest) -> HttpResponse:
    """Who, where, why: under a minute. The same page sent twice tells once."""
    common = {
        "villages": service.villages_of(request.user, request.today),
        "groups": selectors.care_groups(request.user),
    }
    form = TellForm(request.POST or None, initial={"key": uuids.uuid4()}, **common)
    first = None
    if request.method == "POST" and form.is_valid():
        try:
            made, new = service.tell_of(by=request.user, at=timezone.now(), **form.values())
        except service.AlreadyTold as error:
            first = error.discovery
            data = request.POST.copy()
            data["key"] = str(uuids.uuid4())
            form = TellForm(data, **common)
        except CannotChange as error:
            show_refusal(form, error)
        else:
            say = "报给民政办了" if new else "刚才已经报过，没有重复"
            messages.success(request, f"{made.name}{say}。核过以后在这里看得到结果，不用再报。")
            return redirect("visits_roster:discoveries")
    context = {"form": form, "first": first, "duty": strip(request.user, timezone.now())}
    return render(request, "visits/roster/discovery_new.html", context, status=422 if form.is_bound else 200)


@require_safe
@rule(VILLAGE | TOWNSHIP, reads="discoveries")
def discoveries(request: HttpRequest) -> HttpResponse:
    """What was told: for the clerk what waits first, for a cadre what became of theirs."""
    state = request.GET.get("state", "")
    state = state if state in State.values else ""
    rows = list(reading.discoveries(request.user, state)[: reading.PAGE])
    here = reverse("visits_roster:discoveries")
    words = [("", "全部"), *((code, word) for code, word in State.choices)]
    counts = {code: reading.discoveries(request.user, code).order_by().count() for code, _ in words}
    context = {
        "list": _table(rows, request.today),
        "filters": [
            {
                "word": word,
                "url": f"{here}?state={code}" if code else here,
                "current": code == state,
                "count": counts[code],
            }
            for code, word in words
        ],
        "pager": {"count": counts[state], "unit": "人"},
        "tells": request.user.duty.has(WRITES_VISITS),
        "empty": {
            "title": "还没有人报过",
            "say": "走访时碰到没在名单上、又困难的人，报一下姓名、住处、情况。",
        }
        if not state
        else {"title": "这里没有人", "say": "换一个条件看看。"},
    }
    return render(request, "visits/roster/discoveries.html", context)


def _table(rows: list[Discovery], today: date) -> dict[str, Any]:
    units = Region.objects.in_bulk({row.village_id for row in rows})
    return {
        "caption": "发现的新对象",
        "columns": ["姓名", "到哪一步", "住在哪里", "什么情况", "谁报的"],
        "rows": [
            {
                "cells": [
                    {
                        "text": row.name,
                        "url": reverse("visits_roster:discovery", args=[row.uuid]),
                        "note": f"大概{row.age}岁" if row.age is not None else "",
                    },
                    {"text": row.get_state_display(), "state": LOOK[State(row.state)], "note": row.answer},
                    {"text": f"{units[row.village_id].name} {row.where}".strip()},
                    {"text": row.why},
                    {"text": row.told_by.name, "note": day(row.told_at, today)},
                ]
            }
            for row in rows
        ],
    }


def _found(request: HttpRequest, uuid: Any) -> Discovery:
    rows = Discovery.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("told_by", "group", "person", "settled_by"), uuid=uuid)


def _own(request: HttpRequest, uuid: Any) -> Discovery:
    """One that the clerk answers: 403 when they only told it."""
    found = _found(request, uuid)
    if request.user.duty.role_for(found, CLERK) is None:
        raise PermissionDenied
    return found


@require_http_methods(["GET", "POST"])
@rule(VILLAGE | TOWNSHIP, reads="discovery", writes="discovery's answer")
def discovery(request: HttpRequest, uuid: Any) -> HttpResponse:
    """One of them, with who may be meant; a clerk's POST says why no file is opened."""
    found = _own(request, uuid) if request.method == "POST" else _found(request, uuid)
    clerk = request.user.duty.role_for(found, CLERK) is not None
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            service.refuse_discovery(
                discovery_id=found.pk, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"答复了，{found.told_by.name}看得到")
            return redirect(f"{reverse('visits_roster:discoveries')}?state=waiting")
    waiting = clerk and found.state == State.WAITING
    context = {
        "found": found,
        "state": LOOK[State(found.state)],
        "village": Region.objects.get(pk=found.village_id).name,
        "tel": tel(found.phone),
        "form": form,
        "waiting": waiting,
        "alike": reading.alike(found) if waiting else [],
        "opens": _opens(request, found),
        "new_url": f"{reverse('visits_roster:person_new')}?from={found.uuid}",
    }
    return render(request, "visits/roster/discovery.html", context, status=422 if form.is_bound else 200)


def _opens(request: HttpRequest, found: Discovery) -> bool:
    """Whether the reader may open the file that was made: a cadre sees that it was made, the file only when it
    is theirs."""
    if found.person_id is None:
        return False
    return Person.objects.visible_to(request.user).filter(pk=found.person_id).exists()


@require_POST
@rule(CLERK, reads="discovery", writes="discovery's answer")
def discovery_link(request: HttpRequest, uuid: Any) -> HttpResponse:
    """There is a file already."""
    found = _own(request, uuid)
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "请选是哪一份档案")
        return redirect("visits_roster:discovery", uuid=found.uuid)
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=form.cleaned_data["person"])
    try:
        service.link_discovery(discovery_id=found.pk, person_id=person.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
        return redirect("visits_roster:discovery", uuid=found.uuid)
    messages.success(request, f"连上了{person.name}原来的档案")
    return redirect("visits_desk:person", uuid=person.uuid)
