"""去世核对: what a death asks of the township."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.roles import Role
from visits.roster.models import Review
from visits.roster.selectors import comparisons as pages
from visits.roster.views.settling import panel, settle

CLERK = {Role.TOWNSHIP_CLERK}
RECENT = timedelta(days=90)
KINDS = (Review.Kind.SEEN_AFTER_DEATH, Review.Kind.DEATH_LIST, Review.Kind.HOUSEHOLD_DEATH)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="reviews", writes="reviews")
def deaths(request: HttpRequest) -> HttpResponse:
    """Everything that deaths ask of the clerk, and who was noted lately."""
    sections = [panel(request, kind.value, pages.waiting(request.user, kind)) for kind in KINDS]
    if request.method == "POST":
        bound = next((section for section in sections if section["form"].is_bound), None)
        if bound is None or settle(request, bound):
            return redirect("visits_roster:deaths")
    context = {
        "sections": [section for section in sections if section["count"] or section["form"].is_bound],
        "waiting": sum(section["count"] for section in sections),
        "recent": pages.recent_departures(request.user, request.today - RECENT, request.today),
    }
    bad = any(section["form"].is_bound for section in sections)
    return render(request, "visits/roster/deaths.html", context, status=422 if bad else 200)
