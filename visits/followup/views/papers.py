"""A plan on one page of A4: for the file, and to be read to the person."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.marks import mark_of
from accounts.models import Region
from accounts.roles import READS_FILES, Role
from visits.followup.models import Plan
from visits.followup.rows import plans as rows
from visits.followup.selectors import plans as selectors
from visits.followup.views.plans import OFFICE, fetch
from visits.roster.units import full_name
from xunfang.kit import pdf


def _context(request: HttpRequest, plan: Plan) -> dict[str, object]:
    village = Region.objects.get(pk=plan.person.village_id)
    # SECURITY: what somebody receives is read by offices (as on the file's own page).
    office = (
        request.user.duty.role_for(plan.person, OFFICE | {Role.INSPECTOR, Role.CITY_SUPERVISOR}) is not None
    )
    benefits = selectors.benefits_of(plan.person, request.today) if office else None
    words = "" if benefits is None else rows.benefit_words(benefits)
    return rows.paper(plan, full_name(village), words, request.today)


@require_safe
@rule(READS_FILES, reads="plan")
def plan_print(request: HttpRequest, uuid: UUID) -> HttpResponse:
    plan = fetch(request, uuid)
    context = _context(request, plan) | {
        "screen": True,
        "back_url": reverse("visits_followup:plan", args=[plan.uuid]),
    }
    return render(request, "pdf/plan.html", context)


@require_safe
@rule(READS_FILES, reads="plan")
def plan_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The PDF, or why there is none and how to print all the same."""
    plan = fetch(request, uuid)
    try:
        if reason := pdf.why_not():
            raise pdf.PdfUnavailable(reason)
        context = _context(request, plan) | {"screen": False, "mark": mark_of(request.user, request.today)}
        data = pdf.render(render_to_string("pdf/plan.html", context))
    except pdf.PdfUnavailable as error:
        page = {"why": str(error), "url": reverse("visits_followup:plan_print", args=[plan.uuid])}
        return render(request, "visits/records/paper_missing.html", page, status=503)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="plan-{plan.version}.pdf"'
    return response
