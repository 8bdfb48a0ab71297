"""A file is opened and kept: new, edited by the clerk, corrected by the visitor."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import VILLAGE, WRITES_VISITS, Role
from visits.roster import selectors, services
from visits.roster.forms import RELATIONS, ContactForm, NewPersonForm, PersonForm
from visits.roster.imports.comparing import LABELS
from visits.roster.models import Discovery, Person
from visits.roster.selectors.duty import strip
from visits.roster.services.discoveries import add_discovered
from visits.roster.services.people import VISITOR_FIELDS

CLERK = {Role.TOWNSHIP_CLERK}


def own_villages(request: HttpRequest) -> list[Region]:
    """The villages whose files the clerk keeps."""
    units = request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)
    rows = Region.objects.live(request.today).filter(level=Level.VILLAGE, township_id__in=units)
    return list(rows.order_by("position"))


def own_person(request: HttpRequest, uuid: Any) -> Person:
    """A file the clerk keeps: 404 out of sight, 403 when it is only lent to them."""
    person = get_object_or_404(
        Person.objects.visible_to(request.user).select_related("household", "assignee"), uuid=uuid
    )
    if request.user.duty.role_for(person, CLERK) is None:
        raise PermissionDenied
    return person


def show_refusal(form: Form, error: services.CannotChange) -> None:
    """Put a service's sentence at its field, or at the top."""
    form.add_error(error.field if error.field in form.fields else None, str(error))


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="villages", writes="person")
def person_new(request: HttpRequest) -> HttpResponse:
    """Open a file with its first group; with ?from= of somebody a cadre told of, prefilled."""
    told = _told(request)
    form = NewPersonForm(
        request.POST or None,
        initial=NewPersonForm.initial_from(told) if told else None,
        villages=own_villages(request),
        groups=selectors.care_groups(request.user),
        today=request.today,
    )
    more: dict[str, Any] = {"told": told}
    if request.method == "POST" and form.is_valid():
        try:
            person = _add(
                told,
                details=form.details(),
                by=request.user,
                at=timezone.now(),
                confirmed=form.cleaned_data["confirm"],
                **form.membership(),
            )
        except services.NeedsConfirmation as error:
            more["warnings"] = error.warnings.items()
        except services.AlreadyOnFile as error:
            show_refusal(form, error)
            more["existing"] = error.person
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(
                request, f"{person.name}的档案建好了，档案号{person.file_no}。还没有分给巡访人。"
            )
            return redirect("visits_desk:person", uuid=person.uuid)
    context = {"form": form, "relations": RELATIONS, "back": reverse("visits_roster:people"), **more}
    return render(request, "visits/roster/person_new.html", context, status=422 if form.is_bound else 200)


def _told(request: HttpRequest) -> Discovery | None:
    """Whom the address names: somebody who was told of, waits, and lives where the clerk keeps the files."""
    try:
        uuid = UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    found = Discovery.objects.visible_to(request.user).waiting().filter(uuid=uuid).first()
    mine = found is not None and request.user.duty.role_for(found, CLERK) is not None
    return found if mine else None


def _add(told: Discovery | None, **file: Any) -> Person:
    return add_discovered(discovery_id=told.pk, **file) if told else services.add_person(**file)


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="person")
def person_edit(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The clerk's whole form; whoever visits is led to the part that is theirs."""
    person = get_object_or_404(
        Person.objects.visible_to(request.user).select_related("household", "assignee"), uuid=uuid
    )
    if request.user.duty.role_for(person, CLERK) is None:
        if request.user.duty.has(VILLAGE):
            return redirect("visits_roster:contact", uuid=person.uuid)
        raise PermissionDenied
    villages = own_villages(request)
    form = PersonForm(
        request.POST or None,
        initial=PersonForm.initial_of(person),
        villages=villages,
        today=request.today,
        person=person,
    )
    status, more = 422 if form.is_bound else 200, {}
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_person(
                person_id=person.pk,
                version=form.cleaned_data["version"],
                details=form.details(),
                confirmed=form.cleaned_data["confirm"],
                by=request.user,
                at=timezone.now(),
            )
        except services.NeedsConfirmation as error:
            more["warnings"] = error.warnings.items()
        except services.Conflict as error:
            status, form, more = _both(form, error, request, villages)
        except services.AlreadyOnFile as error:
            show_refusal(form, error)
            more["existing"] = error.person
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{form.cleaned_data['name']}的资料保存好了")
            return redirect("visits_desk:person", uuid=person.uuid)
    context = {
        "form": form,
        "person": person,
        "relations": RELATIONS,
        "memberships": _memberships(person, request),
        "grants": person.grants.filter(ended_at=None, until__gte=request.today).select_related("to"),
        **more,
    }
    return render(request, "visits/roster/person_edit.html", context, status=status)


def _both(
    form: Any, error: services.Conflict, request: HttpRequest, villages: list[Region] | None = None
) -> tuple[int, Any, dict[str, Any]]:
    """Somebody saved in between: both texts side by side, and the same form ready to be saved over them."""
    theirs = type(form).initial_of(error.person)
    data = form.data.copy()
    data["version"] = str(error.person.version)
    names = {unit.pk: unit.name for unit in villages or []}
    rows = []
    for name, field in form.fields.items():
        mine = form.cleaned_data.get(name)
        if name in ("version", "confirm", "id_number", "no_id") or mine == theirs.get(name):
            continue
        rows.append((field.label, _words(mine, names, name), _words(theirs.get(name), names, name)))
    again = (
        type(form)(data, villages=villages, today=request.today, person=error.person)
        if villages is not None
        else type(form)(data)
    )
    return 409, again, {"conflict": rows, "conflict_say": str(error)}


def _words(value: Any, villages: dict[int, str], name: str) -> str:
    if name == "village":
        return villages.get(value, "别的村")
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value or "") or "空白"


def _memberships(person: Person, request: HttpRequest) -> list[Any]:
    # SECURITY: a class that is for the county only is none of the clerk's (practice P17).
    rows = person.memberships.filter(selectors.readable(request.user), voided_at=None)
    return list(rows.select_related("group").order_by("starts_on", "pk"))


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="person's contact")
def contact(request: HttpRequest, uuid: Any) -> HttpResponse:
    """What whoever visits found on the spot: telephone, way, what to mind."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    form = ContactForm(request.POST or None, initial=ContactForm.initial_of(person))
    status, more = 422 if form.is_bound else 200, {}
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_contact(
                person_id=person.pk,
                version=form.cleaned_data["version"],
                values=form.values(),
                by=request.user,
                at=timezone.now(),
            )
        except services.Conflict as error:
            status, form, more = _both(form, error, request)
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, "记下了，以后导入名单也不会改掉")
            return redirect("visits_desk:person", uuid=person.uuid)
    kept = "、".join(LABELS[name] for name in person.corrected if name in VISITOR_FIELDS and name in LABELS)
    context = {"form": form, "person": person, "kept": kept, **more}
    context["duty"] = strip(request.user, timezone.now(), person)
    return render(request, "visits/roster/contact.html", context, status=status)
