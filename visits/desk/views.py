"""Home pages, the person's page, overviews: read-only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import EVERYONE


@require_safe
@rule(EVERYONE, reads="duties")
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "visits/desk/home.html")
