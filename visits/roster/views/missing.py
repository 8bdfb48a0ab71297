"""名单上没有了: see who, say what became of them, take it back; and the look that a held list waits for."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.roles import Role
from visits.roster.forms.missing import AnswerForm, PickForm, ReopenForm
from visits.roster.imports import holding, missing_pages
from visits.roster.models import MissingRow, RosterImport
from visits.roster.selectors import missing
from visits.roster.services import CannotChange
from visits.roster.services.missing import Answer, reopen, settle

CLERK = {Role.TOWNSHIP_CLERK}
PAGE = 50
WHICH = {"", *MissingRow.Outcome.values}


def _batch(request: HttpRequest, uuid: Any) -> RosterImport:
    rows = RosterImport.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("file", "group", "created_by"), uuid=uuid)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="missing people", writes="missing people")
def import_missing(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Everybody who is on the list no longer, page by page; ticked ones are settled together."""
    batch = _batch(request, uuid)
    which = request.GET.get("which", "")
    if which not in WHICH:
        raise Http404
    if request.method == "GET":
        return _list(request, batch, which)
    ids = missing.open_ids(batch)
    pick = PickForm(request.POST, open_ids=ids)
    if not pick.is_valid():
        return _list(request, batch, "", pick)
    values = pick.cleaned_data
    form = AnswerForm(
        request.POST if values["step"] == "do" else None,
        initial={
            "outcome": values["outcome"], "everyone": values["everyone"], "step": "do", "row": values["row"],
            "expected": len(pick.ids()), "on": request.today,
        },
        open_ids=ids, month=batch.month, outcome=values["outcome"],
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        refused = _settle(request, batch, form)
        if refused is None:
            return redirect("visits_roster:import_missing", uuid=batch.uuid)
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    context = {
        "batch": batch, "where": missing_pages.where(batch), "form": form,
        "confirm": missing_pages.confirm(form, pick, batch),
    }  # fmt: skip
    return render(
        request, "visits/roster/import_missing_confirm.html", context, status=422 if form.is_bound else 200
    )


def _settle(request: HttpRequest, batch: RosterImport, form: AnswerForm) -> CannotChange | None:
    values = form.cleaned_data
    answer = Answer(
        values["outcome"], values.get("last_month"), values.get("on"), bool(values.get("approximate"))
    )
    try:
        count = settle(
            import_id=batch.pk,
            row_ids=None if values["everyone"] else values["row"],
            answer=answer,
            by=request.user,
            at=timezone.now(),
            expected=values.get("expected"),
        )
    except CannotChange as error:
        return error
    messages.success(request, missing_pages.said(answer.outcome, count, answer.last_month))
    return None


def _list(request: HttpRequest, batch: RosterImport, which: str, form: Any = None) -> HttpResponse:
    """The page of the list; with the form that could not be used."""
    after = request.GET.get("after", "")
    lines = missing.page(
        batch, which, int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None, PAGE,
        request.today,
    )  # fmt: skip
    more, lines = len(lines) > PAGE, lines[:PAGE]
    counts = missing.counts(batch)
    loaded = holding.loaded(batch)
    pick = bool(lines) and loaded and which != MissingRow.Outcome.BACK
    if form is None and pick and which == "":
        form = PickForm(open_ids=missing.open_ids(batch))
    villages = holding.by_village(batch) if which == "" else []
    context = {
        "batch": batch,
        "where": missing_pages.where(batch),
        "which": which,
        "loaded": loaded,
        "form": form,
        "chips": missing_pages.chips(batch, counts, which),
        "warnings": missing_pages.warnings(batch, villages),
        "list": missing_pages.table(
            lines, which, request.today, pick=pick, ticked=_ticked(form) if form is not None else ()
        ),
        "bulk": _bulk(form, counts[""], len(lines)) if pick and which == "" else None,
        "pager": {
            "count": counts[which],
            "unit": "人",
            "next": missing_pages.url(batch, which=which, after=lines[-1].person.pk) if more else "",
            "prev": missing_pages.url(batch, which=which) if after else "",
        },
    }
    bound = form is not None and form.is_bound
    return render(request, "visits/roster/import_missing.html", context, status=422 if bound else 200)


def _ticked(form: Any) -> list[int]:
    return (
        [int(value) for value in form["row"].value() or [] if str(value).isdigit()] if form.is_bound else []
    )


def _bulk(form: PickForm, total: int, shown: int) -> dict[str, Any]:
    fields = [form["outcome"], *([form["everyone"]] if total > shown else [])]
    return {
        "pick": "row", "count": len(_ticked(form)), "fields": fields, "action": "记下",
        "left": f"还有{total}人没说明",
    }  # fmt: skip


@require_POST
@rule(CLERK, reads="missing people", writes="missing people")
def import_reopen(request: HttpRequest, uuid: Any) -> HttpResponse:
    """撤回 what was written down by mistake."""
    batch = _batch(request, uuid)
    ids = list(missing.settled_ids(batch).values_list("pk", flat=True))
    form = ReopenForm(request.POST, settled_ids=ids)
    if not form.is_valid():
        messages.warning(request, "；".join(form.errors["row"]))
        return redirect("visits_roster:import_missing", uuid=batch.uuid)
    try:
        count = reopen(
            import_id=batch.pk, row_ids=form.cleaned_data["row"], by=request.user, at=timezone.now()
        )
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"撤回了{count}人，还要再说明去向")
    return redirect("visits_roster:import_missing", uuid=batch.uuid)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="import", writes="import")
def import_hold(request: HttpRequest, uuid: Any) -> HttpResponse:
    """核对人数: the numbers, and 名单是全的."""
    batch = _batch(request, uuid)
    if not batch.counts.get("hold"):
        raise Http404
    if request.method == "POST":
        try:
            holding.release(import_id=batch.pk, by=request.user, at=timezone.now())
        except CannotChange as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, "核对过了，名单是全的")
        return redirect("visits_roster:import_detail", uuid=batch.uuid)
    context = {
        "batch": batch, "where": missing_pages.where(batch), "page": missing_pages.hold_page(batch),
        "loaded": holding.loaded(batch),
    }  # fmt: skip
    return render(request, "visits/roster/import_hold.html", context)


@require_POST
@rule(CLERK, reads="import", writes="import")
def import_not_complete(request: HttpRequest, uuid: Any) -> HttpResponse:
    """名单不全: it becomes a supplement."""
    batch = _batch(request, uuid)
    try:
        holding.not_complete(import_id=batch.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "改作补充名单了，没有在上面的人都不动")
    return redirect("visits_roster:import_detail", uuid=batch.uuid)
