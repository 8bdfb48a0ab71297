"""线下已访: a list to tick, what was entered, one entry."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.models import Region
from accounts.roles import READS_FILES, Role
from visits.core.start import before_start_done, go_live
from visits.records import offline_pages as pages
from visits.records.forms.offline import OfflineFilter, OfflineVoidForm, TickForm
from visits.records.forms.voiding import VoidForm
from visits.records.models import OfflineVisit
from visits.records.selectors import offline as reads
from visits.records.services import offline as service
from visits.records.services.offline import CannotRegister, Entry
from visits.schedule.periods import HalfYear
from visits.schedule.services import groups_in_words

CLERK = frozenset({Role.TOWNSHIP_CLERK})
PAGE = 100
Kind = OfflineVisit.Kind


def township_of(request: HttpRequest, chosen: dict[str, Any]) -> tuple[Region, list[Region]]:
    """The township of the address, or the first of one's own. Http404 for somebody else's."""
    own = reads.townships(request.user)
    wanted = chosen.get("township", own[0].pk)
    found = next((unit for unit in own if unit.pk == wanted), None)
    if found is None:
        raise Http404
    return found, own


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="due items", writes="offline visit")
def offline(request: HttpRequest) -> HttpResponse:
    """启用前已巡访登记: who is due, one row a person, to be ticked."""
    chosen = OfflineFilter(request.GET).chosen()
    township, own = township_of(request, chosen)
    starts = go_live(township.pk, request.today)
    if starts is None:
        return render(request, "visits/records/offline_first.html", {"unit": township})
    page, village = chosen.get("page", 1), chosen.get("village")
    people = reads.waiting(township.pk, request.today, village)
    count = people.count()
    rows = list(people[(page - 1) * PAGE : page * PAGE])
    form = TickForm(
        request.POST if request.method == "POST" else None,
        people=rows,
        visitors=reads.visitors(township, request.today),
        earliest=HalfYear.containing(starts).start,
        before=min(starts, date.fromordinal(request.today.toordinal() + 1)),
    )
    if request.method == "POST" and form.is_valid():
        try:
            outcome = service.register(
                township_id=township.pk, kind=Kind.BEFORE_START, entries=_entries(form), by=request.user, at=timezone.now()
            )  # fmt: skip
        except CannotRegister as error:
            _at_rows(form, error)
        else:
            messages.success(request, pages.outcome_words(outcome))
            return redirect(request.get_full_path())
    context = {
        "unit": township, "starts": starts, "form": form, "count": count, "several": len(own) > 1,
        "rows": _rows(form, rows, request.today, request.user), "filters": _filters(request, township, own, village),
        "pager": _pager(request, township, village, page, count),
        "entered": reads.registered_people(township.pk, Kind.BEFORE_START),
        "finished": before_start_done(township.pk, request.today),
        "village": village,
        "top": [form[name] for name in ("on", "mode", "met", "visitor", "paper_place")],
    }  # fmt: skip
    return render(request, "visits/records/offline.html", context, status=422 if form.is_bound else 200)


def _entries(form: TickForm) -> list[Entry]:
    values = form.cleaned_data
    names = dict(form.fields["visitor"].choices)  # type: ignore[attr-defined]
    entries = []
    for pk in values["person"]:
        person = form.people[pk]
        visitor_id = values["visitor"] or person.assignee_id
        name = (
            names[values["visitor"]] if values["visitor"] else person.assignee.name if person.assignee else ""
        )
        entries.append(
            Entry(
                person_id=pk,
                visited_on=values[f"d{pk}"] or values["on"],
                mode=values["mode"],
                met=values["met"],
                visitor_id=visitor_id,
                visitor_name=name,
                change_note=values[f"n{pk}"],
                paper_place=values["paper_place"],
            )
        )
    return entries


def _at_rows(form: TickForm, error: CannotRegister) -> None:
    """Each refusal stands at its row; one that the common day causes stands there, once."""
    if not error.refused:
        form.add_error(None, str(error))
    for one in error.refused:
        own = f"d{one.entry.person_id}"
        common = not form.cleaned_data.get(own)
        text = f"{one.reason}，{one.remedy}"
        if not common or one.entry.visited_on != form.cleaned_data.get("on"):
            form.add_error(own, text)
        elif text not in form.errors.get("on", []) and "启用日期" in text:
            form.add_error("on", text)
        elif "启用日期" not in text:
            form.add_error(own, text)


def _rows(form: TickForm, people: list[Any], today: date, user: Any) -> list[dict[str, Any]]:
    groups = groups_in_words([person.pk for person in people], today, user)
    names = dict(Region.objects.filter(pk__in={p.village_id for p in people}).values_list("pk", "name"))
    return [
        {
            "person": person,
            "about": f"{person.age(today)}岁 {'、'.join(groups.get(person.pk, []))}",
            "place": f"{names.get(person.village_id, '')} {person.hamlet}".strip(),
            "visitor": person.assignee.name if person.assignee else "",
            "day": own_day,
            "note": note,
            "checked": checked,
            "open": bool(own_day.value() or note.value() or own_day.errors or note.errors),
        }
        for person, own_day, note, checked in form.rows()
    ]


def _filters(
    request: HttpRequest, township: Region, own: list[Region], village: int | None
) -> list[dict[str, Any]]:
    here = reverse("visits_records:offline")
    found = [
        {"word": row.name, "url": f"{here}?township={township.pk}&village={row.pk}", "count": n, "current": row.pk == village}
        for row, n in reads.villages(township.pk, request.today)
    ]  # fmt: skip
    if not found:
        return []
    total = sum(one["count"] for one in found)
    whole = {
        "word": "全部",
        "url": f"{here}?township={township.pk}",
        "count": total,
        "current": village is None,
    }
    return [whole, *found]


def _pager(
    request: HttpRequest, township: Region, village: int | None, page: int, count: int
) -> dict[str, Any]:
    def url(number: int) -> str:
        narrow = f"&village={village}" if village else ""
        return f"{request.path}?township={township.pk}{narrow}&page={number}"

    return {
        "count": count,
        "unit": "人",
        "prev": url(page - 1) if page > 1 else "",
        "next": url(page + 1) if page * PAGE < count else "",
        "shown": f"第{(page - 1) * PAGE + 1}到{min(page * PAGE, count)}人" if count > PAGE else "",
    }


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="offline visit", writes="offline visit")
def recorded(request: HttpRequest) -> HttpResponse:
    """What was entered, the newest first; several can be taken back at once."""
    chosen = OfflineFilter(request.GET).chosen()
    township, _ = township_of(request, chosen)
    page, kind = chosen.get("page", 1), chosen.get("kind", "")
    every = reads.recorded(request.user, township.pk, kind)
    rows = list(every[(page - 1) * PAGE : page * PAGE])
    form = OfflineVoidForm(
        request.POST if request.method == "POST" else None, ids=[row.pk for row in rows if not row.voided_at]
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            count = service.void(
                ids=values["pick"], reason=values["reason"], by=request.user, at=timezone.now()
            )
        except CannotRegister as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"作废了{count}条登记；没有别的巡访的，又回到待访名单")
            return redirect(request.get_full_path())
    villages = dict(Region.objects.filter(pk__in={row.village_id for row in rows}).values_list("pk", "name"))
    count = every.count()
    here = f"{request.path}?township={township.pk}"
    context = {
        "unit": township, "form": form, "list": pages.recorded_table(rows, villages, request.today),
        "filters": [
            {"word": word, "url": f"{here}&kind={code}" if code else here, "current": code == kind}
            for code, word in (("", "全部"), *Kind.choices)
        ],
        "pager": {
            "count": count, "unit": "条",
            "prev": f"{here}&kind={kind}&page={page - 1}" if page > 1 else "",
            "next": f"{here}&kind={kind}&page={page + 1}" if page * PAGE < count else "",
        },
    }  # fmt: skip
    return render(
        request, "visits/records/offline_recorded.html", context, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "POST"])
@rule(READS_FILES, reads="offline visit", writes="offline visit")
def offline_visit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One entry: what is known of it, what it did; the clerk can take it back."""
    rows = OfflineVisit.objects.visible_to(request.user).select_related("person", "recorded_by", "voided_by")
    found = get_object_or_404(rows, uuid=uuid)
    clerk = found.person.township_id in request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)
    if request.method == "POST" and not clerk:
        raise PermissionDenied
    form = VoidForm(request.POST or None) if clerk and found.voided_at is None else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            service.void(
                ids=[found.pk], reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except CannotRegister as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "这条登记作废了；没有别的巡访的，又回到待访名单")
            return redirect("visits_records:offline_visit", uuid=found.uuid)
    context = {
        "visit": found,
        "person": found.person,
        "form": form,
        "confirm": {
            "title": "登记错了？",
            "say": f"作废以后，{found.person.name}这一期如果没有别的巡访，就又要访了。",
            "yes": "作废这条登记",
            "no_url": reverse("visits_desk:person", args=[found.person.uuid]),
            "form": form,
            "red": True,
        },
        "items": found.fulfilments.select_related("due_item__rule", "due_item__round").order_by(
            "due_item__due_on"
        ),
    }
    bad = form is not None and form.is_bound
    return render(request, "visits/records/offline_visit.html", context, status=422 if bad else 200)
