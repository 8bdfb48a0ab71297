"""One person, one page: why a visit is due, how to find them, how it went so far."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import CASES, WRITES_VISITS
from visits.desk import links, person_page, timeline, whereabouts
from visits.roster.models import Person


@require_safe
@rule(CASES, reads="person")
def person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A file that was merged leads to the one it is kept in."""
    found: Any = get_object_or_404(
        Person.objects.visible_to(request.user).select_related("assignee", "merged_into", "residence_region"),
        uuid=uuid,
    )
    if found.merged_into is not None:
        return redirect("visits_desk:person", found.merged_into.uuid)
    before = _day(request.GET.get("before", ""))
    days, earlier = timeline.days_of(found, request.user, request.today, before)
    context = {
        **person_page.context(found, request.user, request.today),
        "alarm": whereabouts.alarm(found, timezone.now()),
        "writes": request.user.duty.has(WRITES_VISITS),
        "days": days,
        "before": before,
        "more_url": links.to("visits_desk:person", found.uuid, before=earlier) + "#jingguo"
        if earlier
        else "",
    }
    return render(request, "visits/desk/person.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
