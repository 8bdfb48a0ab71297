"""划分巡访人 from a later day: what will change, before it is said."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from visits.schedule import areas_ahead, assigning
from visits.schedule import rows as due_rows
from visits.schedule.assign_forms import AssignTable
from visits.templatetags.xf import day


def answer(request: HttpRequest, form: AssignTable, rows: list[assigning.Row]) -> HttpResponse:
    """The page that shows it, or, when that was answered with yes, that it was done."""
    starts_on = form.cleaned_data["starts_on"]
    if request.method != "POST" or form.cleaned_data["act"] != "apply":
        return _preview(request, form, rows)
    try:
        done = areas_ahead.plan(
            wishes=form.wishes(),
            starts_on=starts_on,
            shown=form.cleaned_data["shown"],
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
    except assigning.Changed as error:
        return _preview(request, form, rows, changed=str(error))
    messages.success(request, f"{len(done)}处责任区{day(starts_on)}起换人，到那天自己换过去")
    return redirect("visits_schedule:areas")


def _preview(
    request: HttpRequest, form: AssignTable, rows: list[assigning.Row], *, changed: str = ""
) -> HttpResponse:
    starts_on = form.cleaned_data["starts_on"]
    found = areas_ahead.changes(form.wishes(), starts_on)
    names = {
        user_id: name
        for people in assigning.eligible(request.user, request.today).values()
        for user_id, name, _ in people
    } | {load.user_id: load.name for load in assigning.staffing(request.user, request.today)}
    villages = {row.place.village_id: row.name for row in rows}
    context: dict[str, Any] = {
        "form": form,
        "starts_on": starts_on,
        "areas": [due_rows.area_words(change, villages, names) for change in found],
        "people": areas_ahead.followers(found, request.today),
        "kept": [(place.key, to_id) for place, to_id in form.wishes().items()],
        "which": form.cleaned_data["which"],
        "shown": areas_ahead.mark(found, starts_on),
        "changed": changed,
    }
    return render(request, "visits/schedule/assign_ahead.html", context, status=409 if changed else 200)
