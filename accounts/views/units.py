"""The tree of managing units: looking, and changing it with dates (市级业务管理员)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import region_source, regions, unit_rows
from accounts.access import rule
from accounts.forms.units import (
    AddForm,
    ApplyListForm,
    ListForm,
    MergeForm,
    MoveForm,
    RenameForm,
    SwitchForm,
    UnitFilter,
)
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import ADMINS, Role
from xunfang.kit import files
from xunfang.kit.models import StoredFile

KEEPERS = frozenset({Role.CITY_BUSINESS})
LIST_KIND = "unit_list"


@require_safe
@rule(ADMINS, reads="units")
def units(request: HttpRequest) -> HttpResponse:
    """The counties; or what a name or a filter finds, anywhere in the tree."""
    chosen = UnitFilter(request.GET).chosen()
    everywhere = "q" in chosen or "show" in chosen
    rows = Region.objects.filter(level__in=list(Level) if everywhere else [Level.COUNTY])
    if "q" in chosen:
        word = chosen["q"].strip()
        rows = rows.filter(Q(name__contains=word) | Q(source_name__contains=word) | Q(code__startswith=word))
    ended = Q(valid_to__lt=request.today)
    if chosen.get("show") == "inactive":
        # What is off with the unit above it is not said again.
        rows = rows.filter(active=False, parent__active=True).exclude(ended)
    elif chosen.get("show") == "ended":
        rows = rows.filter(ended)
    found = unit_rows.with_counts(rows, request.today)
    names = unit_rows.names_of(pk for unit in found for pk in (unit.county_id, unit.township_id))
    show = chosen.get("show", "")
    context = {
        "list": unit_rows.table(found, request.today, "单位", names),
        "q": chosen.get("q", ""),
        "more": len(found) > unit_rows.PAGE,
        "none": {"title": "没有这样的单位", "say": "换个写法再找，或看全部。", "icon": "search"},
        "keeper": request.user.duty.has(KEEPERS),
        "counts": dict(_counts(request)),
        "filters": [
            {"word": "全部", "url": request.path, "current": not show},
            {"word": "没有启用", "url": "?show=inactive", "current": show == "inactive"},
            {"word": "已撤并", "url": "?show=ended", "current": show == "ended"},
        ],
    }
    return render(request, "accounts/units.html", context)


def _counts(request: HttpRequest) -> list[tuple[str, int]]:
    live = Region.objects.live(request.today)
    words = {"county": Level.COUNTY, "township": Level.TOWNSHIP, "village": Level.VILLAGE}
    return [(word, live.filter(level=level).count()) for word, level in words.items()]


@require_safe
@rule(ADMINS, reads="units")
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: what it is, what stands under it, where it stood before."""
    found = get_object_or_404(Region.objects.select_related("parent", "replaced_by"), pk=pk)
    children = unit_rows.with_counts(Region.objects.filter(parent=found), request.today)
    tag, word, why = unit_rows.state(found, request.today)
    context = {
        "unit": found,
        "crumbs": unit_rows.crumbs(found),
        "state": {"tag": tag, "word": word, "why": why},
        "ended": tag == "none",
        "keeper": request.user.duty.has(KEEPERS) and tag != "none" and found.level > Level.CITY,
        "children": unit_rows.table(children, request.today, "下级单位") if children else None,
        "more": len(children) > unit_rows.PAGE,
        "moves": found.moves.select_related("was_under", "to"),
        "below": Level(found.level + 1).label if found.level < Level.VILLAGE else "",
        "adds": request.user.duty.has(KEEPERS) and tag == "done" and found.level < Level.VILLAGE,
        "mergeable": found.level > Level.COUNTY,
    }
    return render(request, "accounts/unit.html", context)


def _change(
    request: HttpRequest, found: Region, form: forms.Form, words: dict[str, str], call: Callable[..., Any]
) -> HttpResponse:
    """A page that is one change of one unit: form, one service call, answer."""
    if request.method == "POST" and form.is_valid():
        try:
            call(
                region_id=found.pk, by=request.user, at=timezone.now(), on=request.today, **form.cleaned_data
            )
        except regions.CannotChange as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, words["done"])
            return redirect("accounts:unit", pk=found.pk)
    way = [*unit_rows.crumbs(found)[:-1], (found.name, reverse("accounts:unit", args=[found.pk]))]
    context = {"unit": found, "form": form, "words": words, "crumbs": [*way, (words["title"], "")]}
    return render(request, "accounts/unit_change.html", context, status=422 if form.is_bound else 200)


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "POST"])
@rule(KEEPERS, reads="units", writes="unit name")
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Region, pk=pk)
    form = RenameForm(_data(request), initial={"name": found.name})
    words = {
        "title": "改名称",
        "say": "只改页面和表上的叫法，代码和人都不动。",
        "yes": "改好了",
        "done": "名称改好了",
    }
    return _change(request, found, form, words, regions.rename)


