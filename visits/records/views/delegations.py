"""授权: who signs in whose place, by which document, until when. Whoever holds the post sees and takes back what
was given for it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.models import Delegation, Region
from accounts.roles import ROLES, SIGNATORIES, Role
from visits.records.forms.signing import DelegationForm
from visits.records.services.delegations import (
    KEEPERS,
    CannotDelegate,
    delegate,
    delegations_of,
    deputies,
    townships_of,
    withdraw_delegation,
)

SEES = KEEPERS | SIGNATORIES
NOTHING = {"title": "没有授权", "say": "有人受托代您签的时候，会列在这里，您可以收回。"}


@require_http_methods(["GET", "POST"])
@rule(SEES, reads="delegation", writes="delegation")
def delegations(request: HttpRequest) -> HttpResponse:
    """The list, and for offices a form for another one."""
    today = request.today  # type: ignore[attr-defined]
    townships = townships_of(request.user, today)  # type: ignore[arg-type]
    if request.method == "POST" and not townships:
        raise PermissionDenied
    chosen = next((unit for unit in townships if str(unit.pk) == request.GET.get("unit")), None)
    chosen = chosen or (townships[0] if townships else None)
    form = _form(request, chosen, today) if chosen else None
    if request.method == "POST" and form is not None and form.is_valid():
        values = dict(form.cleaned_data)
        unit, deputy = values.pop("region"), values.pop("deputy")
        try:
            delegate(region_id=unit.pk, deputy_id=deputy.pk, by=request.user, at=timezone.now(), **values)
        except CannotDelegate as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, f"已登记：{deputy.name}受托代签")
            return redirect("visits_records:delegations")
    rows = [_row(paper, today) for paper in delegations_of(request.user)[:200]]  # type: ignore[arg-type]
    context = {"rows": rows, "form": form, "units": _chips(townships, chosen), "nothing": NOTHING}
    bad = form is not None and form.is_bound
    return render(request, "visits/records/delegations.html", context, status=422 if bad else 200)


def _form(request: HttpRequest, township: Region, today: date) -> DelegationForm:
    units = Region.objects.live(today).filter(township_id=township.pk).order_by("level", "position")
    titles = {role.value: facts.label for role, facts in ROLES.items()}
    return DelegationForm(
        request.POST if request.method == "POST" else None,
        units=units,
        deputies=deputies(township.pk, today),
        titles=titles,
        initial={"starts_on": today},
    )


def _chips(townships: list[Region], chosen: Region | None) -> list[dict[str, Any]]:
    """The county writes for one township at a time."""
    if len(townships) < 2:
        return []
    return [{"word": one.name, "url": f"?unit={one.pk}", "current": one == chosen} for one in townships]


def _row(paper: Delegation, today: date) -> dict[str, Any]:
    over = paper.ends_on is not None and paper.ends_on < today
    own = paper.deputy_id == paper.created_by_id
    live = not own and paper.withdrawn_at is None and paper.starts_on <= today and not over
    if paper.withdrawn_at is not None:
        state, word = "idle", "已收回"
    elif over:
        state, word = "idle", "已到期"
    elif own:
        state, word = "idle", "自己登记的，不能用"
    elif live:
        state, word = "done", "有效"
    else:
        state, word = "soon", "还没开始"
    return {
        "paper": paper,
        "role": ROLES[Role(paper.role)].label,
        "state": state,
        "word": word,
        "may_withdraw": paper.withdrawn_at is None and not over,
    }


@require_POST
@rule(SEES, writes="delegation")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    paper = get_object_or_404(delegations_of(request.user), pk=pk)
    try:
        withdraw_delegation(delegation_id=paper.pk, by=request.user, at=timezone.now())
    except CannotDelegate as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "授权已收回，签过的名字仍然有效")
    return redirect("visits_records:delegations")
