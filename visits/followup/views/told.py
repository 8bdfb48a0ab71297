"""A change that no visit found is noted with one press, from the person's page."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.models import Region
from accounts.roles import TOWNSHIP, WRITES_VISITS
from visits.followup import clock
from visits.followup.forms.told import ToldForm, change_rows, changes_of
from visits.followup.models import ChangeReport
from visits.followup.services import hearing
from visits.followup.services.common import CannotChange
from visits.roster.models import Person
from visits.roster.selectors.duty import strip
from visits.templatetags.xf import day

NOTES = WRITES_VISITS | TOWNSHIP


@require_http_methods(["GET", "POST"])
@rule(NOTES, reads="person", writes="change report")
def change_new(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Somebody called, wrote, came by: what changed, in a few words. The clerk files it."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    if not hearing.may_note(person, request.user):
        raise PermissionDenied
    bound = request.POST if request.method == "POST" else None
    form = ToldForm(bound, initial={"key": uuid4(), "found_on": request.today})
    rows = change_rows(bound)
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        report = _note(request, person, form, rows)
        if report is not None:
            until = (
                f"{day(report.due_on, request.today)}24:00前报县级。" if report.due_on else "请尽快报县级。"
            )
            messages.success(request, f"记下了，{until}")
            if request.user.duty.has(TOWNSHIP):
                return redirect("visits_followup:change", report.uuid)
            return redirect("visits_desk:person", person.uuid)
    context: dict[str, Any] = {
        "person": person,
        "form": form,
        "rows": rows,
        "place": Region.objects.get(pk=person.village_id).name,
        "duty": strip(request.user, timezone.now(), person),
        "back_url": reverse("visits_desk:person", args=[person.uuid]),
        "office": request.user.duty.has(TOWNSHIP),
        "basis": clock.BASIS,
    }
    return render(request, "visits/followup/change_new.html", context, status=422 if form.is_bound else 200)


def _note(
    request: HttpRequest, person: Person, form: ToldForm, rows: forms.BaseFormSet
) -> ChangeReport | None:
    try:
        return hearing.note_told(
            person_id=person.pk,
            changes=changes_of(rows),
            by=request.user,
            at=timezone.now(),
            **form.cleaned_data,
        )
    except CannotChange as error:
        if error.field == "changes":
            rows.forms[0].add_error("now", str(error))
        else:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
