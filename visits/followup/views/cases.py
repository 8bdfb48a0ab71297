"""The county's inbox and the page of one case: what changed, the two clocks, who can be asked, what to do about it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, READS_CASEWORK, TOWNSHIP, Role
from visits.core.calendar import load as load_calendar
from visits.followup import clock
from visits.followup.forms import cases as case_forms
from visits.followup.models import UNANSWERED, Case
from visits.followup.rows import case_page
from visits.followup.rows import cases as rows
from visits.followup.selectors import cases as selectors
from visits.followup.services.cases import last_proposal, may_answer, revisited
from visits.followup.views.changes import behind_words, plain, with_unit
from visits.roster.selectors.duty import strip
from visits.roster.selectors.looking import masked, open_ids
from visits.roster.views.looking import door
from xunfang.kit import files

PAGE = 50
OFFICES = TOWNSHIP | COUNTY
WORDS = {
    selectors.OPEN: "没答复的",
    selectors.WAITING: "待接手",
    selectors.TAKEN: "办理中",
    selectors.PROPOSED: "待批准",
    selectors.LATE: "超时",
    selectors.CARRIED_OUT: "落实中",
    selectors.CLOSED: "已办结",
}
EMPTY = {
    "title": "这里没有",
    "say": "镇里把变化报上来，当时就到这里；同一家没答复前再报的，并在一个案子里。",
    "icon": "ok",
}
State = Case.State


def url_of(chosen: dict[str, Any]) -> str:
    """The list's address."""
    kept = {key: value for key, value in plain(chosen).items() if key != "which" or value != selectors.OPEN}
    home = reverse("visits_followup:cases")
    return f"{home}?{urlencode(kept)}" if kept else home


@require_safe
@rule(READS_CASEWORK, reads="cases")
def cases(request: HttpRequest) -> HttpResponse:
    """Cases under a filter, the most pressing first."""
    chosen = case_forms.CaseFilter(request.GET).chosen()
    page = chosen.pop("page", 1)
    which = chosen.setdefault("which", selectors.OPEN)
    behind = with_unit(chosen)
    counts = selectors.counts(request.user, behind, request.today)
    found = selectors.whole(selectors.cases(request.user, behind, request.today))
    shown = list(found[(page - 1) * PAGE : page * PAGE])
    places = names_of(shown)
    townships = selectors.townships(request.user)
    parts = {**WORDS, selectors.ALL: "全部"} if which == selectors.ALL else WORDS
    head = request.user.duty.has({Role.COUNTY_HEAD})
    context = {
        "counts": counts,
        "filters": [
            {"word": word, "url": url_of({**chosen, "which": part}), "count": counts[part], "current": part == which}
            for part, word in parts.items()
        ],
        "townships": [{"pk": one.pk, "name": one.name} for one in townships] if len(townships) > 1 else [],
        "township": chosen.get("township", ""),
        "which": which,
        "behind": behind_words(behind, "收到的"),
        "clear_url": url_of({"which": which}) if chosen.get("township") else "",
        "list": rows.table(
            shown, selectors.letters({one.county_id for one in shown}), places, load_calendar(), request.today,
            open_ids=open_ids(request.user) if masked(request.user) else None,
        ),
        "empty": EMPTY,
        "approve_url": reverse("visits_followup:case_approvals") if head and counts[selectors.PROPOSED] else "",
        "pager": {
            "count": counts[which],
            "unit": "个",
            "prev": url_of({**chosen, "page": page - 1}) if page > 1 else "",
            "next": url_of({**chosen, "page": page + 1}) if page * PAGE < counts[which] else "",
        },
        "masked": masked(request.user),
        "basis": clock.COUNTY_BASIS,
    }  # fmt: skip
    return render(request, "visits/followup/cases.html", context)


def names_of(shown: list[Case]) -> dict[int, str]:
    """Names of the townships and villages of these cases."""
    people = [rows.person_of(case) for case in shown]
    ids = {person.township_id for person in people} | {person.village_id for person in people}
    return dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))


# ── one case ─────────────────────────────────────────────────────────────────────────────────────


def fetch(request: HttpRequest, uuid: UUID) -> Case:
    return get_object_or_404(selectors.whole(Case.objects.visible_to(request.user)), uuid=uuid)


@require_safe
@rule(READS_CASEWORK, reads="case")
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    if (first := door(request, cases__uuid=uuid)) is not None:
        return first
    return page(request, fetch(request, uuid))


