"""节前: what is to be looked at before a long holiday, on one page that prints."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, TOWNSHIP
from visits.core.calendar import load as load_calendar
from visits.core.holidays import Holiday, coming
from visits.core.workdays import Calendar
from visits.followup.rows import holiday as rows
from visits.followup.selectors import holiday as selectors
from visits.followup.services.shifts import PLANS
from visits.templatetags.xf import day


@require_safe
@rule(TOWNSHIP | COUNTY, reads="holiday lists")
def holiday(request: HttpRequest) -> HttpResponse:
    """For the holiday that runs or comes next."""
    calendar = load_calendar()
    found = coming(calendar, request.today)
    context: dict[str, Any] = {"found": found, "year": request.today.year + 1}
    if found is not None:
        context |= _lists(request, calendar, found)
    return render(request, "visits/followup/holiday.html", context)


def _lists(request: HttpRequest, calendar: Calendar, found: Holiday) -> dict[str, Any]:
    user, today = request.user, request.today
    last = selectors.until(calendar, found)
    changes, cases = selectors.changes(user), selectors.cases(user)
    due, need = selectors.due(user, today, last).select_related("person"), selectors.in_need(user, today)
    shown_due, shown_need = list(due[: rows.MOST]), list(need[: rows.MOST])
    people = {item.person.village_id for item in shown_due} | {row.village_id for row in shown_need}
    villages = dict(Region.objects.filter(pk__in=people).values_list("pk", "name"))
    shown_changes, shown_cases = list(changes[: rows.MOST]), list(cases[: rows.MOST])
    own, span = user.duty.unit_ids(*PLANS), (found.first, last)
    return {
        "title": rows.title(found, selectors.name_of(found)),
        "eves": found.eves,
        "last": last,
        "emergencies": selectors.emergencies(user),
        "emergencies_url": reverse("visits_followup:emergencies"),
        "gaps": rows.gaps(selectors.gaps(user, found), own, found.days[0] - (found.days[1] - found.days[0])),
        "shifts_url": reverse("visits_followup:shifts"),
        "parts": [
            _part("bianhua", "还没报县级", "还没报县级的变化", "件", rows.changes(shown_changes, calendar, today, span),
                  changes.count(), "没有等着报的变化。", f"{reverse('visits_followup:changes')}?which=open"),
            _part("anzi", "没办结", "没办结的案子", "件", rows.cases(shown_cases, today, span), cases.count(),
                  "没有没办结的案子。", ""),
            _part("yaofang", "要访", f"到{day(last, today)}为止到期要访的人", "人", rows.due(shown_due, villages, today), due.count(),
                  "节前、节里和节后两个工作日里没有到期的人。", reverse("visits_schedule:due") if user.duty.has(TOWNSHIP) else ""),
            _part("liuxin", "多留心", "要多留心的人", "人", rows.in_need(shown_need, villages, today), need.count(),
                  "没有80岁以上独居、有重病的人。", ""),
        ],
    }  # fmt: skip


def _part(
    anchor: str, short: str, title: str, unit: str, table: dict[str, Any], count: int, none: str, url: str
) -> dict[str, Any]:
    return {
        "id": anchor,
        "short": short,
        "title": title,
        "unit": unit,
        "list": table,
        "count": count,
        "none": none,
        "url": url,
        "most": rows.MOST,
    }
