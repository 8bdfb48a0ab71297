"""紧急情况: the telephones first, one line afterwards, who has it, what became of it; the list."""

import uuid as uuids
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, READS_CASEWORK, READS_FILES, TOWNSHIP
from visits.followup.forms.emergencies import (
    CloseForm,
    DetailsForm,
    ListFilter,
    PoliceForm,
    ReportForm,
    initial_of,
    uuid_in,
)
from visits.followup.models import Emergency
from visits.followup.rows import emergencies as rows
from visits.followup.selectors import emergencies as selectors
from visits.followup.selectors import shifts
from visits.followup.services import alarming
from visits.followup.services import emergencies as services
from visits.followup.services import emergency_changes as changes
from visits.followup.services.hearing import may_note
from visits.records.models import Visit
from visits.roster.models import Person
from visits.roster.selectors.duty import REPORTS, strip
from visits.roster.selectors.looking import masked, open_ids
from visits.roster.services import CannotChange
from visits.roster.units import full_name
from visits.roster.views.looking import door

PAGE = 50
SHIFT_READERS = TOWNSHIP | COUNTY
WORDS = {
    selectors.OPEN: "还没结束",
    selectors.WAITING: "等值班的接",
    selectors.DETAILS: "还没写经过",
    selectors.CLOSED: "已结束",
    selectors.FALSE: "虚惊",
    selectors.ALL: "全部",
}
EMPTY = {
    "title": "这里没有",
    "say": "紧急的先打电话；打过以后从红色的“紧急”里记一句，马上到这里。",
    "icon": "ok",
}
STATE = Emergency.State


# ── telling ──────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@rule(REPORTS, reads="duty phones", writes="emergency")
def emergency_new(request: HttpRequest) -> HttpResponse:
    """About somebody who is not on the roster, or nobody found yet."""
    return _report(request, None)


