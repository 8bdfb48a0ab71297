"""Papers of a table and of a record: in the browser and as PDF, inline when short, by a worker when long."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.marks import mark_of
from accounts.roles import READS_FILES, READS_SHEETS
from visits.records import documents, sheet_page
from visits.records.models import Visit
from visits.records.views.signing import fetch
from xunfang.kit import jobs, pdf


@require_safe
@rule(READS_SHEETS, reads="sheet")
def sheet_print(request: HttpRequest, uuid: UUID) -> HttpResponse:
    page = sheet_page.page_of(fetch(request, uuid), request.user, request.today)  # type: ignore[attr-defined]
    context = documents.sheet_context(page, request.today) | {"screen": True}  # type: ignore[attr-defined]
    return render(request, "pdf/confirm.html", context)


@require_http_methods(["GET", "POST"])
@rule(READS_SHEETS, reads="sheet", writes="job")
def sheet_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A long table is asked for with a button: a GET writes nothing."""
    found = fetch(request, uuid)
    page = sheet_page.page_of(found, request.user, request.today)  # type: ignore[attr-defined]
    if not documents.is_long(page):
        name = f"{found.period}-{found.batch_no}.pdf"
        return _answer(
            request,
            "pdf/confirm.html",
            lambda: documents.sheet_context(page, request.today),  # type: ignore[attr-defined]
            name,
            reverse("visits_records:sheet_print", args=[found.uuid]),
        )
    if request.method == "POST":
        job = jobs.enqueue(
            "records.sheet_pdf",
            {"sheet_id": found.pk, "user_id": request.user.pk},
            title=f"确认表PDF：{page.village.name}{page.period_label}",
            owner_id=request.user.pk,
        )
        return redirect("accounts:job", uuid=job.uuid)
    return render(request, "visits/records/paper_long.html", {"sheet": found, "count": len(page.lines)})


def _visit(request: HttpRequest, uuid: UUID) -> Visit:
    rows = Visit.objects.visible_to(request.user).select_related(
        "person", "visitor", "recorder", "form_version"
    )
    return get_object_or_404(rows, uuid=uuid)


@require_safe
@rule(READS_FILES, reads="visit")
def visit_print(request: HttpRequest, uuid: UUID) -> HttpResponse:
    context = documents.visit_context(_visit(request, uuid), request.today)  # type: ignore[attr-defined]
    return render(request, "pdf/record.html", context | {"screen": True})


@require_safe
@rule(READS_FILES, reads="visit")
def visit_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    visit = _visit(request, uuid)
    return _answer(
        request,
        "pdf/record.html",
        lambda: documents.visit_context(visit, request.today),  # type: ignore[attr-defined]
        f"record-{visit.record_no}.pdf",
        reverse("visits_records:visit_print", args=[visit.uuid]),
    )


def _marked(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """An inspector's copy says so on every page (practice P29)."""
    return context | {"screen": False, "mark": mark_of(request.user, request.today)}  # type: ignore[attr-defined]


def _answer(
    request: HttpRequest, template: str, context: Callable[[], dict[str, Any]], name: str, browser: str
) -> HttpResponse:
    """The PDF, or why there is none and how to print all the same."""
    try:
        if reason := pdf.why_not():
            raise pdf.PdfUnavailable(reason)
        data = pdf.render(render_to_string(template, _marked(request, context())))
    except pdf.PdfUnavailable as error:
        page = {"why": str(error), "url": browser}
        return render(request, "visits/records/paper_missing.html", page, status=503)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
