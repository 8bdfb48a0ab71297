"""The home page: one address, by role."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, OVERVIEW, PUBLIC, TOWNSHIP, VILLAGE, WRITES_VISITS, Role
from visits.desk import homes, links, offices
from visits.desk.sentences import at_most_three, round_lines
from visits.desk.whereabouts import alarms, alarms_told
from visits.followup.panels_now import now_on_top
from visits.records.asking import season_soon
from visits.roster.selectors import freshness
from visits.roster.selectors.duty import strip

# The first that applies: whoever works in an office and also visits finds the visits as one line there.
ORDER: tuple[tuple[frozenset[Role], str, Callable[[Any, date], dict[str, Any]]], ...] = (
    (frozenset({Role.TOWNSHIP_CLERK}), "clerk", offices.clerk),
    (frozenset({Role.TOWNSHIP_HEAD}), "township_head", offices.township_head),
    (COUNTY, "county", offices.county),
    (VILLAGE, "village", homes.village),
)


def _aged(user: Any, today: date, context: Callable[[Any, date], dict[str, Any]]) -> dict[str, Any]:
    """The page with how old the lists under its numbers are (practice P7)."""
    found = context(user, today)
    main = user.duty.main
    found["today"]["lines"] = at_most_three(*round_lines(user, today)[:1], *found["today"]["lines"])
    found["today"]["season"] = season_soon(Region.objects.get(pk=main.region_id), today) if main else ""
    fresh = freshness.of_user(user, today)
    found["today"] |= {
        "fresh": fresh.words,
        "fresh_url": links.to("visits_roster:freshness") if user.duty.has(OVERVIEW) else "",
    }
    return found


# Not closed by role: who has no post must be told whom to ask, not that this is none of their business.
@require_safe
@rule(PUBLIC, reads="duties")
def home(request: HttpRequest) -> HttpResponse:
    """What to do today. Whoever is not signed in goes to the sign-in page."""
    user = request.user
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    for roles, name, context in ORDER:
        if user.duty.has(roles):
            found = _aged(user, request.today, context) | now_on_top(user, timezone.now())
            if name == "village":
                found["duty"] = strip(user, timezone.now())
            if user.duty.has(TOWNSHIP | VILLAGE):
                found |= {"unreached": alarms(user, timezone.now()), "writes": user.duty.has(WRITES_VISITS)}
            elif name == "county":
                found["unreached"] = alarms_told(user, timezone.now())
            return render(request, f"visits/desk/home_{name}.html", found)
    if user.duty.has({Role.CITY_SUPERVISOR}):
        return redirect("visits_desk:overview")
    for role in offices.OFFICE:
        if user.duty.has({role}):
            return render(request, "visits/desk/home_office.html", offices.office(user, request.today, role))
    return render(request, "visits/desk/home_nobody.html", {"name": user.name})