def page(
    request: HttpRequest, row: Case, *, status: int = 200, **bound: forms.BaseForm | Any
) -> HttpResponse:
    """The page of a case. `bound`: forms that came back, by name (ask, supply, answer with rows, decide, close)."""
    calendar, today, user = load_calendar(), request.today, request.user
    duty, measures = user.duty, rows.measures(row, request.today)
    county = may_answer(row, user)
    unanswered = row.state in UNANSWERED
    supplements = [
        rows.supplement(one, calendar, today, pictures=duty.has(OFFICES))
        for one in row.supplements.select_related("answered_by")
    ]
    open_paper = any(one["open"] for one in supplements)
    late = clock.is_late(today, row.due_on) and unanswered
    names = dict(
        Region.objects.filter(pk__in=[row.county_id, row.person.township_id, row.person.village_id]).values_list("pk", "name")
    )  # fmt: skip
    heads = selectors.heads(row.county_id, today)
    number = rows.number(row, selectors.letters({row.county_id}))
    context: dict[str, Any] = {
        "case": row,
        "duty": strip(user, timezone.now(), row.person),
        "number": number,
        "late": late,
        "takes": county and row.state == State.WAITING,
        "answers": county and row.state in (State.WAITING, State.TAKEN),
        "advances": unanswered and duty.role_for(row.person, OFFICES) is not None,
        "voids": duty.role_for(row.person, OFFICES) is not None,
        "finishes": row.state == State.CARRIED_OUT and duty.role_for(row.person, OFFICES) is not None,
        "revisited": revisited(row),
        "supplements": supplements,
        "clock": rows.clock_of(row, calendar, today),
        "steps": rows.steps(row, user, heads, names.get(row.person.township_id, ""), today),
        "measures": measures,
        "given": [one for one in measures if one["given"]] if unanswered else [],
        "answer_words": rows.answer_words(row) if row.answer else "",
        "ending_url": reverse("visits_followup:ending_new", args=[rows.person_of(row).uuid])
        if duty.has(OFFICES)
        else "",
        **case_page.about(row, names, number, user, today),
        **case_page.changes(row, calendar, user, today),
        "forms": _forms(request, row, county, open_paper, late, bound),
        "bad": _bad(bound),
    }
    return render(request, "visits/followup/case.html", context, status=status)


def _bad(bound: dict[str, Any]) -> list[forms.Form]:
    """The forms that came back with something to mend, each measure by itself."""
    found: list[Any] = []
    for one in bound.values():
        found += one.forms if isinstance(one, forms.BaseFormSet) else [one]
    return [one for one in found if one.is_bound and one.errors]


def _forms(
    request: HttpRequest, row: Case, county: bool, open_paper: bool, late: bool, bound: dict[str, Any]
) -> dict[str, Any]:
    """The forms that this reader may use now."""
    made: dict[str, Any] = {}
    duty = request.user.duty
    head = duty.role_for(row.person, {Role.COUNTY_HEAD}) is not None and row.proposed_by_id != request.user.pk
    if county and row.state in UNANSWERED and not open_paper:
        made["ask"] = bound.get("ask") or case_forms.AskForm()
    if open_paper and duty.role_for(row.person, TOWNSHIP) is not None:
        made["supply"] = bound.get("supply") or case_forms.SupplyForm()
    if county and row.state in UNANSWERED:
        made["answer"] = bound.get("answer") or case_forms.AnswerForm(initial=_said(row))
        made["rows"] = bound.get("rows") or case_forms.measure_rows(initial=case_forms.initial_rows(row))
        made["late"] = late and not row.late_reason
    if head and row.state == State.PROPOSED:
        made["decide"] = bound.get("decide") or case_forms.DecideForm(picks=[rows.pick_of(row)])
        made["pick"] = rows.pick_of(row)
        made["late"] = late and not row.late_reason
    if county and row.state == State.CARRIED_OUT:
        made["close"] = bound.get("close") or case_forms.CloseForm()
    return made


def _said(row: Case) -> dict[str, Any]:
    """What was proposed last, also where it was sent back."""
    last = last_proposal(row)
    said = next(
        (value for value, label in Case.Answer.choices if last and last.words.startswith(label)),
        Case.Answer.PLAN,
    )
    return {
        "seen": last.pk if last else 0,
        "answer": row.answer or said,
        "reason": row.reason,
        "reference": row.reference,
    }


@require_safe
@rule(OFFICES, reads="case")
def case_paper(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """The photograph of a paper that the township sent, made by us as a JPEG."""
    # SECURITY: id cards and bank books, with whole numbers: the city asks the county for them (ADR 30).
    row = get_object_or_404(Case.objects.visible_to(request.user), uuid=uuid)
    paper = get_object_or_404(row.supplements.filter(file__isnull=False).select_related("file"), pk=pk)
    try:
        content = files.read(paper.file)
    except (files.FileGone, files.FileChanged) as error:
        raise Http404 from error
    response = HttpResponse(content, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response
