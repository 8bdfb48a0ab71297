"""未访成（已按规定尝试）: what was tried, what is still asked, the button when it is enough."""

import uuid as uuids
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.roles import WRITES_VISITS
from visits.records import services
from visits.records.forms.excusing import UndoExcuseForm
from visits.records.models import Excuse
from visits.records.selectors import visiting as selectors
from visits.records.services.excusing import asks_of, standing_of
from visits.records.trying import NONE
from visits.records.views.visiting import head_of
from visits.roster.models import Person


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="excuse")
def excuse(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """The tries of the visit owed now; noted with one press."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    refusal = ""
    if request.method == "POST":
        try:
            services.excuse(person_id=person.pk, by=request.user, at=timezone.now())
        except services.CannotVisit as error:
            refusal = str(error)
        else:
            messages.success(
                request,
                f"{person.name}这一期记为未访成（已按规定尝试），不算访到，也不算逾期；这一期里又见到了，照常记，就算访到。",
            )
            return redirect("visits_desk:person", person.uuid)
    context = {**head_of(request, person), **_facts(request, person), "refusal": refusal}
    return render(request, "visits/records/excuse.html", context, status=422 if refusal else 200)


def _facts(request: HttpRequest, person: Person) -> dict[str, Any]:
    asks = asks_of(person, request.user)
    owed = selectors.owed(person, request.user, request.today)
    since = owed.item.tries_from if owed else request.today.replace(month=1, day=1)
    return {
        "owed": owed,
        "standing": standing_of(person, owed.item, asks) if owed else NONE,
        "tries": selectors.attempts_since(person, since).select_related("visitor"),
        "asks": asks,
        "noted": Excuse.objects.filter(due_item__person=person, undone_at=None, due_item__stored="excused")
        .select_related("noted_by", "due_item")
        .first(),
    }


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="excuse")
def excuse_undo(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """It was too early, or wrong: the visit is owed again."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    form = UndoExcuseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.undo_excuse(
                person_id=person.pk, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except services.CannotVisit as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"撤回了，{person.name}又在待访名单上。")
            return redirect("visits_desk:person", person.uuid)
    confirm = {
        "title": f"撤回{person.name}的“未访成”？",
        "say": "撤回以后，这一期又要访；去过几次都还留着。谁撤回的、为什么，都有记录。",
        "yes": "撤回",
        "no_url": reverse("visits_desk:person", args=[person.uuid]),
        "form": form,
    }
    context = {**head_of(request, person), "confirm": confirm, "form": form}
    return render(request, "visits/records/excuse_undo.html", context, status=422 if form.is_bound else 200)
