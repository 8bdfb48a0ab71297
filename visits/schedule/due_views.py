"""The due list: who is to be visited, by place, urgency, class, visitor and cause."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.models.region import Level
from accounts.roles import CASES, VILLAGE, Role
from visits.roster.exports.books import KEY
from visits.roster.exports.scope import MAY_EXPORT
from visits.roster.selectors import freshness
from visits.roster.selectors.labels import group_names
from visits.schedule import cards, listing, selectors, services
from visits.schedule import rows as due_rows
from visits.schedule.exporting import BOOK
from visits.schedule.forms import AssignForm, DueFilter
from visits.schedule.models import DueItem

PAGE = 25
NARROWING = {"township", "village", "hamlet", "group", "assignee", "sort"}  # filters that stand folded
MANY = 60  # more 自然村 or villages than that are no choice list any more


@require_http_methods(["GET", "POST"])
@rule(CASES, reads="due items", writes="assignment")
def due(request: HttpRequest) -> HttpResponse:
    """Who is to be visited, most urgent first; a clerk also gives people to visitors here."""
    filters = DueFilter(request.GET)
    chosen, after = filters.chosen(), filters.cleaned_data.get("after")
    found = listing.read(request.user, request.today, after=after, limit=PAGE + 1, **chosen)
    more = len(found.items) > PAGE
    rows = cards.read(request.user, request.today, found.items[:PAGE])
    clerk = Role.TOWNSHIP_CLERK in request.user.duty.roles
    if request.method == "POST" and not clerk:
        raise PermissionDenied
    form = _assign_form(request, rows) if clerk else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            count = services.assign(
                person_ids=form.cleaned_data["person"],
                to_id=form.cleaned_data["to"],
                by=request.user,
                at=timezone.now(),
            )
        except services.CannotAssign as error:
            form.add_error(None, str(error))
        else:
            name = dict(form.fields["to"].choices)[form.cleaned_data["to"]]
            messages.success(request, f"{count}人分给了{name}")
            return redirect(request.get_full_path())
    frame = _frame(request, chosen, found)
    context = {
        "list": _list(request, rows, frame, form),
        "form": form,
        "chosen": chosen,
        "narrowed": len(NARROWING & chosen.keys()),
        "empty": {
            "title": "这里没有要访的人",
            "say": "换一个条件看看。" if chosen else "这一期的都访过了，或者名单还没有导入。",
            "icon": "ok",
        },
        **frame,
        "bulk": _bulk(form),
        "pager": {
            "count": frame["total"],
            "unit": "人",
            "first": _url(chosen) if after is not None else "",
            "next": _url(chosen, after=rows[-1].item.pk) if more else "",
        },
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "visits/schedule/due.html", context, status=status)


def _list(
    request: HttpRequest, rows: list[selectors.DuePerson], frame: dict[str, Any], form: AssignForm | None
) -> dict[str, Any]:
    ticked = None if form is None else {str(pk) for pk in form["person"].value() or ()}
    village, towns = not frame["one_village"], frame["townships"]
    return due_rows.table(
        rows, request.today, user=request.user, village=village, townships=towns, ticked=ticked
    )


def _url(chosen: dict[str, Any], **more: Any) -> str:
    values = {key: value for key, value in {**chosen, **more}.items() if value not in ("", None)}
    return "?" + urlencode(values) if values else reverse("visits_schedule:due")


def _assign_form(request: HttpRequest, rows: list[selectors.DuePerson]) -> AssignForm:
    """To whom the people of the page may be given: of one village only those who visit there."""
    townships = request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)
    villages = {row.person.village_id for row in rows if row.person.township_id in townships}
    one = villages.pop() if len(villages) == 1 else None
    visitors = services.visitor_names(townships, request.today, village_id=one)
    return AssignForm(
        request.POST if request.method == "POST" else None,
        people=[row.person.pk for row in rows],
        visitors=visitors,
    )


def _bulk(form: AssignForm | None) -> dict[str, Any] | None:
    """One bar that gives whoever is ticked to a visitor."""
    if form is None:
        return None
    ticked = len(form["person"].value() or [])
    return {"pick": "person", "all": "本页全选", "count": ticked, "fields": [form["to"]], "action": "分配"}


def _frame(request: HttpRequest, chosen: dict[str, Any], found: listing.Listing) -> dict[str, Any]:
    """Counts by state and by cause, each the length of the list behind it, and the choices of the other filters."""
    user = request.user
    without = {key: value for key, value in chosen.items() if key != "state"}
    counts = found.states()
    total = sum(counts.values())
    words = [("", "全部", total), ("late", "逾期", counts["late"]), ("soon", "临期", counts["soon"])]
    words.append(("idle", "未到期", counts["idle"]))
    state = chosen.get("state", "")
    places = {spot[:2] for spot in found.spots}
    townships, one = {township for township, _ in places}, chosen.get("township")
    villages = {village for township, village in places if one in (None, township)}
    names = found.units
    hamlets = found.hamlets(village=chosen.get("village"), township=one)
    return {
        "tells": user.duty.has(VILLAGE),
        "filters": [
            {"word": word, "url": _url({**without, "state": key}), "current": key == state, "count": n}
            for key, word, n in words
        ],
        "causes": _causes(chosen, found),
        "total": total if not state else counts[state],
        "counts": counts,
        "townships": {pk: name for pk, name in names.items() if pk in townships}
        if len(townships) > 1
        else {},
        "villages": [(pk, name) for pk, name in names.items() if pk in villages]
        if len(villages) <= MANY
        else [],
        "hamlets": [(name, name) for name in hamlets] if len(hamlets) <= MANY else [],
        "groups": group_names(user),
        "visitors": found.visitors(village=chosen.get("village"), township=one)
        if user.duty.roles != {Role.VISITOR}
        else [],
        "one_village": len({village for _, village in places}) == 1,
        "fresh": freshness.of_user(user, request.today).words,
        "sub": due_rows.sub(selectors.soon_days(user, request.today), chosen.get("entrusted", "")),
        "late_url": _url({**without, "state": "late"}) if counts["late"] and state != "late" else "",
        "places": _places(chosen, found, len(townships)),
        "copy": _nag(request, chosen, len(townships), found),
        "print_url": f"{reverse('visits_desk:print_due')}?{urlencode(chosen)}",
        "export_url": _export_url(chosen) if user.duty.has(MAY_EXPORT) else "",
    }


def _causes(chosen: dict[str, Any], found: listing.Listing) -> list[dict[str, Any]]:
    """Chips by cause; none when everybody is owed by a rule and nothing else."""
    counts = found.causes
    if not chosen.get("cause") and not any(n for cause, n in counts.items() if cause != DueItem.Cause.RULE):
        return []
    now = chosen.get("cause", "")
    rows = [
        ("", "不分原因", None),
        *(
            (cause.value, cause.label, counts[cause.value])
            for cause in DueItem.Cause
            if counts[cause.value] or cause.value == now
        ),
    ]
    return [
        {"word": word, "url": _url({**chosen, "cause": key}), "current": key == now, "count": n}
        for key, word, n in rows
    ]


def _places(chosen: dict[str, Any], found: listing.Listing, townships: int) -> dict[str, Any] | None:
    """The same people by township, or by village: each number is its list."""
    level = Level.TOWNSHIP if townships > 1 and "township" not in chosen else Level.VILLAGE
    key = "township" if level == Level.TOWNSHIP else "village"
    parts = found.by_place(level)
    if len(parts) < 2:
        return None
    kept = {name: value for name, value in chosen.items() if name not in ("state", "hamlet", key)}
    start = f"{_url(kept)}&{key}=" if kept else f"?{key}="  # put together once, not for each number
    names = {pk: name for pk, name in found.units.items() if pk in parts}
    return due_rows.places(
        parts, names, level, lambda pk, state: f"{start}{pk}{f'&state={state}' if state else ''}"
    )


def _nag(
    request: HttpRequest, chosen: dict[str, Any], townships: int, found: listing.Listing
) -> dict[str, str] | None:
    """practice P31, for whoever has several places under them."""
    if request.user.duty.roles <= VILLAGE:
        return None
    county = townships > 1 and not chosen.get("township") and not chosen.get("village")
    level = Level.TOWNSHIP if county else Level.VILLAGE
    parts = found.by_place(level, chosen.get("state", ""))
    text = due_rows.nag(parts, found.units, request.today) if parts else ""
    return {"id": "nag", "text": text, "word": "复制催办文字"} if text else None


def _export_url(chosen: dict[str, Any]) -> str:
    """The same rows, by the door of all lists that leave (decisions 23)."""
    return f"{reverse('visits_roster:export')}?{urlencode({KEY: BOOK, **chosen})}"
