"""Overviews by unit and period, and the lists behind every number."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW
from visits.desk import links, listing, scope, trial
from visits.desk import overview as words
from visits.desk.selectors import MEASURES
from visits.desk.selectors import figures as count
from visits.roster.selectors import freshness
from visits.schedule.periods import Period
from visits.templatetags.xf import dayshort


@require_safe
@rule(OVERVIEW, reads="figures")
def overview(request: HttpRequest) -> HttpResponse:
    """A unit's figures and those of the units below; of a village also its people."""
    region = scope.unit_of(request.user, request.GET.get("unit", ""))
    period = scope.period_of(request.GET.get("period", ""), request.today)
    group = request.GET.get("m", "")
    group = group if group in dict(words.GROUPS) else "1"
    page = words.read(region, period, request.today, request.user.duty)
    village = region.level == Level.VILLAGE
    people = (
        listing.page_of(request.user, region, period, request.today, "due") if village else ({"rows": []}, "")
    )
    context = {
        **_frame(request, region, period),
        "title": words.title(page),
        "page": page,
        "fresh_url": links.to("visits_roster:freshness", unit=region.pk),
        "attention": words.attention(page),
        "stats": words.stats(page),
        "pair": words.pair(page),
        "heat": None if village else words.heat(page, group),
        "bare": words.bare(page),
        "groups": [
            {"word": word, "url": _here(region, period, m=code), "current": code == group}
            for code, word in words.GROUPS
        ],
        "below": words.BELOW_WORDS.get(Level(region.level), ""),
        "periods": _periods(request, period, "visits_desk:overview"),
        "copy": {"id": "cuiban", "text": words.copy_text(page), "word": "复制催办文字"},
        "explained": words.explained(),
        "list": people[0],
        "all_url": words.list_url(region, period, "due") if people[1] else "",
    }
    return render(request, "visits/desk/overview.html", context)


def _here(region: Region, period: Period, **query: str) -> str:
    return links.to("visits_desk:overview", unit=region.pk, period=period.key, **query)


def _frame(request: HttpRequest, region: Region, period: Period) -> dict:
    path = scope.path_of(region, request.user.duty)
    return {
        "crumbs": [(unit.name, _here(unit, period)) for unit in path[:-1]] + [(region.name, "")],
        "span": f"{period.label}　{dayshort(period.start)}到{dayshort(period.end)}",
        "region": region,
        "period": period,
        "masked": not scope.names_shown(request.user.duty, region),
    }


def _periods(request: HttpRequest, period: Period, url: str, **query: str) -> list[dict]:
    return [
        {
            "word": word,
            "url": links.to(url, unit=request.GET.get("unit", ""), period=one.key, **query),
            "current": one == period,
        }
        for word, one in scope.choices(request.today)
    ]


@require_safe
@rule(OVERVIEW, reads="people behind figures")
def figures(request: HttpRequest) -> HttpResponse:
    """Exactly the people that a number counted."""
    region = scope.unit_of(request.user, request.GET.get("unit", ""))
    period = scope.period_of(request.GET.get("period", ""), request.today)
    measure = request.GET.get("measure", "due")
    if measure not in MEASURES:
        raise Http404
    table, after = listing.page_of(
        request.user, region, period, request.today, measure, _uuid(request.GET.get("after", ""))
    )
    counts = count(scope.units_of(region), period, request.today)
    context = {
        **_frame(request, region, period),
        "measure": MEASURES[measure],
        "fresh": f"{freshness.of(region, request.today).words}{trial.of(region, request.today, period).words}",
        "list": table,
        "count": counts.of(measure),
        "back": _here(region, period),
        "filters": [
            {
                "word": one.word,
                "count": counts.of(code),
                "url": words.list_url(region, period, code),
                "current": code == measure,
            }
            for code, one in MEASURES.items()
        ],
        "pager": {
            "count": counts.of(measure),
            "unit": MEASURES[measure].unit,
            "next": f"{words.list_url(region, period, measure)}&after={after}" if after else "",
        },
        "periods": _periods(request, period, "visits_desk:figures", measure=measure),
        "empty": {
            "title": f"没有{MEASURES[measure].word}的人",
            "say": MEASURES[measure].explained,
            "icon": "ok",
        },
    }
    return render(request, "visits/desk/figures.html", context)


def _uuid(text: str) -> str:
    """The mark of a page, or nothing when the address was mangled."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""
