"""授权: who signs in whose place, by which document, until when."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import rule
from accounts.models import Delegation, Region
from accounts.roles import ROLES, TOWNSHIP, Role
from visits.records.forms.signing import DelegationForm
from visits.records.services.delegations import (
    KEEPERS,
    CannotDelegate,
    delegate,
    delegations_of,
    deputies,
    withdraw_delegation,
)


@require_http_methods(["GET", "POST"])
@rule(TOWNSHIP, reads="delegation", writes="delegation")
def delegations(request: HttpRequest) -> HttpResponse:
    """The list, and a form for another one."""
    today = request.today  # type: ignore[attr-defined]
    townships = request.user.duty.unit_ids(*KEEPERS)  # type: ignore[attr-defined]
    units = Region.objects.live(today).filter(township_id__in=townships).order_by("level", "position")
    people = deputies(min(townships), today)
    titles = {role.value: facts.label for role, facts in ROLES.items()}
    first = {"starts_on": today, "ends_on": today.replace(month=12, day=31)}
    form = DelegationForm(request.POST or None, units=units, deputies=people, titles=titles, initial=first)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        unit, deputy = values.pop("region"), values.pop("deputy")
        try:
            delegate(region_id=unit.pk, deputy_id=deputy.pk, by=request.user, at=timezone.now(), **values)
        except CannotDelegate as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, f"已登记：{deputy.name}受托代签")
            return redirect("visits_records:delegations")
    rows = [_row(paper, today) for paper in delegations_of(request.user)[:200]]
    context = {"rows": rows, "form": form}
    return render(request, "visits/records/delegations.html", context, status=422 if form.is_bound else 200)


def _row(paper: Delegation, today: Any) -> dict[str, Any]:
    live = paper.withdrawn_at is None and paper.starts_on <= today <= paper.ends_on
    if paper.withdrawn_at is not None:
        state, word = "idle", "已收回"
    elif paper.ends_on < today:
        state, word = "idle", "已到期"
    elif live:
        state, word = "done", "有效"
    else:
        state, word = "soon", "还没开始"
    return {
        "paper": paper,
        "role": ROLES[Role(paper.role)].label,
        "state": state,
        "word": word,
        "may_withdraw": paper.withdrawn_at is None and paper.ends_on >= today,
    }


@require_POST
@rule(TOWNSHIP, writes="delegation")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    paper = get_object_or_404(delegations_of(request.user), pk=pk)
    try:
        withdraw_delegation(delegation_id=paper.pk, by=request.user, at=timezone.now())
    except CannotDelegate as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "授权已收回，签过的名字仍然有效")
    return redirect("visits_records:delegations")
