"""名单导入: bring a file, look at what came of it, confirm or put it aside."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from visits.roster import fresh_pages, selectors
from visits.roster.imports import pages, workbooks
from visits.roster.imports import services as service
from visits.roster.imports.form import UploadForm
from visits.roster.models import ImportRow, RosterImport
from visits.roster.selectors import classes
from visits.roster.services import CannotChange
from xunfang.kit import excel

CLERK = {Role.TOWNSHIP_CLERK}
State = RosterImport.State
PAGE = 50


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="imports", writes="import")
def imports(request: HttpRequest) -> HttpResponse:
    """The lists that were brought, and bringing another."""
    units = Region.objects.filter(pk__in=request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)).order_by("position")
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        today=request.today,
        townships=list(units),
        groups=[group for group in selectors.care_groups(request.user) if group.active],
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            batch = service.start(
                content=values["content"],
                file_name=values["file"].name,
                month=values["month"],
                default_start=values["default_start"],
                township_id=values["township"],
                group_id=values["group_id"],
                area=values["area"],
                coverage=values["coverage"],
                by=request.user,
                at=timezone.now(),
            )
        except CannotChange as error:
            form.add_error(error.field or None, str(error))
        else:
            return redirect("visits_roster:import_detail", uuid=batch.uuid)
    rows = (
        RosterImport.objects.visible_to(request.user)
        .select_related("file", "created_by", "group")
        .order_by("-created_at")[:50]
    )
    context = {
        "form": form,
        "list": pages.history(rows, request.today),
        "one_township": units[0].name if len(units) == 1 else "",
    }
    return render(request, "visits/roster/import.html", context, status=422 if form.is_bound else 200)


@require_safe
@rule(CLERK, reads="import template")
def import_template(request: HttpRequest) -> HttpResponse:
    """名单模板.xlsx with the own villages in the drop-down."""
    units = request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)
    villages = Region.objects.live(request.today).filter(level=Level.VILLAGE, township_id__in=units)
    content = workbooks.template(
        villages=list(villages.order_by("position").values_list("name", flat=True)),
        groups=[group.short for group in selectors.care_groups(request.user)],
    )
    response = HttpResponse(content, content_type=excel.CONTENT_TYPE)
    response["Content-Disposition"] = (
        "attachment; filename=roster.xlsx; filename*=UTF-8''%E5%90%8D%E5%8D%95%E6%A8%A1%E6%9D%BF.xlsx"
    )
    return response


def _batch(request: HttpRequest, uuid: Any) -> RosterImport:
    rows = RosterImport.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("file", "errors_file", "created_by", "released_by", "job", "group"), uuid=uuid
    )


@require_safe
@rule(CLERK, reads="import")
def import_detail(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Being read, waiting for a yes, being loaded, or what came of it."""
    batch = _batch(request, uuid)
    if batch.state == State.ASKING:
        return redirect("visits_roster:import_ask", uuid=batch.uuid)
    context = pages.detail(batch, request.today)
    context["errors_url"] = _errors_url(request, batch)
    if batch.counts and batch.coverage == RosterImport.Coverage.FULL:
        region = Region.objects.get(pk=batch.township_id)
        context["classes"] = fresh_pages.class_table(
            classes.classes(region, request.today), region, request.user, request.today
        )
    return render(request, "visits/roster/import_detail.html", context)


def _errors_url(request: HttpRequest, batch: RosterImport) -> str:
    errors = batch.errors_file
    if errors is None or errors.owner_id != request.user.pk or errors.deleted_at is not None:
        return ""
    return reverse("accounts:file", args=[errors.uuid])


@require_safe
@rule(CLERK, reads="import")
def import_rows(request: HttpRequest, uuid: Any) -> HttpResponse:
    """All rows of one result, page by page."""
    batch = _batch(request, uuid)
    verdict = request.GET.get("which", ImportRow.Verdict.WRONG.value)
    if verdict not in ImportRow.Verdict.values:
        raise Http404
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
    context = pages.rows_page(batch, ImportRow.Verdict(verdict), start, PAGE)
    context["errors_url"] = _errors_url(request, batch) if verdict == ImportRow.Verdict.WRONG else ""
    return render(request, "visits/roster/import_rows.html", context)


@require_safe
@rule(CLERK, reads="import")
def import_progress(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The progress bar alone, asked every few seconds; when the work is over the page is loaded anew."""
    batch = _batch(request, uuid)
    job = pages.progress(batch)
    if job is None or job["state"] != "running":
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "components/_job.html", {"job": job})


@require_POST
@rule(CLERK, reads="import", writes="people")
def import_confirm(request: HttpRequest, uuid: Any) -> HttpResponse:
    """确认入库."""
    batch = _batch(request, uuid)
    try:
        service.confirm(import_id=batch.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
    return redirect("visits_roster:import_detail", uuid=batch.uuid)


@require_POST
@rule(CLERK, reads="import", writes="import")
def import_drop(request: HttpRequest, uuid: Any) -> HttpResponse:
    """先不入库."""
    batch = _batch(request, uuid)
    try:
        service.drop(import_id=batch.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
        return redirect("visits_roster:import_detail", uuid=batch.uuid)
    messages.success(request, "这份名单没有入库，名单没有变")
    return redirect("visits_roster:import")
