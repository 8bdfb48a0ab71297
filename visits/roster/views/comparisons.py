"""比对: another office's list held against the roster, and what comes of it."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import Role
from visits.roster import selectors
from visits.roster.forms.comparisons import CompareForm, MissingForm
from visits.roster.imports.workbooks import footer
from visits.roster.models import Comparison, Review
from visits.roster.selectors import comparisons as pages
from visits.roster.services import CannotChange, redate_left, uncovered
from visits.roster.services import comparisons as service
from visits.roster.views.settling import panel, settle
from xunfang.kit import excel

CLERK = {Role.TOWNSHIP_CLERK}
Kind = Comparison.Kind
State = Comparison.State


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="comparisons", writes="comparison")
def compare(request: HttpRequest) -> HttpResponse:
    """The lists that were compared, and bringing another."""
    units = Region.objects.filter(pk__in=request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)).order_by("position")
    form = CompareForm(
        request.POST or None,
        request.FILES or None,
        today=request.today,
        townships=list(units),
        groups=selectors.care_groups(request.user),
        initial={"kind": "base" if request.GET.get("kind") == "base" else "deaths"},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = service.start(
                kind=values["kind"],
                content=values["content"],
                file_name=values["file"].name,
                month=values["month"],
                group_id=values["group"] or None,
                source=values["source"],
                township_id=values["township"],
                by=request.user,
                at=timezone.now(),
            )
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("visits_roster:compare_detail", uuid=made.uuid)
    rows = Comparison.objects.visible_to(request.user).select_related("created_by", "group")
    context = {
        "form": form,
        "list": pages.history(list(rows.order_by("-created_at", "-pk")[:50]), request.today),
        "one_township": len(units) == 1,
    }
    return render(request, "visits/roster/compare.html", context, status=422 if form.is_bound else 200)


def _found(request: HttpRequest, uuid: Any) -> Comparison:
    rows = Comparison.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("file", "created_by", "job", "group"), uuid=uuid)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="comparison", writes="reviews")
def compare_detail(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Being compared, or what came of it; a POST settles the ticked questions."""
    found = _found(request, uuid)
    kind = Review.Kind.DEATH_LIST if found.kind == Kind.DEATHS else Review.Kind.BASE_ONLY_HERE
    narrow: dict[str, Any] = {"person__township_id": found.township_id}
    if found.kind == Kind.BASE:
        narrow["detail__group"] = found.group_id
    section = panel(request, kind.value, pages.waiting(request.user, kind, **narrow))
    if request.method == "POST" and settle(request, section):
        return redirect("visits_roster:compare_detail", uuid=found.uuid)
    context = {
        "found": found,
        "job": pages.progress(found),
        "title": _title(found),
        "month": pages.month_words(found),
        "tiles": pages.tiles(found),
        "section": section if found.state == State.DONE and not found.counts.get("held") else None,
        "dates": pages.other_dates(found, request.today) if found.kind == Kind.DEATHS else [],
        "coverage": pages.coverage(found.counts) if found.kind == Kind.BASE and found.counts else None,
        "wrong": pages.wrong(found),
        **_missing(request, found),
    }
    return render(
        request,
        "visits/roster/compare_detail.html",
        context,
        status=422 if section["form"].is_bound else 200,
    )


def _title(found: Comparison) -> str:
    words = f"{pages.month_words(found)}{pages.kind_words(found)}"
    if found.state == State.REFUSED:
        return "这个文件读不了"
    if found.state == State.READING:
        return f"正在比对{words}"
    return f"{words}，{pages.came_of(found)}"


def _missing(request: HttpRequest, found: Comparison) -> dict[str, Any]:
    """The part of the page about those who are only on the list."""
    if found.kind != Kind.BASE or not found.counts:
        return {"only": None, "download": ""}
    rows = service.missing_rows(found)
    told = uncovered.told_rows(found, rows)
    mine = found.created_by_id == request.user.pk
    return {
        "only": pages.only_list(found, told, request.GET.get("all") == "only_list"),
        "free": len(rows) - len(told),
        "download": reverse("visits_roster:compare_missing", args=[found.uuid]) if rows and mine else "",
    }


@require_safe
@rule(CLERK, reads="comparison")
def compare_progress(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The progress bar alone; when the work is over the page is loaded anew."""
    job = pages.progress(_found(request, uuid))
    if job is None or job["state"] != "running":
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "components/_job.html", {"job": job})


@require_POST
@rule(CLERK, reads="comparison", writes="reviews")
def compare_release(request: HttpRequest, uuid: Any) -> HttpResponse:
    """就是这份，没有传错."""
    found = _found(request, uuid)
    try:
        service.release(comparison_id=found.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "好，名单上没有的人下面逐个核")
    return redirect("visits_roster:compare_detail", uuid=found.uuid)


@require_POST
@rule(CLERK, reads="comparison", writes="discoveries")
def compare_tell(request: HttpRequest, uuid: Any) -> HttpResponse:
    """漏访 onto the list of discoveries: those that are ticked, or all."""
    found = _found(request, uuid)
    form = MissingForm(request.POST, rows=[row.pk for row in service.missing_rows(found)])
    if not form.is_valid():
        messages.warning(request, "名单有变动，请重新勾")
        return redirect("visits_roster:compare_detail", uuid=found.uuid)
    try:
        made, without = uncovered.tell_missing(
            comparison_id=found.pk,
            row_ids=form.cleaned_data["row"] or None,
            by=request.user,
            at=timezone.now(),
        )
    except CannotChange as error:
        messages.warning(request, str(error))
        return redirect("visits_roster:compare_detail", uuid=found.uuid)
    rest = f"；{without}人没写村或村名对不上，请下载后补上村再导入" if without else ""
    messages.success(request, f"{made}人放进了“发现新对象”，逐个核了建档{rest}")
    return redirect("visits_roster:compare_detail", uuid=found.uuid)


@require_safe
@rule(CLERK, reads="comparison", audit="missing_downloaded")
def compare_missing(request: HttpRequest, uuid: Any) -> HttpResponse:
    """漏访 as a workbook that can be brought in as it is."""
    found = _found(request, uuid)
    at = timezone.now()
    township = Region.objects.get(pk=found.township_id)
    try:
        content = uncovered.missing_workbook(
            comparison_id=found.pk,
            by=request.user,
            at=at,
            footer=footer(township.name, request.user.name, at),
        )
    except CannotChange as error:
        messages.warning(request, str(error))
        return redirect("visits_roster:compare_detail", uuid=found.uuid)
    response = HttpResponse(content, content_type=excel.CONTENT_TYPE)
    name = quote(f"漏访{found.month:%Y%m}.xlsx")
    response["Content-Disposition"] = f"attachment; filename=missing.xlsx; filename*=UTF-8''{name}"
    return response


@require_POST
@rule(CLERK, reads="comparison", writes="person")
def compare_redate(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """按名单改去世日期."""
    found = _found(request, uuid)
    row = get_object_or_404(found.rows.filter(verdict="both", person__isnull=False), pk=pk)
    try:
        redate_left(
            person_id=row.person_id,
            **service.death_in(row),
            reason=f"{pages.month_words(found)}死亡名单",
            by=request.user,
            at=timezone.now(),
        )
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "去世日期照名单改了")
    return redirect("visits_roster:compare_detail", uuid=found.uuid)
