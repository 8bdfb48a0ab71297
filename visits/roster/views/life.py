"""Events in the life of a file: into and out of a group, 去世 or 迁出, 协办."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.roles import COUNTY, WRITES_VISITS, Role
from visits.roster import selectors, services
from visits.roster.forms import DepartureForm, EndForm, EventForm, MembershipForm, ShareForm
from visits.roster.models import CareGroup, Person, VisibleFrom
from visits.roster.selectors.duty import strip
from visits.roster.services.departures import family_of
from visits.roster.views.files import own_person, show_refusal

CLERK = frozenset({Role.TOWNSHIP_CLERK})
# What the service calls the day is the form's own field.
DAY_FIELD = {"on": "left_on"}


def _groups_for(request: HttpRequest, person: Person) -> list[CareGroup]:
    """What the user may give: the clerk what the clerk may read, the county what only the county may."""
    duty, groups = request.user.duty, selectors.care_groups(request.user)
    if duty.role_for(person, CLERK) is not None:
        return [group for group in groups if group.visible_from != VisibleFrom.COUNTY]
    if duty.role_for(person, COUNTY) is None:
        raise PermissionDenied
    return [group for group in groups if group.visible_from == VisibleFrom.COUNTY]


@require_http_methods(["GET", "POST"])
@rule(CLERK | COUNTY, reads="person", writes="membership")
def membership_new(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Into one more group. A class that only the county may read is the county's to give (practice P17)."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    form = MembershipForm(request.POST or None, groups=_groups_for(request, person))
    more: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            services.add_membership(
                person_id=person.pk, by=request.user, at=timezone.now(), confirmed=form.cleaned_data["confirm"],
                **form.values(),
            )  # fmt: skip
        except services.NeedsConfirmation as error:
            more["warnings"] = error.warnings.items()
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            word = dict(form.fields["group"].choices)[form.cleaned_data["group"]]
            messages.success(request, f"{person.name}列入了{word}")
            return redirect("visits_desk:person", uuid=person.uuid)
    return render(
        request,
        "visits/roster/membership.html",
        {"form": form, "person": person, **more},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="membership")
def membership_event(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """突发困难: what a list could not say, or what the review found: what happened, and the next look."""
    person = own_person(request, uuid)
    row = get_object_or_404(own_memberships(request, person), pk=pk, group_id="sudden")
    initial = {"event": row.event, "event_on": row.event_on, "review_on": row.review_on}
    form = EventForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.prolong_membership(
                membership_id=row.pk, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{person.name}的突发困难记好了")
            return redirect("visits_desk:person", uuid=person.uuid)
    context = {
        "form": form, "person": person, "title": f"{person.name}：突发困难", "yes": "保存",
        "say": "发生了什么、哪天发生、哪天再核。市里没有规定到什么时候为止，默认半年后复核。",
    }  # fmt: skip
    return render(request, "visits/roster/one_form.html", context, status=422 if form.is_bound else 200)


def own_memberships(request: HttpRequest, person: Person) -> Any:
    """The person's open memberships that are the user's to change: a class for the county is the county's."""
    rows = person.memberships.filter(selectors.readable(request.user), ends_on=None, voided_at=None)
    if request.user.duty.role_for(person, CLERK) is None:
        county = VisibleFrom.COUNTY
        rows = rows.filter(Q(visible_from=county) | Q(visible_from="", group__visible_from=county))
    return rows.select_related("group")


