"""紧急情况 on 今日 by themselves: the page asks once a minute, as long as somebody looks at it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import COUNTY, TOWNSHIP
from visits.followup import panels_now


@require_safe
@rule(TOWNSHIP | COUNTY, reads="emergency")
def emergencies_now(request: HttpRequest) -> HttpResponse:
    """The place on top of 今日 anew, or 204 when what is shown there (`seen`) still holds. Asking is not being there:
    the page says so with X-Autosave, and the session grows no older for it."""
    seen = request.GET.get("seen", "")[: panels_now.LONGEST]
    watch = panels_now.watch(request.user, timezone.now(), seen)
    if watch["mark"] == seen:
        return HttpResponse(status=204)
    return render(request, "visits/followup/_watch.html", {"watch": watch})
