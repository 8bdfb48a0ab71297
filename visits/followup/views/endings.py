"""调整、退出救助的建议: the list, one recommendation with its legal steps, and each step as a small form."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, READS_CASEWORK, TOWNSHIP
from visits.followup.forms import endings as ending_forms
from visits.followup.models import AidEnding, Case
from visits.followup.rows import endings as rows
from visits.followup.selectors.cases import of_person
from visits.followup.services import endings as services
from visits.followup.services.common import CannotChange
from visits.roster.look_rows import crumb
from visits.roster.models import Person
from xunfang.kit import files

PAGE = 50
OFFICES = TOWNSHIP | COUNTY
PARTS = {"open": services.OPEN, "decided": ("decided",), "dropped": ("dropped",)}
WORDS = {"open": "在办", "decided": "已决定", "dropped": "不调整"}
Kind, State = AidEnding.Kind, AidEnding.State
# Step → its form, what the button says.
STEPS: dict[str, tuple[type[forms.Form], str, str]] = {
    "check": (ending_forms.CheckForm, "核实", "记下核实"),
    "publish": (ending_forms.PublishForm, "公示", "记下公示"),
    "tell": (ending_forms.TellForm, "书面告知", "记下告知"),
    "decide": (ending_forms.DecideForm, "县级决定", "登记决定"),
    "drop": (ending_forms.DropForm, "不调整", "不调整了"),
}


@require_safe
@rule(OFFICES, reads="endings of aid")
def endings(request: HttpRequest) -> HttpResponse:
    chosen = ending_forms.EndingFilter(request.GET)
    chosen.is_valid()
    which = chosen.cleaned_data.get("which") or "open"
    page = chosen.cleaned_data.get("page") or 1
    visible = AidEnding.objects.visible_to(request.user)
    counts = {part: visible.filter(state__in=states).count() for part, states in PARTS.items()}
    found = visible.filter(state__in=PARTS[which]).select_related("person", "group", "recommended_by")
    shown = list(found.order_by("-recommended_at", "-pk")[(page - 1) * PAGE : page * PAGE])
    ids = {row.person.township_id for row in shown} | {row.person.village_id for row in shown}
    names = dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))
    home = reverse("visits_followup:endings")
    context = {
        "filters": [
            {"word": word, "url": f"{home}?which={part}", "count": counts[part], "current": part == which}
            for part, word in WORDS.items()
        ],
        "list": rows.table(shown, names, request.today),
        "pager": {
            "count": counts[which], "unit": "份",
            "prev": f"{home}?which={which}&page={page - 1}" if page > 1 else "",
            "next": f"{home}?which={which}&page={page + 1}" if page * PAGE < counts[which] else "",
        },
        "empty": {"title": "没有", "say": "要建议的，从本人的档案或者案子进。", "icon": "ok"},
        "basis": rows.BASIS,
    }  # fmt: skip
    return render(request, "visits/followup/endings.html", context)


@require_http_methods(["GET", "POST"])
@rule(OFFICES, reads="person", writes="ending of aid")
def ending_new(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A recommendation, from the person's page or from a case."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    if request.user.duty.role_for(person, OFFICES) is None:
        raise PermissionDenied
    groups = [
        (one.group_id, one.group.name) for one in services.groups_of(person, request.user, request.today)
    ]
    start = {"group": groups[0][0]} if len(groups) == 1 else {}
    form = ending_forms.RecommendForm(
        request.POST if request.method == "POST" else None, groups=groups, initial=start
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        case = of_person(person, request.user).exclude(state=Case.State.CLOSED).first()
        try:
            row = services.recommend(
                person_id=person.pk, group_id=values["group"], kind=values["kind"], reason=values["reason"],
                case_id=case.pk if case else None, by=request.user, at=timezone.now(),
            )  # fmt: skip
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, "建议记下了。待遇没有变，先去核实。")
            return redirect("visits_followup:ending", row.uuid)
    context = {
        "form": form,
        "person": person,
        "title": f"{person.name}：建议调整或退出救助",
        "say": "这只是建议。系统不停发任何待遇，要核实、书面告知，由县级正式决定。",
        "back_url": reverse("visits_desk:person", args=[person.uuid]),
        "action": "提出建议",
    }
    return render(request, "visits/followup/case_form.html", context, status=422 if form.is_bound else 200)


def _fetch(request: HttpRequest, uuid: UUID) -> AidEnding:
    found = AidEnding.objects.visible_to(request.user).select_related(
        "person", "group", "recommended_by", "settled_by", "case", "told_file"
    )
    return get_object_or_404(found, uuid=uuid)


def _next(row: AidEnding, user: Any) -> list[str]:
    """The steps that may be taken now, the usual one first."""
    if row.state not in services.OPEN or user.duty.role_for(row.person, OFFICES) is None:
        return []
    if row.checked_on is None:
        return ["check", "drop"]
    made = []
    if row.kind == Kind.END and row.published_to is None:
        made.append("publish")
    if row.kind != Kind.INCREASE and row.told_on is None:
        made.append("tell")
    ready = not made or (row.kind == Kind.END and made == [])
    if ready and services.may_decide(row, user):
        made.append("decide")
    return [*made, "drop"]


@require_safe
@rule(READS_CASEWORK, reads="ending of aid")
def ending(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _fetch(request, uuid)
    steps = _next(row, request.user)
    others = [
        one.group.short
        for one in services.groups_of(row.person, request.user, request.today)
        if one.group_id != row.group_id
    ]
    village = Region.objects.get(pk=row.person.village_id).name
    context = {
        "row": row,
        "notice": row.told_file_id is not None and request.user.duty.has(OFFICES),
        "person": row.person,
        "title": f"{row.person.name}：建议{row.get_kind_display()}",
        "about": f"{village} {row.person.hamlet}　{row.group.name}",
        "chip": rows.chip(row, request.today),
        "crumbs": [
            crumb(request.user, "调整、退出建议", reverse("visits_followup:endings"), row.person),
            (row.person.name, ""),
        ],
        "steps": rows.steps(row, request.today),
        "facts": rows.facts(row, request.today),
        "acts": [
            {"word": STEPS[step][1], "url": reverse("visits_followup:ending_step", args=[row.uuid, step])}
            for step in steps
        ],
        "stays": rows.stays_words(row.person.name, others, row.kind in services.TAKES_AWAY),
        "asked": row.state == State.DECIDED and row.kind in services.TAKES_AWAY,
        "basis": rows.BASIS,
    }
    return render(request, "visits/followup/ending.html", context)


@require_http_methods(["GET", "POST"])
@rule(OFFICES, reads="ending of aid", writes="ending of aid")
def ending_step(request: HttpRequest, uuid: UUID, step: str) -> HttpResponse:
    """One legal step."""
    row = _fetch(request, uuid)
    if step not in STEPS:
        raise Http404
    if request.user.duty.role_for(row.person, COUNTY if step == "decide" else OFFICES) is None:
        raise PermissionDenied
    kind, name, action = STEPS[step]
    posted = request.method == "POST"
    form = kind(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial=_start(step, request.today),
    )
    if posted and form.is_valid():
        try:
            _act(step, row, form.cleaned_data, request)
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"{name}记下了。")
            return redirect("visits_followup:ending", row.uuid)
    context = {
        "form": form,
        "person": row.person,
        "title": f"{row.person.name}：{name}",
        "say": f"建议{row.get_kind_display()}（{row.group.name}）：{row.reason}",
        "back_url": reverse("visits_followup:ending", args=[row.uuid]),
        "action": action,
    }
    return render(request, "visits/followup/case_form.html", context, status=422 if form.is_bound else 200)


def _start(step: str, today: date) -> dict[str, Any]:
    return {"on": today, "since": today, "decided_on": today}


def _act(step: str, row: AidEnding, values: dict[str, Any], request: HttpRequest) -> None:
    common: dict[str, Any] = {"ending_id": row.pk, "by": request.user, "at": timezone.now()}
    if step == "tell":
        photo = values.pop("photo")
        services.tell(photo=photo.read() if photo else None, **values, **common)
        return
    act = {
        "check": services.check,
        "publish": services.publish,
        "decide": services.decide,
        "drop": services.drop,
    }[step]
    act(**values, **common)  # type: ignore[operator]


@require_safe
@rule(OFFICES, reads="ending of aid")
def ending_notice(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The photograph of the notice, made by us as a JPEG."""
    # SECURITY: a signed paper may bear a whole number: the city asks the county for it (ADR 30).
    row = _fetch(request, uuid)
    if row.told_file is None:
        raise Http404
    try:
        content = files.read(row.told_file)
    except (files.FileGone, files.FileChanged) as error:
        raise Http404 from error
    response = HttpResponse(content, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response
