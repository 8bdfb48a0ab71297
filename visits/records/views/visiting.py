"""Writing down a visit or a try, keeping what is being typed, and the page of a record."""

import uuid as uuids
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.roles import READS_FILES, WRITES_VISITS
from visits.records import form_rows, services, try_words, visit_rows
from visits.records.asking import FIRST, Asked, asked_of
from visits.records.forms.attempting import AttemptForm
from visits.records.forms.days import carried
from visits.records.forms.filling import DraftForm, initial_from, initial_of
from visits.records.forms.visiting import VisitForm
from visits.records.forms.voiding import VoidForm
from visits.records.models import Attempt, Draft, Visit
from visits.records.open_rows import lines_of
from visits.records.outcomes import GONE, OUTCOMES
from visits.records.selectors import visiting as selectors
from visits.records.selectors.household import others_due
from visits.records.selectors.unreached import unreached_person
from visits.records.services.excusing import asks_of, standing_of
from visits.records.services.visiting import may_void
from visits.records.trying import COUNTED
from visits.records.views import photographs
from visits.roster.models import Person
from visits.roster.selectors.duty import strip
from visits.roster.services import NeedsConfirmation
from visits.schedule import rows as due_rows
from visits.schedule.selectors import next_person
from visits.templatetags.xf import day, hm, moment


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="visit")
def visit_new(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    asked = _asked(request, person)
    if request.method == "GET":
        form, draft = _open_form(request, person, asked)
        return _form_page(request, person, form, draft=draft)
    if photographs.take(request, person) or request.POST.get("action") == "draft":
        return _keep(request, person, asked)
    form = VisitForm(request.POST, asked=asked)
    if not form.is_valid() or form.body is None:
        return _form_page(request, person, form, status=422)
    key = form.cleaned_data["key"]
    try:
        visit, made = services.submit(
            person_id=person.pk, by=request.user, at=timezone.now(), key=key, body=form.body
        )
    except services.Conflict as error:
        return _both_texts(request, person, asked, form, error.stored)
    except services.SameDay as error:
        form.add_error(None, str(error))
        return _form_page(request, person, form, same_day=error.visit, status=422)
    except services.CannotVisit as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        late = isinstance(error, services.AfterDeath)
        return _form_page(request, person, form, after_death=late, status=422)
    messages.success(request, _said(visit, made))
    if visit.max_level >= 3:
        messages.error(request, "有一项是紧急：请同时打电话，系统不会替您打。")
    return _onward(request, person, visit)


def _asked(request: HttpRequest, person: Person) -> Asked:
    """The facts of the form. The record to be corrected comes by address, then by the form's own field; or a
    draft of its author says so."""
    if request.method == "POST":
        wanted = request.POST.get("replaces", "")
    else:
        wanted = request.GET.get("replaces") or _replaced_in(selectors.draft_of(person, request.user))
    correcting = None
    if _uuid(wanted):
        correcting = selectors.record_of(person, _uuid(wanted))
        if correcting is not None and not may_void(correcting, request.user):
            correcting = None
    return asked_of(
        person, request.user, timezone.now(), last=request.POST.get("last", ""), correcting=correcting
    )


def _replaced_in(draft: Draft | None) -> str:
    return (draft.body.get("replaces") or [""])[-1] if draft else ""


def _uuid(text: str) -> uuids.UUID | None:
    try:
        return uuids.UUID(text)
    except ValueError:
        return None


def _open_form(request: HttpRequest, person: Person, asked: Asked) -> tuple[VisitForm, Draft | None]:
    """An empty form, the correction of a record, or what its author was typing."""
    known = VisitForm(asked=asked)
    fresh: dict[str, Any] = {"key": uuids.uuid4(), "last": asked.last.uuid if asked.last else FIRST}
    draft = selectors.draft_of(person, request.user)
    if asked.correcting is not None and _replaced_in(draft) != str(asked.correcting.uuid):
        return VisitForm(asked=asked, initial=fresh | initial_of(asked.correcting, known)), None
    if draft is None:
        return VisitForm(asked=asked, initial=fresh), None
    kept = initial_from(carried(draft.body, request.today), known)
    if asked.correcting is None:
        kept.pop("replaces", None)  # what was to be corrected is gone: the text stays, as a record of its own
    return VisitForm(asked=asked, initial=fresh | kept | {"key": draft.key, "last": fresh["last"]}), draft


def _form_page(
    request: HttpRequest,
    person: Person,
    form: VisitForm,
    *,
    draft: Draft | None = None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    coming = next_person(request.user, request.today, person.pk)
    context = {
        **head_of(request, person),
        "form": form,
        "areas": form_rows.areas(form),
        "care": form_rows.care(form),
        "seasons": form_rows.seasons(form),
        "rounds": form_rows.rounds(form),
        "open_rows": [form[row.field] for row in form.asked.open_rows],
        "open_lines": lines_of(person, request.user, request.today),
        "visitor": form["visitor"] if "visitor" in form.fields else None,
        "coming": coming,
        "draft": draft,
        "correcting": form.asked.correcting,
        "self_only": form.asked.self_only,
        "others_due": 0 if form.asked.correcting else others_due(person, request.user, request.today),
        "photos": photographs.shown(form, request.user),
        "same_day": None,
        "after_death": False,
        "conflict": None,
        **extra,
    }
    return render(request, "visits/records/visit_new.html", context, status=status)


def head_of(request: HttpRequest, person: Person) -> dict[str, Any]:
    """What stands above every page about a person: who, what is owed and why, the telephones."""
    owed = selectors.owed(person, request.user, request.today)
    return {
        "person": person,
        "about": f"{person.get_sex_display()} {person.age(request.today)}岁",
        "why": due_rows.why(owed) if owed else selectors.nothing_owed(person, request.today),
        "due": due_rows.chip(owed) if owed else None,
        "mode_hint": "这次该上门" if owed and owed.item.min_home else "",
        "duty": strip(request.user, timezone.now(), person),
    }


def _both_texts(
    request: HttpRequest, person: Person, asked: Asked, form: VisitForm, stored: Visit
) -> HttpResponse:
    """The same page was sent with other words: show both, and let its author choose. Saving once more takes
    the new text and takes the stored one back."""
    assert form.body is not None
    data = request.POST.copy()
    data["key"], data["replaces"] = str(uuids.uuid4()), str(stored.uuid)
    data["void_reason"] = data.get("void_reason") or "重新填过，以后一次为准"
    again = VisitForm(data, asked=asked)
    conflict = {
        "visit": stored,
        "rows": visit_rows.differences(stored, form.body, request.today),
    }
    return _form_page(request, person, again, conflict=conflict, status=409)


def _said(visit: Visit, made: bool) -> str:
    """What happened and what comes next, in one sentence each."""
    words = (
        f"{visit.person.name}存好了，第{visit.record_no}号。"
        if made
        else f"这一份已经存过，第{visit.record_no}号，没有重复。"
    )
    if visit.person.left_on is not None and visit.visited_on > visit.person.left_on:
        words += "档案上已登记去世，民政办会先核对这一次。"
    if visit.report_wanted:
        words += "变化已报给民政办，后面由民政办办，您不用再报。"
    if visit.fulfilments.exists():
        words += "这一期算访过了。"
    return words


def _onward(request: HttpRequest, person: Person, visit: Visit | None) -> HttpResponse:
    """To the next person, to the record, or home."""
    if request.POST.get("action") == "next":
        coming = next_person(request.user, request.today, person.pk)
        return redirect("visits_records:visit_new", coming.uuid) if coming else redirect("home")
    return redirect("visits_records:visit", visit.uuid) if visit else redirect("home")


def _keep(request: HttpRequest, person: Person, asked: Asked) -> HttpResponse:
    """“先存着” without JavaScript, and every save on its own: as typed, valid or not."""
    auto = request.headers.get("X-Autosave") is not None
    form = DraftForm(request.POST, known=VisitForm(asked=asked))
    try:
        if not form.is_valid():
            raise services.CannotVisit("没存上，请刷新页面再试。")
        saved = services.save_draft(
            person_id=person.pk,
            by=request.user,
            at=timezone.now(),
            key=form.cleaned_data["key"],
            body=form.cleaned_data["body"],
        )
    except services.CannotVisit as error:
        if auto:
            return JsonResponse({"error": str(error)}, status=422)
        messages.error(request, str(error))
        return redirect("visits_records:visit_new", person.uuid)
    if auto:
        return JsonResponse({"saved": hm(saved.saved_at) if saved else ""})
    messages.success(request, "先存好了，下次进来接着写。" if saved else "这一次已经交过了。")
    return redirect("visits_records:visit_new", person.uuid)


@require_POST
@rule(WRITES_VISITS, reads="person", writes="draft")
def draft(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """Keep what is on the page (decisions 12), or throw it away when its author says so."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    if request.POST.get("action") == "drop":
        services.drop_draft(person_id=person.pk, by=request.user, at=timezone.now())
        messages.info(request, "没交的内容已经去掉，从头填起。")
        return redirect("visits_records:visit_new", person.uuid)
    return _keep(request, person, _asked(request, person))


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="attempt")
def attempt_new(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    asked = asked_of(person, request.user, timezone.now())
    form = AttemptForm(
        request.POST or None,
        today=asked.today,
        afternoon=asked.afternoon,
        visitors=asked.visitors,
        initial={"key": uuids.uuid4()},
    )
    more: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid() and form.body is not None:
        try:
            made, _ = services.attempt(
                person_id=person.pk,
                by=request.user,
                at=timezone.now(),
                key=form.cleaned_data["key"],
                body=form.body,
            )
        except NeedsConfirmation as error:
            more["warnings"] = error.warnings.items()
        except services.CannotVisit as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            if made.outcome in GONE:
                word = made.get_outcome_display()
                messages.success(
                    request, f"{person.name}已登记{word}，所有名单上都没有了。记错了，下面可以撤销。"
                )
                return redirect("visits_desk:person", person.uuid)
            _tell_of_try(request, person, made)
            return _onward(request, person, None)
    earlier = selectors.attempts_since(person, request.today.replace(month=1, day=1))
    context = {
        **head_of(request, person),
        "form": form,
        "counted": try_words.counted_already(earlier, request.today),
        "visitor": form["visitor"] if "visitor" in form.fields else None,
        "outcomes": [(code, facts) for code, facts in OUTCOMES.items()],
        "chosen": str(form["outcome"].value()),
        "earlier": earlier,
        "open_where": str(form["outcome"].value()) in ("hospital", "away") or bool(form["place"].value()),
        "open_with": str(form["outcome"].value()) == "refused" or bool(form["companions"].value()),
        **more,
    }
    return render(request, "visits/records/attempt_new.html", context, status=422 if form.is_bound else 200)


def _tell_of_try(request: HttpRequest, person: Person, made: Attempt) -> None:
    """What was noted, what is still asked, and whether somebody has to be found at once."""
    messages.success(request, _said_of_try(made))
    if made.outcome in COUNTED:
        for word in still_missing(person, request.user, request.today):
            messages.info(request, word)
    watched = unreached_person(person, made.submitted_at)
    if watched is not None:
        messages.error(
            request,
            f"{watched.why}：先找联系人、邻居和村里；到{moment(watched.until)}还没有找到，请打110。民政办已经看到了。",
        )


def _said_of_try(made: Attempt) -> str:
    """What was noted and what comes next."""
    facts = OUTCOMES[made.outcome]
    when = f"下次{day(made.next_on)}去。" if made.next_on else ""
    where = "档案上写着了，人回来了点“回来了”。" if facts.absence else ""
    return f"记下了：{facts.words}。{where}{when}{facts.next}"


def still_missing(person: Person, user: Any, today: Any) -> list[str]:
    """What is still asked before 未访成 may be noted, or that it is enough; nothing when nothing is owed."""
    owed = selectors.owed(person, user, today)
    if owed is None:
        return []
    found = standing_of(person, owed.item, asks_of(person, user))
    if not found.basis:
        return []
    if found.missing:
        return [f"这一期找过{found.tries}次，{found.missing}，就可以记“未访成（已按规定尝试）”。"]
    return [f"这一期找过{found.tries}次，够了：打开{person.name}的档案，可以记“未访成（已按规定尝试）”。"]


def _record(request: HttpRequest, uuid: uuids.UUID) -> Visit:
    return get_object_or_404(
        Visit.objects.visible_to(request.user).select_related(
            "person", "visitor", "recorder", "form_version", "voided_by"
        ),
        uuid=uuid,
    )


@require_safe
@rule(READS_FILES, reads="visit")
def visit(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """A record as it stands in the file."""
    found = _record(request, uuid)
    writer = request.user.duty.has(WRITES_VISITS) and may_void(found, request.user)
    context = {
        **head_of(request, found.person),
        "visit": found,
        "facts": visit_rows.facts(found, request.today),
        "areas": visit_rows.areas(found, selectors.last_visit(found.person_id, found.visited_on, found.uuid)),
        "blocks": visit_rows.blocks(found),
        "items": visit_rows.did(found),
        "photos": found.photos.order_by("pk"),
        "panels": [one for panel in visit_rows.panels if (one := panel(found, request.user, request.today))],
        "reads_private": visit_rows.may_read_private(found, request.user),
        "may_void": writer and found.voided_at is None,
    }
    return render(request, "visits/records/visit.html", context)


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="visit", writes="visit")
def visit_void(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """Take a record back, after one question."""
    found = _record(request, uuid)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.void(visit_id=found.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except services.CannotVisit as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"第{found.record_no}号作废了，没有删，档案里查得到。")
            return redirect("visits_records:visit", found.uuid)
    confirm = {
        "title": f"作废{found.person.name}的第{found.record_no}号记录？",
        "say": "作废以后，这一次不算访过，要重新去访或重新填。记录不删，谁作废的、为什么，都留着。",
        "yes": "作废",
        "no_url": reverse("visits_records:visit", args=[found.uuid]),
        "form": form,
        "red": True,
    }
    context = {**head_of(request, found.person), "visit": found, "confirm": confirm, "form": form}
    return render(request, "visits/records/visit_void.html", context, status=422 if form.is_bound else 200)


@require_POST
@rule(WRITES_VISITS, reads="visit", writes="visit")
def visit_join(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """E14: went along; one record is enough."""
    found = _record(request, uuid)
    try:
        services.join(visit_id=found.pk, by=request.user, at=timezone.now())
    except services.CannotVisit as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "已经把您加为同行人，不用再填了。")
    return redirect("visits_records:visit", found.uuid)
