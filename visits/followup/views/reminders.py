"""提醒规定: who is told of a deadline and when, as sentences; and what would be told today."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, Role
from visits.followup import clock
from visits.followup.escalation import ONE
from visits.followup.forms.reminders import LevelForm, LevelKey
from visits.followup.models import Subject
from visits.followup.seeds import SINCE
from visits.followup.services import reminding
from visits.followup.services.reminding import DECIDES, MAY_HEAR
from visits.roster.services.common import CannotChange

READS = frozenset(COUNTY | {Role.CITY_BUSINESS, Role.CITY_SUPERVISOR})
ABOUT = {
    Subject.REPORT: "发现变化起两个工作日内报县级",
    Subject.CASE: "县级收到起三个工作日内定初步方案",
    Subject.SUPPLEMENT: "县级要补的材料",
    Subject.MEASURE: "方案里的措施落实",
    Subject.SUMMARY: "当日汇总，下一个工作日确认",
    Subject.EMERGENCY: "紧急情况，24小时内补上经过",
    Subject.SIGNING: "巡访结果确认表，签字截止",
}


def _unit(request: HttpRequest) -> Region:
    """The unit the page is about: what one decides for, else one's county, else the city."""
    unit = reminding.unit_of(request.user)
    if unit is None:
        counties = request.user.duty.unit_ids(*COUNTY)  # type: ignore[union-attr]
        unit = Region.objects.filter(level=Level.COUNTY, pk__in=counties).order_by("position").first()
    return unit or Region.objects.get(level=Level.CITY)


@require_safe
@rule(READS, reads="escalation rules")
def reminders(request: HttpRequest) -> HttpResponse:
    """Each deadline with its levels in words, what is to come, what held before."""
    unit = _unit(request)
    decides = reminding.unit_of(request.user) is not None
    rows = reminding.rows_of(unit)
    context = {
        "unit": unit,
        "city": unit.level == Level.CITY,
        "parts": [_part(subject, rows, unit, decides, request) for subject in MAY_HEAR],
        "decides": decides,
        "basis": clock.BASIS,
    }
    return render(request, "visits/followup/reminders.html", context)


def _part(subject: str, rows: list[Any], unit: Region, decides: bool, request: HttpRequest) -> dict[str, Any]:
    mine = [row for row in rows if row.subject == subject]
    own = {row.level for row in mine if row.region_id == unit.pk and row.ends_on is None}
    url = reverse("visits_followup:reminder_edit")
    coming = sorted({(row.level, row.starts_on) for row in mine if row.starts_on > request.today})  # type: ignore[attr-defined]
    return {
        "name": Subject(subject).label,
        "about": ABOUT[Subject(subject)],
        "steps": [
            {
                "level": step.level,
                "words": reminding.words_of(step),
                "own": step.level in own and unit.level != Level.CITY,
                "at_once": step.at_once,
                # Of what has always been so there is nothing to say.
                "since": step.starts_on if step.starts_on != SINCE else None,
                "url": f"{url}?subject={subject}&level={step.level}" if decides else "",
                "ends": decides and step.level in own,
                "subject": subject,
            }
            for step in reminding.held(mine, request.today)  # type: ignore[attr-defined]
        ],
        "coming": [
            {
                "level": level,
                "on": on,
                "words": next(
                    (reminding.words_of(step) for step in reminding.held(mine, on) if step.level == level), ""
                ),
                "ends": decides and level in own,
                "subject": subject,
            }
            for level, on in coming
        ],
        "new_url": f"{url}?subject={subject}&level=0" if decides else "",
    }


@require_http_methods(["GET", "POST"])
@rule(DECIDES, reads="escalation rules", writes="escalation rule")
def reminder_edit(request: HttpRequest) -> HttpResponse:
    """One level: from a day on."""
    key, unit = LevelKey(request.GET), reminding.unit_of(request.user)
    if not key.is_valid() or unit is None:
        return redirect("visits_followup:reminders")
    subject, level = key.cleaned_data["subject"], key.cleaned_data["level"]
    steps = {step.level: step for step in reminding.held(reminding.rows_of(unit, subject), request.today)}
    now = steps.get(level)
    initial = _initial(now) | {"starts_on": request.today + ONE}
    form = LevelForm(request.POST or None, subject=subject, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = reminding.decide(form.wish(unit.pk, subject, level), by=request.user, at=timezone.now())  # type: ignore[arg-type]
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"定好了：{reminding.words_of(made)}。到那天起照这样提醒")
            return redirect("visits_followup:reminders")
    context = {
        "form": form,
        "unit": unit,
        "name": Subject(subject).label,
        "about": ABOUT[Subject(subject)],
        "number": level,
        "now": reminding.words_of(now) if now else "",
        "county": unit.level != Level.CITY,
    }
    return render(
        request, "visits/followup/reminder_edit.html", context, status=422 if form.is_bound else 200
    )


def _initial(step: Any) -> dict[str, Any]:
    if step is None:
        return {"days": 1, "at": "9:00"}
    at = f"{step.at.hour}:{step.at.minute:02d}"
    return {"days": step.days, "at": at, "roles": list(step.roles), "at_once": step.at_once}


@require_POST
@rule(DECIDES, reads="escalation rules", writes="escalation rule")
def reminder_end(request: HttpRequest) -> HttpResponse:
    """The unit's own level is dropped."""
    key = LevelKey(request.GET)
    if not key.is_valid():
        raise Http404
    try:
        reminding.end(by=request.user, at=timezone.now(), **key.cleaned_data)  # type: ignore[arg-type]
    except CannotChange as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "停用了，从明天起不再这样提醒")
    return redirect("visits_followup:reminders")


@require_safe
@rule(READS, reads="escalation rules")
def reminders_today(request: HttpRequest) -> HttpResponse:
    """今天会提醒谁几条: counted, nothing is sent."""
    unit = _unit(request)
    lines = reminding.outlook(unit, request.today)
    rows = [
        {
            "cells": [
                {"text": line.unit},
                {"text": Subject(line.subject).label},
                {"text": line.role},
                {"text": str(line.n)},
            ]
        }
        for line in lines
    ]
    columns: list[Any] = ["单位", "什么期限", "提醒谁", {"word": "几条", "num": True}]
    context = {
        "unit": unit,
        "total": sum(line.n for line in lines),
        "list": {"caption": "今天会提醒谁几条", "columns": columns, "rows": rows},
        "empty": {
            "title": "今天没有要提醒的",
            "say": "到今天24:00为止，没有哪个期限走到该提醒的那一步。",
        },
    }
    return render(request, "visits/followup/reminders_today.html", context)
