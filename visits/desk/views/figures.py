"""Overviews by unit and period, and the lists behind every number."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW
from visits.desk import (
    attention,
    behind,
    charts,
    comparing,
    exporting,
    links,
    listing,
    scope,
    screen,
    tables,
    trial,
)
from visits.desk import overview as words
from visits.desk.frame import banner_shown
from visits.desk.selectors import MEASURES
from visits.roster.selectors import freshness
from visits.schedule.periods import Period, Quarter
from visits.templatetags.xf import dayshort


@require_safe
@rule(OVERVIEW, reads="figures")
def overview(request: HttpRequest) -> HttpResponse:
    """A unit's figures and those of the units below; of a village also its people. `t` chooses the table, `screen` shows
    it on a wall, without any name of a person."""
    region = scope.unit_of(request.user, request.GET.get("unit", ""))
    period = scope.period_of(request.GET.get("period", ""), request.today)
    chosen = request.GET.get("t", "")
    chosen = chosen if chosen in tables.MAKERS else ""
    page = words.read(region, period, request.today, request.user, year_ago=not chosen)
    if request.GET.get("screen") == "1":
        return render(
            request, "visits/desk/screen.html", _frame(request, region, period) | screen.context(page)
        )
    context = {
        **_frame(request, region, period),
        "title": words.title(page),
        "fresh": page.fresh_words(banner_shown(request)),
        "fresh_url": links.to("visits_roster:freshness", unit=region.pk),
        "tabs_of": [
            {"word": word, "url": _here(region, period, t=code), "current": code == chosen}
            for code, word in tables.TABS
        ],
        "periods": _periods(request, period, "visits_desk:overview", t=chosen),
        "screen_url": _here(region, period, screen="1"),
        "book_url": links.to("visits_desk:workbook", unit=region.pk, period=period.key),
        "return_url": links.to("visits_desk:return", unit=region.pk, period=period.key)
        if isinstance(period, Quarter)
        else "",
        "below": words.BELOW_WORDS.get(Level(region.level), ""),
        "chosen": chosen,
    }
    context |= _table(request, page, chosen) if chosen else _first(request, page)
    return render(request, "visits/desk/overview.html", context)


def _first(request: HttpRequest, page: words.Overview) -> dict[str, Any]:
    """What stands on the first sheet: what to ask, the figures, the units, the comparison."""
    region, period, village = page.region, page.period, page.region.level == Level.VILLAGE
    group = request.GET.get("m", "")
    group = group if group in dict(words.GROUPS) else "1"
    people: tuple[dict[str, Any], str] = ({"rows": []}, "")
    if village:
        due = behind.find(region, period, request.today, request.today, "due")
        assert due is not None
        people = listing.page_of(request.user, region, period, request.today, due)
    asked = attention.lines(page, request.user.duty)
    return {
        "attention": asked,
        "attention_words": attention.words(asked),
        "stats": words.stats(page),
        "pair": words.pair(page),
        "said": tables.said(page),
        "heat": None if village else words.heat(page, group),
        "bare": words.bare(page),
        "groups": [
            {"word": word, "url": _here(region, period, m=code), "current": code == group}
            for code, word in words.GROUPS
        ],
        "compared": comparing.table(page),
        "copy": {"id": "cuiban", "text": words.copy_text(page), "word": "复制催办文字"},
        "explained": words.explained_once(),
        "list": people[0],
        "village": village,
        "all_url": words.list_url(region, period, "due") if people[1] else "",
    }


def _table(request: HttpRequest, page: words.Overview, chosen: str) -> dict[str, Any]:
    """One of the other tables, with its chart."""
    table = tables.MAKERS[chosen](page)
    group = request.GET.get("m", "")
    group = group if group in dict(table.groups) else table.groups[-1 if chosen == "weeks" else 0][0]
    return {
        "table": table,
        "heat": tables.heat(page, table, group),
        "bare": words.bare(page),
        "groups": [
            {"word": word, "url": _here(page.region, page.period, t=chosen, m=code), "current": code == group}
            for code, word in table.groups
        ],
        "run": charts.run(page) if chosen == "weeks" else None,
        "ways": charts.ways(page, table.whole, table.below) if chosen == "how" else None,
        "explained": tables.explained(page, table),
    }


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
    """Exactly the people that a number counted; with `upto` as things stood at the end of that day."""
    region = scope.unit_of(request.user, request.GET.get("unit", ""))
    period = scope.period_of(request.GET.get("period", ""), request.today)
    upto = scope.day_of(request.GET.get("upto", ""), request.today)
    code = request.GET.get("measure", "due")
    found = behind.find(region, period, request.today, upto or request.today, code)
    if found is None:
        raise Http404
    table, after = listing.page_of(
        request.user, region, period, request.today, found, _uuid(request.GET.get("after", ""))
    )
    counts, measure = found.counts(), found.measure
    context = {
        **_frame(request, region, period),
        "measure": measure,
        "upto": upto,
        "fresh": f"{freshness.of(region, request.today).words}{_trial_words(request, region, period)}",
        "list": table,
        "count": counts[code],
        "back": _here(region, period),
        "export_url": exporting.url(request.user, region, period, code, upto),
        "half": found.owed
        and scope.second_of_half(period)
        and scope.half_yearly(min(request.today, period.end)),
        "filters": [
            {
                "word": one.word,
                "count": counts[each],
                "url": words.list_url(region, period, each, upto),
                "current": each == code,
            }
            for each, one in found.beside.items()
        ],
        "pager": {
            "count": counts[code],
            "unit": measure.unit,
            "next": f"{words.list_url(region, period, code, upto)}&after={after}" if after else "",
        },
        "periods": _periods(request, period, "visits_desk:figures", measure=code)
        if code in MEASURES and not upto
        else [],
        "empty": {
            "title": f"没有{measure.word}的人",
            "say": measure.explained,
            "icon": "ok",
        },
    }
    return render(request, "visits/desk/figures.html", context)


def _trial_words(request: HttpRequest, region: Region, period: Period) -> str:
    banner = banner_shown(request)
    return "" if banner and banner.get("trial") else trial.of(region, request.today, period).words


def _uuid(text: str) -> str:
    """The mark of a page, or nothing when the address was mangled."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""
