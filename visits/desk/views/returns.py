"""The draft of the quarterly return, and workbooks of the overviews' tables."""

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW
from visits.desk import books, links, overview, quarterly, scope
from visits.schedule.periods import Quarter
from xunfang.kit import excel


def _asked(request: HttpRequest) -> tuple[Region, Quarter, bool]:
    """Unit, quarter (a half-year means its running quarter), and whether to count beyond the 统计截止日."""
    region = scope.unit_of(request.user, request.GET.get("unit", ""))
    period = scope.period_of(request.GET.get("period", ""), request.today)
    quarter = period if isinstance(period, Quarter) else Quarter.containing(min(request.today, period.end))
    return region, quarter, request.GET.get("beyond") == "1"


@require_safe
@rule(OVERVIEW, reads="figures")
def quarterly_return(request: HttpRequest) -> HttpResponse:
    """表一 of a unit's quarter, as it stands at the 统计截止日."""
    region, quarter, beyond = _asked(request)
    draft = quarterly.read(region, quarter, request.today, request.user.duty, beyond=beyond)
    first, second = _group(request, "m"), _group(request, "n")
    path = scope.path_of(region, request.user.duty)

    def here(**changed: Any) -> str:
        query = {
            "unit": region.pk,
            "period": quarter.key,
            "beyond": "1" if beyond else "",
            "m": first,
            "n": second,
        }
        return links.to("visits_desk:return", **(query | changed))

    context = {
        "draft": draft,
        "said": quarterly.DRAFT,
        "crumbs": [(unit.name, here(unit=unit.pk)) for unit in path[:-1]] + [(region.name, "")],
        "title": f"{region.name}{quarter.label}季报草表",
        "fresh": draft.fresh.words,
        "fresh_url": links.to("visits_roster:freshness", unit=region.pk),
        "quarters": [
            {"word": one.label, "url": here(period=one.key, beyond=""), "current": one == quarter}
            for one in scope.quarters_of_returns(request.today)
        ],
        "days": _days(draft, here),
        "people": quarterly.people_table(draft, first),
        "people_groups": [
            {"word": word, "url": here(m=code), "current": first == code} for code, word in quarterly.PEOPLE_GROUPS
        ],
        "visits": quarterly.visits_table(draft, second),
        "visits_groups": [
            {"word": word, "url": here(n=code), "current": second == code} for code, word in quarterly.GROUPS
        ],
        "bare": [row for row in draft.rows if row.bare],
        "book_url": links.to(
            "visits_desk:return_book", unit=region.pk, period=quarter.key, beyond="1" if beyond else ""
        ),
        "overview_url": links.to("visits_desk:overview", unit=region.pk, period=quarter.key),
        "signed": books.SIGNED,
    }  # fmt: skip
    return render(request, "visits/desk/return.html", context)


def _group(request: HttpRequest, name: str) -> str:
    text = request.GET.get(name, "")
    return text if text in ("1", "2", "3", "4") else "1"


def _days(draft: quarterly.ReturnDraft, here: Any) -> list[dict[str, Any]]:
    """Until when to count: to choose only when the 统计截止日 is over."""
    if draft.today <= draft.cut:
        return []
    beyond = draft.day > draft.cut
    return [
        {"word": "算到统计截止日", "url": here(beyond=""), "current": not beyond},
        {"word": "算到今天", "url": here(beyond="1"), "current": beyond},
    ]


@require_http_methods(["GET"])  # whose reading is noted: a HEAD would note one that was none
@rule(OVERVIEW, reads="figures", audit="figures_exported")
def return_book(request: HttpRequest) -> HttpResponse:
    """表一 as a workbook laid out like the office's form."""
    region, quarter, beyond = _asked(request)
    draft = quarterly.read(
        region, quarter, request.today, request.user.duty, beyond=beyond, deep=region.level == Level.CITY
    )
    data = books.write(
        [books.of_return(draft)],
        what="return",
        region=region,
        period=quarter.key,
        by=request.user,
        at=timezone.now(),
    )
    return _book(data, f"{region.name}{quarter.label}季报草表")


@require_http_methods(["GET"])  # whose reading is noted: a HEAD would note one that was none
@rule(OVERVIEW, reads="figures", audit="figures_exported")
def workbook(request: HttpRequest) -> HttpResponse:
    """Every table of an overview, a sheet each."""
    region = scope.unit_of(request.user, request.GET.get("unit", ""))
    period = scope.period_of(request.GET.get("period", ""), request.today)
    page = overview.read(region, period, request.today, request.user, year_ago=True)
    data = books.write(
        books.of_overview(page),
        what="overview",
        region=region,
        period=period.key,
        by=request.user,
        at=timezone.now(),
    )
    return _book(data, f"{region.name}{period.label}巡访情况")


def _book(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=excel.CONTENT_TYPE)
    response["Content-Disposition"] = (
        f"attachment; filename=\"figures.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
