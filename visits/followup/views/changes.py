"""What visits found: the township's list with its clock, and the one press that says the county was told."""

import uuid as uuids
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, READS_CASEWORK, TOWNSHIP, Role
from visits.core.calendar import load as load_calendar
from visits.followup import clock
from visits.followup.forms.changes import FileForm, ListFilter
from visits.followup.models import ChangeReport
from visits.followup.rows import cases as case_rows
from visits.followup.rows import changes as rows
from visits.followup.selectors import changes as selectors
from visits.followup.selectors.cases import letters
from visits.followup.services import changes as services
from visits.roster.look_rows import crumb
from visits.roster.selectors.duty import strip

PAGE = 50
WORDS = {"open": "待上报", "late": "超时未报", "filed": "已上报"}
PART_WORDS = {
    "in_time": "按时办的",
    "done_late": "超时办的",
    "overdue": "超时没办的",
    "waiting": "还没到期的",
}


@require_safe
@rule(TOWNSHIP | COUNTY, reads="change reports")
def changes(request: HttpRequest) -> HttpResponse:
    chosen = ListFilter(request.GET).chosen()
    page = chosen.pop("page", 1)
    which = chosen.setdefault("which", "open")
    behind = with_unit(chosen)
    calendar = load_calendar()
    counts = selectors.counts(request.user, behind, request.today)
    found = list(selectors.reports(request.user, behind, request.today)[(page - 1) * PAGE : page * PAGE])
    villages = Region.objects.filter(pk__in={report.person.village_id for report in found})
    parts = {**WORDS, "all": "全部"} if which == "all" else WORDS
    context = {
        "counts": counts,
        "filters": [
            {"word": word, "url": _url({**chosen, "which": code}), "count": counts[code], "current": code == which}
            for code, word in parts.items()
        ],
        "behind": behind_words(behind, "发现的"),
        "list": rows.table(found, calendar, request.today, dict(villages.values_list("pk", "name"))),
        "empty": {
            "title": f"没有{WORDS.get(which, '')}的",
            "say": "巡访时点了“报给民政办”的、来电来信登记的，当天就会到这里，不用另外汇总。",
        },
        "pager": {
            "count": counts[which],
            "unit": "份",
            "prev": _url({**chosen, "page": page - 1}) if page > 1 else "",
            "next": _url({**chosen, "page": page + 1}) if page * PAGE < counts[which] else "",
        },
        "basis": clock.BASIS,
    }  # fmt: skip
    return render(request, "visits/followup/changes.html", context)


def _url(chosen: dict[str, Any]) -> str:
    return f"{reverse('visits_followup:changes')}?{urlencode(plain(chosen))}"


def plain(chosen: dict[str, Any]) -> dict[str, Any]:
    """As it stands in an address: the month as 2026-11."""
    return {key: f"{value:%Y-%m}" if isinstance(value, date) else value for key, value in chosen.items()}


def with_unit(chosen: dict[str, Any]) -> dict[str, Any]:
    """The same with the unit itself; one that is none is left out."""
    unit = Region.objects.filter(pk=chosen["unit"]).first() if "unit" in chosen else None
    rest = {key: value for key, value in chosen.items() if key != "unit"}
    return rest | ({"unit": unit} if unit is not None else {})


def behind_words(behind: dict[str, Any], verb: str) -> str:
    """“只看嵩口镇、2026年11月发现的、按时办的。”: which number this list is behind; "" for none."""
    first, unit, part = behind.get("month"), behind.get("unit"), behind.get("part")
    words = [
        unit.name if unit else "",
        f"{first.year}年{first.month}月{verb}" if first else "",
        PART_WORDS.get(part, "") if part else "",
    ]
    said = "、".join(word for word in words if word)
    return f"只看{said}。" if said else ""


@require_http_methods(["GET", "POST"])
@rule(READS_CASEWORK, reads="change report", writes="change report")
def change(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    report = get_object_or_404(
        ChangeReport.objects.visible_to(request.user).select_related(
            "person", "offline", "visit__visitor", "filed_by", "noted_by", "case"
        ),
        uuid=uuid,
    )
    clerk = report.person.township_id in request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)
    if request.method == "POST" and not clerk:
        raise PermissionDenied
    form = FileForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.file(
                change_id=report.pk,
                by=request.user,
                at=timezone.now(),
                late_reason=form.cleaned_data["late_reason"],
            )
        except services.CannotFile as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, "已上报县级。县级要在三个工作日内定初步方案。")
            return redirect("visits_followup:change", report.uuid)
    status = 422 if form.is_bound else 200
    return render(request, "visits/followup/change.html", _page(request, report, form, clerk), status=status)


def case_no(report: ChangeReport) -> str:
    """The number under which the county has it."""
    return case_rows.number(report.case, letters({report.case.county_id})) if report.case else ""


def _page(request: HttpRequest, report: ChangeReport, form: FileForm, clerk: bool) -> dict[str, Any]:
    """The page of one report."""
    person = report.person
    noted = report.state == ChangeReport.State.NOTED
    calendar = load_calendar()
    village = Region.objects.get(pk=person.village_id).name
    return {
        "report": report,
        "person": person,
        "about": f"{person.get_sex_display()} {person.age(request.today)}岁　{village} {person.hamlet}".strip(),
        "crumbs": [
            crumb(request.user, "变化上报", reverse("visits_followup:changes"), person),
            (person.name, ""),
        ],
        "title": f"{person.name}：{rows.what(report)}" if report.items else person.name,
        "chip": rows.chip(report, calendar, request.today),
        "clock": rows.clock_of(report, calendar, request.today),
        "rows": rows.differences(report),
        "source": "" if report.visit or report.offline else rows.source_words(report),
        "case_no": case_no(report),
        "steps": rows.steps(report, request.today),
        "form": form,
        "files": clerk and noted,
        "waits": noted and not clerk,
        "late": noted and clock.is_late(request.today, report.due_on),
        "duty": strip(request.user, timezone.now(), person),
    }