@require_http_methods(["GET", "POST"])
@rule(REPORTS, reads="person", writes="emergency")
def emergency_of(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """About a person; `?visit=` brings what the record of a visit says already."""
    people = Person.objects.visible_to(request.user).select_related("merged_into")
    found = get_object_or_404(people, uuid=uuid)
    return _report(request, found.merged_into or found)


def _report(request: HttpRequest, person: Person | None) -> HttpResponse:
    now = timezone.now()
    places = None if person else services.places_of(request.user)
    visit = selectors.visit_of(person, uuid_in(request.GET.get("visit", "")))
    form = ReportForm(
        request.POST or None,
        places=places,
        now=now,
        initial={"key": uuids.uuid4(), "found": "now"}
        | (initial_of(visit, rows.urgent_items(visit)) if visit else {}),
    )
    first = None
    if request.method == "POST" and form.is_valid():
        visit = selectors.visit_of(person, form.cleaned_data["visit"]) or visit
        try:
            row, new = services.report(
                person_id=person.pk if person else None,
                visit_id=visit.pk if visit else None,
                by=request.user,
                at=now,
                **form.values(),
            )
        except services.AlreadyReported as error:
            first = error.emergency
            data = request.POST.copy()
            data["key"] = str(uuids.uuid4())
            form = ReportForm(data, places=places, now=now)
        except CannotChange as error:
            form.add_error(None, str(error))
        else:
            _said(request, row, new, form.warnings)
            return redirect("visits_followup:emergency", row.uuid)
    context = {
        "form": form,
        "person": person,
        "about": _about(person, request) if person else "",
        "duty": strip(request.user, now, person),
        "first": first,
        "first_url": rows.url(first) if first else "",
        "earlier": _earlier(request, visit),
        "back": reverse("visits_desk:person", args=[person.uuid]) if person else "/",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "visits/followup/emergency_new.html", context, status=status)


def _earlier(request: HttpRequest, visit: Visit | None) -> str:
    """The address of what was written down from this record before."""
    row = Emergency.objects.visible_to(request.user).filter(visit=visit).first() if visit else None
    return rows.url(row) if row else ""


def _about(person: Person, request: HttpRequest) -> str:
    village = Region.objects.get(pk=person.village_id).name
    return f"{person.get_sex_display()} {person.age(request.today)}岁　{village} {person.hamlet}".strip()


def _said(request: HttpRequest, row: Emergency, new: bool, warnings: list[str]) -> None:
    if not new:
        messages.success(request, "刚才已经记过，没有重复。")
    elif row.state == STATE.ACKNOWLEDGED:
        messages.success(request, "记下了，您在值班，算已接。")
    else:
        messages.success(request, "记下了，值班的和县级在今日最上面看得到。")
    if new and not row.called:
        messages.warning(request, "没有写打了哪个电话。还没打的，现在就打：系统不会替您打。")
    for words in warnings:
        messages.warning(request, f"{words}。")


# ── one of them ──────────────────────────────────────────────────────────────────────────────────


def _fetch(request: HttpRequest, uuid: uuids.UUID) -> Emergency:
    found = Emergency.objects.visible_to(request.user).select_related(
        "person", "visit", "reported_by", "acknowledged_by", "details_by", "closed_by"
    )
    return get_object_or_404(found, uuid=uuid)


@require_safe
@rule(READS_FILES, reads="emergency")
def emergency(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    if (first := door(request, emergencies__uuid=uuid)) is not None:
        return first
    return _page(request, _fetch(request, uuid))


@require_POST
@rule(REPORTS, reads="emergency", writes="emergency")
def emergency_take(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """Somebody has it in hand, in one press."""
    row = _fetch(request, uuid)
    if not services.may_acknowledge(row, request.user, timezone.now()):
        raise PermissionDenied
    try:
        row, mine = services.acknowledge(emergency_id=row.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        by = row.acknowledged_by.name if row.acknowledged_by else ""
        messages.success(request, "您接了。报的人看得到是您接的。" if mine else f"{by}已经接了。")
    return redirect("visits_followup:emergency", row.uuid)


@require_POST
@rule(REPORTS, reads="emergency", writes="emergency")
def emergency_details(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    return _act(
        request, uuid, "details", DetailsForm, services.give_details, services.may_detail, "经过写好了。"
    )


@require_POST
@rule(REPORTS, reads="emergency", writes="emergency")
def emergency_police(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    def answer(*, police_words: str, **given: Any) -> Emergency:
        return services.answer_police(words=police_words, **given)

    return _act(request, uuid, "police", PoliceForm, answer, services.may_detail, "报警情况记下了。")


@require_POST
@rule(REPORTS, reads="emergency", writes="emergency")
def emergency_close(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    return _act(request, uuid, "close", CloseForm, services.close, services.may_close, "结束了，记录留着。")


def _act(
    request: HttpRequest,
    uuid: uuids.UUID,
    name: str,
    kind: type[forms.Form],
    call: Callable[..., Any],
    may: Callable[..., bool],
    said: str,
) -> HttpResponse:
    """One of the forms of the page was sent."""
    row = _fetch(request, uuid)
    if not may(row, request.user, timezone.now()):
        raise PermissionDenied
    form = kind(request.POST, auto_id=f"{name}_%s")
    if form.is_valid():
        try:
            call(emergency_id=row.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, said)
            return redirect("visits_followup:emergency", row.uuid)
    return _page(request, row, **{name: form})


def _page(request: HttpRequest, row: Emergency, **bound: forms.Form) -> HttpResponse:
    now, user, today = timezone.now(), request.user, request.today
    over = row.state == STATE.CLOSED
    takes = row.state == STATE.REPORTED and services.may_acknowledge(row, user, now)
    writes = not over and services.may_detail(row, user, now)
    asks_police = services.asks_police(row)
    made: dict[str, forms.Form | None] = {
        "police": PoliceForm(
            initial={"police": row.police, "police_words": row.police_words}, auto_id="police_%s"
        )
        if writes and asks_police
        else None,
        "details": DetailsForm(initial={"details": row.details}, auto_id="details_%s") if writes else None,
        "close": CloseForm(auto_id="close_%s")
        if not over and services.may_close(row, user, now) and row.acknowledged_at is not None
        else None,
    }
    # A false alarm may end before anybody took it.
    if not over and made["close"] is None and services.may_close(row, user, now):
        made["close"] = CloseForm(initial={"false_alarm": True}, auto_id="close_%s")
    made |= bound
    place = _place(row)
    people = shifts.people_now(row.county_id, row.township_id, now) if row.state == STATE.REPORTED else []
    channel = bool(people) and alarming.channel_configured(row, now)
    context = {
        "row": row,
        "person": row.person,
        "title": rows.title(row),
        "crumbs": [("紧急情况", reverse("visits_followup:emergencies")), (rows.who(row), "")],
        "chip": rows.chip(row, now),
        "duty": strip(user, now, row.person),
        "facts": rows.facts(row, place, today),
        "steps": rows.steps(row, today),
        "waiting": rows.waiting_words(row, people, now, channel, channel and alarming.sent(row))
        if row.state == STATE.REPORTED
        else "",
        "takes": takes,
        "first": _first(row, takes, asks_police),
        "late": rows.details_late(row, now),
        "errors": next(iter(bound.values()), None),
        "basis": rows.BASIS,
        "police_basis": rows.POLICE_BASIS,
        "report": changes.report_of(row) if user.duty.has(READS_CASEWORK) else None,
        "offers_report": changes.offered(row, user),
        **made,
    }
    return render(request, "visits/followup/emergency.html", context, status=422 if bound else 200)


def _first(row: Emergency, takes: bool, asks_police: bool) -> str:
    """Which of the page's forms is the next step: it alone has the filled button."""
    if takes:
        return "take"
    if asks_police and not row.police:
        return "police"
    return "close" if row.details else "details"


def _place(row: Emergency) -> str:
    unit = Region.objects.filter(pk=row.village_id or row.township_id or row.county_id).first()
    hamlet = row.person.hamlet if row.person else ""
    return f"{full_name(unit) if unit else ''} {hamlet}".strip()


@require_POST
@rule(REPORTS, reads="emergency", writes="change report")
def emergency_change(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """报给民政办: what was written here goes onto the township's list of changes; nothing is typed again."""
    row = _fetch(request, uuid)
    if row.person is not None and not may_note(row.person, request.user):
        raise PermissionDenied
    try:
        changes.to_change(emergency_id=row.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "报给民政办了，在“变化上报”里。两个工作日内报县级。")
    return redirect("visits_followup:emergency", row.uuid)


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


@require_safe
@rule(READS_FILES, reads="emergencies")
def emergencies(request: HttpRequest) -> HttpResponse:
    """The open ones first; figures of the last year as a fact, without any ranking."""
    now = timezone.now()
    chosen = ListFilter(request.GET).chosen()
    page, which = chosen.pop("page", 1), chosen["which"]
    counts = selectors.counts(request.user, chosen)
    found = list(selectors.listed(request.user, which, chosen)[(page - 1) * PAGE : page * PAGE])
    hidden = masked(request.user)
    places = Region.objects.in_bulk({row.village_id or row.township_id or row.county_id for row in found})
    taken, median = selectors.to_acknowledge(request.user, chosen, now)
    context = {
        "filters": [
            {"word": word, "url": _url({**chosen, "which": code}), "count": counts[code], "current": code == which}
            for code, word in WORDS.items()
        ],
        "narrow": _narrow(request, chosen),
        "kept": {"which": which},
        "narrowed": bool(set(chosen) - {"which"}),
        "clear_url": _url({"which": which}),
        "list": rows.table(found, now, {pk: unit.name for pk, unit in places.items()}, 
            open_ids=open_ids(request.user) if hidden else None),
        "pager": {
            "count": counts[which], "unit": "件",
            "prev": _url({**chosen, "page": page - 1}) if page > 1 else "",
            "next": _url({**chosen, "page": page + 1}) if page * PAGE < counts[which] else "",
        },
        "empty": EMPTY,
        "took": _took(taken, median),
        "new_url": reverse("visits_followup:emergency_new") if request.user.duty.has(REPORTS) else "",
        "shifts_url": reverse("visits_followup:shifts") if request.user.duty.has(SHIFT_READERS) else "",
        "masked": hidden,
        "basis": rows.BASIS,
    }  # fmt: skip
    return render(request, "visits/followup/emergencies.html", context)


def _url(chosen: dict[str, Any]) -> str:
    plain = {key: value for key, value in chosen.items() if (key, value) != ("which", selectors.OPEN)}
    home = reverse("visits_followup:emergencies")
    return f"{home}?{urlencode(plain)}" if plain else home


def _took(taken: int, median: float | None) -> str:
    if median is None:
        return ""
    minutes = round(median)
    words = "不到1分钟" if minutes < 1 else f"{minutes}分钟"
    return f"近一年由值班的接的有{taken}件，从报到接，一半在{words}以内。"


def _narrow(request: HttpRequest, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """Kinds, and the units below the reader's own that have any."""
    scope = selectors.scope(request.user)
    main = request.user.duty.main
    level = main.level if main else Level.VILLAGE
    name, label = {
        Level.CITY: ("county", "县（市、区）"), Level.COUNTY: ("township", "乡镇（街道）"),
    }.get(Level(level), ("village", "村（居）"))  # fmt: skip
    ids = scope.order_by().values_list(f"{name}_id", flat=True).distinct()
    units = Region.objects.filter(pk__in=[pk for pk in ids if pk]).order_by("position", "pk")
    found = [{"name": "kind", "label": "什么情况", "now": chosen.get("kind", ""),
              "rows": [{"pk": code, "name": word} for code, word in Emergency.Kind.choices]}]  # fmt: skip
    if len(units) > 1 or chosen.get(name):
        found.append({"name": name, "label": label, "now": chosen.get(name, ""),
                      "rows": [{"pk": unit.pk, "name": unit.name} for unit in units]})  # fmt: skip
    return found
