"""去世核对: what a death asks of the township; and the bar that settles questions, shared with 比对."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.roles import Role
from visits.roster.forms.comparisons import SettleForm
from visits.roster.models import Review
from visits.roster.selectors import comparisons as pages
from visits.roster.services import CannotChange
from visits.roster.services import death_reviews as service

CLERK = {Role.TOWNSHIP_CLERK}
RECENT = timedelta(days=90)
KINDS = (Review.Kind.SEEN_AFTER_DEATH, Review.Kind.DEATH_LIST, Review.Kind.HOUSEHOLD_DEATH)
SAY = {
    Review.Kind.DEATH_LIST: "名单上说去世了，系统里还在册。您核实了才登记，系统不会自己改。",
    Review.Kind.SEEN_AFTER_DEATH: "登记的去世日期以后，还有一次写着见到本人的巡访。先由乡镇说明。",
    Review.Kind.HOUSEHOLD_DEATH: "家里有人去世，人口、待遇、谁来照料都可能变，请核一核。",
    Review.Kind.BASE_ONLY_HERE: "系统里在这一类，底数名单上没有。核了再改，系统不会自己停。",
}


def panel(request: HttpRequest, kind: Review.Kind, **narrow: Any) -> dict[str, Any]:
    """The open questions of one kind with the bar that settles them; bound when this POST is about them."""
    rows = pages.waiting(request.user, kind, **narrow)
    reviews = list(rows.select_related("person__assignee", "person__household")[: pages.MOST])
    mine = request.method == "POST" and request.POST.get("kind", "") == kind
    form = SettleForm(
        request.POST if mine else None,
        kind=kind,
        reviews=[review.pk for review in reviews],
        auto_id=f"id_{kind}_%s",
    )
    table = pages.table(reviews, kind, request.today, request.user)
    ticked = set(form.data.getlist("review")) if form.is_bound else set()
    for row in table["rows"]:
        row["cells"][0]["checked"] = str(row["cells"][0]["value"]) in ticked
    names = [name for name in ("outcome", "ends_on", "note") if name in form.fields]
    return {
        "kind": kind.value,
        "title": kind.label,
        "say": SAY[kind],
        "count": rows.count(),
        "list": table,
        "form": form,
        "bulk": {
            "pick": "review",
            "count": len(ticked),
            "fields": [form[name] for name in names],
            "action": "记下",
        },
    }


def settle(request: HttpRequest, section: dict[str, Any]) -> bool:
    """Settle what this POST ticked. False: the form says what is missing."""
    form = section["form"]
    if not form.is_bound or not form.is_valid():
        return False
    values = form.cleaned_data
    try:
        result = service.settle(
            kind=section["kind"],
            review_ids=values["review"],
            outcome=values["outcome"],
            note=values["note"],
            ends_on=values.get("ends_on"),
            by=request.user,
            at=timezone.now(),
        )
    except CannotChange as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    if result.done:
        words = service.OUTCOMES[section["kind"]][values["outcome"]]
        messages.success(request, f"{result.done}人记下了：{words}")
    for name, why in result.left[:5]:
        messages.warning(request, f"{name}没有记：{why}")
    return True


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="reviews", writes="reviews")
def deaths(request: HttpRequest) -> HttpResponse:
    """Everything that deaths ask of the clerk, and who was noted lately."""
    sections = [panel(request, kind) for kind in KINDS]
    if request.method == "POST":
        bound = next((section for section in sections if section["form"].is_bound), None)
        if bound is None or settle(request, bound):
            return redirect("visits_roster:deaths")
    context = {
        "sections": [section for section in sections if section["count"] or section["form"].is_bound],
        "waiting": sum(section["count"] for section in sections),
        "recent": pages.recent_departures(request.user, request.today - RECENT, request.today),
    }
    bad = any(section["form"].is_bound for section in sections)
    return render(request, "visits/roster/deaths.html", context, status=422 if bad else 200)
