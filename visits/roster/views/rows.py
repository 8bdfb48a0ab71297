"""The rows of a file: family, benefits, 残疾证, 近亲属备案; entered, put right, voided."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.roles import WRITES_VISITS, Role
from visits.roster import services
from visits.roster.forms.files import (
    BenefitForm,
    CertificateForm,
    ContactRowForm,
    NearRelativeForm,
    RelativeForm,
    VoidForm,
)
from visits.roster.models import Person
from visits.roster.services.filing import ROWS, VISITOR_KINDS
from visits.roster.views.files import own_person, show_refusal
from visits.roster.views.sections import again, both_texts

CLERK = {Role.TOWNSHIP_CLERK}
TITLES = {"relative": "家里人", "benefit": "待遇", "certificate": "残疾证", "near_relative": "近亲属备案"}
SAYS = {
    "relative": "子女、父母、监护人、照料人、别的联系人，一人一条。",
    "benefit": "拿什么待遇、从哪天到哪天。快到期会列进“待核”。",
    "certificate": "号码里有身份证号，加密保存，页面上只看到末四位。",
    "near_relative": "经办人员、村（居）干部的近亲属单独登记。只有乡镇（街道）以上看得到，村里看不到。",
}
CLERK_FORMS: dict[str, Any] = {"benefit": BenefitForm, "near_relative": NearRelativeForm}


def _person(request: HttpRequest, uuid: Any, kind: str) -> Person:
    """A file whose rows of that kind the user keeps; for somebody to call also whoever visits."""
    if kind != "relative":
        return own_person(request, uuid)
    return get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)


def _keeps(request: HttpRequest, person: Person) -> bool:
    return request.user.duty.role_for(person, CLERK) is not None


def _form(request: HttpRequest, kind: str, person: Person, *args: Any, **kwargs: Any) -> Any:
    if kind == "relative":
        return (RelativeForm if _keeps(request, person) else ContactRowForm)(*args, **kwargs)
    if kind == "certificate":
        return CertificateForm(*args, person=person, **kwargs)
    return CLERK_FORMS[kind](*args, **kwargs)


def _row_of(request: HttpRequest, person: Person, kind: str, pk: int) -> Any:
    row = get_object_or_404(ROWS[kind].objects.filter(person=person), pk=pk, voided_at=None)
    if kind == "relative" and row.kind not in VISITOR_KINDS and not _keeps(request, person):
        raise PermissionDenied
    return row


def _page(
    request: HttpRequest, person: Person, kind: str, form: Any, status: int, **more: Any
) -> HttpResponse:
    context = {
        "form": form, "person": person, "title": TITLES[kind], "say": SAYS[kind], "row": None, "kind": kind, **more,
    }  # fmt: skip
    return render(request, "visits/roster/row.html", context, status=status)


def _new(request: HttpRequest, uuid: Any, kind: str) -> HttpResponse:
    person = _person(request, uuid, kind)
    initial = {"version": person.version, "filed_on": request.today, "kind": request.GET.get("kind", "")[:10]}
    form = _form(request, kind, person, request.POST or None, initial=initial)
    more: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            services.add_row(
                kind=kind, person_id=person.pk, values=form.values(), by=request.user, at=timezone.now(),
                confirmed=bool(form.cleaned_data.get("confirm")),
            )  # fmt: skip
        except services.NeedsConfirmation as error:
            more["warnings"] = error.warnings.items()
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{person.name}的{TITLES[kind]}登记好了")
            return redirect("visits_desk:person", uuid=person.uuid)
    return _page(request, person, kind, form, 422 if form.is_bound else 200, **more)


def _edit(request: HttpRequest, uuid: Any, pk: int, kind: str) -> HttpResponse:
    person = _person(request, uuid, kind)
    row = _row_of(request, person, kind, pk)
    form = _form(request, kind, person, request.POST or None)
    form.initial = form.of_row(row, person)
    status, more = 422 if form.is_bound else 200, {}
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_row(
                kind=kind, row_id=row.pk, version=form.cleaned_data["version"], values=form.values(),
                by=request.user, at=timezone.now(), confirmed=bool(form.cleaned_data.get("confirm")),
            )  # fmt: skip
        except services.Conflict as error:
            row.refresh_from_db()
            more = {
                "conflict": both_texts(form, form.of_row(row, error.person)),
                "conflict_say": str(error),
            }
            status, form = 409, _form(request, kind, person, again(form, error.person))
        except services.NeedsConfirmation as error:
            more = {"warnings": error.warnings.items()}
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{person.name}的{TITLES[kind]}改好了")
            return redirect("visits_desk:person", uuid=person.uuid)
    return _page(request, person, kind, form, status, row=row, **more)


def _void(request: HttpRequest, uuid: Any, pk: int, kind: str) -> HttpResponse:
    person = _person(request, uuid, kind)
    row = _row_of(request, person, kind, pk)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.void_row(
                kind=kind,
                row_id=row.pk,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, "作废了，原来写的留着备查")
            return redirect("visits_desk:person", uuid=person.uuid)
    confirm = {
        "title": f"作废这一条{TITLES[kind]}？",
        "say": "登记错了的才作废；情况变了的请改。作废的留着备查，档案页上不再显示。",
        "yes": "作废",
        "no_url": "../edit",
        "form": form,
    }
    context = {"person": person, "title": TITLES[kind], "confirm": confirm, "form": form}
    return render(request, "visits/roster/ask.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="relative")
def relative_new(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Family for the clerk; somebody more to call for whoever visits."""
    return _new(request, uuid, "relative")


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="relative", writes="relative")
def relative_edit(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    return _edit(request, uuid, pk, "relative")


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="relative", writes="relative")
def relative_void(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    return _void(request, uuid, pk, "relative")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="benefit")
def benefit_new(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _new(request, uuid, "benefit")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="benefit", writes="benefit")
def benefit_edit(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    return _edit(request, uuid, pk, "benefit")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="benefit", writes="benefit")
def benefit_void(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    return _void(request, uuid, pk, "benefit")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="certificate")
def certificate_new(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _new(request, uuid, "certificate")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="certificate", writes="certificate")
def certificate_edit(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    return _edit(request, uuid, pk, "certificate")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="certificate", writes="certificate")
def certificate_void(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    return _void(request, uuid, pk, "certificate")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="near relative")
def near_relative_new(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _new(request, uuid, "near_relative")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="near relative", writes="near relative")
def near_relative_edit(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    return _edit(request, uuid, pk, "near_relative")


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="near relative", writes="near relative")
def near_relative_void(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    return _void(request, uuid, pk, "near_relative")
