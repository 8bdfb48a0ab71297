"""救助方案: who needs one, the editor, a plan with its measures, what was carried out."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import COUNTY, READS_FILES, TOWNSHIP
from visits.followup import services
from visits.followup.forms.plans import DoneForm, PlanFilter, PlanForm, draft_of, initial_of, measure_rows
from visits.followup.models import Plan, PlanMeasure
from visits.followup.rows import plans as rows
from visits.followup.selectors import plans as selectors
from visits.followup.services import needs
from visits.followup.services.plans import MAKERS, may_finish, may_plan
from visits.followup.views.findings import HANDLES
from visits.roster.models import Person

PAGE = 50
OFFICE = TOWNSHIP | COUNTY
WORDS = {
    selectors.NEEDS: "有需要、没方案",
    selectors.REVIEW: "该复核了",
    selectors.LATE: "措施过期了",
    selectors.NONE: "没有方案",
    selectors.ALL: "有方案",
}
EMPTY = {
    selectors.NEEDS: "巡访时点了需要、台账上有事没人办的，会自动列到这里。",
    selectors.NONE: "每个人都有方案了。",
}


@require_safe
@rule(OFFICE, reads="plans")
def plans(request: HttpRequest) -> HttpResponse:
    """People by what their plan asks for; first those with needs and nothing planned (practice P25)."""
    chosen = PlanFilter(request.GET).chosen()
    page = chosen.pop("page", 1)
    which = chosen.setdefault("which", selectors.ALL if chosen.get("alike") else selectors.NEEDS)
    counts = selectors.counts(request.user, chosen, request.today)
    people = list(selectors.people(request.user, chosen, request.today)[(page - 1) * PAGE : page * PAGE])
    ids = [person.pk for person in people]
    edits = request.user.duty.has(MAKERS)
    villages = dict(Region.objects.filter(pk__in={p.village_id for p in people}).values_list("pk", "name"))
    context = {
        "filters": [
            {"word": word, "url": _url({**chosen, "which": part}), "count": counts[part], "current": part == which}
            for part, word in WORDS.items()
        ],
        "narrow": _narrow(request, chosen),
        "kept": {key: chosen[key] for key in ("which", "alike") if key in chosen},
        "narrowed": bool(set(chosen) - {"which"}),
        "clear_url": _url({"which": which}),
        "list": rows.table(
            people, selectors.plans_of(ids), selectors.needs_of(ids), selectors.findings_of(ids), villages,
            request.today, edits=edits,
        ),
        "pager": {
            "count": counts[which], "unit": "人",
            "prev": _url({**chosen, "page": page - 1}) if page > 1 else "",
            "next": _url({**chosen, "page": page + 1}) if page * PAGE < counts[which] else "",
        },
        "empty": {"title": f"没有“{WORDS[which]}”的", "say": EMPTY.get(which, "都办着。"), "icon": "ok"},
        "alike": [] if chosen.get("alike") else [
            {"n": n, "url": _url({"which": selectors.ALL, "alike": text})} for text, n in selectors.alike(request.user)
        ],
        "same": bool(chosen.get("alike")),
        "edits": edits,
        "basis": rows.BASIS,
    }  # fmt: skip
    return render(request, "visits/followup/plans.html", context)


def _narrow(request: HttpRequest, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """The choices by place: townships for the county, villages of the chosen one or of one's own."""
    duty = request.user.duty
    townships = Region.objects.filter(level=3, parent_id__in=duty.unit_ids(*COUNTY)).order_by(
        "position", "pk"
    )
    own = [chosen["township"]] if chosen.get("township") else list(duty.unit_ids(*TOWNSHIP))
    villages = Region.objects.filter(level=4, township_id__in=own).order_by("position", "pk")
    found = []
    for name, label, units in (("township", "乡镇（街道）", townships), ("village", "村（居）", villages)):
        if units:
            found.append({"name": name, "label": label, "now": chosen.get(name, ""), "rows": list(units)})
    return found


def _url(chosen: dict[str, Any]) -> str:
    home = reverse("visits_followup:plans")
    return f"{home}?{urlencode(chosen)}" if chosen else home


# ── the editor ───────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@rule(MAKERS, reads="person", writes="plan")
def plan_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A new version: from the plan that holds, or from what is known of the person."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    if not may_plan(person, request.user):
        raise PermissionDenied
    if request.method == "GET":
        live = selectors.plans_of([person.pk]).get(person.pk)
        form, measures = initial_of(live, _facts(request, person), request.today)
        return _editor(request, person, PlanForm(initial=form), measure_rows(initial=measures))
    form, table = PlanForm(request.POST), measure_rows(request.POST)
    stored = None
    if form.is_valid() & table.is_valid():
        try:
            plan = services.make(
                person_id=person.pk, draft=draft_of(form, table), by=request.user, at=timezone.now()
            )
        except services.PlanConflict as error:
            stored = error.stored
            # Saving once more takes this text: the page says that it has seen theirs.
            data = request.POST.copy()
            data["seen"] = str(stored.version)
            form = PlanForm(data)
        except services.CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"{person.name}的方案存好了，第{plan.version}版。")
            return redirect("visits_followup:plan", plan.uuid)
    return _editor(request, person, form, table, stored=stored, status=409 if stored else 422)


