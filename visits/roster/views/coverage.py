"""覆盖率: the lists of other offices against the roster, by unit and class; and the list behind each number."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, OVERVIEW, TOWNSHIP, Role
from visits.roster import coverage_pages as pages
from visits.roster import selectors
from visits.roster.models import Comparison
from visits.roster.selectors import coverage as reading
from visits.roster.selectors.labels import readable_groups
from visits.roster.services.uncovered import told_rows
from visits.roster.views.own_unit import crumbs, unit_of

# Who opens the names behind a number. The city reads numbers; a case of its opens with a reason.
OPENS = TOWNSHIP | COUNTY | {Role.INSPECTOR}
PAGE = 200


@require_safe
@rule(OVERVIEW, reads="coverage")
def coverage(request: HttpRequest) -> HttpResponse:
    """A city by county, a county by township and class, a township by class."""
    user = request.user
    region = unit_of(user, request.GET.get("unit", ""))
    if region.level == Level.VILLAGE:
        raise Http404
    found = reading.table(region, user, request.today)
    if region.level == Level.TOWNSHIP:
        tables, rest = _township(request, found, region), []
    else:
        tables, rest = _above(request, found, region)
    rate, formula = pages.rate_words(found.total())
    context = {
        "crumbs": crumbs(user, region, pages.VIEW),
        "title": f"{region.name}　名单覆盖率{rate if formula else ''}",
        "say": f"名单上该列的{formula.split('÷')[1]}人，两边都有{formula.split('÷')[0]}人" if formula else "",
        "fresh": selectors.freshness.of(region, request.today),
        "tables": tables,
        "rest": rest,
        "compare_url": reverse("visits_roster:compare") if user.duty.has({Role.TOWNSHIP_CLERK}) else "",
    }
    return render(request, "visits/roster/coverage.html", context)


def _township(request: HttpRequest, found: reading.Table, region: Region) -> list[dict[str, Any]]:
    duty = request.user.duty
    opens = duty.role_for(region, OPENS) is not None
    choose = duty.role_for(region, COUNTY) is not None
    table = pages.by_class(found, region, opens=opens, choose=choose, today=request.today)
    return [{"title": "各类", "say": "点数字看是哪些人" if opens else "", "list": table}]


def _above(
    request: HttpRequest, found: reading.Table, region: Region
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The tables of a county or the city, and the units in which nothing was compared."""
    level = Level.COUNTY if region.level == Level.CITY else Level.TOWNSHIP
    live = Region.objects.live(request.today)
    units = list(live.filter(level=level, parent=region).order_by("position", "pk"))
    if level == Level.TOWNSHIP:
        word, below = "乡镇（街道）", {unit.pk: [unit.pk] for unit in units}
    else:
        word, below = "县（市、区）", {unit.pk: [] for unit in units}
        for pk, county in live.filter(level=Level.TOWNSHIP).values_list("pk", "county_id"):
            below.setdefault(county, []).append(pk)
    pairs = [(unit, below[unit.pk]) for unit in units]
    rows = pages.by_unit(found, pairs, word, f"{region.name}合计")
    tables = [
        {"title": f"各{word}", "say": "按行政区划顺序，不排名；点名字看各类", "list": rows},
        {"title": "各类", "say": "", "list": pages.all_classes(found)},
    ]
    if level == Level.TOWNSHIP:
        tables.append(
            {"title": "各乡镇各类的覆盖率", "say": "两边都有÷名单上", "list": pages.heat(found, units)}
        )
    return [one for one in tables if one["list"]["rows"]], pages.without(found, pairs)


@require_safe
@rule(OPENS, reads="coverage's people")
def coverage_list(request: HttpRequest, uuid: Any, which: str) -> HttpResponse:
    """The people behind a number of a township and class."""
    rows = Comparison.objects.reported_to(request.user, OPENS).filter(
        kind=Comparison.Kind.BASE, state=Comparison.State.DONE, group__in=readable_groups(request.user)
    )
    found = get_object_or_404(rows.select_related("group"), uuid=uuid)
    if which not in pages.WHICH:
        raise Http404
    township = Region.objects.get(pk=found.township_id)
    people, count = _people(request, found, which)
    context = {
        "title": pages.title(found, which, count),
        "say": pages.SAY[which],
        "back": f"{reverse(pages.VIEW)}?unit={township.pk}",
        "where": township.name,
        "list": people,
        "more": count - len(people["rows"]) if people["rows"] else 0,
        "gone": count > 0 and not people["rows"],
    }
    return render(request, "visits/roster/coverage_list.html", context)


def _people(request: HttpRequest, found: Comparison, which: str) -> tuple[dict[str, Any], int]:
    """The list, and the number that led here: of its day where the list of names is kept seven days only."""
    if which == "check":
        waiting = reading.check_of(found)
        reviews = list(waiting[:PAGE])
        ids = {review.person.village_id for review in reviews}
        villages = dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))
        return pages.checked(reviews, villages, request.today), waiting.count()
    asked = reading.missing_of(found) if which == "missing" else reading.unplaced_of(found)
    shown = list(asked[:PAGE])
    told = told_rows(found, shown) if which == "missing" else set()
    counts = found.counts
    count = counts["missing"] if which == "missing" else counts["no_class"] + counts["elsewhere"]
    return pages.listed(shown, told), count
