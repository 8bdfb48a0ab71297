"""开通单 on paper: one at once, many in the background."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import account_list, authority, openings, papers
from accounts.access import rule
from accounts.authority import MANAGERS
from accounts.forms.users import EmptyForm, SlipsForm
from accounts.models import User
from accounts.services import CannotManage

MOST = 8000


def answer(request: HttpRequest, found: User) -> HttpResponse:
    """The paper of one account, in answer to the POST itself: it is kept nowhere to be shown again."""
    made = openings.make(user_ids=[found.pk], by=request.user, at=timezone.now(), on=request.today)
    context = {
        **papers.context(made, request.today),
        "screen": True,
        "back_url": reverse("accounts:user", args=[found.pk]),
    }
    return render(request, "pdf/openings.html", context)


@require_POST
@rule(MANAGERS, reads="account", writes="opening")
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """One more paper for an account that was never opened."""
    found = get_object_or_404(authority.users(request.user.duty), pk=pk)
    form = EmptyForm(request.POST)
    if form.is_valid():
        try:
            return answer(request, found)
        except CannotManage as error:
            messages.warning(request, str(error))
    return redirect("accounts:user", pk=pk)


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="accounts", writes="opening")
def slips(request: HttpRequest) -> HttpResponse:
    """还没开通的，打印开通单: of one unit below, or of all."""
    duty, at = request.user.duty, timezone.now()
    units = account_list.unit_choices(duty, request.today)
    form = SlipsForm(request.POST if request.method == "POST" else None, units=units)
    if request.method == "POST" and form.is_valid():
        rows = _rows(request, form.cleaned_data)
        ids = papers.printable(rows, request.user, request.today)
        if not ids:
            form.add_error(None, "这里没有要印的：都开通了，或者开通单还没过期")
        elif len(ids) > MOST:
            form.add_error("unit", f"一次最多印{MOST}张，请分单位印")
        else:
            job = papers.order(user_ids=ids, by=request.user)
            return redirect("accounts:job", uuid=job.uuid)
    every = openings.never_opened(authority.users(duty))
    context = {
        "form": form,
        "waiting": every.count(),
        "fresh": openings.without_paper(authority.users(duty), at).count(),
    }
    return render(request, "accounts/slips.html", context, status=422 if form.is_bound else 200)


def _rows(request: HttpRequest, values: dict[str, Any]) -> Any:
    chosen = {"unit": values["unit"]} if values["unit"] else {}
    rows = account_list.of(request.user.duty, request.today, chosen)
    return openings.never_opened(rows) if values["again"] else openings.without_paper(rows, timezone.now())
