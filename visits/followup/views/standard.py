"""标准方案 (practice P25): “维持现有救助，按期巡访”, village by village in one press; and taken back in one."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.models import Region
from visits.followup import services
from visits.followup.forms.plans import PlanFilter, StandardForm, UndoForm
from visits.followup.rows import plans as rows
from visits.followup.selectors import plans as selectors
from visits.followup.services.plans import MAKERS, STANDARD
from visits.schedule.services import groups_in_words
from visits.templatetags.xf import moment

MOST = 500
UNDO_WITHIN = timedelta(days=30)


@require_http_methods(["GET", "POST"])
@rule(MAKERS, reads="plans", writes="plans")
def standard(request: HttpRequest) -> HttpResponse:
    """Villages with people who need nothing more; of the chosen one the people, all ticked."""
    villages = selectors.standard_villages(request.user)
    wanted = PlanFilter(request.GET).chosen().get("village")
    village = next((unit for unit, _ in villages if unit.pk == wanted), None)
    if village is None:
        if request.method == "POST":
            messages.warning(request, "这个村刚才已经确认过了。")
            return redirect("visits_followup:standard")
        return render(request, "visits/followup/standard.html", _villages(request, villages))
    people = list(selectors.standard_people(request.user, village.pk)[:MOST])
    form = StandardForm(
        request.POST if request.method == "POST" else None, people=[person.pk for person in people]
    )
    if request.method == "POST" and form.is_valid() and _confirm(request, village, form):
        return redirect("visits_followup:standard")
    ticked = set(form.data.getlist("person")) if form.is_bound else None
    groups = groups_in_words([person.pk for person in people], request.today, request.user)
    context = {
        "village": village,
        "form": form,
        "text": STANDARD,
        "list": rows.standard_table(people, groups, request.today, ticked),
        "bulk": {
            "pick": "person",
            "all": "全选",
            "count": len(people) if ticked is None else len(ticked),
            "fields": [],
            "action": "确认标准方案",
        },
        "crumbs": [
            ("救助方案", reverse("visits_followup:plans")),
            ("标准方案", reverse("visits_followup:standard")),
        ],
    }
    status = 422 if form.is_bound else 200
    return render(request, "visits/followup/standard_village.html", context, status=status)


def _confirm(request: HttpRequest, village: Region, form: StandardForm) -> bool:
    try:
        _, n = services.confirm_standard(
            village_id=village.pk, person_ids=form.cleaned_data["person"], by=request.user, at=timezone.now()
        )
    except services.CannotChange as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, f"{village.name}{n}人定了标准方案：{STANDARD}。弄错了可以在下面撤回。")
    return True


def _villages(request: HttpRequest, villages: list[tuple[Region, int]]) -> dict[str, Any]:
    pressed = selectors.presses(request.user, request.today - UNDO_WITHIN)
    names = dict(Region.objects.filter(pk__in={one.village_id for one in pressed}).values_list("pk", "name"))
    home = reverse("visits_followup:standard")
    return {
        "text": STANDARD,
        "list": {
            "caption": "各村可以定标准方案的人",
            "one": True,
            "columns": ["村（居）", {"word": "人", "num": True}, "去办"],
            "rows": [
                {
                    "cells": [
                        {"text": unit.name, "url": f"{home}?village={unit.pk}"},
                        {"text": str(n)},
                        {"text": "看名单、确认", "url": f"{home}?village={unit.pk}"},
                    ]
                }
                for unit, n in villages
            ],
        },
        "presses": [
            {
                "batch": one.batch,
                "say": f"{names.get(one.village_id, '')}{one.people}人",
                "at": moment(one.made_at, request.today),
            }
            for one in pressed
        ],
        "empty": {
            "title": "没有要定标准方案的人",
            "say": "没有方案的人，都还有需要或者台账上的事，请一个一个定。",
            "icon": "ok",
        },
        "crumbs": [("救助方案", reverse("visits_followup:plans")), ("标准方案", "")],
    }


@require_POST
@rule(MAKERS, reads="plans", writes="plans")
def standard_undo(request: HttpRequest) -> HttpResponse:
    """What one press confirmed is taken back."""
    form = UndoForm(request.POST)
    try:
        if not form.is_valid():
            raise services.CannotChange("请刷新后再撤回")
        n = services.undo_standard(batch=form.cleaned_data["batch"], by=request.user, at=timezone.now())
    except services.CannotChange as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"撤回了{n}人的标准方案。")
    return redirect("visits_followup:standard")
