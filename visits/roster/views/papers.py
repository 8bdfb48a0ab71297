"""The list on paper: A4, as an office lays it out, ids by their last four."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.marks import mark_of
from accounts.roles import CASES
from visits.roster.exports import lines, pages, scope, workbook
from visits.roster.exports.scope import MAY_EXPORT
from visits.roster.services import CannotChange
from visits.roster.views.looking_back import day_in
from xunfang.kit import pdf

# A page of paper takes a third of a second to set; longer lists are printed by the browser, village by village.
MOST_PDF, MOST = 400, 1500
A_PAGE = 24


@require_safe
@rule(CASES, reads="people")
def list_print(request: HttpRequest) -> HttpResponse:
    """The list with its filters, on the screen for printing, or as PDF with ?pdf=1."""
    filters = pages.filters_of(request.GET)
    on = day_in(request.GET.get("on", ""), request.today) if request.user.duty.has(MAY_EXPORT) else None
    if on is not None:
        filters["on"] = on.isoformat()
    try:
        total, rows = _rows(request, filters, on)
    except CannotChange as error:
        return _instead(request, str(error))
    wants_pdf = request.GET.get("pdf") == "1"
    if total == 0:
        return _instead(request, "这些条件下一个人也没有，换一个条件再打印。")
    if total > (MOST_PDF if wants_pdf else MOST):
        return _instead(request, f"有{total}人，太长了。先选一个村（居）或一类，再打印。")
    context = _context(request, filters, on, list(rows))
    if not wants_pdf:
        return HttpResponse(render_to_string("pdf/list.html", context | {"screen": True}, request))
    try:
        data = pdf.render(
            render_to_string(
                "pdf/list.html",
                context | {"screen": False, "mark": mark_of(request.user, request.today)},  # type: ignore[attr-defined]
            )
        )
    except pdf.PdfUnavailable as error:
        return _instead(request, str(error), status=503)
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = "inline; filename=\"list.pdf\"; filename*=UTF-8''" + quote(
        f"{context['title']}.pdf"
    )
    return response


def _rows(request: HttpRequest, filters: dict[str, Any], on: date | None) -> tuple[int, Iterable[lines.Line]]:
    if on is not None:
        found = scope.day_list(request.user, filters)
        return len(found.rows), lines.of_day(found, request.user)
    people = scope.people(request.user, filters, request.today, timezone.now(), full=False)
    return people.count(), lines.of_people(people, request.today, request.user, sort=filters.get("sort", ""))


def _context(
    request: HttpRequest, filters: dict[str, Any], on: date | None, rows: list[lines.Line]
) -> dict[str, Any]:
    day = on or request.today
    main = request.user.duty.main
    numbered = [{"number": number, "line": line} for number, line in enumerate(rows, start=1)]
    return {
        "title": "巡访对象名单",
        "unit": main.region_name if main else "",
        "which": pages.words(filters, request.user),
        "as_of": f"{day.year}年{day.month}月{day.day}日",
        "total": len(rows),
        "pages": pdf.pages_of(numbered, A_PAGE),
        "whose_copy": workbook.watermark(request.user, timezone.now()).replace("导出", "打印"),
    }


def _instead(request: HttpRequest, say: str, status: int = 200) -> HttpResponse:
    context = {
        "title": "打印名单",
        "say": say,
        "back": reverse("visits_roster:people"),
        "back_words": "回到名单",
    }
    return render(request, "visits/roster/not_printed.html", context, status=status)
