"""The working calendar as a page; the gallery of components in development."""

import calendar
from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import EVERYONE, PUBLIC
from visits.core.gallery import gallery_context
from visits.core.models import CalendarDay, CalendarYear

FIRST_MONTH_FOR_NEXT_YEAR = 11


def _months(year: int, days: dict[date, CalendarDay]) -> list[dict[str, Any]]:
    weeks = calendar.Calendar(firstweekday=0)
    return [
        {
            "name": f"{month}月",
            "weeks": [
                [
                    {
                        "day": day.day if day.month == month else None,
                        "special": days.get(day) if day.month == month else None,
                        "weekend": day.weekday() >= 5,
                    }
                    for day in week
                ]
                for week in weeks.monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]


@require_safe
@rule(EVERYONE, reads="calendar")
def working_calendar(request: HttpRequest) -> HttpResponse:
    """Which days count as working days: what every deadline is counted by (domain §2.3)."""
    today = request.today
    years = list(CalendarYear.objects.order_by("-year"))
    wanted = request.GET.get("year", "")
    year = int(wanted) if wanted.isdigit() and int(wanted) in {row.year for row in years} else today.year
    chosen = next((row for row in years if row.year == year), None)
    days = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
    return render(
        request,
        "visits/core/calendar.html",
        {
            "year": chosen,
            "wanted": year,
            "months": _months(year, days) if chosen else [],
            "filters": [
                {"word": f"{row.year}年", "url": f"?year={row.year}", "current": row.year == year}
                for row in years
            ],
            "missing_next": today.month >= FIRST_MONTH_FOR_NEXT_YEAR
            and today.year + 1 not in {row.year for row in years},
            "next_year": today.year + 1,
            "off": [row for row in days.values() if row.kind == "off"],
            "work": [row for row in days.values() if row.kind == "work"],
        },
    )


@require_safe
@rule(PUBLIC, reads="nothing")
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component with invented data: for whoever builds pages. Not in production."""
    if not settings.GALLERY:
        raise Http404
    return render(request, "gallery/index.html", gallery_context())
