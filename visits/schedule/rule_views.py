"""How often whom: the rules in words, a stricter one of a county or the city, the end of one."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.roles import COUNTY, EVERYONE, Role
from visits.core.options import DECIDES
from visits.roster.models import CareGroup
from visits.roster.selectors import readable_groups
from visits.roster.services import CannotChange, NeedsConfirmation
from visits.schedule import looks, ruling
from visits.schedule.due import MODES, OTHER_MODES
from visits.schedule.models import FrequencyRule
from visits.schedule.rule_forms import EndRuleForm, RuleForm
from visits.schedule.strictness import home_visits
from xunfang.kit.models import Job

MAKES_RULES = frozenset({Role.COUNTY_OFFICER, Role.CITY_BUSINESS})
MOST_OLD = 60


@require_safe
@rule(EVERYONE, reads="rules")
def rules(request: HttpRequest) -> HttpResponse:
    """The city's floor, what a county made stricter, what is to come, and what held before."""
    duty, today = request.user.duty, request.today
    readable = readable_groups(request.user)
    rows = FrequencyRule.objects.visible_to(request.user).select_related(
        "region", "group", "made_by", "ended_by"
    )
    # SECURITY: a rule of one class names it (practice P17).
    rows = rows.filter(Q(group=None) | Q(group__in=readable)).order_by("region__level", "position", "pk")
    groups = list(readable.filter(active=True))
    mine = set(
        FrequencyRule.objects.visible_to(request.user).ruled_by(request.user).values_list("pk", flat=True)
    )
    taken_back = Q(ends_on=F("starts_on"))
    over = rows.filter(Q(ends_on__lt=today) | taken_back).order_by("-ends_on", "-pk")[:MOST_OLD]
    rows = rows.exclude(taken_back)
    context = {
        "rules": [_words(row, groups, today, row.pk in mine) for row in rows.live(today)],
        "coming": [_words(row, groups, today, row.pk in mine) for row in rows.filter(starts_on__gt=today)],
        "over": [_words(row, groups, today, False) for row in over],
        "settings_url": reverse("visits_core:settings")
        if duty.has(DECIDES | {Role.CITY_SUPERVISOR, Role.CITY_BUSINESS})
        else "",
        "reminders_url": reverse("visits_followup:reminders")
        if duty.has(COUNTY | {Role.CITY_BUSINESS, Role.CITY_SUPERVISOR})
        else "",
        "groups_url": reverse("visits_schedule:groups") if duty.has({Role.CITY_BUSINESS}) else "",
        "new_url": reverse("visits_schedule:rule_new") if duty.has(MAKES_RULES) else "",
    }
    return render(request, "visits/schedule/rules.html", context)


def _words(row: FrequencyRule, groups: list[CareGroup], today: date, mine: bool) -> dict[str, Any]:
    return {
        "row": row,
        "groups": [g.name for g in groups if g.pk == row.group_id or g.tier == row.tier],
        "modes": [MODES[mode] for mode in row.modes],
        "end_url": reverse("visits_schedule:rule_end", args=[row.pk])
        if mine and not ruling.why_not_ended(row)
        else "",
    }


@require_http_methods(["GET", "POST"])
@rule(MAKES_RULES, reads="rules", writes="rule")
def rule_new(request: HttpRequest) -> HttpResponse:
    """四(一)-4: one rule more, looked at before it holds."""
    form = RuleForm(
        looks.typed(request),
        units=ruling.units_of(request.user, request.today),
        groups=list(readable_groups(request.user).filter(active=True)),
        initial={"modes": list(OTHER_MODES)},
    )
    if form.is_bound and form.is_valid():
        wish, act = form.wish(), form.cleaned_data["act"]
        try:
            if request.method == "POST" and act != "save":
                ruling.weigh(wish, by=request.user)
                return looks.keep(request)
            if act == "save" and request.method == "POST":
                made, job = ruling.add_rule(
                    wish, by=request.user, at=timezone.now(), confirmed=form.cleaned_data["confirm"]
                )
                messages.success(request, f"“{made.sentence}”定好了，待访名单正在后台更新")
                return redirect("accounts:job", uuid=job.uuid)
            if act != "back":
                return _look(request, form, wish)
        except NeedsConfirmation:
            return _look(request, form, wish, status=422)
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "visits/schedule/rule_new.html", {"form": form}, status=status)


def _short_words(wish: ruling.Wish) -> str:
    """What is missing in a visit that does not do for the rule."""
    needed = home_visits(wish.demand)
    if needed > 1:
        return f"上门不够{needed}次，还要再去"
    return "没有上门，要再上门" if needed else "访的方式不算，要再访"


def _look(request: HttpRequest, form: RuleForm, wish: ruling.Wish, status: int = 200) -> HttpResponse:
    outlook = ruling.weigh(wish, by=request.user)
    look = {
        "outlook": outlook,
        "warnings": outlook.warnings.items(),
        "unconfirmed": status != 200,
        "modes": "、".join(word for mode, word in MODES.items() if mode in wish.demand.modes),
        "min_home": wish.min_home,
        "now": wish.immediately,
        "short": _short_words(wish),
        "document_no": wish.document_no,
    }
    return render(request, "visits/schedule/rule_look.html", {"form": form, "look": look}, status=status)


@require_http_methods(["GET", "POST"])
@rule(MAKES_RULES, reads="rule", writes="rule")
def rule_end(request: HttpRequest, pk: int) -> HttpResponse:
    """No more of a rule from the end of the running period; one that was made today can be taken back whole."""
    found = get_object_or_404(
        FrequencyRule.objects.visible_to(request.user).ruled_by(request.user).select_related("region"), pk=pk
    )
    form = EndRuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ended, job = _end(request, found, form.cleaned_data)
        except CannotChange as error:
            form.add_error(None, str(error))
        else:
            word = "撤回" if ended.withdrawn else "停用"
            messages.success(request, f"“{ended.sentence}”{word}了，待访名单正在后台更新")
            return redirect("accounts:job", uuid=job.uuid)
    context = {
        "form": form,
        "withdraw": ruling.may_withdraw(found, request.today),
        "found": found,
        "why_not": ruling.why_not_ended(found),
        "begun": found.starts_on <= request.today,
        "last": ruling.last_day(found, request.today),
    }
    status = 422 if form.is_bound else 200
    return render(request, "visits/schedule/rule_end.html", context, status=status)


def _end(request: HttpRequest, found: FrequencyRule, typed: dict[str, Any]) -> tuple[FrequencyRule, Job]:
    by, at = request.user, timezone.now()
    if typed["act"] == "withdraw":
        return ruling.withdraw_rule(rule_id=found.pk, reason=typed["reason"], by=by, at=at)
    return ruling.end_rule(rule_id=found.pk, document_no=typed["document_no"], by=by, at=at)
