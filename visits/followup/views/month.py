"""The month of 问题台账 (四(二)-3 汇总): by place and by item, every number with its list."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, TOWNSHIP
from visits.followup.forms.findings import MonthFilter
from visits.followup.planning import add_months
from visits.followup.rows import findings as words
from visits.followup.rows import month as rows
from visits.followup.selectors import findings as selectors
from visits.followup.views.findings import url_of


@require_safe
@rule(TOWNSHIP | COUNTY, reads="findings")
def findings_month(request: HttpRequest) -> HttpResponse:
    """By township, one of them by village; and by item. Found and settled in the month, open and late as of today."""
    form = MonthFilter(request.GET)
    form.is_valid()
    first = form.cleaned_data.get("month") or request.today.replace(day=1)
    offered = selectors.choices(request.user)["township"]
    wanted = form.cleaned_data.get("township")
    township = wanted if wanted in dict(offered) else offered[0][0] if len(offered) == 1 else None
    chosen = {"township": township} if township else {}
    by = "village" if township else "township"
    places = selectors.month(request.user, first, request.today, by=by, chosen=chosen)
    items = selectors.month(request.user, first, request.today, by="item", chosen=chosen)
    units = Region.objects.filter(pk__in=places).order_by("position", "pk")
    labels = selectors.labels(request.user, list(items))
    context = {
        "month": first,
        "title": f"问题台账　{first.year}年{first.month}月汇总",
        "prev_url": _url(add_months(first, -1), township),
        "next_url": _url(add_months(first, 1), township) if add_months(first, 1) <= request.today else "",
        "filters": _filters(first, township, offered),
        "places": rows.table(
            "村（居）" if township else "乡镇（街道）",
            [(unit.pk, unit.name, {**chosen, by: unit.pk}) for unit in units],
            places,
            first,
            url_of,
            None if township else lambda pk: _url(first, pk),
        ),
        "items": rows.table(
            "什么事",
            [
                (code, labels[code], {**chosen, "item": code})
                for code in sorted(items, key=lambda c: -items[c].found)
            ],
            items,
            first,
            url_of,
        ),
        "crumbs": [("问题台账", reverse("visits_followup:findings")), (f"{first.month}月汇总", "")],
        "empty": {
            "title": "这个月没有",
            "say": "没有新发现的，也没有销号的，现在也没有待处理的。",
            "icon": "ok",
        },
        "basis": words.BASIS,
    }
    return render(request, "visits/followup/findings_month.html", context)


def _filters(first: date, township: int | None, offered: list[tuple[Any, str]]) -> list[dict[str, Any]]:
    if len(offered) < 2:
        return []
    whole = {"word": "全部", "url": _url(first, None), "current": township is None}
    return [
        whole,
        *({"word": name, "url": _url(first, pk), "current": pk == township} for pk, name in offered),
    ]


def _url(first: date, township: int | None) -> str:
    home = f"{reverse('visits_followup:findings_month')}?month={first:%Y-%m}"
    return f"{home}&township={township}" if township else home
