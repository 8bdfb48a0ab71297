"""抽查: draw by lot, ask the people, then look at the record, and the result as a page and a paper."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.marks import mark_of
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY
from visits.records import sample_rows, sampling
from visits.records.forms.sampling import DrawForm, HeardForm, JudgeForm
from visits.records.models import SEES_SAMPLES, Sample, SampledRecord
from visits.records.services import sampling as services
from visits.records.services.sampling import CannotSample
from visits.roster.models import Person


@require_http_methods(["GET", "POST"])
@rule(SEES_SAMPLES, reads="sample", writes="sample")
def samples(request: HttpRequest) -> HttpResponse:
    """Those drawn before, and a form for another one."""
    form = _draw_form(request)
    if form is not None and form.is_valid():
        values = dict(form.cleaned_data)
        town, period = values.pop("township"), values.pop("period")
        try:
            made = services.draw(
                county_id=min(request.user.duty.unit_ids(*COUNTY)), township_id=town.pk if town else None,
                period_key=period, by=request.user, at=timezone.now(), **values,
            )  # fmt: skip
        except CannotSample as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, f"从{made.total}份里抽了{made.size}份，抽签数{made.seed}")
            return redirect("visits_records:sample", uuid=made.uuid)
    context = {"form": form, "list": sample_rows.listing(request.user)}
    bad = form is not None and form.is_bound
    return render(request, "visits/records/samples.html", context, status=422 if bad else 200)


def _draw_form(request: HttpRequest) -> DrawForm | None:
    """For those who draw; others only read."""
    if not request.user.duty.has(COUNTY):
        return None
    towns = Region.objects.live(request.today).filter(
        level=Level.TOWNSHIP, county_id__in=request.user.duty.unit_ids(*COUNTY)
    )
    return DrawForm(request.POST or None, townships=towns.order_by("position", "pk"), today=request.today)


def _sample(request: HttpRequest, uuid: UUID) -> Sample:
    rows = Sample.objects.visible_to(request.user).select_related("by")
    return get_object_or_404(rows, uuid=uuid)


@require_safe
@rule(SEES_SAMPLES, reads="sample")
def sample(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The result, as far as it has come."""
    found = _sample(request, uuid)
    rows = sample_rows.rows_of(found)
    following = services.next_open(found, 0) if _checks(request, found) else None
    context = {
        "sample": found,
        "title": sample_rows.title(found, sample_rows.names_of([found])),
        "figures": sample_rows.figures(rows),
        "list": sample_rows.table(found, rows, sample_rows.villages_of(rows)),
        "following": following,
        "how": sampling.HOW,
    }
    return render(request, "visits/records/sample.html", context)


def _checks(request: HttpRequest, found: Sample) -> bool:
    return request.user.duty.role_for(found, COUNTY) is not None


@require_http_methods(["GET", "POST"])
@rule(SEES_SAMPLES, reads="sample", writes="sample")
def sampled(request: HttpRequest, uuid: UUID, place: int) -> HttpResponse:
    """One record: first the telephone and the question; the record only after the answer is written down."""
    found = _sample(request, uuid)
    rows = SampledRecord.objects.visible_to(request.user).select_related(
        "visit__person", "visit__visitor", "visit__form_version", "asked_by", "judged_by"
    )
    row = get_object_or_404(rows, sample=found, place=place)
    asking = row.asked_at is None or row.result == SampledRecord.Result.UNREACHED
    form: HeardForm | JudgeForm | None = None
    if _checks(request, found) and (asking or not row.result):
        form = HeardForm(request.POST or None) if asking else JudgeForm(request.POST or None)
    if form is not None and form.is_valid():
        service: Any = services.note_heard if asking else services.judge
        try:
            row = service(record_id=row.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotSample as error:
            form.add_error(error.field or None, str(error))
        else:
            return _go_on(request, found, row)
    return render(
        request, "visits/records/sampled.html", _about(request, found, row, form, asking),
        status=422 if form is not None and form.is_bound else 200,
    )  # fmt: skip


def _go_on(request: HttpRequest, found: Sample, row: SampledRecord) -> HttpResponse:
    """After the answer the record; after the judgement the next person."""
    if not row.result:
        return redirect("visits_records:sampled", uuid=found.uuid, place=row.place)
    following = services.next_open(found, row.place)
    if following is None:
        messages.success(request, "都查完了，结果在下面，可以打印")
        return redirect("visits_records:sample", uuid=found.uuid)
    messages.success(request, f"第{row.place}份记好了，接着查下一份")
    return redirect("visits_records:sampled", uuid=found.uuid, place=following.place)


def _about(
    request: HttpRequest, found: Sample, row: SampledRecord, form: HeardForm | JudgeForm | None, asking: bool
) -> dict[str, Any]:
    person = row.visit.person
    seen = Person.objects.visible_to(request.user).filter(pk=person.pk).exists()
    # SECURITY: the telephone only of whose file is the reader's to see: the person may have moved away.
    phones = [("本人", person.phone), (person.contact_relation + person.contact_name, person.contact_phone)]
    return {
        "sample": found,
        "row": row,
        "person": person,
        "title": sample_rows.title(found, sample_rows.names_of([found])),
        "where": sample_rows.villages_of([row])[row.visit.village_id],
        "phones": [(who, number) for who, number in phones if number and seen],
        "form": form,
        "asking": asking,
        "facts": sample_rows.record_facts(row.visit) if not asking else [],
    }


@require_safe
@rule(SEES_SAMPLES, reads="sample")
def sample_print(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The sample on paper: how it was drawn, and what was found."""
    found = _sample(request, uuid)
    context = sample_rows.paper(found, sample_rows.rows_of(found), request.today)
    context |= {"screen": True, "mark": mark_of(request.user, request.today)}
    return render(request, "pdf/sample.html", context)


@require_safe
@rule(SEES_SAMPLES, reads="sample")
def sample_list(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The list it was drawn from, without names, for whoever wants to draw it again."""
    found = _sample(request, uuid)
    response = HttpResponse(sample_rows.drawn_list(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = "attachment; filename=\"list.csv\"; filename*=UTF-8''" + quote(
        f"抽查名单{found.period}-{found.seed}.csv"
    )
    return response
