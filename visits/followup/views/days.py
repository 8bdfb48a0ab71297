"""当日汇总: the list of days with the press that confirms them, and one day with the lists behind its numbers."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, TOWNSHIP
from visits.followup.forms.days import ConfirmForm, DayFilter
from visits.followup.models import DaySummary
from visits.followup.rows import days as rows
from visits.followup.selectors import days as selectors
from visits.followup.services import days as services
from visits.followup.services.common import CannotChange

PAGE = 31
OFFICES = TOWNSHIP | COUNTY


def _url(chosen: dict[str, Any]) -> str:
    plain = {key: value for key, value in chosen.items() if key != "which" or value != "open"}
    home = reverse("visits_followup:days")
    return f"{home}?{urlencode(plain)}" if plain else home


@require_http_methods(["GET", "POST"])
@rule(OFFICES, reads="day summaries", writes="day summary")
def days(request: HttpRequest) -> HttpResponse:
    """The days under a filter; the township confirms the ticked ones."""
    chosen = DayFilter(request.GET).chosen()
    page = chosen.pop("page", 1)
    which = chosen.setdefault("which", "open")
    shown = list(selectors.days(request.user, chosen)[(page - 1) * PAGE : page * PAGE])
    counts = selectors.counts(request.user, chosen)
    confirms = request.user.duty.has(TOWNSHIP)
    form = ConfirmForm(
        request.POST if request.method == "POST" else None,
        days=[row.pk for row in shown if row.confirmed_at is None],
    )
    if request.method == "POST":
        if not confirms:
            raise PermissionDenied
        if form.is_valid() and _confirm(request, form):
            return redirect(_url(chosen))
    units = selectors.townships(request.user)
    names = {unit.pk: unit.name for unit in units}
    wanted = [chosen["township"]] if chosen.get("township") in names else list(names)
    context = {
        "counts": counts,
        "filters": [
            {"word": word, "url": _url({**chosen, "which": part}), "count": counts[part], "current": part == which}
            for part, word in (("open", "待确认"), ("all", "全部"))
        ],
        "townships": [{"pk": unit.pk, "name": unit.name} for unit in units] if len(units) > 1 else [],
        "township": chosen.get("township", ""),
        "which": which,
        "picks": confirms and counts["open"] and any(row.confirmed_at is None for row in shown),
        "form": form,
        "list": rows.table(
            shown, names, selectors.later(shown), request.today,
            picks=bool(confirms and which == "open"), ticked=form.data.getlist("day") if form.is_bound else (),
        ),
        "bulk": {"pick": "day", "all": "本页全选", "unit": "天", "count": 0, "fields": [form["note"]], "action": "确认勾了的"},
        "only_later": [
            {"words": f"{names.get(pk, '')} {rows.day(on, request.today)}", "n": n, "url": rows.url(pk, on)}
            for pk, on, n in selectors.only_later(wanted, request.today)
        ],
        "today_url": rows.url(units[0].pk, request.today) if len(units) == 1 else "",
        "pager": _pager(chosen, page, counts[which]),
        "empty": {
            "title": "没有待确认的" if which == "open" else "还没有",
            "say": "每天24:00自动汇总；那天没有巡访也没有变化的，不另立一张。", "icon": "ok",
        },
        "basis": rows.BASIS,
    }  # fmt: skip
    return render(request, "visits/followup/days.html", context, status=422 if form.is_bound else 200)


def _pager(chosen: dict[str, Any], page: int, count: int) -> dict[str, Any]:
    return {
        "count": count,
        "unit": "天",
        "prev": _url({**chosen, "page": page - 1}) if page > 1 else "",
        "next": _url({**chosen, "page": page + 1}) if page * PAGE < count else "",
    }


def _confirm(request: HttpRequest, form: ConfirmForm) -> bool:
    try:
        n = services.confirm(
            summary_ids=form.cleaned_data["day"],
            note=form.cleaned_data["note"],
            by=request.user,
            at=timezone.now(),
        )
    except CannotChange as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    messages.success(request, f"{n}天确认了。" if n > 1 else "确认了。")
    return True


@require_http_methods(["GET", "POST"])
@rule(OFFICES, reads="day summary", writes="day summary")
def day(request: HttpRequest, township: int, on: date) -> HttpResponse:
    """One township's day: what it found, what was typed in later; today as far as it is known."""
    unit = next((one for one in selectors.townships(request.user) if one.pk == township), None)
    if unit is None or on > request.today:
        raise Http404
    row = DaySummary.objects.visible_to(request.user).filter(township_id=township, on=on).first()
    confirms = township in {pk for ids in request.user.duty.units(TOWNSHIP).values() for pk in ids}
    form = ConfirmForm(
        request.POST if request.method == "POST" else None,
        days=[row.pk] if row is not None and row.confirmed_at is None else [],
    )
    if request.method == "POST":
        if not confirms or row is None:
            raise PermissionDenied
        if form.is_valid() and _confirm(request, form):
            return redirect("visits_followup:day", township, on)
    context = _page(request, unit, on, row) | {
        "form": form,
        "confirms": confirms and row is not None and row.confirmed_at is None,
    }
    return render(request, "visits/followup/day.html", context, status=422 if form.is_bound else 200)


def _page(request: HttpRequest, unit: Region, on: date, row: DaySummary | None) -> dict[str, Any]:
    found = selectors.rows_of(unit.pk, on)
    sections = rows.sections(found, request.today)
    running = on == request.today
    say = "今天到现在的，24:00自动汇总。" if running else "那天24:00时没有，都是后来补录的。"
    return {
        "row": row,
        "unit": unit,
        "on": on,
        "title": f"{unit.name} {rows.day(on, request.today)}",
        "sub": "按那天24:00时知道的算；后来补录的列在最后，数不改。" if row else say,
        "chip": rows.chip(row, request.today) if row or running else None,
        "crumbs": [("当日汇总", reverse("visits_followup:days")), (f"{on.month}月{on.day}日", "")],
        "stats": [
            {"title": one["title"], "value": f"{one['count']}", "url": f"#{one['id']}"} for one in sections
        ],
        "sections": [one for one in sections if one["count"]],
        "copy": {
            "id": "huizong",
            "text": rows.copy_words(unit.name, on, found, request.today),
            "word": "复制本日汇总",
        },
        "basis": rows.BASIS,
    }
