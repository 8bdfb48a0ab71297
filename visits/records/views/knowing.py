"""长期状况（已知） of a person: what is known, who cares, when to look again; noted, kept, ended (practice P15)."""

import uuid as uuids
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.roles import WRITES_VISITS
from visits.records.assessment import load
from visits.records.forms.knowing import EndForm, KeepForm, KnownForm
from visits.records.models import FormVersion, KnownState
from visits.records.selectors.known import ended_of, known_of
from visits.records.services import CannotVisit
from visits.records.services.knowing import end_known, half_a_year, note_known, prolong_known
from visits.roster.models import Person


def _person(request: HttpRequest, uuid: uuids.UUID) -> Person:
    return get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)


def _state(request: HttpRequest, uuid: uuids.UUID, pk: int) -> KnownState:
    """One of this person's: 404 for anybody else's."""
    rows = KnownState.objects.visible_to(request.user).live()
    return get_object_or_404(rows, person=_person(request, uuid), pk=pk)


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="known state")
def known(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """The page, and one more state."""
    person = _person(request, uuid)
    form = _new_form(request, person)
    if request.method == "POST" and form.is_valid():
        keywords: dict[str, Any] = {"person_id": person.pk, "on": request.today, **form.values()}
        if _done(request, form, lambda: note_known(by=request.user, at=timezone.now(), **keywords)):
            messages.success(request, "记下了。往后没有变重、有人照料，就不算要处理的情况。")
            return redirect("visits_records:known", person.uuid)
    return _page(request, person, form)


@require_POST
@rule(WRITES_VISITS, reads="known state", writes="known state")
def known_keep(request: HttpRequest, uuid: uuids.UUID, pk: int) -> HttpResponse:
    """还是这样: the arrangement put right, and the day to look again."""
    row, form = _state(request, uuid, pk), KeepForm(request.POST, prefix=f"keep{pk}")
    if form.is_valid():
        values = form.cleaned_data
        act = lambda: prolong_known(known_id=row.pk, by=request.user, at=timezone.now(), **values)  # noqa: E731
        if _done(request, form, act):
            messages.success(request, "改好了。")
            return redirect("visits_records:known", uuid)
    return _page(request, row.person, _new_form(request, row.person, fresh=True), wrong=(pk, form))


@require_POST
@rule(WRITES_VISITS, reads="known state", writes="known state")
def known_end(request: HttpRequest, uuid: uuids.UUID, pk: int) -> HttpResponse:
    """不再算: gone, worse, or nobody cares."""
    row, form = _state(request, uuid, pk), EndForm(request.POST, prefix=f"end{pk}")
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        act = lambda: end_known(  # noqa: E731
            known_id=row.pk, reason=reason, on=request.today, by=request.user, at=timezone.now()
        )
        if _done(request, form, act):
            messages.success(request, "不再算长期状况了，下次巡访照常问。")
            return redirect("visits_records:known", uuid)
    return _page(request, row.person, _new_form(request, row.person, fresh=True), wrong=(pk, form))


def _done(request: HttpRequest, form: Form, act: Callable[[], object]) -> bool:
    """Whether the service took it; else its sentence stands in the form."""
    try:
        act()
    except CannotVisit as error:
        field = "state" if error.field == "value" else error.field
        form.add_error(field if field in form.fields else None, str(error))
        return False
    return True


def _new_form(request: HttpRequest, person: Person, *, fresh: bool = False) -> KnownForm:
    wording = load(FormVersion.live(request.today).definition)
    data = None if fresh or request.method != "POST" else request.POST
    return KnownForm(data, form=wording, today=request.today, care=person.care_arrangement)


def _page(
    request: HttpRequest, person: Person, form: Any, *, wrong: tuple[int, Form] | None = None
) -> HttpResponse:
    wording = load(FormVersion.live(request.today).definition)
    rows = [_row(row, wording, request, wrong) for row in known_of(person)]
    context = {
        "person": person,
        "form": form,
        "rows": rows,
        "ended": [
            {"item": wording.item(row.code).label, "row": row, "why": row.end_reason}
            for row in ended_of(person)
        ],
        "wrong": wrong[1] if wrong else None,
    }
    bad = form.is_bound or wrong is not None
    return render(request, "visits/records/known.html", context, status=422 if bad else 200)


def _row(
    row: KnownState, wording: Any, request: HttpRequest, wrong: tuple[int, Form] | None
) -> dict[str, Any]:
    bad = wrong[1] if wrong and wrong[0] == row.pk else None
    today = request.today
    again = half_a_year(today)
    first = {"care": row.care, "review_on": max(again, row.review_on)}
    return {
        "row": row,
        "item": wording.item(row.code).label,
        "due": row.review_on <= today,
        "keep": bad if isinstance(bad, KeepForm) else KeepForm(prefix=f"keep{row.pk}", initial=first),
        "end": bad if isinstance(bad, EndForm) else EndForm(prefix=f"end{row.pk}"),
        "keep_open": isinstance(bad, KeepForm),
        "end_open": isinstance(bad, EndForm),
    }
