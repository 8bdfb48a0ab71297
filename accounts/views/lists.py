"""账号名单: bring a file, look at what came of it, confirm or put it aside."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import authority
from accounts.access import rule
from accounts.authority import MANAGERS
from accounts.forms.lists import AccountListForm
from accounts.lists import columns, pages, workbooks
from accounts.lists import services as service
from accounts.models import AccountImport
from accounts.models.region import Level
from accounts.roles import ROLES, Role
from accounts.services import CannotManage
from xunfang.kit import excel

MANY_VILLAGES = 800


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="account lists", writes="account list")
def user_lists(request: HttpRequest) -> HttpResponse:
    """The lists one has brought, and bringing another."""
    form = AccountListForm(request.POST or None, request.FILES or None, today=request.today)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        batch = service.start(
            content=values["content"],
            file_name=values["file"].name,
            default_start=values["default_start"],
            by=request.user,
            at=timezone.now(),
        )
        return redirect("accounts:user_list", uuid=batch.uuid)
    rows = AccountImport.objects.visible_to(request.user).select_related("file").order_by("-created_at")[:30]
    context = {"form": form, "list": pages.history(rows), "roles": _roles(request)}
    return render(request, "accounts/user_lists.html", context, status=422 if form.is_bound else 200)


def _roles(request: HttpRequest) -> list[str]:
    return [ROLES[role].label for role in authority.grantable(request.user.duty) if role in columns.LISTED]


@require_safe
@rule(MANAGERS, reads="account list template")
def user_list_template(request: HttpRequest) -> HttpResponse:
    """账号名单模板.xlsx with the own units in the drop-down."""
    county = Role.COUNTY_OFFICER in request.user.duty.roles
    level = Level.TOWNSHIP if county else Level.VILLAGE
    units = authority.units(request.user.duty, request.today).filter(level=level).order_by("position")
    names = list(units.values_list("name", flat=True)[: MANY_VILLAGES + 1])
    content = workbooks.template(villages=names if len(names) <= MANY_VILLAGES else [], roles=_roles(request))
    response = HttpResponse(content, content_type=excel.CONTENT_TYPE)
    name = quote("账号名单模板.xlsx")
    response["Content-Disposition"] = f"attachment; filename=accounts.xlsx; filename*=UTF-8''{name}"
    return response


def _batch(request: HttpRequest, uuid: Any) -> AccountImport:
    rows = AccountImport.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("file", "errors_file", "created_by", "job"), uuid=uuid)


@require_safe
@rule(MANAGERS, reads="account list")
def user_list(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Being read, waiting for a yes, being carried out, or what came of it."""
    batch = _batch(request, uuid)
    context = pages.detail(batch, request.GET.get("all", ""))
    errors = batch.errors_file
    if errors is not None and errors.deleted_at is None:
        context["errors_url"] = reverse("accounts:file", args=[errors.uuid])
    return render(request, "accounts/user_list.html", context)


@require_safe
@rule(MANAGERS, reads="account list")
def user_list_progress(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The progress bar alone, asked every few seconds; when the work is over the page is loaded anew."""
    job = pages.progress(_batch(request, uuid))
    if job is None or job["state"] != "running":
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "components/_job.html", {"job": job})


@require_POST
@rule(MANAGERS, reads="account list", writes="accounts")
def user_list_confirm(request: HttpRequest, uuid: Any) -> HttpResponse:
    """确认开账号."""
    batch = _batch(request, uuid)
    try:
        service.confirm(import_id=batch.pk, by=request.user, at=timezone.now())
    except CannotManage as error:
        messages.warning(request, str(error))
    return redirect("accounts:user_list", uuid=batch.uuid)


@require_POST
@rule(MANAGERS, reads="account list", writes="account list")
def user_list_drop(request: HttpRequest, uuid: Any) -> HttpResponse:
    """先不办."""
    batch = _batch(request, uuid)
    try:
        service.drop(import_id=batch.pk, by=request.user, at=timezone.now())
    except CannotManage as error:
        messages.warning(request, str(error))
        return redirect("accounts:user_list", uuid=batch.uuid)
    messages.success(request, "这份名单没有办，账号没有变")
    return redirect("accounts:user_lists")
