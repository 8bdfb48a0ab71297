"""The due list with its filters on paper."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.marks import mark_of
from accounts.models.region import Level
from accounts.roles import CASES
from visits.desk import due_paper, links
from visits.desk.views.prints import as_pdf
from visits.schedule import listing
from visits.schedule.forms import DueFilter
from visits.templatetags.xf import num
from xunfang.kit import pdf

# A page of paper takes a third of a second to set as PDF; more than that is laid out by the browser, or in parts.
MOST_PDF, MOST = 400, 1500


@require_safe
@rule(CASES, reads="due items", audit="due_printed")
def print_due(request: HttpRequest) -> HttpResponse:
    """Everybody on the list with these filters, on the screen for printing, or as PDF with ?pdf=1."""
    chosen = DueFilter(request.GET).chosen()
    chosen.pop("sort", None)
    found = listing.read(request.user, request.today, limit=1, **chosen)
    counts = found.states()
    total = counts[chosen["state"]] if "state" in chosen else sum(counts.values())
    wants_pdf = request.GET.get("pdf") == "1"
    if not total:
        return _instead(request, chosen, "这些条件下没有要访的人，换一个条件再打印。")
    most = MOST_PDF if wants_pdf else MOST
    if total > most:
        say = f"有{num(total)}人，一次最多打{num(most)}人。分开打，或者先选一个村（居）、一类。"
        return _instead(request, chosen, say, _parts(chosen, found))
    context = due_paper.context(request.user, chosen, request.today, timezone.now())
    if request.method == "GET":  # HEAD prints nothing
        due_paper.record_print(by=request.user, at=timezone.now(), people=context["total"], filters=chosen)
    context |= {"back": links.to("visits_schedule:due", **chosen), "pdf_url": ""}
    if not wants_pdf:
        if total <= MOST_PDF and not pdf.why_not():
            context["pdf_url"] = links.to("visits_desk:print_due", **chosen, pdf="1")
        return HttpResponse(render_to_string("pdf/due.html", context | {"screen": True}, request))
    try:
        context["mark"] = mark_of(request.user, request.today)  # type: ignore[arg-type]
        data = pdf.render(render_to_string("pdf/due.html", context | {"screen": False}))
    except pdf.PdfUnavailable as error:
        return _instead(request, chosen, str(error), status=503)
    return as_pdf(data, context["title"])


def _parts(chosen: dict[str, Any], found: listing.Listing) -> list[dict[str, Any]]:
    """The townships, or the villages of one, that can be printed apart."""
    state = chosen.get("state", "")
    places, key = found.by_place(Level.TOWNSHIP, state), "township"
    if len(places) < 2:
        places, key = found.by_place(Level.VILLAGE, state), "village"
    return [
        {
            "name": name,
            "count": sum(places[pk].values()),
            "url": links.to("visits_desk:print_due", **{**chosen, key: pk}),
        }
        for pk, name in found.units.items()
        if pk in places
    ]


def _instead(
    request: HttpRequest, chosen: dict[str, Any], say: str, parts: Any = (), status: int = 200
) -> HttpResponse:
    context = {
        "title": "打印待访名单",
        "say": say,
        "parts": parts,
        "back": links.to("visits_schedule:due", **chosen),
        "back_words": "回到待访",
    }
    return render(request, "visits/roster/not_printed.html", context, status=status)
