"""Bringing a year's days off, and the page on which a second person compares them with the notice."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.roles import ADMINS
from visits.core import yearly
from visits.core.calendar_forms import NoticeForm, TurnDownForm
from visits.core.models import CalendarDraft
from visits.core.months import months
from visits.templatetags.xf import day


@require_http_methods(["GET", "POST"])
@rule(ADMINS, reads="calendar", writes="calendar draft")
def calendar_new(request: HttpRequest) -> HttpResponse:
    """Paste the notice; what is wrong in it stands at its field, what is unusual must be looked at."""
    year = request.today.year + yearly.official(request.today.year)
    form = NoticeForm(
        request.POST or None,
        request.FILES or None,
        initial={"year": year, "document": f"国务院办公厅关于{year}年部分节假日安排的通知"},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            draft = yearly.bring(
                year=values["year"], document=values["document"].strip(), source=values["source"].strip(),
                text=values["text"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except yearly.CannotLoad as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"{draft.year}年的安排读好了，请另一位对着原文核对以后启用。")
            return redirect("visits_core:calendar_draft", draft.pk)
    odd = form.reading.odd if form.is_bound and form.reading and not form.reading.wrong else []
    context = {"form": form, "odd": odd, "waiting": list(yearly.waiting())}
    return render(request, "visits/core/calendar_new.html", context, status=422 if form.is_bound else 200)


@require_safe
@rule(ADMINS, reads="calendar")
def calendar_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Month by month, what would be otherwise, and the words of the notice beside it."""
    draft = get_object_or_404(CalendarDraft.objects.select_related("made_by", "decided_by"), pk=pk)
    return _page(request, draft, TurnDownForm())


def _page(request: HttpRequest, draft: CalendarDraft, form: TurnDownForm, status: int = 200) -> HttpResponse:
    days = yearly.days_of(draft)
    # Of a year that had none, everything is new: the months below say it better than a list.
    known = yearly.official(draft.year)
    differs = yearly.differences(draft) if known and draft.state == draft.State.WAITING else []
    context: dict[str, Any] = {
        "draft": draft,
        "own": draft.made_by_id == request.user.pk,
        "months": months(draft.year, {one.day: one for one in days}),
        "off": sum(1 for one in days if one.kind == "off"),
        "work": [one.day for one in days if one.kind == "work"],
        "differs": [f"{day(one.day)}：{one.was or '照常'}→{one.now or '照常'}" for one in differs],
        "form": form,
        "calendar_url": f"{reverse('visits_core:calendar')}?year={draft.year}",
    }
    return render(request, "visits/core/calendar_draft.html", context, status=status)


@require_POST
@rule(ADMINS, reads="calendar", writes="calendar")
def calendar_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it in force."""
    draft = get_object_or_404(CalendarDraft, pk=pk)
    try:
        yearly.confirm(draft_id=draft.pk, by=request.user, at=timezone.now())
    except yearly.CannotLoad as error:
        messages.error(request, str(error))
        return redirect("visits_core:calendar_draft", draft.pk)
    messages.success(request, f"{draft.year}年的安排启用了，没有办完的期限正在按它重新算。")
    return redirect(f"{reverse('visits_core:calendar')}?year={draft.year}")


@require_POST
@rule(ADMINS, reads="calendar", writes="calendar draft")
def calendar_turn_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to whoever brought it, with a sentence; or taken back by them."""
    draft = get_object_or_404(CalendarDraft.objects.select_related("made_by", "decided_by"), pk=pk)
    form = TurnDownForm(request.POST)
    if not form.is_valid():
        return _page(request, draft, form, status=422)
    try:
        yearly.turn_down(
            draft_id=draft.pk, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
        )
    except yearly.CannotLoad as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _page(request, draft, form, status=422)
    messages.success(request, f"{draft.year}年这一份不用了，改好可以再录。")
    return redirect("visits_core:calendar_new")
