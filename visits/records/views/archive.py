"""存档: what the township and the county keep of each village's year, and the papers that go into the box."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.records import archive_papers, archive_rows, exporting
from visits.records.forms.archiving import DepositForm, PrintForm, VoidDepositForm, YearForm
from visits.records.models import ArchiveDeposit
from visits.records.selectors.archive import approved_tables, standings, villages_of
from visits.records.services import archiving

OFFICES = TOWNSHIP | COUNTY
KEEPERS = frozenset({Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICER})


@require_safe
@rule(OFFICES, reads="archive")
def archive(request: HttpRequest) -> HttpResponse:
    """五(一)-8: who has which village's year, and where one of the two is missing."""
    asked = YearForm(request.GET)
    values = asked.cleaned_data if asked.is_valid() else {}
    year = values.get("year") or request.today.year
    context = archive_rows.listing(request.user, year, values.get("township"), request.today)
    return render(request, "visits/records/archive.html", context)


def _village(request: HttpRequest, village: int, year: int) -> Region:
    """The village, for a year that has an archive; 404 for any other."""
    if not archiving.FIRST_YEAR <= year <= request.today.year:
        raise Http404
    return get_object_or_404(villages_of(request.user), pk=village)


@require_http_methods(["GET", "POST"])
@rule(OFFICES, reads="archive", writes="archive")
def archive_village(request: HttpRequest, village: int, year: int) -> HttpResponse:
    """One village's year: what was recorded, what each office has, the next receipt, the papers."""
    unit = _village(request, village, year)
    level = archiving.level_of(request.user, unit)
    last = archiving.latest(unit.pk, year, level) if level else None
    initial = {
        "kept_on": request.today,
        "volume_no": archiving.next_volume(unit, year, level) if level else None,
        "box_no": last.box_no if last else "",
        "place": last.place if last else "",
        "keeper": last.keeper if last else request.user.name,
        "medium": last.medium if last else "paper",
    }
    form = DepositForm(request.POST or None, year=year, today=request.today, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = archiving.deposit(
                village_id=unit.pk, year=year, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except archiving.CannotArchive as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(
                request, f"登记好了：{made.box_no}盒第{made.volume_no}卷，{made.records}份记录。"
            )
            return redirect("visits_records:archive_village", unit.pk, year)
    return _page(request, unit, year, form, PrintForm())


def _page(
    request: HttpRequest, unit: Region, year: int, form: DepositForm, printing: PrintForm, **more: Any
) -> HttpResponse:
    level = archiving.level_of(request.user, unit)
    standing = standings([unit], year)[0]
    bad = form.is_bound or printing.is_bound
    approved = approved_tables([unit.pk], year)
    context = {
        "village": unit,
        "year": year,
        "standing": standing,
        "offices": [
            {"name": "乡镇（街道）", **archive_rows.cell(standing, "township")},
            {"name": "县级", **archive_rows.cell(standing, "county", approved.get(unit.pk, 0))},
        ],
        "not_yet": archive_rows.not_yet(unit.pk, year, request.today) if standing.records else "",
        "sided": standing.one_sided(request.today),
        "receipts": archive_rows.receipts(unit.pk, year, level),
        "form": form
        if level and standing.records and (standing.state(level) != "whole" or form.is_bound)
        else None,
        "supplement": level in standing.newest if level else False,
        "export_url": exporting.url_of(year, village=unit.pk) if standing.records else "",
        "printing": printing if level and standing.records else None,
        **more,
    }
    return render(request, "visits/records/archive_village.html", context, status=422 if bad else 200)


@require_POST
@rule(KEEPERS, reads="archive", writes="job")
def archive_print(request: HttpRequest, village: int, year: int) -> HttpResponse:
    """盒脊、卷内目录、备考表 and a card for everybody, by a worker, after a reason."""
    unit = _village(request, village, year)
    printing = PrintForm(request.POST)
    form = DepositForm(year=year, today=request.today)
    if not printing.is_valid():
        return _page(request, unit, year, form, printing)
    try:
        job = archive_papers.ask(
            village_id=unit.pk,
            year=year,
            reason=printing.cleaned_data["reason"],
            whole=printing.cleaned_data["whole"],
            by=request.user,
            at=timezone.now(),
        )
    except archiving.CannotArchive as error:
        printing.add_error(None, str(error))
        return _page(request, unit, year, form, printing)
    return redirect("accounts:job", uuid=job.uuid)


@require_http_methods(["GET", "POST"])
@rule(KEEPERS, reads="archive", writes="archive")
def archive_void(request: HttpRequest, pk: int) -> HttpResponse:
    """A receipt that was written wrongly."""
    row = get_object_or_404(ArchiveDeposit.objects.visible_to(request.user), pk=pk)
    form = VoidDepositForm(request.POST or None)
    url = archive_rows.village_url(row.village_id, row.year)
    if request.method == "POST" and form.is_valid():
        try:
            archiving.void(deposit_id=row.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except archiving.CannotArchive as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, "作废了，没有删，下面查得到。")
            return redirect(url)
    confirm = {
        "title": f"作废{row.box_no}盒第{row.volume_no}卷的登记？",
        "say": "作废以后，这一年就算没有存，要重新登记。",
        "yes": "作废",
        "no_url": url,
        "form": form,
        "red": True,
    }
    context = {"confirm": confirm, "form": form}
    return render(request, "visits/records/archive_void.html", context, status=422 if form.is_bound else 200)
