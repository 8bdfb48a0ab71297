"""名单截至: how old each list is, and the official figures beside ours."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW
from visits.roster import fresh_pages as pages
from visits.roster import selectors, services
from visits.roster.forms.figures import FigureForm
from visits.roster.selectors import classes
from visits.roster.services.figures import WRITERS, note_figure
from visits.roster.views.files import show_refusal
from visits.roster.views.own_unit import crumbs, unit_of

VIEW = "visits_roster:freshness"


@require_safe
@rule(OVERVIEW, reads="freshness")
def freshness(request: HttpRequest) -> HttpResponse:
    """A city by county, a county by township and class, a township by class."""
    region = unit_of(request.user, request.GET.get("unit", ""))
    fresh = selectors.freshness.of(region, request.today)
    below = {Level.CITY: Level.COUNTY, Level.COUNTY: Level.TOWNSHIP}.get(Level(region.level))
    if below is None:
        table = pages.class_table(classes.classes(region, request.today), region, request.user, request.today)
    else:
        units = list(
            Region.objects.live(request.today).filter(level=below, parent=region).order_by("position", "pk")
        )
        draw = pages.county_table if below == Level.COUNTY else pages.township_table
        table = draw(fresh, units, VIEW)
    writes = region.level == Level.TOWNSHIP and request.user.duty.role_for(region, WRITERS) is not None
    context = {
        "region": region,
        "crumbs": crumbs(request.user, region, VIEW),
        "title": f"{region.name}　名单截至哪个月",
        "fresh": fresh,
        "list": table,
        "below": below is not None,
        "coverage_url": f"{reverse('visits_roster:coverage')}?unit={region.pk}"
        if region.level != Level.VILLAGE
        else "",
        "figure_url": f"{reverse('visits_roster:figure_new')}?township={region.pk}" if writes else "",
    }
    return render(request, "visits/roster/freshness.html", context)


@require_http_methods(["GET", "POST"])
@rule(WRITERS, reads="freshness", writes="official figure")
def figure_new(request: HttpRequest) -> HttpResponse:
    """记官方数."""
    units = _writable(request)
    given = {key: request.GET[key] for key in ("township", "kind", "month") if key in request.GET}
    if str(given.get("township", "")) not in {"", *(str(unit.pk) for unit in units)}:
        raise Http404
    initial = {"month": request.today.replace(day=1).isoformat(), **given}
    form = FigureForm(
        request.POST or None,
        initial=initial,
        today=request.today,
        townships=units,
        kinds=classes.kinds(request.user),
    )
    if request.method == "POST" and form.is_valid():
        try:
            figure = note_figure(by=request.user, at=timezone.now(), **form.values())
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            words = dict(form.fields["kind"].choices)[form.cleaned_data["kind"]]
            messages.success(request, f"记下了：{words}{figure.month.month}月官方数{figure.people}人")
            return redirect(f"{reverse(VIEW)}?unit={figure.township_id}")
    back = f"{reverse(VIEW)}?unit={given['township']}" if given.get("township") else reverse(VIEW)
    return render(
        request,
        "visits/roster/figure_new.html",
        {"form": form, "back": back},
        status=422 if form.is_bound else 200,
    )


def _writable(request: HttpRequest) -> list[Region]:
    duty = request.user.duty
    units = duty.units(WRITERS)
    rows = Region.objects.live(request.today).filter(level=Level.TOWNSHIP)
    own = rows.filter(pk__in=units.get(Level.TOWNSHIP, set()))
    county = rows.filter(county_id__in=units.get(Level.COUNTY, set()))
    return list((own | county).order_by("position", "pk"))
