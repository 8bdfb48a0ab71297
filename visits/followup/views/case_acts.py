"""What is done about a case: taken on, asked, answered, approved, carried out, closed. Each ends on the case's page."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.core.calendar import load as load_calendar
from visits.followup import clock
from visits.followup.forms import cases as case_forms
from visits.followup.models import Case
from visits.followup.rows import cases as rows
from visits.followup.selectors import cases as selectors
from visits.followup.services import cases as services
from visits.followup.services import measures, supplements
from visits.followup.services.common import CannotChange
from visits.followup.views.cases import OFFICES, fetch, names_of, page
from visits.templatetags.xf import day

HEADS = frozenset({Role.COUNTY_HEAD})
MOST = 100


def _over(request: HttpRequest, row: Case, roles: frozenset[Role] | frozenset[str]) -> None:
    if request.user.duty.role_for(row.person, roles) is None:
        raise PermissionDenied


def refuse(form: forms.Form, error: CannotChange) -> None:
    """What a service refused stands at its field, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, str(error))


def _back(row: Case, say: str, request: HttpRequest) -> HttpResponse:
    messages.success(request, say)
    return redirect("visits_followup:case", row.uuid)


@require_POST
@rule(COUNTY, reads="case", writes="case")
def case_take(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = fetch(request, uuid)
    _over(request, row, COUNTY)
    try:
        services.take(case_id=row.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.error(request, str(error))
        return redirect("visits_followup:case", row.uuid)
    until = f"{day(row.due_on, request.today)}24:00前定下来。" if row.due_on else ""
    return _back(row, f"您接手了。{until}", request)


@require_POST
@rule(COUNTY, reads="case", writes="case")
def case_ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = fetch(request, uuid)
    _over(request, row, COUNTY)
    form = case_forms.AskForm(request.POST)
    if form.is_valid():
        try:
            made = supplements.ask(
                case_id=row.pk, what=form.cleaned_data["what"], by=request.user, at=timezone.now()
            )
        except CannotChange as error:
            refuse(form, error)
        else:
            until = f"请镇里{day(made.due_on, request.today)}前补来。" if made.due_on else ""
            return _back(row, f"告诉镇里了。{until}三个工作日的时限不停。", request)
    return page(request, row, status=422, ask=form)


@require_POST
@rule(COUNTY, reads="case", writes="case")
def case_ask_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = fetch(request, uuid)
    _over(request, row, COUNTY)
    try:
        supplements.withdraw(case_id=row.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.error(request, str(error))
        return redirect("visits_followup:case", row.uuid)
    return _back(row, "不用镇里补了。", request)


@require_POST
@rule(TOWNSHIP, reads="case", writes="case")
def case_supply(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = fetch(request, uuid)
    _over(request, row, TOWNSHIP)
    form = case_forms.SupplyForm(request.POST, request.FILES)
    if form.is_valid():
        photo = form.cleaned_data.get("photo")
        try:
            supplements.answer(
                case_id=row.pk,
                words=form.cleaned_data["words"],
                photo=photo.read() if photo else None,
                by=request.user,
                at=timezone.now(),
            )
        except CannotChange as error:
            refuse(form, error)
        else:
            return _back(row, "补给县里了。", request)
    return page(request, row, status=422, supply=form)


@require_POST
@rule(COUNTY, reads="case", writes="case")
def case_propose(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The answer with its measures goes to the head."""
    row = fetch(request, uuid)
    _over(request, row, COUNTY)
    form = case_forms.AnswerForm(request.POST)
    measure_rows = case_forms.measure_rows(request.POST)
    rows_good = measure_rows.is_valid()
    if form.is_valid() and (rows_good or form.cleaned_data["answer"] != Case.Answer.PLAN):
        try:
            services.propose(
                case_id=row.pk,
                proposal=case_forms.proposal_of(form, measure_rows),
                by=request.user,
                at=timezone.now(),
            )
        except services.ProposalConflict as error:
            # Sending once more takes this text: the page says that theirs was seen.
            data = request.POST.copy()
            data["seen"] = str(error.version)
            form, row = case_forms.AnswerForm(data), fetch(request, uuid)
            form.add_error(None, str(error))
        except CannotChange as error:
            _refuse_measures(form, measure_rows, error)
        else:
            names = "、".join(head.name for head in selectors.heads(row.county_id, request.today)[:2])
            return _back(row, f"交{names or '负责人'}批准了。批准了，时限才停。", request)
    return page(request, row, status=422, answer=form, rows=measure_rows)


def _refuse_measures(form: forms.Form, measure_rows: Any, error: CannotChange) -> None:
    if error.field.startswith("measure_"):
        filled = [row for row in measure_rows.forms if row.is_valid() and row.measure is not None]
        filled[int(error.field.removeprefix("measure_"))].add_error("words", str(error))
    else:
        refuse(form, error)


@require_POST
@rule(HEADS, reads="case", writes="case")
def case_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The head says yes or sends one back."""
    row = fetch(request, uuid)
    _over(request, row, HEADS)
    form = case_forms.DecideForm(request.POST, picks=[rows.pick_of(row)])
    if form.is_valid() and decide(request, form):
        return redirect("visits_followup:case", row.uuid)
    return page(request, row, status=422, decide=form)


def decide(request: HttpRequest, form: case_forms.DecideForm) -> bool:
    """Carry out the head's word; what stays stands above the form."""
    values = form.cleaned_data
    try:
        if values["what"] == "approve":
            settled = services.approve(
                seen=form.seen, late_reason=values["late_reason"], by=request.user, at=timezone.now()
            )
        else:
            settled = services.send_back(
                seen=form.seen, reason=values["reason"], by=request.user, at=timezone.now()
            )
    except CannotChange as error:
        refuse(form, error)
        return False
    if settled.done:
        word = "批准了" if values["what"] == "approve" else "退回了"
        messages.success(request, f"{word}{settled.done}个。")
    for why in dict.fromkeys(why for _, why in settled.left):
        n = sum(one == why for _, one in settled.left)
        form.add_error(
            "late_reason" if why == services.LATE_SAY else None,
            f"{n}个没办：{why}" if len(form.seen) > 1 else why,
        )
    return not settled.left


@require_http_methods(["GET", "POST"])
@rule(HEADS, reads="cases", writes="case")
def case_approvals(request: HttpRequest) -> HttpResponse:
    """What waits for the head's word, to be ticked and settled in one press; each can be opened."""
    found = selectors.whole(
        selectors.cases(request.user, {"which": selectors.PROPOSED}, request.today).exclude(
            proposed_by_id=request.user.pk
        )
    )
    shown = list(found.prefetch_related("measures")[:MOST])
    posted = request.POST if request.method == "POST" else None
    form = case_forms.DecideForm(posted, picks=[rows.pick_of(one) for one in shown])
    if request.method == "POST" and form.is_valid() and decide(request, form):
        return redirect("visits_followup:case_approvals")
    late = any(clock.is_late(request.today, one.due_on) and not one.late_reason for one in shown)
    context = {
        "form": form,
        "late": late,
        "list": rows.table(
            shown,
            selectors.letters({one.county_id for one in shown}),
            names_of(shown),
            load_calendar(),
            request.today,
            picks=True,
            ticked=form.data.getlist("pick") if form.is_bound else (),
        ),
        "count": len(shown),
        "crumbs": [("变化办理", reverse("visits_followup:cases")), ("待批准", "")],
        "empty": {"title": "没有待批准的", "say": "经办人提出来以后，就到您这里。", "icon": "ok"},
    }
    return render(
        request, "visits/followup/case_approvals.html", context, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "POST"])
@rule(OFFICES, reads="case", writes="case")
def case_advance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """先行救助: what was given before the plan."""
    row = fetch(request, uuid)
    _over(request, row, OFFICES)
    start = {"key": uuid4(), "kind": "money", "words": "先行救助", "given_on": request.today, "who": request.user.name,
             "unit": request.user.duty.main.region_name}  # fmt: skip
    form = case_forms.AdvanceForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            measures.advance(
                case_id=row.pk,
                fen=case_forms.fen(values.pop("amount")),
                by=request.user,
                at=timezone.now(),
                **values,
            )
        except CannotChange as error:
            refuse(form, error)
        else:
            return _back(row, "先行救助记下了。三个工作日的时限照走。", request)
    context = {
        "form": form,
        "person": row.person,
        "title": f"{rows.name_of(row)}：先行救助",
        "say": "急难的先给一小笔，不等方案。给过了，在这里记一笔。",
        "back_url": reverse("visits_followup:case", args=[row.uuid]),
        "action": "记下",
    }
    return render(request, "visits/followup/case_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@rule(OFFICES, reads="case", writes="case")
def case_measure(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """What came of one measure."""
    row = fetch(request, uuid)
    _over(request, row, OFFICES)
    measure = get_object_or_404(row.measures, pk=pk)
    form = case_forms.ResultForm(
        request.POST if request.method == "POST" else None, initial={"done_on": request.today}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        common = {"measure_id": measure.pk, "by": request.user, "at": timezone.now()}
        try:
            if values["how"] == "done":
                measures.finish(done_on=values["done_on"], result=values["result"], **common)
            else:
                measures.drop(reason=values["result"], **common)
        except CannotChange as error:
            refuse(form, error)
        else:
            return _back(row, "结果记下了。", request)
    context = {
        "form": form,
        "person": row.person,
        "title": f"{rows.name_of(row)}：{measure.words}{services.money(measure.amount)}",
        "say": f"{measure.unit} {measure.who}，{day(measure.due_on, request.today)}前。",
        "back_url": reverse("visits_followup:case", args=[row.uuid]),
        "action": "记下结果",
    }
    return render(request, "visits/followup/case_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@rule(OFFICES, reads="case", writes="case")
def case_void(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """What was written down as given in advance was not given, or twice."""
    row = fetch(request, uuid)
    _over(request, row, OFFICES)
    measure = get_object_or_404(row.measures.filter(advance=True), pk=pk)
    form = case_forms.VoidForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            measures.void(
                measure_id=measure.pk, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except CannotChange as error:
            refuse(form, error)
        else:
            return _back(row, "作废了，不再算数；记录留着。", request)
    context = {
        "form": form,
        "person": row.person,
        "title": f"{rows.name_of(row)}：作废先行救助",
        "say": f"{measure.words}{services.money(measure.amount)}，{day(measure.due_on, request.today)}，{measure.unit} {measure.who}。",
        "back_url": reverse("visits_followup:case", args=[row.uuid]),
        "action": "作废",
    }
    return render(request, "visits/followup/case_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@rule(COUNTY, reads="case", writes="case")
def case_close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = fetch(request, uuid)
    _over(request, row, COUNTY)
    form = case_forms.CloseForm(request.POST)
    if form.is_valid():
        try:
            services.close(case_id=row.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotChange as error:
            refuse(form, error)
        else:
            return _back(row, "办结了。这一家再有变化，另立一个案子。", request)
    return page(request, row, status=422, close=form)