@require_http_methods(["GET", "POST"])
@rule(CLERK | COUNTY, reads="person", writes="membership")
def membership_end(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """Out of a group; or voided, when it should never have been."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    row = get_object_or_404(own_memberships(request, person), pk=pk)
    if request.user.duty.role_for(person, CLERK | COUNTY) is None:
        raise PermissionDenied
    form = EndForm(request.POST or None, initial={"ends_on": request.today})
    if request.method == "POST" and form.is_valid():
        values, at = form.cleaned_data, timezone.now()
        try:
            if values["reason"] == EndForm.MISTAKE:
                services.void_membership(membership_id=row.pk, reason=values["note"], by=request.user, at=at)
            else:
                services.end_membership(
                    membership_id=row.pk,
                    ends_on=values["ends_on"],
                    reason=values["reason"],
                    by=request.user,
                    at=at,
                )
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{person.name}不再列入{row.group.short}")
            return redirect("visits_desk:person", uuid=person.uuid)
    return render(
        request,
        "visits/roster/one_form.html",
        {
            "form": form,
            "person": person,
            "title": f"{person.name}：结束“{row.group.short}”",
            "say": "这一期里列入满30天的，这一期还要访；录错了的从来不算。档案和以前的巡访都留着。",
            "yes": "结束",
        },
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="person")
def departure(request: HttpRequest, uuid: Any) -> HttpResponse:
    """去世 or 迁出, one action (P8)."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    form = DepartureForm(request.POST or None, today=request.today)
    more: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid() and form.left is not None:
        day, approximate = form.left
        try:
            services.mark_left(
                person_id=person.pk,
                status=form.cleaned_data["status"],
                on=day,
                approximate=approximate,
                reason=form.reason,
                confirmed=form.cleaned_data["confirm"],
                by=request.user,
                at=timezone.now(),
            )
        except services.NeedsConfirmation as error:
            more["warnings"] = error.warnings.items()
        except services.CannotChange as error:
            show_refusal(form, services.CannotChange(str(error), DAY_FIELD.get(error.field, error.field)))
        else:
            word = dict(Person.Status.choices)[form.cleaned_data["status"]]
            messages.success(
                request, f"{person.name}已登记{word}，所有名单上都没有了。记错了，下面可以撤销。"
            )
            return redirect("visits_desk:person", uuid=person.uuid)
    return render(
        request,
        "visits/roster/departure.html",
        {
            "form": form,
            "person": person,
            "family": family_of(person),
            "duty": strip(request.user, timezone.now(), person),
            **more,
        },
        status=422 if form.is_bound else 200,
    )


@require_POST
@rule(WRITES_VISITS, reads="person", writes="person")
def departure_undo(request: HttpRequest, uuid: Any) -> HttpResponse:
    """It was a mistake: back on the roster."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    try:
        services.undo_left(person_id=person.pk, by=request.user, at=timezone.now())
    except services.CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"撤销了，{person.name}又在名单上，该访的、谁来访都和原来一样")
    return redirect("visits_desk:person", uuid=person.uuid)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="grant")
def share(request: HttpRequest, uuid: Any) -> HttpResponse:
    """请人协办: the file opens to one named officer until a day."""
    person = own_person(request, uuid)
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            to = services.officer_called(values["officer"], request.today)
            services.share(
                person_id=person.pk,
                to_id=to.pk,
                reason=values["reason"],
                until=values["until"],
                by=request.user,
                at=timezone.now(),
            )
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{to.name}可以看{person.name}的档案了，到期自动收回")
            return redirect("visits_roster:share", uuid=person.uuid)
    # What an entrustment opened ends with it, not by hand.
    grants = (
        person.grants.filter(transition=None).select_related("to", "created_by").order_by("-created_at")[:20]
    )
    return render(
        request,
        "visits/roster/share.html",
        {"form": form, "person": person, "grants": grants},
        status=422 if form.is_bound else 200,
    )


@require_POST
@rule(CLERK, reads="person", writes="grant")
def share_end(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """结束协办 before its day."""
    person = own_person(request, uuid)
    grant = get_object_or_404(person.grants.filter(transition=None), pk=pk)
    try:
        services.end_share(grant_id=grant.pk, by=request.user, at=timezone.now())
    except services.CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "协办结束了，对方看不到这份档案了")
    return redirect("visits_roster:share", uuid=person.uuid)