def _facts(request: HttpRequest, person: Person) -> selectors.Facts:
    visit = needs.latest([person.pk]).get(person.pk)
    return selectors.facts_of(person, needs.ticked(visit), request.today)


def _editor(
    request: HttpRequest,
    person: Person,
    form: PlanForm,
    table: BaseFormSet,
    *,
    stored: Plan | None = None,
    status: int = 200,
) -> HttpResponse:
    facts = _facts(request, person)
    village = Region.objects.get(pk=person.village_id).name
    context = {
        "person": person,
        "about": f"{person.get_sex_display()} {person.age(request.today)}岁　{village} {person.hamlet}".strip(),
        "form": form,
        "rows": table,
        "shown": max(len(table.initial or []), 1) + 1,
        "benefits": rows.benefit_words(facts.benefits),
        "findings": [
            {
                "text": f"{row.item}：{row.words}",
                "url": reverse("visits_followup:finding", args=[row.uuid]),
            }
            for row in facts.findings
        ],
        "stored": _stored(stored, request.today) if stored else None,
        "crumbs": [("救助方案", reverse("visits_followup:plans")), (person.name, "")],
        "basis": rows.BASIS,
    }
    return render(request, "visits/followup/plan_edit.html", context, status=status)


def _stored(plan: Plan, today: Any) -> dict[str, Any]:
    """The plan that somebody saved meanwhile."""
    return {
        "title": f"{plan.made_by.name}存的第{plan.version}版",
        "degree": plan.get_degree_display(),
        "needs": rows.need_words(plan.needs),
        "measures": rows.measures(plan, today),
        "note": plan.note,
        "review": rows.review_chip(plan, today)["text"],
    }


# ── one plan ─────────────────────────────────────────────────────────────────────────────────────


def fetch(request: HttpRequest, uuid: UUID) -> Plan:
    """One version, in scope."""
    found = Plan.objects.visible_to(request.user).select_related("person", "made_by")
    return get_object_or_404(found.prefetch_related("measures"), uuid=uuid)


@require_safe
@rule(READS_FILES, reads="plan")
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What is planned and how far it is; the versions before."""
    found = fetch(request, uuid)
    person, live = found.person, found.replaced_at is None
    others = [one for one in selectors.versions(person, request.user) if one.pk != found.pk]
    context = {
        "plan": found,
        "person": person,
        "title": f"{person.name}的救助方案",
        "degree": {"word": found.get_degree_display(), "state": rows.DEGREES[found.degree]},
        "needs": rows.need_words(found.needs) or "没有别的需要",
        "measures": rows.measures(found, request.today),
        "review": rows.review_chip(found, request.today),
        "told": rows.told_words(found, request.today),
        "live": live,
        "edits": live and may_plan(person, request.user),
        "finishes": live and may_finish(person, request.user),
        "others": [
            {
                "name": f"第{one.version}版" + ("，现在用的" if one.replaced_at is None else ""),
                "url": reverse("visits_followup:plan", args=[one.uuid]),
                "said": f"{one.made_by.name}，{timezone.localtime(one.made_at).date():%Y-%m-%d}",
            }
            for one in others
        ],
        "crumbs": [
            (person.name, reverse("visits_desk:person", args=[person.uuid])),
            (f"第{found.version}版", ""),
        ],
        "basis": rows.BASIS,
    }
    return render(request, "visits/followup/plan.html", context)


@require_http_methods(["GET", "POST"])
@rule(HANDLES, reads="plan", writes="plan measure")
def measure_done(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """A measure was carried out, with what came of it."""
    found = fetch(request, uuid)
    measure = get_object_or_404(PlanMeasure.objects.filter(plan=found), pk=pk)
    if not may_finish(found.person, request.user):
        raise PermissionDenied
    form = DoneForm(request.POST or None, initial={"done_on": request.today})
    if request.method == "POST" and form.is_valid():
        try:
            services.finish(measure_id=measure.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except services.CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"{measure.words}：办好了")
            return redirect("visits_followup:plan", found.uuid)
    context = {
        "form": form,
        "person": found.person,
        "confirm": {
            "title": f"{measure.words}，办好了吗？",
            "say": f"{found.person.name}的方案，由{measure.unit}{measure.who}办。",
            "yes": "办好了",
            "form": form,
            "no_url": reverse("visits_followup:plan", args=[found.uuid]),
        },
    }
    return render(request, "visits/followup/measure_done.html", context, status=422 if form.is_bound else 200)
