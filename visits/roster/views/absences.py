"""Who is in hospital, away, or suspended: noted, ended, taken back; and the list of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.roles import CASES, WRITES_VISITS
from visits.roster import absence_rows
from visits.roster.forms.absences import AbsenceForm, BackForm, VoidAbsenceForm
from visits.roster.models import Absence, Person
from visits.roster.selectors import absences as selectors
from visits.roster.services import CannotChange, absences
from visits.roster.views.files import show_refusal

PAGE = 50


@require_safe
@rule(CASES, reads="people")
def absent(request: HttpRequest) -> HttpResponse:
    """People who are not at home, by what it is; 暂缓 with the day of the next look first."""
    which = request.GET.get("kind", "")
    which = which if which in selectors.PARTS else "suspended"
    page = selectors.page_of(request.GET.get("page", ""))
    rows, more = selectors.absent(request.user, request.today, which, (page - 1) * PAGE, PAGE)
    counts = selectors.counts(request.user, request.today)
    context = {
        "list": absence_rows.table(rows, request.user, request.today),
        "filters": [
            {"word": word, "url": f"?kind={code}", "count": counts[code], "current": code == which}
            for code, (word, _) in selectors.PARTS.items()
        ],
        "pager": {
            "count": counts[which],
            "unit": "人",
            "next": f"?kind={which}&page={page + 1}" if more else "",
            "prev": f"?kind={which}&page={page - 1}" if page > 1 else "",
        },
        "empty": {
            "title": "没有这样的人",
            "say": "住院、外出的，在“没见到”或本人档案里登记；失联、服刑、强制戒毒由民政办凭文书登记。",
            "icon": "ok",
        },
    }
    return render(request, "visits/roster/absent.html", context)


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="absence")
def absence_new(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Where somebody is; or more about what is noted already."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    open_ = absences.open_of(person)
    form = AbsenceForm(
        request.POST or None,
        today=request.today,
        clerk=absences.is_clerk(person, request.user),
        initial=_initial(open_) | {"starts_on": open_.starts_on if open_ else request.today},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = absences.note_absence(
                person_id=person.pk, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except CannotChange as error:
            show_refusal(form, error)
        else:
            said = "暂缓巡访，到期再核" if made.suspends else "人回来了，点“回来了”"
            messages.success(request, f"{person.name}：{made.get_kind_display()}，记好了。{said}。")
            return redirect("visits_desk:person", uuid=person.uuid)
    context = {
        "form": form, "person": person, "title": f"{person.name}：不在家", "yes": "保存",
        "say": "住院、外出的照常巡访，可以去医院看、打电话问；服刑、强制戒毒、失联凭文书暂缓。",
    }  # fmt: skip
    return render(request, "visits/roster/one_form.html", context, status=422 if form.is_bound else 200)


def _initial(row: Absence | None) -> dict[str, Any]:
    if row is None:
        return {}
    names = ("kind", "place", "phone", "back_on", "document_no", "review_on")
    return {name: getattr(row, name) for name in names}


def _absence(request: HttpRequest, uuid: Any, pk: int) -> tuple[Person, Absence]:
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    return person, get_object_or_404(person.absences.filter(voided_at=None), pk=pk)


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="absence")
def absence_end(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """出院, 回来."""
    person, row = _absence(request, uuid, pk)
    form = BackForm(request.POST or None, today=request.today, initial={"on": request.today})
    if request.method == "POST" and form.is_valid():
        try:
            absences.end_absence(
                absence_id=row.pk, on=form.cleaned_data["on"], by=request.user, at=timezone.now()
            )
        except CannotChange as error:
            show_refusal(form, error)
        else:
            after = "7天内要上门看看，已经列到待访。" if row.kind == Absence.Kind.HOSPITAL else ""
            messages.success(request, f"{person.name}回来了，记好了。{after}")
            return redirect("visits_desk:person", uuid=person.uuid)
    word = "出院" if row.kind == Absence.Kind.HOSPITAL else "回来"
    context = {
        "form": form, "person": person, "title": f"{person.name}：{word}了", "yes": f"{word}了",
        "say": absence_rows.words(row, request.today)
        + ("。出院后7天内要当面看一次。" if row.kind == Absence.Kind.HOSPITAL else "。"),
    }  # fmt: skip
    return render(request, "visits/roster/one_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@rule(WRITES_VISITS, reads="person", writes="absence")
def absence_reopen(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """Not home after all."""
    person, row = _absence(request, uuid, pk)
    try:
        absences.reopen_absence(absence_id=row.pk, by=request.user, at=timezone.now())
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"撤销了，{person.name}还是{row.get_kind_display()}。")
    return redirect("visits_desk:person", uuid=person.uuid)


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="absence")
def absence_void(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """It was a mistake."""
    person, row = _absence(request, uuid, pk)
    form = VoidAbsenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            absences.void_absence(
                absence_id=row.pk, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, "这条登记作废了，和没记过一样；作废的原因留着。")
            return redirect("visits_desk:person", uuid=person.uuid)
    context = {
        "form": form, "person": person, "title": "这条记错了", "yes": "作废",
        "say": absence_rows.words(row, request.today) + "。作废以后和没记过一样，出院后要访的也一起撤。",
    }  # fmt: skip
    return render(request, "visits/roster/one_form.html", context, status=422 if form.is_bound else 200)
