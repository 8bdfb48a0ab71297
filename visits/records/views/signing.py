"""待签: the list by role, a table, its three names, lines struck out, what a visitor answers."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.roles import COUNTY, READS_SHEETS, SIGNATORIES, WRITES_VISITS, Role
from accounts.sessions import may_sign
from visits.records import sheet_history, sheet_page, sheets, workflow
from visits.records.forms.signing import AnswerForm, ReasonForm, SignForm, StrikeForm
from visits.records.models import LineReturn, Sheet, Visit
from visits.records.services import approval, signing
from visits.records.services.signing import CannotSign
from visits.records.sheet_list import next_waiting, waiting_count
from visits.records.sheet_page import SheetPage
from visits.records.sheets import Line

MOST_CHANGES = 12
# A deputy may hold any of these posts; the slot itself is checked by the service.
SIGNERS = SIGNATORIES | {Role.TOWNSHIP_CLERK}


def fetch(request: HttpRequest, uuid: UUID) -> Sheet:
    return get_object_or_404(
        Sheet.objects.visible_to(request.user).select_related("visit__person", "paper"), uuid=uuid
    )


def title_of(page: SheetPage) -> str:
    """The one heading; the parts break whole."""
    if page.single:
        return f"巡访结果确认表（逐份）　{page.village.name}　{whose(page)}　{page.period_label}"
    batch = f"　第{page.sheet.batch_no}批" if page.sheet.batch_no > 1 else ""
    return f"巡访结果确认表　{page.village.name}　{page.period_label}{batch}"


def whose(page: SheetPage) -> str:
    """The person of a single table."""
    return page.lines[0].content["name"] if page.lines else page.sheet.visit.person.name


def heading_of(page: SheetPage) -> str:
    """The same, its parts breaking whole on a phone."""
    parts = ((part,) for part in title_of(page).split("　"))
    return format_html_join("　", '<span class="nb">{}</span>', parts)


def crumbs_of(page: SheetPage) -> list[tuple[str, str]]:
    url = f"{reverse('visits_records:sheets')}?period={page.sheet.period}"
    return [(f"{page.period_label}确认表", url), (page.village.name, "")]


def show(request: HttpRequest, page: SheetPage, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a table; `more`: what was refused and what changed."""
    sheet, on = page.sheet, request.today  # type: ignore[attr-defined]
    note = (
        sheet_page.rest_day_note(sheet.sign_by)
        if sheet.state in (Sheet.State.OPEN, Sheet.State.SIGNING)
        else ""
    )
    count = sheets.figures(page.kept)
    context = {
        "page": page,
        "sheet": sheet,
        "title": title_of(page),
        "heading": heading_of(page),
        "crumbs": crumbs_of(page),
        "due": sheet_page.due_chip(sheet, on, note),
        "slots": sheet_page.slots_of(page, request.user),
        "count": count,
        "kept": count.lines,
        "reached": sheets.reached_words(count),
        "missed": sheets.missed_words(count),
        "split": sheets.split_words(count) + sheets.struck_words(len(page.lines) - count.lines),
        "exceptions": sheet_page.exception_rows(page),
        "groups": sheet_page.folded(page),
        "may": {action: action in page.actions for action in workflow.ACTION_LABELS},
        "may_fix": workflow.ATTACH in page.actions and sheet.state == Sheet.State.OPEN and not sheet.seal,
        # Who signs a single table sends it back from the bar.
        "may_return": workflow.RETURN in page.actions and not (page.single and page.actor),
        "after": sheet_page.next_signer(page) if page.actor else "",
        "sure": may_sign(request),
        "sheet_url": reverse("visits_records:sheet", args=[sheet.uuid]),
        "next_url": _next_url(request, page),
        # The square code on the paper says which content was printed: it need not be typed again.
        "code": f"?{urlencode({'code': request.GET['code'][:24]})}" if request.GET.get("code") else "",
        "paper_url": reverse("accounts:file", args=[sheet.paper.uuid]) if sheet.paper else "",
        "replacement": Sheet.objects.filter(replaces=sheet).first()
        if sheet.state in ("returned", "voided")
        else None,
        "replaced": Sheet.objects.filter(pk=sheet.replaces_id).first() if sheet.replaces_id else None,
        "history": sheet_history.rows_of(sheet_history.history_of([sheet])[sheet.pk], sheet.pk),
        "nothing": {"title": "表里没有要签的行", "say": "有了新的巡访记录会列进来。"},
        "recused": request.user.pk in page.kin and bool(request.user.duty.has(SIGNERS)),  # type: ignore[attr-defined]
        "refusal": "",
        "changes": [],
    }
    return render(request, "visits/records/sheet.html", context | more, status=status)


def _next_url(request: HttpRequest, page: SheetPage) -> str:
    """Whoever has just signed goes on with the next table that waits for their name; "" when none does."""
    if request.user.pk not in {name.signer_id for name in page.names.values()}:
        return ""
    found = next_waiting(request.user, request.today)  # type: ignore[arg-type,attr-defined]
    return reverse("visits_records:sheet", args=[found]) if found else ""


