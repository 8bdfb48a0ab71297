"""The full id number or 残疾证号, shown once; a whole file voided, and back; 突发困难 filled in."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.roles import Role
from visits.roster import services
from visits.roster.forms.files import RevealForm, VoidForm
from visits.roster.models import Person
from visits.roster.services.guarded import SEES_IDS
from visits.roster.views.files import own_person, show_refusal

CLERK = {Role.TOWNSHIP_CLERK}


@require_http_methods(["GET", "POST"])
@rule(SEES_IDS, reads="id number", audit="id_revealed", login="reauth")
def reveal(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The whole number on this one page; whoever wants it again asks again (decisions 22)."""
    person = _shown(request, uuid)
    return _reveal(request, person, "身份证号", services.reveal_id, person_id=person.pk)


@require_http_methods(["GET", "POST"])
@rule(SEES_IDS, reads="certificate number", audit="certificate_revealed", login="reauth")
def certificate_reveal(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """The whole number of a 残疾证, the same way."""
    person = _shown(request, uuid)
    row = get_object_or_404(person.certificates.filter(voided_at=None), pk=pk)
    return _reveal(request, person, "残疾证号", services.reveal_certificate, certificate_id=row.pk)


def _shown(request: HttpRequest, uuid: Any) -> Person:
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    if request.user.duty.role_for(person, SEES_IDS) is None:
        raise PermissionDenied
    return person


def _reveal(
    request: HttpRequest, person: Person, what: str, service: Callable[..., str], **which: int
) -> HttpResponse:
    form, number = RevealForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            number = service(reason=form.cleaned_data["reason"], by=request.user, at=timezone.now(), **which)
        except services.CannotChange as error:
            show_refusal(form, error)
    context = {"person": person, "form": form, "number": number, "what": what}
    status = 422 if form.is_bound and not number else 200
    return render(request, "visits/roster/reveal.html", context, status=status)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="person")
def file_void(request: HttpRequest, uuid: Any) -> HttpResponse:
    """整份作废: a file that was opened by mistake."""
    person = own_person(request, uuid)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.void_file(
                person_id=person.pk, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{person.name}的档案作废了，名单和待访里没有了。弄错了可以恢复。")
            return redirect("visits_desk:person", uuid=person.uuid)
    confirm = {
        "title": f"整份作废{person.name}的档案？",
        "say": "只用于建错了的档案。去世、迁出、停发都不用作废。作废后名单和待访里马上没有这个人，档案号不再用，档案留着，可以恢复。",
        "yes": "整份作废",
        "no_url": "edit",
        "form": form,
        "red": True,
    }
    context = {"person": person, "title": "整份作废", "confirm": confirm, "form": form}
    return render(request, "visits/roster/ask.html", context, status=422 if form.is_bound else 200)


@require_POST
@rule(CLERK, reads="person", writes="person")
def file_unvoid(request: HttpRequest, uuid: Any) -> HttpResponse:
    """恢复作废的档案."""
    person = own_person(request, uuid)
    try:
        services.undo_void(person_id=person.pk, by=request.user, at=timezone.now())
    except services.CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"恢复了，{person.name}又在名单上，原来的类别也回来了")
    return redirect("visits_desk:person", uuid=person.uuid)
