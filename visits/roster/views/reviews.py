"""待核: what somebody must look at, settled with a tap, with a word, or many together."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.models import Region
from accounts.roles import Role
from visits.roster import services
from visits.roster.forms.reviews import ReviewFilter, SettleForm
from visits.roster.models import Review
from visits.roster.outcomes import plan_of
from visits.roster.review_rows import as_row
from visits.roster.selectors import reviews as selectors
from visits.roster.views.settling import panel, settle

CLERK = frozenset({Role.TOWNSHIP_CLERK})
PAGE = 12  # households
ROWS = 50  # questions of one kind


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="reviews", writes="reviews")
def reviews(request: HttpRequest) -> HttpResponse:
    """Open questions by household, the nearest day first; of one kind, as rows that are settled together."""
    chosen = ReviewFilter(request.GET).chosen()
    page = chosen.pop("page", 1)
    rows = selectors.waiting(request.user, chosen)
    section = None
    if "kind" in chosen:
        asked = selectors.of_kind(request.user, chosen)
        section = panel(request, chosen["kind"], asked, start=(page - 1) * ROWS, size=ROWS)
        if request.method == "POST" and settle(request, section):
            return redirect(_url(chosen))
        more, found = section["count"] > page * ROWS, []
    elif request.method == "POST":
        return redirect("visits_roster:reviews")
    else:
        found, more = selectors.households(rows, (page - 1) * PAGE, PAGE)
    bound = section is not None and section["form"].is_bound
    context = _frame(request, chosen, page, more=more, count=rows.count())
    context |= {"groups": _groups(found, request), "section": section}
    return render(request, "visits/roster/reviews.html", context, status=422 if bound else 200)


def _frame(
    request: HttpRequest, chosen: dict[str, Any], page: int, *, more: bool, count: int
) -> dict[str, Any]:
    kinds = selectors.kinds(request.user)
    without = {key: value for key, value in chosen.items() if key != "kind"}
    return {
        "filters": [
            {"word": "全部", "url": _url(without), "count": sum(kinds.values()), "current": "kind" not in chosen},
            *(
                {"word": selectors.word_of(kind), "url": _url({**without, "kind": kind}), "count": n,
                 "current": chosen.get("kind") == kind}
                for kind, n in kinds.items()
            ),
        ],
        "villages": selectors.villages(request.user),
        "chosen": {"kind": chosen.get("kind", ""), "village": chosen.get("village", "")},
        "here": request.get_full_path(),
        "pager": {
            "count": count,
            "unit": "件",
            "next": _url({**chosen, "page": page + 1}) if more else "",
            "prev": _url({**chosen, "page": page - 1}) if page > 1 else "",
        },
        "empty": {"title": "没有要核的", "say": "快满年龄、快到期、该复核的，系统每天夜里自己列到这里。", "icon": "ok"},
    }  # fmt: skip


def _url(values: dict[str, Any]) -> str:
    home = reverse("visits_roster:reviews")
    return f"{home}?{urlencode(values)}" if values else home


def _groups(found: list[list[Review]], request: HttpRequest) -> list[dict[str, Any]]:
    """Households as cards: who, where, and what is asked."""
    asked = {
        q.row.pk: q for q in selectors.questions((r for g in found for r in g), request.user, request.today)
    }
    villages = dict(
        Region.objects.filter(pk__in={r.person.village_id for g in found for r in g}).values_list(
            "pk", "name"
        )
    )
    groups = []
    for rows in found:
        person = rows[0].person
        family = {row.person_id for row in rows}
        head = person.household.head_name if person.household else ""
        groups.append(
            {
                "name": f"{head}一户" if head and len(family) > 1 else person.name,
                "one": as_row(asked[rows[0].pk], request.today) if len(family) == 1 else None,
                "place": f"{villages.get(person.village_id, '')} {person.hamlet}".strip(),
                "rows": [as_row(asked[row.pk], request.today) for row in rows],
            }
        )
    return groups


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="review", writes="review")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One question; the buttons of the list post here too."""
    row = get_object_or_404(
        Review.objects.visible_to(request.user).select_related("person__household"), pk=pk
    )
    plan = plan_of(row.kind, row.detail)
    if plan.own_page:
        return redirect(f"visits_roster:{plan.form}")
    form = SettleForm(request.POST or None, outcomes=plan.outcomes)
    if request.method == "POST" and form.is_valid():
        try:
            services.settle_review(review_id=row.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except services.CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"{row.person.name}：核好了")
            return redirect(_back(request))
    question = selectors.questions([row], request.user, request.today)[0]
    context = {"row": row, "form": form, "question": as_row(question, request.today), "person": row.person}
    return render(request, "visits/roster/review.html", context, status=422 if form.is_bound else 200)


def _back(request: HttpRequest) -> str:
    """The list as it was filtered; nowhere else."""
    wanted = request.GET.get("back", "")
    home = reverse("visits_roster:reviews")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return wanted if safe else home
