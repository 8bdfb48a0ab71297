"""线下已访 by workbook: the template, bringing a filled one, what came of it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from visits.core.start import go_live
from visits.records import offline_pages as pages
from visits.records import offline_sheets
from visits.records.forms.offline import ListForm, OfflineFilter
from visits.records.models import OfflineList, OfflineVisit
from visits.records.selectors import offline as reads
from visits.records.services import offline_lists as service
from visits.records.services.offline import CannotRegister
from visits.records.views.offline import CLERK, township_of
from visits.roster.imports.workbooks import footer
from xunfang.kit import excel
from xunfang.kit.models import Job

Kind = OfflineVisit.Kind
State = OfflineList.State


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="offline list", writes="offline list")
def offline_list(request: HttpRequest) -> HttpResponse:
    """Bring a workbook; the ones that were brought."""
    own = reads.townships(request.user)
    form = ListForm(request.POST or None, request.FILES or None, townships=own)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = service.start(
                township_id=values["township"], kind=values["kind"], programme=values["programme"],
                content=values["content"], file_name=values["file"].name, by=request.user, at=timezone.now(),
            )  # fmt: skip
        except CannotRegister as error:
            form.add_error(None, str(error))
        else:
            return redirect("visits_records:offline_list_detail", uuid=made.uuid)
    rows = OfflineList.objects.visible_to(request.user).select_related("file").order_by("-created_at")[:50]
    context = {
        "form": form,
        "one_township": len(own) == 1,
        "unit": own[0],
        "list": pages.lists_table(rows, request.today),
    }
    return render(request, "visits/records/offline_list.html", context, status=422 if form.is_bound else 200)


@require_safe
@rule(CLERK, reads="due items")
def offline_template(request: HttpRequest) -> HttpResponse:
    """The template with the people who are due; another system's without."""
    chosen = OfflineFilter(request.GET).chosen()
    township, _ = township_of(request, chosen)
    other = chosen.get("kind") == Kind.OTHER_PROGRAMME
    starts = None if other else go_live(township.pk, request.today)
    if not other and starts is None:
        return redirect("visits_records:offline")
    people = list(reads.waiting(township.pk, request.today, chosen.get("village"))) if not other else []
    names = dict(Region.objects.filter(pk__in={p.village_id for p in people}).values_list("pk", "name"))
    known = [
        offline_sheets.Known(
            person.file_no, person.name, person.id_tail or "", names[person.village_id],
            person.assignee.name if person.assignee else "",
        )
        for person in people
    ]  # fmt: skip
    content = offline_sheets.template(
        known,
        before=starts,
        visitors=[user.name for user in reads.visitors(township, request.today)],
        footer=footer(township.name, request.user.name, timezone.now()),
    )
    response = HttpResponse(content, content_type=excel.CONTENT_TYPE)
    name = "别的系统已走访.xlsx" if other else f"{township.name}启用前已巡访.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@require_safe
@rule(CLERK, reads="offline list")
def offline_list_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Being registered, or what came of it; refreshes by itself while it runs."""
    rows = OfflineList.objects.visible_to(request.user).select_related(
        "file", "errors_file", "job", "created_by"
    )
    found = get_object_or_404(rows, uuid=uuid)
    errors = found.errors_file
    mine = errors is not None and errors.owner_id == request.user.pk and errors.deleted_at is None
    context: dict[str, Any] = {
        "batch": found,
        "title": found.programme or "启用前已巡访登记",
        "job": _progress(found),
        "results": pages.results(found) if found.state == State.DONE else [],
        "errors_url": reverse("accounts:file", args=[errors.uuid]) if mine and errors else "",
        "say": pages.list_words(found),
    }
    if request.headers.get("HX-Request"):
        if found.state == State.READING and context["job"]["state"] == "running":
            return render(request, "components/_job.html", context)
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "visits/records/offline_list_detail.html", context)


def _progress(batch: OfflineList) -> dict[str, Any] | None:
    job = batch.job
    if batch.state != State.READING or job is None:
        return None
    here = reverse("visits_records:offline_list_detail", args=[batch.uuid])
    failed = job.state == Job.State.FAILED
    return {
        "title": "正在登记" if not failed else "没有登记完",
        "state": "failed" if failed else "running",
        "done": job.done,
        "total": max(job.total, 1),
        "say": job.message or ("请把这份表再传一次，登记过的不会重复。" if failed else "排队中，轮到就办。"),
        "poll_url": here,
        "reload_url": here,
    }