@require_http_methods(["GET", "POST"])
@rule(KEEPERS, reads="units", writes="new unit")
def add(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Region, pk=pk, level__lt=Level.VILLAGE)
    form = AddForm(_data(request), initial={"starts_on": request.today})
    words = {
        "title": f"新设{Level(found.level + 1).label}",
        "say": f"设在“{found.name}”下面。拆分的，先新设，再把村（居）移过来，里面的人一起过来。",
        "yes": "新设",
        "done": "新单位设好了",
    }
    return _change(request, found, form, words, regions.add)


@require_http_methods(["GET", "POST"])
@rule(KEEPERS, reads="units", writes="unit state")
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Region, pk=pk)
    turn_on = not found.active
    form = SwitchForm(_data(request), active=turn_on)
    words = {
        "title": "启用" if turn_on else "停用",
        "say": f"“{found.name}”和下面的单位一起{'启用' if turn_on else '停用'}，从现在起算。",
        "yes": "启用" if turn_on else "停用",
        "done": "启用了" if turn_on else "停用了",
    }

    def call(reason: str = "", **values: Any) -> Region:
        return regions.switch(active=turn_on, reason=reason, **values)

    return _change(request, found, form, words, call)


@require_http_methods(["GET", "POST"])
@rule(KEEPERS, reads="units", writes="unit manager")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Region, pk=pk)
    targets = Region.objects.live(request.today).filter(level=found.level - 1).exclude(pk=found.parent_id)
    form = MoveForm(_data(request), initial={"starts_on": request.today})
    units_ = list(targets.order_by("path", "position"))
    form.choose("to_id", units_, unit_rows.names_of(unit.county_id for unit in units_))
    words = {
        "title": "移到别处管",
        "say": f"“{found.name}”和下面的单位、里面的人一起过去；以前的数字还算原来的单位。",
        "yes": "移过去",
        "done": "记下了，从那天起由新单位管",
    }
    return _change(request, found, form, words, regions.move)


@require_http_methods(["GET", "POST"])
@rule(KEEPERS, reads="units", writes="unit end")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Region, pk=pk, level__gt=Level.COUNTY)
    targets = Region.objects.live(request.today).filter(parent=found.parent_id).exclude(pk=found.pk)
    form = MergeForm(_data(request), initial={"starts_on": request.today})
    units_ = list(targets)
    form.choose("into_id", units_, unit_rows.names_of(unit.county_id for unit in units_))
    words = {
        "title": "并入别的单位",
        "say": f"“{found.name}”撤销，下面的单位和里面的人归并入的单位；不能撤回。",
        "yes": "并入",
        "done": "并入了",
    }
    return _change(request, found, form, words, regions.merge)


@require_http_methods(["GET", "POST"])
@rule(KEEPERS, reads="units", writes="unit list")
def upload(request: HttpRequest) -> HttpResponse:
    """A newer list: read, kept, and shown as a difference. Nothing changes yet."""
    form = ListForm(_data(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        stored = files.store(
            form.content,
            name=form.cleaned_data["file"].name,
            content_type="text/csv",
            kind=LIST_KIND,
            owner_id=request.user.pk,
            at=timezone.now(),
        )
        return redirect("accounts:unit_list_check", uuid=stored.uuid)
    return render(request, "accounts/unit_upload.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@rule(KEEPERS, reads="unit list", writes="units")
def check(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a list would change; confirming it."""
    stored = get_object_or_404(StoredFile, uuid=uuid, kind=LIST_KIND)
    try:
        listed = region_source.read(region_source.decode(files.read(stored)))
    except files.FileGone as error:
        raise Http404 from error
    change = regions.difference(listed)
    form = ApplyListForm(
        _data(request), gone=change.gone, today=request.today, initial={"starts_on": request.today}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            regions.apply(
                listed, end=values["end"], on=values["starts_on"], by=request.user, at=timezone.now()
            )
        except regions.CannotChange as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "新的代码表已经用上")
            return redirect("accounts:units")
    context = _difference(change, form) | {"form": form, "change": change, "name": stored.name}
    return render(request, "accounts/unit_check.html", context, status=422 if form.is_bound else 200)


def _difference(change: region_source.Difference, form: ApplyListForm) -> dict[str, Any]:
    held = regions.held()
    ticked = set(form.data.getlist("end")) if form.is_bound else set()

    def above(ref: str | None) -> str:
        return held[ref].name if ref in held else ""

    gone = [
        {
            "cells": [
                {"text": held[code].name, "pick": "end", "value": code, "checked": code in ticked},
                {"text": held[code].name, "head": True},
                {"text": code},
                {"text": above(held[code].parent)},
            ]
        }
        for code in change.gone
    ]
    return {
        "gone": {"caption": "表里没有了的单位", "columns": ["停用", "单位", "代码", "上级"], "rows": gone},
        "renamed": [(unit, was) for unit, was in change.renamed],
        "moved": [(unit, was, above(unit.parent)) for unit, was in change.moved],
        "fresh": [(unit, above(unit.parent)) for unit in change.new[:200]],
    }
