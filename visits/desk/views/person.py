"""One person, one page: why a visit is due, how to find them, how it went so far."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import READS_FILES, WRITES_VISITS
from visits.desk import links, multiples, person_page, reading, timeline, whereabouts
from visits.followup.rows import emergencies as emergency_rows
from visits.followup.selectors import emergencies
from visits.roster.models import Person
from visits.roster.selectors import looking
from visits.roster.selectors.duty import strip
from visits.roster.views.looking import door


@require_safe
@rule(READS_FILES, reads="person")
def person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A file that was merged leads to the one it is kept in."""
    known = reading.find(uuid, request.user)
    if known is None and (first := door(request, uuid=uuid)) is not None:
        return first
    if known is None:
        raise Http404
    found, reader = known
    if found.merged_into is not None:
        return redirect("visits_desk:person", found.merged_into.uuid)
    before = _day(request.GET.get("before", ""))
    now = timezone.now()
    read = reading.read(found, reader, request.user, request.today)
    days, earlier = timeline.days_of(read, request.user, request.today, before)
    context = {
        **person_page.context(read, request.user, request.today),
        "alarm": whereabouts.alarm(read, now),
        "duty": strip(request.user, now, found, units=read.units[1:]),
        "emergencies": emergency_rows.lines(emergencies.open_of(found, request.user), now, {})
        if read.there.emergencies
        else [],
        "writes": request.user.duty.has(WRITES_VISITS),
        "looked": looking.own_today(found, request.user, request.today),
        "days": days,
        "before": before,
        "more_url": links.to("visits_desk:person", found.uuid, before=earlier) + "#jingguo"
        if earlier
        else "",
    }
    return render(request, "visits/desk/person.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_safe
@rule(READS_FILES, reads="person")
def person_items(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Every item over eight visits at a time, as pictures and as a table."""
    found = _file(request, uuid)
    page = _page_of(request)
    context = {
        "person": found,
        "look": multiples.look(found, request.today, page),
        "newer_url": _page_url("visits_desk:person_items", page - 1, found.uuid),
        "older_url": _page_url("visits_desk:person_items", page + 1, found.uuid),
    }
    return render(request, "visits/desk/person_items.html", context)


@require_safe
@rule(READS_FILES, reads="person")
def person_item(request: HttpRequest, uuid: UUID, code: str) -> HttpResponse:
    """One item in the words of each visit."""
    found = _file(request, uuid)
    page = _page_of(request)
    try:
        item = multiples.item(found, code, page)
    except KeyError:
        raise Http404 from None
    context = {
        "person": found,
        "item": item,
        "newer_url": _page_url("visits_desk:person_item", page - 1, found.uuid, code),
        "older_url": _page_url("visits_desk:person_item", page + 1, found.uuid, code),
    }
    return render(request, "visits/desk/person_item.html", context)


def _file(request: HttpRequest, uuid: UUID) -> Person:
    return get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)


def _page_of(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return (
        min(int(text), multiples.MOST_PAGES)
        if text.isascii() and text.isdigit() and 0 < len(text) < 5 and int(text)
        else 1
    )


def _page_url(view: str, page: int, *args: Any) -> str:
    """The address of a page of pictures; "" before the first."""
    return links.to(view, *args, page=page if page > 1 else "") if page >= 1 else ""