@require_safe
@rule(READS_SHEETS, reads="sheet")
def sheet(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = fetch(request, uuid)
    return show(request, sheet_page.page_of(found, request.user, request.today))  # type: ignore[attr-defined]


def refused(request: HttpRequest, sheet: Sheet, error: CannotSign) -> HttpResponse:
    """The table as it is now, what was refused, and what is different from what was looked at."""
    sheet.refresh_from_db()
    page = sheet_page.page_of(sheet, request.user, request.today)  # type: ignore[attr-defined]
    changes = error.changed.sentences if error.changed else []
    if len(changes) > MOST_CHANGES:
        changes = [*changes[:MOST_CHANGES], f"还有{len(changes) - MOST_CHANGES}处"]
    return show(request, page, status=422, refusal=str(error), changes=changes)


@require_http_methods(["GET", "POST"])
@rule(SIGNERS, reads="sheet", writes="signature", login="signing")
def sign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """五(一)-7. A GET comes from the page that asked for the password: the table is shown once more."""
    found = fetch(request, uuid)
    if request.method == "GET":
        messages.info(request, "密码对了。请再按一次“我看过了，签字”")
        return redirect("visits_records:sheet", uuid=found.uuid)
    form = SignForm(request.POST)
    if not form.is_valid():
        why = form.errors.get("drawing") or ["页面不完整，请再看一遍，再签"]
        return refused(request, found, CannotSign(str(why[0])))
    values = form.cleaned_data
    try:
        signing.sign(sheet_id=found.pk, by=request.user, at=timezone.now(), **values)
    except CannotSign as error:
        return refused(request, found, error)
    left = waiting_count(request.user, request.today)  # type: ignore[arg-type,attr-defined]
    messages.success(
        request, f"已签字。还有{left}张轮到您，在“待签”里" if left else "已签字。现在没有轮到您签的表了"
    )
    return redirect("visits_records:sheet", uuid=found.uuid)


@require_http_methods(["GET", "POST"])
@rule(SIGNERS, reads="sheet", writes="line_return")
def strike(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """划出几行，退回."""
    found = fetch(request, uuid)
    page = sheet_page.page_of(found, request.user, request.today)  # type: ignore[attr-defined]
    open_rows = _strikeable(page)
    first = {"digest": page.digest, "shown": page.shown}
    form = StrikeForm(request.POST or None, initial=first, rows=[line.row for line in open_rows])
    if request.method == "POST" and form.is_valid():
        try:
            made = signing.strike(sheet_id=found.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotSign as error:
            if error.changed is not None:
                return refused(request, found, error)
            form.add_error(None, str(error))
        else:
            messages.success(request, f"划出{len(made)}行，已退给巡访人。其余的行可以签字了")
            return redirect("visits_records:sheet", uuid=found.uuid)
    ticked = {str(row) for row in form["rows"].value() or []}
    return render(
        request,
        "visits/records/sheet_strike.html",
        {
            "page": page,
            "sheet": found,
            "form": form,
            "rows": strike_rows(page, ticked),
            "singly": _signed_singly(page),
            "title": title_of(page),
        },
        status=422 if form.is_bound else 200,
    )


def _strikeable(page: SheetPage) -> list[Line]:
    """What the service takes: a record, not struck yet, not signed by itself."""
    return [
        line
        for line in page.lines
        if line.visit_id and line.row not in page.struck and not line.content["single"]
    ]


def _signed_singly(page: SheetPage) -> list[dict[str, Any]]:
    """Records that go back from the table of their own: name and address."""
    singles = sheet_page.singles_of(page.lines)
    return [
        {"name": line.content["name"], "url": reverse("visits_records:sheet", args=[found.uuid])}
        for line in page.lines
        if line.content["single"] and (found := singles.get(line.visit_id))
    ]


def strike_rows(page: SheetPage, ticked: set[str]) -> dict[str, Any]:
    """The list with a box before each line that can be sent back."""
    rows = []
    for line in _strikeable(page):
        when, how = sheet_page.when_words(line.content)
        box = {
            "pick": "rows",
            "value": line.row,
            "text": line.content["name"],
            "checked": str(line.row) in ticked,
        }
        name = {"text": f"{line.row}　{line.content['name']}", "head": True, "note": line.content["tail"]}
        record = {"text": sheet_page.record_words(line.content)}
        rows.append({"cells": [box, name, {"text": f"{when} {how}"}, record]})
    columns = ["划出", "姓名", "哪天、怎么访", "记录"]
    return {"caption": "要退回的行", "columns": columns, "rows": rows, "one": True, "tight": True}


@require_http_methods(["GET", "POST"])
@rule(SIGNERS | COUNTY, reads="sheet", writes="sheet")
def send_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """整表退回."""
    found = fetch(request, uuid)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            approval.return_sheet(sheet_id=found.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotSign as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "已退回民政办")
            return redirect("visits_records:sheet", uuid=found.uuid)
    page = sheet_page.page_of(found, request.user, request.today)  # type: ignore[attr-defined]
    confirm = {
        "title": f"把{whose(page)}的这份记录退回？"
        if page.single
        else f"把{page.village.name}{page.period_label}的表整张退回？",
        "say": "已经签的名字留着。民政办核对以后，没有改动就接着签，改过就另出一版重签。",
        "yes": "退回" if page.single else "整表退回",
        "no_url": reverse("visits_records:sheet", args=[found.uuid]),
        "form": form,
    }
    context = {"title": title_of(page), "confirm": confirm, "form": form, "back": confirm["no_url"]}
    return render(request, "visits/records/sheet_confirm.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="visit", writes="line_return")
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The visitor's word on a record that came back."""
    visit = get_object_or_404(Visit.objects.visible_to(request.user).select_related("person"), uuid=uuid)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            signing.answer(visit_id=visit.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotSign as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "已补写，这份记录单独送签")
            return redirect("visits_records:visit", uuid=visit.uuid)
    returned = LineReturn.objects.filter(line__visit=visit).select_related("by").order_by("-at").first()
    context = {"visit": visit, "person": visit.person, "form": form, "returned": returned}
    return render(request, "visits/records/sheet_answer.html", context, status=422 if form.is_bound else 200)
