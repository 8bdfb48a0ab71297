"""A household visited in one go (practice P18): one page, a record for each member."""

import uuid as uuids
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.roles import WRITES_VISITS
from visits.records import form_rows, household_rows, services
from visits.records.asking import FIRST, asked_of
from visits.records.forms.days import carried
from visits.records.forms.filling import DraftForm
from visits.records.forms.household import HouseholdForm
from visits.records.forms.visiting import VisitForm
from visits.records.models import Draft, Visit
from visits.records.selectors import household as selectors
from visits.records.services.household import CannotVisitMember, MemberSameDay, submit_household
from visits.roster.models import Person
from visits.roster.selectors.duty import strip
from visits.schedule.selectors import next_person
from visits.templatetags.xf import hm


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="visit")
def household_visit(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """The round of the household in which this person lives; whoever lives alone is recorded singly."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    members = selectors.members_of(person, request.user)
    if len(members) < 2:
        return redirect("visits_records:visit_new", person.uuid)
    if request.method == "GET":
        form, draft = _open(request, members)
        return _page(request, person, form, draft=draft)
    if request.POST.get("action") == "draft":
        return _keep(request, person, members)
    form = _bound(request, members)
    if not form.is_valid():
        return _page(request, person, form, status=422)
    seen = selectors.visited_that_day([one.person for one in form.members], form.day)
    try:
        made, new = submit_household(
            by=request.user,
            at=timezone.now(),
            key=form.key,
            bodies=form.bodies,
            joined=[seen[pk].pk for pk in form.joins if pk in seen],
        )
    except services.Conflict as error:
        return _page(request, person, form, conflict=error.stored, status=409)
    except MemberSameDay as error:
        form.member(error.person_id).form.add_error("clash", str(error))
        return _page(request, person, form, clashes=seen, status=422)
    except CannotVisitMember as error:
        _say(form, error)
        return _page(request, person, form, status=422)
    except services.CannotVisit as error:
        form.errors.append(str(error))
        return _page(request, person, form, status=422)
    _tell(request, made, new, len(form.members))
    return _onward(request, person)


def _asked(request: HttpRequest, members: list[Person]) -> list[Any]:
    now = timezone.now()
    return [
        (row, asked_of(row, request.user, now, last=request.POST.get(f"last__{row.pk}", "")))
        for row in members
    ]


def _bound(request: HttpRequest, members: list[Person]) -> HouseholdForm:
    return HouseholdForm(_asked(request, members), request.POST)


def _open(request: HttpRequest, members: list[Person]) -> tuple[HouseholdForm, Draft | None]:
    """An empty page, or what its author was typing about this household."""
    asked = _asked(request, members)
    fresh: dict[str, dict[str, Any]] = {
        str(row.pk): {"last": one.last.uuid if one.last else FIRST} for row, one in asked
    }
    fresh[""] = {"key": uuids.uuid4()}
    draft = selectors.draft_of_household(members, request.user)
    if draft is not None:
        kept = HouseholdForm(asked).initial_from(carried(draft.body, request.today))
        fresh = {part: kept.get(part, {}) | values for part, values in fresh.items()}
        fresh[""]["key"] = draft.key
    return HouseholdForm(asked, initial=fresh), draft


def _page(
    request: HttpRequest,
    person: Person,
    form: HouseholdForm,
    *,
    draft: Draft | None = None,
    clashes: dict[int, Visit] | None = None,
    conflict: Any = None,
    status: int = 200,
) -> HttpResponse:
    people = [one.person for one in form.members]
    owed = selectors.owed_to(people, request.user, request.today)
    context = {
        "person": person,
        "head_name": person.household.head_name if person.household else "",
        "form": form.house,
        "errors": household_rows.errors(form),
        "members": household_rows.members(
            form, owed, selectors.visited_that_day(people, request.today), clashes or {}, request.today
        ),
        "self_only": [one.person.name for one in form.members if one.asked.self_only],
        "areas": household_rows.areas(form),
        "seasons": form_rows.seasons(form.house),
        "rounds": form_rows.rounds(form.house),
        "visitor": form.house["visitor"] if "visitor" in form.house.fields else None,
        "mode_hint": "这次该上门" if any(row.item.min_home for row in owed.values()) else "",
        "coming": next_person(request.user, request.today, person.pk),
        "duty": strip(request.user, timezone.now(), person),
        "draft": draft,
        "conflict": conflict,
        "stored": selectors.stored_together(conflict, request.user) if conflict is not None else [],
    }
    return render(request, "visits/records/household_visit.html", context, status=status)


def _say(form: HouseholdForm, error: CannotVisitMember) -> None:
    """At the field where there is one; what the head says wrong is said there."""
    if error.field in ("on", "visitor") and error.field in form.house.fields:
        form.house.add_error(error.field, str(error))
        return
    one = form.member(error.person_id)
    form.errors.append(f"{one.person.name}：{error}")


def _tell(request: HttpRequest, made: list[Visit], new: bool, people: int) -> None:
    """What happened and what is left, in one sentence each."""
    names = "、".join(visit.person.name for visit in made)
    words = f"一户{len(made)}人存好了：{names}。" if new else f"这一户已经存过：{names}，没有重复。"
    if any(visit.report_wanted for visit in made):
        words += "变化已报给民政办，后面由民政办办，您不用再报。"
    if len(made) < people:
        words += f"还有{people - len(made)}人没有记，该访的还在名单上。"
    messages.success(request, words)
    if any(visit.max_level >= 3 for visit in made):
        messages.error(request, "有一项是紧急：请同时打电话，系统不会替您打。")


def _onward(request: HttpRequest, person: Person) -> HttpResponse:
    if request.POST.get("action") == "next":
        coming = next_person(request.user, request.today, person.pk)
        return redirect("visits_records:visit_new", coming.uuid) if coming else redirect("home")
    return redirect("visits_desk:person", person.uuid)


@require_POST
@rule(WRITES_VISITS, reads="person", writes="draft")
def household_draft(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """Keep what is on the page, or throw it away when its author says so."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    members = selectors.members_of(person, request.user)
    if request.POST.get("action") == "drop":
        draft = selectors.draft_of_household(members, request.user)
        if draft is not None:
            services.drop_draft(person_id=draft.person_id, by=request.user, at=timezone.now(), together=True)
        messages.info(request, "没交的内容已经去掉，从头填起。")
        return redirect("visits_records:household_visit", person.uuid)
    return _keep(request, person, members)


def _keep(request: HttpRequest, person: Person, members: list[Person]) -> HttpResponse:
    """“先存着” without JavaScript, and every save on its own: as typed, valid or not."""
    auto = request.headers.get("X-Autosave") is not None
    known = HouseholdForm(_asked(request, members))
    form = DraftForm(request.POST, known=cast(VisitForm, known))
    draft = selectors.draft_of_household(members, request.user)
    try:
        if not form.is_valid():
            raise services.CannotVisit("没存上，请刷新页面再试。")
        saved = services.save_draft(
            person_id=draft.person_id if draft else person.pk,
            by=request.user,
            at=timezone.now(),
            key=form.cleaned_data["key"],
            body=form.cleaned_data["body"],
            together=True,
        )
    except services.CannotVisit as error:
        if auto:
            return JsonResponse({"error": str(error)}, status=422)
        messages.error(request, str(error))
        return redirect("visits_records:household_visit", person.uuid)
    if auto:
        return JsonResponse({"saved": hm(saved.saved_at) if saved else ""})
    messages.success(request, "先存好了，下次进来接着写。" if saved else "这一次已经交过了。")
    return redirect("visits_records:household_visit", person.uuid)
