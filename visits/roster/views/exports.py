"""Lists taken out, the roster's and those of other rooms (books): ask, agree, fetch."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from visits.roster.exports import books, pages, scope
from visits.roster.exports import services as service
from visits.roster.forms.exports import DecideForm, ExportForm
from visits.roster.models import RosterExport
from visits.roster.services import CannotChange
from visits.roster.views.files import show_refusal
from xunfang.kit import excel, files
from xunfang.kit.crypto import CannotDecrypt

MOST = 50
State = RosterExport.State


def _filters(request: HttpRequest) -> dict[str, Any]:
    """The list the address means; with `on` that of a day."""
    found = pages.filters_of(request.GET)
    if books.book_of(found):
        return found
    try:
        on = date.fromisoformat(request.GET.get("on", "")[:10])
    except ValueError:
        return found
    return {**found, "on": on.isoformat()} if on <= request.today else found


@require_http_methods(["GET", "POST"])
@rule(scope.MAY_EXPORT, reads="people", writes="export", login="reauth", audit="roster_export_asked")
def export(request: HttpRequest) -> HttpResponse:
    """Take out the list as it is on the screen: which columns, what for, with whole id numbers or not."""
    filters = _filters(request)
    if scope.post_of(request.user, filters, full=False) is None:
        raise PermissionDenied
    may_ask_full = scope.post_of(request.user, filters, full=True) is not None and "on" not in filters
    book, said = books.book_of(filters), books.said(filters)
    form = ExportForm(request.POST or None, may_ask_full=may_ask_full, book=book)
    if request.method == "POST" and form.is_valid():
        try:
            made = service.ask(filters=filters, by=request.user, at=timezone.now(), **form.values())
        except CannotChange as error:
            show_refusal(form, error)
        else:
            _say(request, made)
            return redirect("visits_roster:exports")
    why, count = "", 0
    try:
        count = service.count_of(request.user, filters, request.today, timezone.now(), full=False)
    except CannotChange as error:
        why = str(error)
    people = reverse("visits_roster:list_on" if "on" in filters else "visits_roster:people")
    context = {
        "form": form,
        "count": count,
        "why": why,
        "which": pages.words(filters, request.user),
        "at_once": service.AT_ONCE,
        "said": said,
        "note": book.note if book else "",
        "same": book.same if book else True,
        "back": book.way_back(filters) if book else f"{people}?{urlencode(filters)}",
    }
    return render(request, "visits/roster/export.html", context, status=422 if form.is_bound else 200)


def _say(request: HttpRequest, made: RosterExport) -> None:
    said = books.said(made.filters)
    if made.state == State.WAITING:
        say = (
            "申请交上去了。请主要负责人或县级经办人打开“导出过的名单”看一看；同意以后，做好的文件在这里下载。"
        )
    elif made.state == State.DONE:
        say = f"{said.title}做好了，{made.people}{said.unit}，24小时内可以下载。"
    else:
        say = f"{made.people}{said.unit}的{said.title}正在做，可以先去做别的。"
    messages.success(request, say)


@require_safe
@rule(scope.MAY_EXPORT, reads="exports")
def exports(request: HttpRequest) -> HttpResponse:
    """One's own exports, and those that wait for one's yes."""
    return _page(request, DecideForm())


def _page(request: HttpRequest, form: DecideForm, *, about: Any = None, status: int = 200) -> HttpResponse:
    rows = RosterExport.objects.visible_to(request.user).select_related(
        "created_by", "decided_by", "file", "job"
    )
    own = list(rows.filter(created_by=request.user).order_by("-created_at")[:MOST])
    waiting = list(rows.filter(state=State.WAITING).order_by("created_at")[:MOST])
    context = {
        "waiting": pages.waiting(waiting, request.user, request.today),
        "unanswered": pages.unanswered(own, request.user, request.today),
        "list": pages.mine(own, request.user, request.today, timezone.now()),
        "form": form,
        "about": about,
        "empty": {
            "title": "还没有导出过名单",
            "say": "到名单里筛好要的人，点“导出Excel”。",
            "icon": "table",
            "url": reverse("visits_roster:people"),
            "link": "到名单",
        },
    }
    return render(request, "visits/roster/exports.html", context, status=status)


@require_http_methods(["GET", "POST"])
@rule(scope.MAY_EXPORT, reads="export", writes="export", login="reauth", audit="roster_export_approved")
def export_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """同意 or 不同意. Whoever had to give the password first comes back by GET and sees the page again."""
    found = get_object_or_404(RosterExport.objects.visible_to(request.user), uuid=uuid)
    if request.method == "GET":
        return redirect("visits_roster:exports")
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _page(request, form, about=found.uuid, status=422)
    try:
        if form.cleaned_data["answer"] == "yes":
            service.approve(export_id=found.pk, by=request.user, at=timezone.now())
            messages.success(request, "同意了，名单做好后申请人可以下载")
        else:
            service.refuse(
                export_id=found.pk, reason=form.cleaned_data["refusal"], by=request.user, at=timezone.now()
            )
            messages.success(request, "没有同意，原因已经告诉申请人")
    except CannotChange as error:
        messages.warning(request, str(error))
    return redirect("visits_roster:exports")


@require_POST
@rule(scope.MAY_EXPORT, reads="export", writes="export", audit="roster_export_withdrawn")
def export_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """撤回申请, for whoever asked."""
    rows = RosterExport.objects.visible_to(request.user).filter(created_by=request.user)
    found = get_object_or_404(rows, uuid=uuid)
    try:
        service.withdraw(export_id=found.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "撤回了，这份名单不做了")
    return redirect("visits_roster:exports")


@require_http_methods(["GET"])
@rule(scope.MAY_EXPORT, reads="export", login="reauth", audit="roster_export_read")
def export_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The workbook, for whoever asked for it, for a day, while their posts allow it."""
    rows = RosterExport.objects.visible_to(request.user).filter(created_by=request.user)
    found = get_object_or_404(rows.select_related("file"), uuid=uuid)
    try:
        content = service.fetch(export=found, by=request.user, at=timezone.now())
    except files.FileGone as error:
        context = {"title": "这份名单不能下载了", "say": f"{error}。还要用，请重新导出一次。"}
        return render(request, "accounts/file_gone.html", context, status=410)
    except (files.FileChanged, CannotDecrypt):
        context = {
            "title": "这个文件打不开",
            "say": "它和存的时候不一样了。请重新导出一次，并告诉系统管理员。",
        }
        return render(request, "accounts/file_gone.html", context, status=410)
    response = HttpResponse(content, content_type=excel.CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, found.file.name if found.file else "")
    response["X-Content-Type-Options"] = "nosniff"
    return response
