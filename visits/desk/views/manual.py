"""使用手册: what the reader's own post has to know, as it stands in docs/手册."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import EVERYONE
from visits.desk import manual as manuals


@require_safe
@rule(EVERYONE, reads="manual")
def manual(request: HttpRequest) -> HttpResponse:
    """The manuals of the roles one has, one after another."""
    found = manuals.of(request.user.duty.roles)  # type: ignore[union-attr]
    return render(request, "visits/desk/manual.html", {"manuals": found})
