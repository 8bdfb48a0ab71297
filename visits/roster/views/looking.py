"""写明理由后查看: the city's way into one file; and who looked, for the county."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY
from visits.roster import look_rows as rows
from visits.roster.forms.looking import LookForm, LooksFilter, WayForm
from visits.roster.models import Person
from visits.roster.selectors import looking as selectors
from visits.roster.selectors.labels import labels_of
from visits.roster.services import CannotChange
from visits.roster.services.looking import CITY
from visits.roster.services.looking import look as open_file
from visits.roster.units import full_name
from visits.roster.views.files import show_refusal
from visits.templatetags.xf import mask_name

PAGE = 50


@require_http_methods(["GET", "POST"])
@rule(CITY, reads="masked person", writes="look", audit="city_looked", login="reauth")
def look(request: HttpRequest, uuid: Any) -> HttpResponse:
    """One reason, and the file is open until the end of the day."""
    person = get_object_or_404(selectors.may_ask(request.user), uuid=uuid)
    to = _next(request, person)
    if request.method != "POST" and person.pk in selectors.open_ids(request.user):
        return redirect(to)
    form = LookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            open_file(person_id=person.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, "记下了。这份档案今天24:00前可以看，县里看得到是谁、为什么看的。")
            return redirect(to)
    context = {
        "name": mask_name(person.name),
        "place": full_name(Region.objects.get(pk=person.village_id)),
        "groups": "、".join(labels_of([person.pk], request.today, request.user)[person.pk].words) or person.get_status_display(),
        "form": form,
        "next": to,
    }  # fmt: skip
    return render(request, "visits/roster/look.html", context, status=422 if form.is_bound else 200)


def _next(request: HttpRequest, person: Person) -> str:
    """Where one was going: a page of ours, else the person's."""
    to = WayForm(request.POST).chosen() or WayForm(request.GET).chosen()
    ours = to.startswith("/") and url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()})
    return to if ours else reverse("visits_desk:person", args=[person.uuid])


def door(request: HttpRequest, **which: Any) -> HttpResponse | None:
    """For the city, the page on which a reason is written before the one that was asked for; None: go on. `which`: the
    person it is about, as one would filter people. The reason is written at the file that others were merged into; with
    it theirs are open as well, so that an old address leads on."""
    person = selectors.waiting(request.user, **which)
    if person is None:
        return None
    kept = person.merged_into or person
    return redirect(
        f"{reverse('visits_roster:look', args=[kept.uuid])}?{urlencode({'next': request.get_full_path()})}"
    )


@require_safe
@rule(COUNTY | CITY, reads="looks")
def looks(request: HttpRequest) -> HttpResponse:
    """The county reads who looked at whom, and why; at the city one reads what one looked at."""
    found = selectors.listed(request.user)
    count = found.count()
    # A page past the end is the last one.
    page = min(LooksFilter(request.GET).chosen(), max(-(-count // PAGE), 1))
    shown = list(found[(page - 1) * PAGE : page * PAGE])
    names = dict(Region.objects.filter(pk__in=rows.villages(shown)).values_list("pk", "name"))
    home = reverse("visits_roster:looks")
    context = {
        "city": selectors.masked(request.user),
        "list": rows.table(shown, names, request.user, selectors.open_ids(request.user), request.today),
        "pager": {
            "count": count, "unit": "次",
            "prev": f"{home}?page={page - 1}" if page > 1 else "",
            "next": f"{home}?page={page + 1}" if page * PAGE < count else "",
        },
        "empty": {"title": "还没有", "say": "市局督查人员写明理由看了哪份档案，这里一次一行。", "icon": "eye"},
    }  # fmt: skip
    return render(request, "visits/roster/looks.html", context)
