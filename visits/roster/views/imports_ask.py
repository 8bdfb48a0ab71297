"""等您对一下: what a list did not say itself, on one page, before anything is read."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from visits.roster import selectors
from visits.roster.forms.asking import AskForm
from visits.roster.imports import pages
from visits.roster.imports.answers import answer
from visits.roster.models import RosterImport
from visits.roster.services import CannotChange


@require_http_methods(["GET", "POST"])
@rule({Role.TOWNSHIP_CLERK}, reads="import", writes="import")
def import_ask(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Which column is what, which village is meant."""
    rows = RosterImport.objects.visible_to(request.user).select_related("file", "created_by", "group")
    batch = get_object_or_404(rows, uuid=uuid)
    if batch.state != RosterImport.State.ASKING:
        return redirect("visits_roster:import_detail", uuid=batch.uuid)
    villages = Region.objects.live(request.today).filter(level=Level.VILLAGE, township_id=batch.township_id)
    form = AskForm(
        request.POST or None,
        asks=batch.asks,
        villages=list(villages.order_by("position")),
        groups=[group for group in selectors.care_groups(request.user) if group.active],
    )
    if request.method == "POST" and form.is_valid():
        keys = ("columns_of", "villages", "sheets", "group_id", "area")
        try:
            answer(
                import_id=batch.pk,
                by=request.user,
                at=timezone.now(),
                **{key: form.cleaned_data[key] for key in keys},
            )
        except CannotChange as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "记下了，下个月同样的表不再问")
            return redirect("visits_roster:import_detail", uuid=batch.uuid)
    context = {
        "batch": batch,
        "form": form,
        "parts": form.parts(),
        "sheets": form.lines("s"),
        "villages": form.lines("v"),
        "month": f"{pages.month_words(batch)} {pages.says(batch)}",
    }
    return render(request, "visits/roster/import_ask.html", context, status=422 if form.is_bound else 200)
