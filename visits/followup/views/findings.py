"""问题台账: the list with its filters, one finding with its steps, what is done about it, 销号."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.roles import CASES, COUNTY, READS_FILES, TOWNSHIP, WRITES_VISITS
from visits.followup import exporting, services
from visits.followup.forms.findings import (
    USUAL,
    CloseForm,
    FindingFilter,
    MeasureForm,
    MeasureManyForm,
    initial_of,
    kept,
)
from visits.followup.models import Finding, FindingStep
from visits.followup.rows import findings as rows
from visits.followup.selectors import findings as selectors
from visits.followup.services.findings import may_handle
from visits.roster.exports.scope import MAY_EXPORT
from visits.roster.look_rows import crumb
from visits.templatetags.xf import LEVEL_WORDS, day
from xunfang.kit import files

PAGE = 50
CLOSE_ID = "close_%s"  # the other form of the page asks for a photograph too
HANDLES = WRITES_VISITS | TOWNSHIP | COUNTY
EMPTY = {
    "title": "这里没有",
    "say": "巡访时看到需处理、紧急的事，当时就自动到台账上，不用另外登记。",
    "icon": "ok",
}


@require_http_methods(["GET", "POST"])
@rule(CASES, reads="findings", writes="findings")
def findings(request: HttpRequest) -> HttpResponse:
    """The ledger under a filter; the same measure for the ticked ones."""
    chosen = FindingFilter(request.GET).chosen()
    page = chosen.pop("page", 1)
    which = chosen.setdefault("which", selectors.OPEN)
    counts = selectors.counts(request.user, chosen, request.today)
    found = selectors.findings(request.user, chosen, request.today).select_related("person", "owner")
    shown = list(found[(page - 1) * PAGE : page * PAGE])
    form = None
    if request.user.duty.has(HANDLES) and which not in (selectors.CLOSED, selectors.ALL):
        form = _many(request, shown)
        if (
            request.method == "POST"
            and form.is_valid()
            and _measure(request, form, form.cleaned_data["finding"])
        ):
            return redirect(url_of(chosen))
    elif request.method == "POST":
        raise PermissionDenied
    context = {
        **_frame(request, chosen, counts, page),
        "list": _table(request, shown, form),
        "form": form,
        "bulk": _bulk(form) if form else None,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "visits/followup/findings.html", context, status=status)


def _many(request: HttpRequest, shown: list[Finding]) -> MeasureManyForm:
    return MeasureManyForm(
        request.POST if request.method == "POST" else None,
        owners=selectors.owners([row.person for row in shown], request.today),
        findings=[row.pk for row in shown],
        initial={"due_on": request.today + USUAL},
    )


def _bulk(form: MeasureManyForm) -> dict[str, Any]:
    return {
        "pick": "finding",
        "all": "本页全选",
        "unit": "件",
        "count": len(form.data.getlist("finding")) if form.is_bound else 0,
        "fields": [form[name] for name in ("measure", "owner", "owner_words", "due_on")],
        "action": "一起记下",
    }


def _table(request: HttpRequest, shown: list[Finding], form: MeasureManyForm | None) -> dict[str, Any]:
    places = dict(
        Region.objects.filter(pk__in={row.person.village_id for row in shown}).values_list("pk", "name")
    )
    ticked = form.data.getlist("finding") if form is not None and form.is_bound else []
    return rows.table(shown, request.today, places, pick="finding" if form else "", ticked=ticked)


def _measure(request: HttpRequest, form: MeasureForm, ids: list[int]) -> bool:
    """Save a measure; what is refused stands at its field."""
    values = form.cleaned_data
    photo = values.get("photo")
    try:
        n = services.set_measure(
            finding_ids=ids,
            measure=values["measure"],
            owner_id=values["owner"],
            owner_words=values["owner_words"],
            due_on=values["due_on"],
            photo=photo.read() if photo else None,
            by=request.user,
            at=timezone.now(),
        )
    except services.CannotChange as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    until = day(values["due_on"], request.today)
    messages.success(request, f"{n}件记下了，{until}前办好。" if n > 1 else f"记下了，{until}前办好。")
    return True


def url_of(chosen: dict[str, Any]) -> str:
    """The list's address; the month as 2026-11."""
    plain = kept(chosen)
    if plain.get("which") == selectors.OPEN:
        del plain["which"]
    home = reverse("visits_followup:findings")
    return f"{home}?{urlencode(plain)}" if plain else home


