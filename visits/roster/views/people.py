"""The list of people: filters in the address, a search that leaves no name there."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.roles import CASES, COUNTY, OVERVIEW, TOWNSHIP, VILLAGE, Role
from visits.roster import listing, search, selectors
from visits.roster.forms import PeopleFilter, SearchForm
from visits.roster.forms.finding import MARKS, SORTS
from visits.roster.models import Person

PAGE = 50
# Who takes lists out, and looks back at them by day.
OFFICES = TOWNSHIP | COUNTY | {Role.INSPECTOR}


@require_http_methods(["GET", "POST"])
@rule(CASES, reads="people", writes="own search")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody in scope, by village and 自然村. A POST is a search: it is kept and answered under a token."""
    filters = PeopleFilter(request.GET)
    chosen = filters.chosen()
    form = SearchForm(request.POST or None)
    after, before = chosen.pop("after", None), chosen.pop("before", None)
    token = chosen.pop("s", "")
    if request.method == "POST" and form.is_valid():
        try:
            token = search.look_for(text=form.cleaned_data["q"], by=request.user, at=timezone.now())
        except search.TooMany as error:
            return _too_many(request, error.minutes)
        query = listing.query(chosen, s=token)
        response = HttpResponseRedirect(f"{reverse('visits_roster:people')}?{query}")
        response.status_code = 303
        return response
    wanted = search.recall(token, request.user, timezone.now()) if token else None
    found = selectors.people(request.user, request.today, chosen)
    alike = False
    if wanted is not None:
        result = search.find(found, wanted)
        found, alike = result.people, result.alike
        form = SearchForm(initial={"q": wanted}) if not form.is_bound else form
    sort, keep = chosen.get("sort", ""), {**chosen, **({"s": token} if wanted is not None else {})}
    rows, more = selectors.page(
        request.user, found, PAGE, sort=sort, after=after, before=None if after else before
    )
    clerk = request.user.duty.has({Role.TOWNSHIP_CLERK})
    pick = clerk and chosen.get("status") is None
    frame = _frame(request, chosen, keep, clerk=clerk)
    context = {
        "list": listing.table(rows, request.user, request.today, pick=pick, sort=sort),
        "pager": _pager(found, rows, keep, after=after, before=before, more=more),
        "form": form,
        "wanted": wanted,
        "alike": alike,
        "over": bool(token) and wanted is None,
        "search_url": listing.url(chosen),
        "pick": pick,
        "empty": listing.empty(request.user, wanted, frame["said"], clerk=clerk),
        **frame,
    }
    return render(request, "visits/roster/people.html", context, status=422 if form.is_bound else 200)


def _too_many(request: HttpRequest, minutes: int) -> HttpResponse:
    context = {
        "minutes": minutes,
        "title": "找得太多太快，先歇一会儿",
        "say": f"10分钟里最多找{search.LIMIT}次。要看很多人的，用村、类别筛选，不限次数。",
    }
    response = render(request, "errors/429.html", context, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


def _pager(
    found: Any, rows: list[Person], keep: dict[str, Any], *, after: Any, before: Any, more: bool
) -> dict[str, Any]:
    back = after is None and before is not None
    nextward = rows and (back or more)
    backward = rows and (more if back else after is not None)
    return {
        "count": found.count(),
        "unit": "人",
        "next": listing.url(keep, after=rows[-1].pk) if nextward else "",
        "prev": listing.url(keep, before=rows[0].pk) if backward else "",
    }


def _frame(
    request: HttpRequest, chosen: dict[str, Any], keep: dict[str, Any], *, clerk: bool
) -> dict[str, Any]:
    """Choices of the filters, what is on, and how old the list is."""
    user = request.user
    villages = selectors.villages(user, chosen.get("township"))
    townships = selectors.townships(user)
    within = {k: chosen[k] for k in ("village", "township") if k in chosen}
    scope = selectors.people(user, request.today, within)
    groups = selectors.care_groups(user)
    visitors = selectors.visitors(scope) if not townships or within else []
    said = listing.words(
        {k: v for k, v in chosen.items() if k not in listing.NO_FILTER},
        {
            "village": {unit.pk: unit.name for unit in villages},
            "township": {unit.pk: unit.name for unit in townships},
            "group": {group.pk: group.short for group in groups},
            "assignee": dict(visitors) | selectors.visitor_named(user, chosen.get("assignee")),
        },
    )
    fresh = selectors.freshness.of_user(user, request.today)
    return {
        "filters": _statuses(chosen.get("status", "live"), keep, user),
        "said": said,
        "chips": listing.chips(keep, said),
        "sheet": {
            **_choices(user, scope, chosen, narrow=not townships or bool(within)),
            "townships": townships,
            "villages": villages,
            "groups": groups,
            "visitors": visitors,
            "s": keep.get("s", ""),
            "n": len(said),
        },
        "sort_word": SORTS[chosen.get("sort", "")],
        "clerk": clerk,
        "county": request.user.duty.has(COUNTY),
        "office": user.duty.has(OFFICES),
        "here": listing.query(keep),
        "fresh": fresh.words,
        "fresh_url": reverse("visits_roster:freshness") if user.duty.has(OVERVIEW) else "",
        "unit": user.duty.main.region_name if user.duty.main else "",
        # A cadre's own people: the word of the menu stands above them.
        "title": "我的人" if user.duty.roles <= VILLAGE else "名单",
    }


def _statuses(status: str, keep: dict[str, Any], user: Any) -> list[dict[str, Any]]:
    office = user.duty.has(TOWNSHIP | COUNTY)
    extra = [{"word": "委托和移交", "url": reverse("visits_roster:transitions"), "current": False}] * office
    without = {key: value for key, value in keep.items() if key != "status"}
    return (
        [
            {
                "word": word,
                "url": listing.url(without, status=code if code != "live" else ""),
                "current": status == code,
            }
            for code, word in Person.Status.choices
        ]
        + [{"word": "不在家", "url": reverse("visits_roster:absent"), "current": False}]
        + extra
    )


def _choices(user: Any, scope: Any, chosen: dict[str, Any], *, narrow: bool) -> dict[str, Any]:
    """What the filter sheet offers beside the units; 自然村 only inside one township."""
    return {
        "chosen": {key: chosen.get(key, "") for key in PeopleFilter.base_fields},
        "hamlets": selectors.hamlets(scope) if narrow else [],
        "months": selectors.import_months(user),
        "marks": [(key, word, key in chosen) for key, word in MARKS.items()],
        "sorts": listing.sorts(chosen),
    }
