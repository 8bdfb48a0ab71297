"""待核: what somebody must look at, settled with a tap or with a word."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import Role
from visits.roster import services
from visits.roster.forms.reviews import ReviewFilter, SettleForm
from visits.roster.models import Review
from visits.roster.outcomes import plan_of
from visits.roster.review_rows import as_row
from visits.roster.selectors import reviews as selectors

CLERK = frozenset({Role.TOWNSHIP_CLERK})
PAGE = 12  # households


@require_safe
@rule(CLERK, reads="reviews")
def reviews(request: HttpRequest) -> HttpResponse:
    """Open questions by household, the nearest day first."""
    chosen = ReviewFilter(request.GET).chosen()
    page = chosen.pop("page", 1)
    rows = selectors.waiting(request.user, chosen)
    found, more = selectors.households(rows, (page - 1) * PAGE, PAGE)
    kinds = selectors.kinds(request.user)
    without = {key: value for key, value in chosen.items() if key != "kind"}
    context = {
        "groups": _groups(found, request),
        "filters": [
            {"word": "全部", "url": _url(without), "count": sum(kinds.values()), "current": "kind" not in chosen},
            *(
                {"word": selectors.ASK_WORD if kind == selectors.ASK else Review.Kind(kind).label, "url": _url({**without, "kind": kind}), "count": n,
                 "current": chosen.get("kind") == kind}
                for kind, n in kinds.items()
            ),
        ],
        "villages": selectors.villages(request.user),
        "chosen": {"kind": chosen.get("kind", ""), "village": chosen.get("village", "")},
        "here": request.get_full_path(),
        "pager": {
            "count": rows.count(),
            "unit": "件",
            "next": _url({**chosen, "page": page + 1}) if more else "",
            "prev": _url({**chosen, "page": page - 1}) if page > 1 else "",
        },
        "empty": {"title": "没有要核的", "say": "快满年龄、快到期、该复核的，系统每天夜里自己列到这里。", "icon": "ok"},
    }  # fmt: skip
    return render(request, "visits/roster/reviews.html", context)


def _url(values: dict[str, Any]) -> str:
    return f"?{urlencode(values)}" if values else reverse("visits_roster:reviews")


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
    if not plan.outcomes:
        return redirect(f"visits_roster:{plan.form}")
    form = SettleForm(request.POST or None, plan=plan)
    if request.method == "POST" and form.is_valid():
        try:
            services.settle_review(review_id=row.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except services.CannotChange as error:
            form.add_error(error.field or None, str(error))
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
