"""What can be printed, and the two papers for a visit without signal."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, READS_SHEETS, TOWNSHIP, VILLAGE, WRITES_VISITS, Role
from accounts.scoping import BY_UNIT
from visits.desk import documents, links, rounds
from visits.desk.forms import AsPdfForm
from visits.records.models import RoundPaper
from visits.roster.models import Person
from visits.roster.selectors import freshness
from visits.roster.services import CannotChange
from visits.schedule.selectors import urgent_items
from xunfang.kit import jobs, pdf

PRINTS = WRITES_VISITS | VILLAGE | TOWNSHIP | COUNTY


@require_safe
@rule(PRINTS, reads="due items")
def prints(request: HttpRequest) -> HttpResponse:
    """Everything on paper, with the villages that still have people to visit."""
    return render(request, "visits/desk/prints.html", _choices(request))


def _choices(request: HttpRequest) -> dict[str, Any]:
    """Villages with people to visit; a county first chooses the township."""
    items = urgent_items(request.user, request.today, without_rounds=True, entrusted="here").order_by()
    chosen = request.GET.get("township", "")
    townships: list[dict[str, Any]] = []
    if request.user.duty.has(COUNTY):
        counts = dict(items.values_list("person__township_id").annotate(n=Count("pk")))
        rows = Region.objects.filter(pk__in=counts).order_by("position", "pk")
        townships = [
            {
                "word": row.name,
                "count": counts[row.pk],
                "url": links.to("visits_desk:prints", township=row.pk),
                "current": str(row.pk) == chosen,
            }
            for row in rows
        ]
        items = (
            items.filter(person__township_id=int(chosen))
            if chosen.isdecimal() and len(chosen) < 12
            else items.none()
        )
    counts = dict(items.values_list("person__village_id").annotate(n=Count("pk")))
    villages = Region.objects.filter(pk__in=counts).order_by("position", "pk")
    return {
        "townships": townships,
        "choose": bool(townships) and not any(one["current"] for one in townships),
        "rounds": [
            {
                "name": row.name,
                "count": counts[row.pk],
                "url": links.to("visits_desk:print_round", row.pk),
            }
            for row in villages
        ],
        "cards": _card_villages(request) if not townships else [],
        "all_villages": request.user.duty.has({Role.TOWNSHIP_CLERK}) and len(villages) > 0,
        "blank_url": links.to("visits_desk:print_blank"),
        "due_url": links.to("visits_desk:print_due"),
        "list_url": links.to("visits_roster:list_print"),
        "sheets_url": links.to("visits_records:sheets") if request.user.duty.has(READS_SHEETS) else "",
        "overview_url": links.to("visits_desk:overview") if request.user.duty.has(TOWNSHIP | COUNTY) else "",
        "typing_url": links.to("visits_records:type_any")
        if request.user.duty.has({Role.TOWNSHIP_CLERK})
        else "",
        "why_not": "",
        "fresh": freshness.of_user(request.user, request.today).words,
    }


def _card_villages(request: HttpRequest) -> list[dict[str, Any]]:
    """Villages with people for whom a 巡访联系卡 can be printed, done or not."""
    if not request.user.duty.has(WRITES_VISITS):
        return []
    people = Person.objects.visible_to(request.user).on_roster().order_by()
    counts = dict(people.values_list("village_id").annotate(n=Count("pk")))
    rows = Region.objects.filter(pk__in=counts).order_by("position", "pk")
    return [
        {"name": row.name, "count": counts[row.pk], "url": links.to("visits_desk:contact_cards", row.pk)}
        for row in rows
    ]


@require_safe
@rule(PRINTS, reads="visit form")
def print_blank(request: HttpRequest) -> HttpResponse:
    """空白巡访表."""
    return paper(request, "pdf/blank.html", documents.blank(request.user, request.today), "空白巡访表")


@require_POST
@rule(PRINTS, reads="due items", writes="round sheet")
def print_round(request: HttpRequest, village: int) -> HttpResponse:
    """一村一轮巡访单 of the people the reader may see there, kept with its code. A visitor's holds their own people."""
    unit = get_object_or_404(Region, pk=village, level=Level.VILLAGE)
    in_post = request.user.duty.role_for(unit, BY_UNIT) is not None
    if not in_post and not Person.objects.visible_to(request.user).filter(village_id=unit.pk).exists():
        raise Http404
    form = AsPdfForm(request.POST)
    as_pdf = form.is_valid() and form.cleaned_data["pdf"]
    why_not = f"{unit.name}现在没有要访的人，不用打巡访单。"
    try:
        kept = documents.keep_round(request.user, unit, timezone.now())
    except CannotChange as error:
        kept, why_not = None, str(error)
    if kept is None:
        return render(request, "visits/desk/prints.html", _choices(request) | {"why_not": why_not})
    return redirect(links.to("visits_desk:print_paper", kept.uuid, pdf="1" if as_pdf else ""))


@require_safe
@rule(PRINTS, reads="round sheet")
def print_paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A round sheet as it was printed: the same people in the same order."""
    found = get_object_or_404(RoundPaper.objects.visible_to(request.user), uuid=uuid)
    context = documents.round_of(request.user, found, request.today)
    return paper(request, "pdf/round.html", context, f"巡访单{found.number}")


@require_POST
@rule({Role.TOWNSHIP_CLERK}, reads="due items", writes="job")
def print_rounds(request: HttpRequest) -> HttpResponse:
    """The round sheets of all villages of one's township as one PDF, made by a worker."""
    unit_ids = sorted(request.user.duty.unit_ids(Role.TOWNSHIP_CLERK))
    job = jobs.enqueue(
        rounds.KIND,
        {"user_id": request.user.pk, "township_ids": unit_ids},
        title="打印各村巡访单",
        owner_id=request.user.pk,
    )
    return redirect("accounts:job", uuid=job.uuid)


def paper(request: HttpRequest, template: str, context: dict[str, Any], name: str) -> HttpResponse:
    """The paper on the screen, or as PDF with ?pdf=1; when no PDF can be made, the page says what to do."""
    if request.GET.get("pdf") != "1":
        return HttpResponse(render_to_string(template, context | {"screen": True}, request))
    try:
        data = pdf.render(render_to_string(template, context | {"screen": False}))
    except pdf.PdfUnavailable as error:
        return render(
            request, "visits/desk/prints.html", _choices(request) | {"why_not": str(error)}, status=503
        )
    return as_pdf(data, name)


def as_pdf(data: bytes, name: str) -> HttpResponse:
    """A paper as the browser shows it."""
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = "inline; filename=\"xunfang.pdf\"; filename*=UTF-8''" + quote(
        f"{name}.pdf"
    )
    return response
