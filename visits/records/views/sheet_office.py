"""What the office does with tables: the list, drafting, approving, paper, another version, taking away."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import User
from accounts.roles import COUNTY, READS_SHEETS, TOWNSHIP, Role
from visits.records import sheet_list, sheet_page, workflow
from visits.records.forms.signing import ApproveForm, DraftForm, PaperForm, ReasonForm, SeenForm
from visits.records.models import SEES_SAMPLES, Sheet
from visits.records.services import approval, paper_waiting
from visits.records.services.sheets import CannotDraft, draft_sheet
from visits.records.services.signing import CannotSign
from visits.records.views.signing import fetch, refused, title_of

CLERK = frozenset({Role.TOWNSHIP_CLERK})


@require_safe
@rule(READS_SHEETS, reads="sheet")
def sheets(request: HttpRequest) -> HttpResponse:
    return _list(request)


def _list(
    request: HttpRequest, *, form: ApproveForm | None = None, draft: DraftForm | None = None
) -> HttpResponse:
    context: dict[str, Any] = sheet_list.listing(request.user, request.today, request.GET)  # type: ignore[attr-defined]
    if request.user.duty.has(CLERK):  # type: ignore[attr-defined]
        context["draft"] = draft or DraftForm(user=request.user, today=request.today)  # type: ignore[attr-defined]
    context["keeps_archive"] = request.user.duty.has(TOWNSHIP | COUNTY)  # type: ignore[attr-defined]
    context["may_sample"] = request.user.duty.has(SEES_SAMPLES)  # type: ignore[attr-defined]
    bad = form is not None or draft is not None
    context |= {"approve": form, "draft": context.get("draft"), "status_bad": bad}
    return render(request, "visits/records/sheets.html", context, status=422 if bad else 200)


@require_POST
@rule(CLERK, writes="sheet")
def draft(request: HttpRequest) -> HttpResponse:
    """先出本期确认表."""
    form = DraftForm(request.POST, user=request.user, today=request.today)  # type: ignore[attr-defined, misc]
    if form.is_valid():
        village, period = form.cleaned_data["village"], form.cleaned_data["period"]
        try:
            made = draft_sheet(village_id=village.pk, period_key=period, by=request.user, at=timezone.now())
        except CannotDraft as error:
            form.add_error(None, str(error))
        else:
            return redirect("visits_records:sheet", uuid=made.uuid)
    return _list(request, draft=form)


@require_POST
@rule(COUNTY, writes="sheet")
def approve(request: HttpRequest) -> HttpResponse:
    """审核通过, in bulk."""
    form = ApproveForm(request.POST, user=request.user)
    if form.is_valid():
        ids = [sheet.pk for sheet in form.cleaned_data["pick"]]
        try:
            done, left = approval.approve(sheet_ids=ids, by=request.user, at=timezone.now())
        except CannotSign as error:
            form.add_error(None, str(error))
        else:
            if done:
                rest = f"。另有{left}张状态变了，没有审核" if left else ""
                messages.success(request, f"审核通过{done}张，县级收到了{rest}。{THEN}")
            else:
                messages.info(request, "选的表已经审核过了，或者退回、作废了，没有再审核")
            return redirect(f"{reverse('visits_records:sheets')}?{request.GET.urlencode()}")
    return _list(request, form=form)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="sheet", writes="signature")
def paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """附纸质签字照片."""
    found = fetch(request, uuid)
    page = sheet_page.page_of(found, request.user, request.today)  # type: ignore[attr-defined]
    slots = {slot: words for slot, words in page.titles.items() if slot not in page.names}
    first = {"code": request.GET.get("code", "")[:24], "signed_on": request.today}  # type: ignore[attr-defined]
    # Who holds the post alone has most likely signed; the clerk compares it with the paper.
    first |= {f"name_{slot}": names[0] for slot, names in page.holders.items() if len(names) == 1}
    by, at = request.user, timezone.now()
    form = PaperForm(
        request.POST or None,
        request.FILES or None,
        slots=slots,
        initial=first,
        waiting=paper_waiting.waiting(by, at),  # type: ignore[arg-type]
    )
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("code", "signed_on")}
        file = form.cleaned_data["file"] or paper_waiting.taken(form.cleaned_data["kept"])
        try:
            approval.attach_paper(sheet_id=found.pk, file=file, names=form.names, by=by, at=at, **values)
        except CannotSign as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "纸质签字已登记，等县民政局审核")
            return redirect("visits_records:sheet", uuid=found.uuid)
    # Whatever was wrong: the photograph need not be sent again.
    file = form.cleaned_data.get("file") if form.is_bound else None
    if file and (kept := paper_waiting.keep(file, by=by, at=at)):  # type: ignore[arg-type]
        form.has_photograph(kept)
    context = {
        "page": page,
        "sheet": found,
        "form": form,
        "title": title_of(page),
        "may": workflow.ATTACH in page.actions,
    }
    return render(request, "visits/records/sheet_paper.html", context, status=422 if form.is_bound else 200)


@require_POST
@rule(CLERK, writes="sheet")
def freeze(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """先定下来再打印."""
    found = fetch(request, uuid)
    form = SeenForm(request.POST)
    if not form.is_valid():
        return refused(request, found, CannotSign("页面不完整，请刷新后再办"))
    try:
        approval.freeze(sheet_id=found.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
    except CannotSign as error:
        return refused(request, found, error)
    messages.success(request, "内容已定下来，可以打印签字了。以后登记的巡访放到下一批")
    return redirect("visits_records:sheet", uuid=found.uuid)


THEN = "一年的案卷放在哪里，另在“存档”里登记"
ACTS: dict[str, dict[str, str]] = {
    "resume": {
        "title": "没有改动，接着签？",
        "say": "前面签的名字仍然有效。您写的这句话，退回的人再看这张表时看得到。",
        "yes": "接着签",
        "done": "接着签，前面的名字仍然有效",
        "label": "怎么处理的",
    },
    "renew": {
        "title": "另出一版，重新签字？",
        "say": "新的表按现在的记录重新列，三个人重新签；这张表和上面的名字留着备查。",
        "yes": "另出一版",
        "done": "新的一版出好了",
    },
    "void": {
        "title": "作废这张表？",
        "say": "表上的记录不受影响，会列进以后的表。",
        "yes": "作废",
        "done": "这张表已作废",
    },
}


SERVICES: dict[str, Callable[[int, str, User, datetime], Sheet]] = {
    "resume": lambda pk, words, by, at: approval.resume(sheet_id=pk, answer=words, by=by, at=at),
    "renew": lambda pk, words, by, at: approval.renew(sheet_id=pk, reason=words, by=by, at=at),
    "void": lambda pk, words, by, at: approval.void_sheet(sheet_id=pk, reason=words, by=by, at=at),
}


@require_http_methods(["GET", "POST"])
@rule(CLERK | COUNTY, reads="sheet", writes="sheet")
def act(request: HttpRequest, uuid: UUID, action: str) -> HttpResponse:
    """Going on after a return, another version, taking a table away: each with a sentence that is kept."""
    found = fetch(request, uuid)
    words = ACTS[action]
    form = ReasonForm(request.POST or None, label=words.get("label", ""))
    if request.method == "POST" and form.is_valid():
        try:
            result = SERVICES[action](found.pk, form.cleaned_data["reason"], request.user, timezone.now())  # type: ignore[arg-type]
        except CannotSign as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, words["done"])
            return redirect("visits_records:sheet", uuid=result.uuid)
    page = sheet_page.page_of(found, request.user, request.today)  # type: ignore[attr-defined]
    back = reverse("visits_records:sheet", args=[found.uuid])
    confirm = {name: words[name] for name in ("title", "say", "yes")} | {"no_url": back, "form": form}
    context = {"title": title_of(page), "confirm": confirm, "form": form, "back": back}
    return render(request, "visits/records/sheet_confirm.html", context, status=422 if form.is_bound else 200)
