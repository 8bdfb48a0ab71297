"""Photographs of filled sheets: brought in bulk, laid by their code or by hand, looked at beside the rows."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import CASES, Role
from visits.records.forms.photographs import LayForm, ScansForm
from visits.records.models import PaperScan, RoundPaper
from visits.records.services.scanning import bring_scans, drop_scan, lay_scan
from visits.records.views.photographs import picture
from visits.roster.services import CannotChange
from xunfang.kit import files, images

CLERK = frozenset({Role.TOWNSHIP_CLERK})
SHOWN = 60


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="scans", writes="scans")
def scans(request: HttpRequest) -> HttpResponse:
    """Bring pictures; say of some which sheet they show; see which are ready to be typed."""
    form = ScansForm(request.POST, request.FILES) if request.method == "POST" else ScansForm()
    if request.method == "POST" and form.is_valid():
        job = bring_scans(pictures=form.cleaned_data["files"], by=request.user, at=timezone.now())
        return redirect("accounts:job", uuid=job.uuid)
    return _page(request, form, status=422 if form.is_bound else 200)


def _papers(request: HttpRequest) -> Any:
    units = request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)  # type: ignore[attr-defined]
    return (
        RoundPaper.objects.visible_to(request.user)
        .filter(township_id__in=units)
        .order_by("-printed_on", "-pk")
    )


def _page(
    request: HttpRequest, form: ScansForm, *, laying: tuple[int, LayForm] | None = None, status: int = 200
) -> HttpResponse:
    rows = PaperScan.objects.visible_to(request.user).filter(removed_at=None).select_related("paper")
    loose = list(rows.filter(paper=None, by=request.user).order_by("pk")[:SHOWN])
    laid = list(rows.exclude(paper=None).order_by("-at", "-pk")[:SHOWN])
    papers = list(_papers(request)[:SHOWN])
    names = dict(
        Region.objects.filter(
            pk__in={one.village_id for one in papers} | {one.paper.village_id for one in laid if one.paper}
        ).values_list("pk", "name")
    )
    context = {
        "form": form,
        "loose": [
            {
                "scan": one,
                "form": laying[1]
                if laying and laying[0] == one.pk
                else LayForm(papers=_papers(request), names=names, auto_id=f"id_{one.pk}_%s"),
            }
            for one in loose
        ],
        "laid": [
            {
                "scan": one,
                "village": names.get(one.paper.village_id, ""),
                "url": f"{reverse('visits_records:paper_type', args=[one.paper.uuid])}?page={one.page}",
            }
            for one in laid
            if one.paper is not None
        ],
    }
    return render(request, "visits/records/scans.html", context, status=status)


def _scan(request: HttpRequest, uuid: UUID) -> PaperScan:
    rows = PaperScan.objects.visible_to(request.user).filter(removed_at=None).select_related("file")
    return get_object_or_404(rows, uuid=uuid)


@require_POST
@rule(CLERK, reads="scan", writes="scan")
def scan_lay(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """By hand: which sheet and page it is."""
    found = _scan(request, uuid)
    names = dict(
        Region.objects.filter(pk__in=_papers(request).values("village_id")).values_list("pk", "name")
    )
    form = LayForm(request.POST, papers=_papers(request), names=names, auto_id=f"id_{found.pk}_%s")
    if form.is_valid():
        try:
            lay_scan(scan_id=found.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotChange as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "指好了，可以照着录了")
            return redirect("visits_records:scans")
    return _page(request, ScansForm(), laying=(found.pk, form), status=422)


@require_POST
@rule(CLERK, reads="scan", writes="scan")
def scan_drop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Taken away: blurred, or not a sheet at all."""
    found = _scan(request, uuid)
    try:
        drop_scan(scan_id=found.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "照片去掉了")
    return redirect("visits_records:scans")


@require_safe
@rule(CASES, reads="scan")
def scan_picture(request: HttpRequest, uuid: UUID, *, small: bool) -> HttpResponse:
    """The picture itself; small for lists."""
    content = files.read(_scan(request, uuid).file)
    return picture(images.cleaned(content).small if small else content)
