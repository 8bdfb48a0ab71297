"""重复档案: likely doubles, side by side, merged and parted again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.roles import Role
from visits.roster import services
from visits.roster.forms.merging import ONE, OTHER, MergeForm, PairForm
from visits.roster.models import Merge, Person
from visits.roster.selectors.beside import facts, parts_beside
from visits.roster.selectors.duplicates import likely_pairs, reasons_of
from visits.roster.services.merging import pair_of
from visits.roster.views.files import own_person, show_refusal

CLERK = {Role.TOWNSHIP_CLERK}


@require_safe
@rule(CLERK, reads="people")
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs of files that may be one person's; and two file numbers put side by side by hand."""
    form = PairForm(request.GET if "one" in request.GET else None)
    if form.is_bound and form.is_valid():
        try:
            one, other = pair_of(by=request.user, **form.cleaned_data)
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            return redirect("visits_roster:merge", uuid=one.uuid, other=other.uuid)
    pairs = likely_pairs(request.user.duty.unit_ids(Role.TOWNSHIP_CLERK))
    about = facts(
        [person for pair in pairs for person in (pair.one, pair.other)], request.today, request.user
    )
    context = {
        "pairs": [
            {
                "name": pair.one.name,
                "reasons": pair.reasons,
                "sides": [{"person": person, **about[person.pk]} for person in (pair.one, pair.other)],
                "one": pair.one.uuid,
                "other": pair.other.uuid,
            }
            for pair in pairs
        ],
        "form": form,
        "empty": {
            "title": "没有找到像是重复的档案",
            "say": "姓名一样，生日、电话或身份证号也像的，会列在这里。",
            "icon": "ok",
        },
    }
    return render(request, "visits/roster/duplicates.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="merge")
def merge(request: HttpRequest, uuid: Any, other: Any) -> HttpResponse:
    """Two files side by side; a POST makes them one."""
    left, right = own_person(request, uuid), own_person(request, other)
    rows, agree = parts_beside(left, right)
    initial = {"keep": ONE if left.id_index is not None or right.id_index is None else OTHER}
    if None in (left.id_index, right.id_index):
        initial["part_id"] = ONE if left.id_index is not None else OTHER
    form = MergeForm(request.POST or None, one=left, other=right, rows=rows, initial=initial)
    if request.method == "POST" and form.is_valid():
        kept, merged = (left, right) if form.cleaned_data["keep"] == ONE else (right, left)
        try:
            services.merge(
                kept_id=kept.pk,
                merged_id=merged.pk,
                take=form.take(),
                reason=form.reason,
                by=request.user,
                at=timezone.now(),
            )
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(
                request, f"并好了：{merged.file_no}并到{kept.file_no}，两个号都查得到。并错了，在下面撤销。"
            )
            return redirect("visits_desk:person", uuid=kept.uuid)
    context = {
        "form": form,
        "left": left,
        "right": right,
        "parts": [
            {"field": form[f"part_{code}"], "label": label, "one": one or "空白", "other": theirs or "空白"}
            for code, label, one, theirs in rows
        ],
        "agree": agree,
        "reasons": reasons_of(left, right),
        "about": [facts([left, right], request.today, request.user)[person.pk] for person in (left, right)],
    }
    return render(request, "visits/roster/merge.html", context, status=422 if form.is_bound else 200)


@require_POST
@rule(CLERK, reads="person", writes="distinct pair")
def apart(request: HttpRequest, uuid: Any, other: Any) -> HttpResponse:
    """不是同一个人: these two are not asked about again."""
    left, right = own_person(request, uuid), own_person(request, other)
    try:
        services.keep_apart(one_id=left.pk, other_id=right.pk, by=request.user, at=timezone.now())
    except services.CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"记下了：这两位{left.name}不是同一个人，以后不再列出来")
    return redirect("visits_roster:duplicates")


@require_POST
@rule(CLERK, reads="person", writes="merge")
def unmerge(request: HttpRequest, uuid: Any, pk: int) -> HttpResponse:
    """并错了: two files again."""
    person = own_person(request, uuid)
    done = get_object_or_404(Merge.objects.filter(kept=person), pk=pk)
    try:
        services.unmerge(merge_id=done.pk, by=request.user, at=timezone.now())
    except services.CannotChange as error:
        messages.warning(request, str(error))
        return redirect("visits_desk:person", uuid=person.uuid)
    merged = Person.objects.visible_to(request.user).get(pk=done.merged_id)
    messages.success(request, f"撤销了，又是两份档案，各是各的：这一份，和{merged.file_no}")
    return redirect("visits_desk:person", uuid=person.uuid)
