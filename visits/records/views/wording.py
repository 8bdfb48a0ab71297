"""The wording of the visit form: its versions, a new one, and how a visitor will see it."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.roles import Role
from visits.records import form_rows
from visits.records.asking import Asked
from visits.records.assessment import SEASON_WINDOWS, Form, load
from visits.records.forms.visiting import VisitForm
from visits.records.forms.wording import WordingForm
from visits.records.models import FormVersion
from visits.records.rewording import differences
from visits.records.selectors.wording import visits_under
from visits.records.services.wording import make_version, withdraw_version
from visits.roster.services import CannotChange

KEEPER = frozenset({Role.CITY_BUSINESS})


@require_safe
@rule(KEEPER, reads="wordings")
def wording(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    today = request.today  # type: ignore[attr-defined]
    live = FormVersion.live(today)
    rows = FormVersion.objects.select_related("made_by", "withdrawn_by").order_by("-number")
    context = {
        "rows": [
            {
                "version": row,
                "live": row.pk == live.pk,
                "coming": row.starts_on > today and row.withdrawn_at is None,
                "visits": visits_under(row),
            }
            for row in rows
        ]
    }
    return render(request, "visits/records/wording.html", context)


@require_http_methods(["GET", "POST"])
@rule(KEEPER, reads="wording", writes="wording")
def wording_new(request: HttpRequest) -> HttpResponse:
    """Another wording: changed in the one in force, looked at, then kept."""
    today = request.today  # type: ignore[attr-defined]
    live = FormVersion.live(today)
    every = FormVersion.objects.order_by("number").values_list("definition", flat=True)
    form = WordingForm(request.POST or None, base=live.definition, every=every, today=today)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.definition is not None
        and form.wording is not None
    ):
        act = request.POST.get("act")
        if act == "save":
            try:
                made = make_version(
                    definition=form.definition, by=request.user, at=timezone.now(),
                    **{field.name: form.cleaned_data[field.name] for field in form.head},
                )  # fmt: skip
            except CannotChange as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, f"第{made.number}版定好了，到那一天自己换")
                return redirect("visits_records:wording")
        elif act != "back":
            context = {
                "form": form,
                "changes": [
                    {
                        "who": one.where,
                        "item": one.what or one.where,
                        "was": one.was or "没有",
                        "now": one.now or "停用",
                        "basis": "",
                    }
                    for one in differences(form.old, form.wording)
                ],
                **_preview(form.wording, today),
            }
            return render(request, "visits/records/wording_look.html", context)
    context = {
        "form": form,
        "live": live,
        "coming": FormVersion.objects.filter(starts_on__gt=today, withdrawn_at=None)
        .order_by("starts_on")
        .first(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "visits/records/wording_new.html", context, status=status)


def _preview(wording: Form, today: Any) -> dict[str, Any]:
    """The areas as a visitor sees them at a first visit to a child, so that every question is there."""
    asked = Asked(
        form=wording, today=today, afternoon=False, windows=SEASON_WINDOWS, last=None, minor=True, tekun=False,
        self_only=False, institution=False,
    )  # fmt: skip
    form = VisitForm(asked=asked, initial={"key": uuid4()})
    return {"areas": form_rows.areas(form), "chips": [phrase.words for phrase in wording.phrases]}


@require_safe
@rule(KEEPER, reads="wording")
def wording_version(request: HttpRequest, pk: int) -> HttpResponse:
    """A version as it is or was asked."""
    found = get_object_or_404(FormVersion.objects.select_related("made_by", "withdrawn_by"), pk=pk)
    today = request.today  # type: ignore[attr-defined]
    context = {
        "version": found,
        "coming": found.starts_on > today and found.withdrawn_at is None,
        "visits": visits_under(found),
        **_preview(load(found.definition), today),
    }
    return render(request, "visits/records/wording_version.html", context)


@require_POST
@rule(KEEPER, reads="wording", writes="wording")
def wording_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Taken back before it begins."""
    found = get_object_or_404(FormVersion, pk=pk)
    try:
        withdraw_version(version_id=found.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"第{found.number}版撤回了，照旧用现在的")
    return redirect("visits_records:wording")
