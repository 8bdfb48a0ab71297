"""时限情况: reports within two working days, answers within three, by unit and month; and the week in sentences."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, OVERVIEW, READS_CASEWORK, TOWNSHIP
from accounts.succession import units_of
from visits.followup import clock
from visits.followup.forms.timely import TimelyFilter
from visits.followup.planning import add_months
from visits.followup.rows import timely as rows
from visits.followup.selectors import timely as selectors

LISTS = {selectors.REPORTS: "visits_followup:changes", selectors.CASES: "visits_followup:cases"}
BELOW_WORDS = {Level.CITY: "县（市、区）", Level.COUNTY: "乡镇（街道）", Level.TOWNSHIP: "村（居）"}


@require_safe
@rule(OVERVIEW, reads="timeliness")
def timely(request: HttpRequest) -> HttpResponse:
    chosen = TimelyFilter(request.GET).chosen()
    unit = selectors.unit_of(request.user, chosen.get("unit"))
    if unit is None:
        raise Http404
    today = request.today
    first = min(chosen.get("month") or today.replace(day=1), today.replace(day=1))
    monday = chosen.get("week") or today
    monday = min(monday, today) - timedelta(days=min(monday, today).weekday())
    units = units_of(unit)
    context = {
        "unit": unit,
        "title": f"{unit.name}时限情况",
        "month": first,
        "prev_url": _url(unit, add_months(first, -1), monday),
        "next_url": _url(unit, add_months(first, 1), monday) if add_months(first, 1) <= today else "",
        "crumbs": _crumbs(request, unit, first),
        "tables": [
            {"title": word, "note": note, "by_unit": _by_unit(request, kind, unit, units, first),
             "by_month": _by_month(request, kind, unit, units, first)}
            for kind, word, note in (
                (selectors.REPORTS, "两个工作日内报县级", "按哪个月发现的算"),
                (selectors.CASES, "三个工作日内定初步方案", "按哪个月收到的算；负责人批准才算答复"),
            )
        ],
        "reasons": selectors.reasons(units, first),
        "week": rows.week_words(unit.name, monday, selectors.week(units, monday, today), today),
        "week_before_url": _url(unit, first, monday - timedelta(days=7)) + "#benzhou",
        "week_after_url": _url(unit, first, monday + timedelta(days=7)) + "#benzhou" if monday + timedelta(days=7) <= today else "",
        "basis": f"{clock.BASIS}{clock.COUNTY_BASIS}",
    }  # fmt: skip
    context["copy"] = {"id": "zhaiyao", "text": "".join(context["week"]), "word": "复制本周情况摘要"}
    return render(request, "visits/followup/timely.html", context)


def _url(unit: Region, first: date, monday: date) -> str:
    query = {"unit": unit.pk, "month": f"{first:%Y-%m}", "week": monday.isoformat()}
    return f"{reverse('visits_followup:timely')}?{urlencode(query)}"


def _crumbs(request: HttpRequest, unit: Region, first: date) -> list[tuple[str, str]]:
    ids = [int(part) for part in unit.path.split("/") if part]
    chain = Region.objects.filter(pk__in=ids).order_by("level")
    seen = [one for one in chain if request.user.duty.role_for(one, OVERVIEW) and one.pk != unit.pk]
    return [*((one.name, _url(one, first, request.today)) for one in seen), (unit.name, "")]


def _lists(request: HttpRequest, kind: str) -> Callable[[int, date, str], str]:
    """The address of the list behind a number; the city reads the list of cases, with masked names (practice P30)."""
    if not request.user.duty.has(READS_CASEWORK if kind == selectors.CASES else TOWNSHIP | COUNTY):
        return lambda unit, month, part: ""

    def url(unit: int, month: date, part: str) -> str:
        query = {"which": "all", "unit": unit, "month": f"{month:%Y-%m}"} | ({"part": part} if part else {})
        return f"{reverse(LISTS[kind])}?{urlencode(query)}"

    return url


def _by_unit(
    request: HttpRequest, kind: str, unit: Region, units: dict[int, set[int]], first: date
) -> dict[str, Any]:
    lines = selectors.by_unit(kind, units, unit.level, first, request.today)
    below = list(Region.objects.filter(pk__in=lines).order_by("position", "pk"))
    # One that belongs to somebody else by now leaves its figures here, and nothing to open.
    ours = {one.pk for one in below if request.user.duty.role_for(one, OVERVIEW)}
    url = _lists(request, kind)
    deeper = unit.level < Level.TOWNSHIP
    return rows.table(
        f"{first.year}年{first.month}月，按{BELOW_WORDS[Level(unit.level)]}",
        BELOW_WORDS[Level(unit.level)],
        [(one.pk, one.name) for one in below],
        lines,
        lambda pk, part: url(pk, first, part) if pk in ours else "",
        lambda pk: (
            f"{reverse('visits_followup:timely')}?{urlencode({'unit': pk, 'month': f'{first:%Y-%m}'})}"
            if deeper and pk in ours
            else ""
        ),
    )


def _by_month(
    request: HttpRequest, kind: str, unit: Region, units: dict[int, set[int]], first: date
) -> dict[str, Any]:
    lines = selectors.by_month(kind, units, first, request.today)
    months = [add_months(first, -n) for n in range(selectors.MONTHS)]
    url = _lists(request, kind)
    return rows.table(
        "按月",
        "月份",
        [(one, f"{one.year}年{one.month}月") for one in months if one in lines],
        lines,
        lambda one, part: url(unit.pk, one, part),
        lambda one: _url(unit, one, request.today),
    )