def _frame(request: HttpRequest, chosen: dict[str, Any], counts: dict[str, int], page: int) -> dict[str, Any]:
    which = chosen["which"]
    parts = {**rows.WORDS, selectors.ALL: "全部"} if which == selectors.ALL else rows.WORDS
    offered = selectors.choices(request.user)
    return {
        "filters": [
            {"word": word, "url": url_of({**chosen, "which": part}), "count": counts[part], "current": part == which}
            for part, word in parts.items()
        ],
        "narrow": [
            {"name": name, "label": label, "now": chosen.get(name, ""),
             "rows": [{"pk": pk, "name": word} for pk, word in offered[name]]}
            for name, label in (("township", "乡镇（街道）"), ("village", "村（居）"), ("item", "什么事"), ("owner", "谁来办"))
            if len(offered[name]) > 1 or chosen.get(name)
        ]
        + [{"name": "level", "label": "程度", "now": chosen.get("level", ""),
            "rows": [{"pk": level, "name": LEVEL_WORDS[level]} for level in (3, 2)]}],
        "kept": {key: url_value for key, url_value in kept(chosen).items() if key in ("which", "found", "closed")},
        "month": f"只看{month}。" if (month := rows.month_words(chosen)) else "",
        "narrowed": bool(set(chosen) - {"which"}),
        "clear_url": url_of({"which": which}),
        "pager": {
            "count": counts[which], "unit": "件",
            "prev": url_of({**chosen, "page": page - 1}) if page > 1 else "",
            "next": url_of({**chosen, "page": page + 1}) if page * PAGE < counts[which] else "",
        },
        "empty": EMPTY,
        "late": counts[selectors.LATE],
        "export_url": exporting.url_of(chosen) if request.user.duty.has(MAY_EXPORT) else "",
        "month_url": reverse("visits_followup:findings_month") if request.user.duty.has(TOWNSHIP | COUNTY) else "",
        "basis": rows.BASIS,
    }  # fmt: skip


# ── one finding ──────────────────────────────────────────────────────────────────────────────────


def _fetch(request: HttpRequest, uuid: UUID) -> Finding:
    found = Finding.objects.visible_to(request.user).select_related("person", "owner", "closed_by")
    return get_object_or_404(found, uuid=uuid)


@require_http_methods(["GET", "POST"])
@rule(READS_FILES, reads="finding", writes="finding")
def finding(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What was found, what became of it; what is to be done about it is posted here."""
    row = _fetch(request, uuid)
    if request.method == "GET":
        return _page(request, row)
    if not may_handle(row.person, request.user):
        raise PermissionDenied
    form = MeasureForm(request.POST, request.FILES, owners=selectors.owners([row.person], request.today))
    if form.is_valid() and _measure(request, form, [row.pk]):
        return redirect("visits_followup:finding", row.uuid)
    return _page(request, row, measure=form, status=422)


@require_POST
@rule(HANDLES, reads="finding", writes="finding")
def finding_close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _fetch(request, uuid)
    if not may_handle(row.person, request.user):
        raise PermissionDenied
    form = CloseForm(request.POST, request.FILES, measured=bool(row.measure), auto_id=CLOSE_ID)
    if form.is_valid():
        values = form.cleaned_data
        photo = values.get("photo")
        try:
            services.close(
                finding_id=row.pk,
                note=values["note"],
                on=values["on"],
                measure=values.get("measure", ""),
                photo=photo.read() if photo else None,
                by=request.user,
                at=timezone.now(),
            )
        except services.CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(
                request, f"{row.person.name}：{row.item}销号了。下次巡访又看到，会自动再列出来。"
            )
            return redirect("visits_followup:finding", row.uuid)
    return _page(request, row, close=form, status=422)


def _page(
    request: HttpRequest,
    row: Finding,
    *,
    measure: MeasureForm | None = None,
    close: CloseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person, today = row.person, request.today
    steps = list(row.steps.select_related("visit", "by").order_by("pk"))
    village = Region.objects.get(pk=person.village_id).name
    handles = row.state == Finding.State.OPEN and may_handle(person, request.user)
    if handles:
        owners = selectors.owners([person], today)
        measure = measure or MeasureForm(initial=initial_of(row, today), owners=owners)
        close = close or CloseForm(initial={"on": today}, measured=bool(row.measure), auto_id=CLOSE_ID)
    context = {
        "row": row,
        "person": person,
        "title": f"{person.name}：{row.item}",
        "about": f"{village} {person.hamlet}".strip(),
        "crumbs": [
            crumb(request.user, "问题台账", reverse("visits_followup:findings"), person),
            (row.item, ""),
        ],
        "chip": rows.chip(row, today),
        "level": {"word": LEVEL_WORDS[row.level], "state": rows.LEVELS[row.level]},
        "owner": rows.owner_words(row),
        "days": rows.timeline(steps, row, today),
        "photos": rows.photos(steps, row),
        "measure": measure if handles else None,
        "close": close if handles else None,
        "close_first": bool(row.better_on and row.measure) or (close is not None and close.is_bound),
        "basis": rows.BASIS,
    }
    return render(request, "visits/followup/finding.html", context, status=status)


@require_safe
@rule(READS_FILES, reads="finding")
def finding_photo(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """A photograph of a step, made by us as a JPEG."""
    row = _fetch(request, uuid)
    step = get_object_or_404(FindingStep.objects.filter(finding=row, photo__isnull=False), pk=pk)
    try:
        content = files.read(step.photo)
    except (files.FileGone, files.FileChanged) as error:
        raise Http404 from error
    response = HttpResponse(content, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response
