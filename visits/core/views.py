"""The working calendar as a page; the gallery of components in development."""

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import ADMINS, EVERYONE, PUBLIC, Role
from visits.core import settings, yearly
from visits.core.forms import SettingForm, SettingKey
from visits.core.gallery import gallery_context
from visits.core.models import CalendarDay, CalendarYear
from visits.core.months import months
from visits.core.options import DECIDES, OPTIONS, options
from visits.core.values import words

FIRST_MONTH_FOR_NEXT_YEAR = 11


@require_safe
@rule(EVERYONE, reads="calendar")
def working_calendar(request: HttpRequest) -> HttpResponse:
    """Which days count as working days: what every deadline is counted by (domain §2.3)."""
    today = request.today
    years = list(CalendarYear.objects.order_by("-year"))
    wanted = request.GET.get("year", "")
    year = int(wanted) if wanted.isdigit() and int(wanted) in {row.year for row in years} else today.year
    chosen = next((row for row in years if row.year == year), None)
    days = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
    return render(
        request,
        "visits/core/calendar.html",
        {
            "year": chosen,
            "wanted": year,
            "months": months(year, days) if chosen else [],
            "filters": [
                {"word": f"{row.year}年", "url": f"?year={row.year}", "current": row.year == year}
                for row in years
            ],
            "missing_next": today.month >= FIRST_MONTH_FOR_NEXT_YEAR
            and not any(row.year == today.year + 1 and row.status == row.Status.OFFICIAL for row in years),
            "next_year": today.year + 1,
            "new_url": reverse("visits_core:calendar_new") if request.user.duty.has(ADMINS) else "",
            "waiting": [
                {
                    "words": f"{row.year}年的安排等第二个人核对",
                    "url": reverse("visits_core:calendar_draft", args=[row.pk]),
                }
                for row in yearly.waiting()
            ]
            if request.user.duty.has(ADMINS)
            else [],
            "off": [row for row in days.values() if row.kind == "off"],
            "work": [row for row in days.values() if row.kind == "work"],
        },
    )


def _counties(request: HttpRequest) -> list[Region]:
    """The units whose decisions the user may look at: one's own county, or the city itself and all counties."""
    rows = Region.objects.live(request.today).filter(level__in=(Level.CITY, Level.COUNTY))
    if not request.user.duty.has({Role.CITY_SUPERVISOR, Role.CITY_BUSINESS}):
        rows = rows.filter(level=Level.COUNTY, pk__in=request.user.duty.unit_ids(*DECIDES))
    return list(rows.order_by("level", "position"))


@require_safe
@rule(DECIDES | {Role.CITY_SUPERVISOR, Role.CITY_BUSINESS}, reads="settings")
def settings_page(request: HttpRequest) -> HttpResponse:
    """What a county decides for itself: today's value, by whom, by which document."""
    counties = _counties(request)
    wanted = request.GET.get("unit", "")
    unit = next((one for one in counties if str(one.pk) == wanted), counties[0] if counties else None)
    rows = settings.decisions(unit, request.today) if unit else []
    if unit and unit.level == Level.CITY:  # what the counties decide starts from what nobody decided
        rows = [row for row in rows if Role.CITY_BUSINESS in row.option.roles]
    own = request.user.duty.unit_ids
    parts: dict[str, list[settings.Decision]] = {}
    for row in rows:
        parts.setdefault(row.option.part, []).append(row)
    return render(
        request,
        "visits/core/settings.html",
        {
            "unit": unit,
            "counties": counties,
            "parts": [{"name": name, "rows": found} for name, found in parts.items()],
            "may": {row.key for row in rows if unit is not None and unit.pk in own(*row.option.roles)},
        },
    )


@require_http_methods(["GET", "POST"])
@rule(DECIDES, reads="settings", writes="setting")
def setting_edit(request: HttpRequest) -> HttpResponse:
    """One decision: from a day on, by a document."""
    asked = SettingKey(request.GET)
    own = [unit for unit in _counties(request) if unit.pk in request.user.duty.unit_ids(*DECIDES)]
    if not asked.is_valid() or not own:
        return redirect("visits_core:settings")
    unit = next((one for one in own if one.pk == asked.cleaned_data["unit"]), own[0])
    key = asked.cleaned_data["key"]
    option = OPTIONS[key]
    current = options((key,), unit, request.today)[key]
    form = SettingForm(request.POST or None, option=option, current=current)
    if request.method == "POST" and form.is_valid():
        try:
            settings.decide(
                region_id=unit.pk,
                key=key,
                value=form.cleaned_data["clean"],
                starts_on=form.cleaned_data["starts_on"],
                document_no=form.cleaned_data["document_no"].strip(),
                by=request.user,
                at=timezone.now(),
            )
        except settings.CannotDecide as error:
            field = "first" if option.kind == "season" and error.field == "value" else error.field
            form.add_error(field if field in form.fields else None, str(error))
        else:
            messages.success(request, f"“{option.label}”定好了，到那天起生效")
            return redirect("visits_core:settings")
    context = {
        "form": form,
        "unit": unit,
        "option": option,
        "now": words(option, current),
        "history": [(row, words(option, row.value)) for row in settings.history(unit, key)],
    }
    return render(request, "visits/core/setting_edit.html", context, status=422 if form.is_bound else 200)


@require_safe
@rule(PUBLIC, reads="nothing")
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component with invented data: for whoever builds pages. Not in production."""
    if not django_settings.GALLERY:
        raise Http404
    return render(request, "gallery/index.html", gallery_context())
