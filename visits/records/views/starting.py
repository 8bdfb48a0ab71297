"""启用日期: which townships have one, and deciding it."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from visits.core.start import before_start_done, go_live, go_lives
from visits.records import offline_pages as pages
from visits.records.forms.offline import StartForm
from visits.records.services import starting
from visits.records.services.starting import STARTERS, CannotStart
from visits.schedule.trial import counts_from
from visits.templatetags.xf import day

CLERK = frozenset({Role.TOWNSHIP_CLERK})


@require_safe
@rule(STARTERS, reads="go-live day")
def start(request: HttpRequest) -> HttpResponse:
    """The townships one may decide for; a clerk of one goes straight there."""
    duty = request.user.duty
    units = Region.objects.live(request.today).filter(level=Level.TOWNSHIP)
    rows = units.filter(pk__in=duty.unit_ids(Role.TOWNSHIP_CLERK)) | units.filter(
        county_id__in=duty.unit_ids(Role.COUNTY_OFFICER)
    )
    townships = list(rows.order_by("county_id", "position", "pk"))
    if len(townships) == 1:
        return redirect("visits_records:start_of", pk=townships[0].pk)
    days = go_lives([unit.pk for unit in townships], request.today)
    table = pages.townships_table(townships, days, request.today)
    return render(request, "visits/records/starts.html", {"list": table, "unset": len(townships) - len(days)})


@require_http_methods(["GET", "POST"])
@rule(STARTERS, reads="go-live day", writes="go-live day")
def start_of(request: HttpRequest, pk: int) -> HttpResponse:
    """One township's day."""
    unit = Region.objects.filter(pk=pk, level=Level.TOWNSHIP).first()
    if unit is None or request.user.duty.role_for(unit, STARTERS) is None:
        raise Http404
    present = go_live(unit.pk, request.today)
    form = StartForm(request.POST or None, day=present or request.today)
    if request.method == "POST" and form.is_valid():
        try:
            chosen = starting.set_go_live(
                township_id=unit.pk, day=form.cleaned_data["day"], by=request.user, at=timezone.now()
            )
        except CannotStart as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, f"{unit.name}从{day(chosen, request.today)}起启用")
            return redirect("visits_records:start_of", pk=unit.pk)
    context: dict[str, Any] = {
        "unit": unit,
        "form": form,
        "present": present,
        "fixed": present is not None and starting.is_fixed(unit.pk),
        "counts_from": counts_from(present) if present else None,
        "trial_until": counts_from(present) - timedelta(days=1) if present else None,
        "clerk": request.user.duty.role_for(unit, CLERK) is not None,
        "entered": before_start_done(unit.pk, request.today),
    }
    return render(request, "visits/records/start.html", context, status=422 if form.is_bound else 200)


@require_POST
@rule(CLERK, writes="go-live day")
def start_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """启用前的都登记好了."""
    if pk not in request.user.duty.unit_ids(Role.TOWNSHIP_CLERK):
        raise Http404
    try:
        starting.finish_before_start(township_id=pk, by=request.user, at=timezone.now())
    except CannotStart as error:
        messages.warning(request, str(error))
        return redirect("visits_records:start_of", pk=pk)
    messages.success(request, "记下了：启用前的巡访都登记好了。以后想起漏的，还可以补。")
    return redirect("home")
