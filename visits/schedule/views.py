"""The due list, giving people to visitors, and the classes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.roles import Role
from visits.roster.models import CareGroup, Membership, Person
from visits.roster.seeds import GUIDELINE
from visits.roster.services import CannotChange
from visits.schedule import ahead_views, assigning, looks, services
from visits.schedule import rows as due_rows
from visits.schedule.assign_forms import AssignTable, GiveTo, Ticked
from visits.schedule.due import OTHER_MODES
from visits.schedule.forms import CloseGroupForm, GroupForm
from visits.schedule.models import FrequencyRule


@require_http_methods(["GET", "POST"])
@rule({Role.CITY_BUSINESS}, reads="groups", writes="group")
def groups(request: HttpRequest) -> HttpResponse:
    """二-G4: the classes, and one more of them with its own frequency, as data."""
    form = GroupForm(request.POST or None, initial={"modes": list(OTHER_MODES), "starts_on": request.today})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_group(by=request.user, at=timezone.now(), **form.values())
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"“{made.name}”加好了，建档、导入、筛选里马上能用")
            return redirect("visits_schedule:groups")
    city = FrequencyRule.objects.visible_to(request.user).live(request.today).filter(region__level=1)
    rows = {row.group_id: row for row in city.exclude(group=None)}
    tiers = {row.tier: row for row in city.filter(group=None)}
    found = [
        {
            "group": group,
            "rule": rows.get(group.pk) or tiers.get(group.tier),
            "own": group.pk not in GUIDELINE,
        }
        for group in CareGroup.objects.order_by("position")
    ]
    status = 422 if form.is_bound else 200
    return render(request, "visits/schedule/groups.html", {"form": form, "rows": found}, status=status)


@require_http_methods(["GET", "POST"])
@rule({Role.CITY_BUSINESS}, reads="group", writes="group")
def group_close(request: HttpRequest, code: str) -> HttpResponse:
    """停用: nobody is put in any more; whoever is in is asked about, one by one."""
    group = get_object_or_404(CareGroup, pk=code, active=True)
    form = CloseGroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.close_group(
                code=group.pk, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"“{group.name}”停用了，还在里面的{asked}人列进了各乡镇的“待核”")
            return redirect("visits_schedule:groups")
    people = Membership.objects.live(request.today).filter(group=group).count()
    confirm = {
        "title": f"停用“{group.name}”？",
        "say": f"停用以后不能再列入，自己的巡访频次也到那天为止。现在里面有{people}人，"
        "系统不会自己让谁退出，会列进“待核”，由乡镇一个一个核。",
        "yes": "停用",
        "no_url": reverse("visits_schedule:groups"),
        "form": form,
    }
    return render(
        request,
        "visits/schedule/group_close.html",
        {"confirm": confirm, "form": form},
        status=422 if form.is_bound else 200,
    )


# ── a whole township at once ─────────────────────────────────────────────────────────────────────

# So few 自然村 are laid open at once; of more, one village at a time (the page stays under 100 kB).
FEW_HAMLETS = 12


@require_http_methods(["GET", "POST"])
@rule({Role.TOWNSHIP_CLERK}, reads="people", writes="assignment")
def assign(request: HttpRequest) -> HttpResponse:
    """划分巡访人: one table of villages and visitors; what changes is shown before it happens."""
    rows = assigning.rows(request.user)
    form = AssignTable(
        looks.typed(request),
        rows=rows,
        eligible=assigning.eligible(request.user, request.today),
        today=request.today,
    )
    if form.is_bound and form.is_valid():
        wishes, act = form.wishes(), form.cleaned_data["act"]
        if request.method == "POST" and (act != "apply" and (wishes or act != "look")):
            return looks.keep(request)
        if wishes and form.later and act in ("look", "apply"):
            return ahead_views.answer(request, form, rows)
        if act == "apply" and request.method == "POST":
            try:
                done = assigning.apply(
                    wishes=wishes,
                    only_nobody=form.only_nobody,
                    shown=form.cleaned_data["shown"],
                    by=request.user,
                    at=timezone.now(),
                )
            except assigning.Changed as error:
                return _assign_preview(request, form, rows, changed=str(error))
            except services.CannotAssign as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, f"{sum(len(step.people) for step in done)}人分好了，责任区也划好了")
                return redirect("visits_schedule:assign")
        elif act == "look":
            if wishes:
                return _assign_preview(request, form, rows)
            form.add_error(None, "还没有给哪个村选巡访人")
    return _assign_table(request, form, rows)


def _assign_table(request: HttpRequest, form: AssignTable, rows: list[assigning.Row]) -> HttpResponse:
    opened = form.cleaned_data.get("open") if form.is_bound and form.is_valid() else None
    few = sum(len(row.hamlets) for row in rows if len(row.hamlets) > 1) <= FEW_HAMLETS
    loads = assigning.staffing(request.user, request.today)
    names = {load.user_id: load.name for load in loads}
    context = {
        "form": form,
        "rows": [
            due_rows.assign_row(
                row, form, names, open_=few or row.place.village_id == opened or _chosen_inside(row, form)
            )
            for row in rows
        ],
        "nobody": sum(row.nobody for row in rows),
        "people": sum(row.people for row in rows),
        "staffing": due_rows.staffing(loads),
        "say": due_rows.staffing_words(loads),
        "opened": opened,
        "empty": {"title": "名单还是空的", "say": "先导入名单，再来划分巡访人。", "icon": "people",
                  "url": reverse("visits_roster:import"), "link": "导入名单"},
    }  # fmt: skip
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "visits/schedule/assign.html", context, status=status)


def _chosen_inside(row: assigning.Row, form: AssignTable) -> bool:
    return form.is_bound and any(form[small.place.key].value() for small in row.hamlets)


def _assign_preview(
    request: HttpRequest, form: AssignTable, rows: list[assigning.Row], *, changed: str = ""
) -> HttpResponse:
    steps = assigning.steps(form.wishes(), only_nobody=form.only_nobody, by=request.user)
    changes = assigning.area_changes(form.wishes(), only_nobody=form.only_nobody, by=request.user)
    loads = assigning.staffing(request.user, request.today)
    names = {user_id: name for people in assigning.eligible(request.user, request.today).values()
             for user_id, name, _ in people} | {load.user_id: load.name for load in loads}  # fmt: skip
    villages = {row.place.village_id: row.name for row in rows}
    after = assigning.loads_after(steps, loads)
    context = {
        "form": form,
        "steps": [due_rows.step_words(step, villages, names) for step in steps],
        "areas": [due_rows.area_words(change, villages, names) for change in changes],
        "total": sum(len(step.people) for step in steps),
        "loads": due_rows.load_words(steps, loads, after, names),
        "kept": [(place.key, to_id) for place, to_id in form.wishes().items()],
        "which": form.cleaned_data["which"],
        "shown": assigning.mark(steps, request.user, changes),
        "changed": changed,
    }
    return render(request, "visits/schedule/assign_look.html", context, status=409 if changed else 200)


@require_http_methods(["GET", "POST"])
@rule({Role.TOWNSHIP_CLERK}, reads="people", writes="assignment")
def assign_people(request: HttpRequest) -> HttpResponse:
    """People ticked on the list: to whom, and then done. The list's filters stand in the address. Who comes without
    people (a reload, a bookmark) finds the table of the whole township."""
    if request.method == "GET":
        return redirect("visits_schedule:assign")
    back = f"{reverse('visits_roster:people')}?{request.GET.urlencode()}"
    ticked = Ticked(request.POST)
    ids = ticked.cleaned_data["person"] if ticked.is_valid() else []
    found = list(
        assigning.own(request.user).filter(pk__in=ids).select_related("assignee").order_by("village_id", "pk")
    )
    if not found or len(found) != len(set(ids)):
        why = "名单有变动，请刷新后再分" if ids else "请先勾选要分的人"
        messages.warning(request, why)
        return redirect(back)
    form = GiveTo(request.POST, visitors=assigning.visitors_of(found, request.user, request.today))
    if not form.is_valid() or not form.cleaned_data["asked"]:
        return _ask_whom(request, form, found, back)
    changed = ""
    try:
        assigning.apply_to(
            person_ids=ids,
            to_id=form.cleaned_data["to"],
            shown=form.cleaned_data["shown"],
            by=request.user,
            at=timezone.now(),
        )
    except assigning.Changed as error:
        changed = str(error)
    except services.CannotAssign as error:
        form.add_error("to", str(error))
    else:
        messages.success(
            request, f"{len(found)}人分给了{dict(form.fields['to'].choices)[form.cleaned_data['to']]}"
        )
        return redirect(back)
    return _ask_whom(request, form, found, back, changed=changed)


def _ask_whom(
    request: HttpRequest, form: GiveTo, found: list[Person], back: str, *, changed: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "people": [
            {"pk": row.pk, "name": row.name, "who": row.assignee.name if row.assignee else "未落实"}
            for row in found
        ],
        "shown": assigning.mark_people(found),
        "changed": changed,
        "query": request.GET.urlencode(),
        "back": back,
    }
    status = 409 if changed else 422 if form.errors else 200
    return render(request, "visits/schedule/assign_people.html", context, status=status)
