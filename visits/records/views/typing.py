"""代录 (practice P3): the paper comes back, its code finds its list, a clerk types it row by row."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, VILLAGE, WRITES_VISITS, Role
from visits.records import services, typing
from visits.records.asking import asked_of
from visits.records.forms.typing import RowForm, codes_of
from visits.records.models import PaperScan, RoundPaper
from visits.records.services.typing import type_attempt, type_visit
from visits.roster.models import Person
from visits.roster.services import NeedsConfirmation

CLERK = frozenset({Role.TOWNSHIP_CLERK})
HOLDERS = WRITES_VISITS | VILLAGE | TOWNSHIP | COUNTY


@require_safe
@rule(HOLDERS, reads="round sheet")
def paper_code(request: HttpRequest, code: str, page: int) -> HttpResponse:
    """What the printed code opens: for the clerk the page to type, for everybody else the list of the village."""
    found = get_object_or_404(typing.reached_papers(request.user), code=code.upper()[:12])
    if request.user.duty.role_for(found, CLERK) is not None and 1 <= page <= found.pages:  # type: ignore[attr-defined]
        return redirect(f"{reverse('visits_records:paper_type', args=[found.uuid])}?page={page}")
    return redirect(f"{reverse('visits_schedule:due')}?village={found.village_id}")


def _paper(request: HttpRequest, uuid: UUID) -> RoundPaper:
    papers = RoundPaper.objects.visible_to(request.user)
    units = request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)  # type: ignore[attr-defined]
    return get_object_or_404(papers.filter(township_id__in=units), uuid=uuid)


@require_safe
@rule(CLERK, reads="round sheet")
def paper_type(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A sheet to be typed, page by page."""
    paper = _paper(request, uuid)
    return _page(request, Region.objects.get(pk=paper.village_id), paper=paper)


@require_safe
@rule(CLERK, reads="round sheets")
def type_any(request: HttpRequest) -> HttpResponse:
    """Which sheet; or, with ?village=, the people of a village without a printed sheet."""
    units = request.user.duty.unit_ids(Role.TOWNSHIP_CLERK)  # type: ignore[attr-defined]
    villages = Region.objects.live(request.today).filter(level=Level.VILLAGE, township_id__in=units)  # type: ignore[attr-defined]
    wanted = request.GET.get("village", "")
    if wanted.isdecimal() and len(wanted) < 12:
        return _page(request, get_object_or_404(villages, pk=int(wanted)))
    context = {
        "papers": typing.typing_papers(request.user, request.today),  # type: ignore[attr-defined]
        "villages": villages.order_by("position", "pk"),
        "waiting": PaperScan.objects.visible_to(request.user).filter(removed_at=None, paper=None).count(),
    }
    return render(request, "visits/records/typing_choose.html", context)


def _number(text: str, most: int) -> int:
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 6 else 1


def _page(
    request: HttpRequest,
    village: Region,
    *,
    paper: RoundPaper | None = None,
    page: int | None = None,
    bound: tuple[int, RowForm] | None = None,
    head: dict[str, str] | None = None,
) -> HttpResponse:
    today, user = request.today, request.user  # type: ignore[attr-defined]
    ids = paper.people if paper else typing.village_people(user, village, today)
    size = paper.per_page if paper else typing.ROWS
    pages = max(1, -(-len(ids) // size))
    page = page or _number(request.GET.get("page", ""), pages)
    query = head or {name: request.GET[name] for name in ("on", "visitor") if name in request.GET}
    sheet = typing.sheet_form(query, village, user, today)
    rows = typing.rows(
        ids[(page - 1) * size : page * size], user=user, now=timezone.now(), sheet=sheet,
        first=(page - 1) * size + 1, paper=paper, bound=bound,
    )  # fmt: skip
    some = next((row.form for row in rows if row.form is not None), None)
    context = {
        "village": village,
        "paper": paper,
        "rows": rows,
        "left": sum(1 for row in rows if row.form is not None),
        "sheet": sheet,
        "page": page,
        "pages": range(1, pages + 1),
        "scan": typing.scan_of(paper, page),
        "codes": codes_of(some.rated) if some else [],
        "safety": some.safety.items if some else (),
        "url": reverse("visits_records:paper_type", args=[paper.uuid])
        if paper
        else reverse("visits_records:type_any"),
    }
    return render(request, "visits/records/typing.html", context, status=422 if bound else 200)


@require_POST
@rule(CLERK, reads="person", writes="visit")
def type_row(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A row as it was typed: a record, or the row again with what is wrong in it."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    where = typing.RowPlace(request.POST, user=request.user)
    where.is_valid()
    paper, n = where.cleaned_data.get("paper"), where.cleaned_data.get("n") or 0
    asked = asked_of(person, request.user, timezone.now(), last=str(request.POST.get("last", ""))[:36])
    form = typing.bound_row(request.POST, person, asked, request.user)
    if form.is_valid() and (said := _save(request, person, form, paper, n)) is not None:
        return _typed(request, person, where, said)
    if request.headers.get("X-Row"):
        row = typing.Row(
            n,
            person,
            form,
            None,
            "",
            "",
            str(paper.uuid) if paper else "",
            where.cleaned_data.get("head_visitor"),
        )
        return render(request, "visits/records/_typing_row.html", {"row": row}, status=422)
    village = Region.objects.get(pk=paper.village_id if paper else person.village_id)
    page = (n - 1) // (paper.per_page if paper else typing.ROWS) + 1 if n else 1
    return _page(request, village, paper=paper, page=page, bound=(person.pk, form), head=where.head)


def _save(
    request: HttpRequest, person: Person, form: RowForm, paper: RoundPaper | None, n: int
) -> dict[str, Any] | None:
    """The record in words, or None with the refusal at its place in the form."""
    scan = typing.scan_of(paper, (n - 1) // paper.per_page + 1) if paper and n else None
    facts: dict[str, Any] = {
        "person_id": person.pk, "by": request.user, "at": timezone.now(), "key": form.cleaned_data["key"],
        "paper": paper, "scan": scan,
    }  # fmt: skip
    try:
        if form.attempt is not None and form.attempt.body is not None:
            made = type_attempt(body=form.attempt.body, **facts)
            return {"words": f"记下了：{made.get_outcome_display()}", "url": "", "urgent": False}
        assert form.visit is not None
        assert form.visit.body is not None
        return typing.done_words(type_visit(body=form.visit.body, **facts))
    except services.SameDay as error:
        form.same_day = True
        form.add_error(None, f"{error}真去了两次的，勾上再存。")
    except services.CannotVisit as error:
        form.add_error(form.place(error.field), str(error))
    except NeedsConfirmation as error:
        form.add_error(None, "；".join(error.warnings.values()))
    return None


def _typed(
    request: HttpRequest, person: Person, where: typing.RowPlace, said: dict[str, Any]
) -> HttpResponse:
    paper, n = where.cleaned_data.get("paper"), where.cleaned_data.get("n") or 0
    if request.headers.get("X-Row"):
        return render(request, "visits/records/_typing_row.html", {"row": typing.Row(n, person, None, said)})
    messages.success(request, f"{person.name}：{said['words']}")
    if paper is None:
        query = urlencode({"village": person.village_id, **where.head})
        return redirect(f"{reverse('visits_records:type_any')}?{query}#row-{n}")
    page = min(n // paper.per_page + 1, paper.pages) if n else 1
    query = urlencode({"page": page, **where.head})
    return redirect(f"{reverse('visits_records:paper_type', args=[paper.uuid])}?{query}#row-{n + 1}")
