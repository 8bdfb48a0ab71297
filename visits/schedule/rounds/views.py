"""专项巡访: the list, a new one, how far one is, its telephone list, calling it off."""

import uuid as uuids
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import CASES, Role
from visits.core.options import options
from visits.roster.exports.scope import MAY_EXPORT
from visits.roster.selectors import readable_groups
from visits.roster.selectors.transitions import elsewhere
from visits.roster.services import CannotChange
from visits.schedule import looks
from visits.schedule.models import Round
from visits.schedule.rounds import rows, selectors, services
from visits.schedule.rounds.beside import beside
from visits.schedule.rounds.forms import KINDS, CallOffForm, RoundFilter, RoundForm, initial
from visits.schedule.rounds.kinds import USUAL, kind_of

READERS = CASES | {Role.CITY_SUPERVISOR, Role.CITY_BUSINESS}
PAGE = 50
SHOWN = 40


@require_safe
@rule(READERS, reads="rounds")
def rounds(request: HttpRequest) -> HttpResponse:
    """The newest rounds in which the reader has a part."""
    found = selectors.rounds(request.user, SHOWN)
    makes = request.user.duty.has(services.MAKERS)
    context = {
        "list": rows.listing(found, request.today),
        "makes": makes,
        "empty": {
            "title": "还没有专项巡访",
            "say": "台风、暴雨、寒潮来之前，一分钟就能发一次：谁要访、哪天前、加问什么，都先填好了。"
            if makes
            else "台风、暴雨、寒潮的时候，县里或乡镇发了，这里就有。",
            "icon": "storm",
        },
    }
    return render(request, "visits/schedule/rounds.html", context)


@require_http_methods(["GET", "POST"])
@rule(services.MAKERS, reads="people", writes="round")
def round_new(request: HttpRequest) -> HttpResponse:
    """A round, filled in for its kind; how many it means is shown before it is made."""
    units = services.units_of(request.user)
    kind = _kind(request, units[0])
    form = RoundForm(
        looks.typed(request),
        units=units,
        groups=list(readable_groups(request.user).filter(active=True)),
        initial=initial(kind or "other", request.today) | {"key": uuids.uuid4()},
    )
    if form.is_bound and form.is_valid():
        act = form.cleaned_data["act"]
        try:
            if request.method == "POST" and act != "make":
                if act == "look":
                    services.check(form.plan(), request.today)
                return looks.keep(request)
            if act == "make" and request.method == "POST":
                made, new = services.make(
                    key=form.cleaned_data["key"], plan=form.plan(), unit_id=form.unit_id, by=request.user,
                    at=timezone.now(),
                )  # fmt: skip
                messages.success(
                    request, "发出去了，巡访人打开“今日”就看得到。" if new else "这一次已经发过了，没有重复。"
                )
                return redirect("visits_schedule:round", made.uuid)
            if act == "look":
                return _look(request, form)
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    return _form_page(request, form, kind)


def _kind(request: HttpRequest, unit: Region) -> str:
    """What was chosen, else what the season suggests where the unit is; "" out of season."""
    chosen = request.GET.get("kind", "")
    if chosen in KINDS:
        return chosen
    seasons = options(("flood_season", "winter"), unit, request.today)
    return kind_of(request.today, seasons["flood_season"], seasons["winter"])


def _form_page(request: HttpRequest, form: RoundForm, kind: str) -> HttpResponse:
    wrong = request.method == "POST" and bool(form.errors)
    if form.is_bound:
        kind = form["kind"].value() if form["kind"].value() in KINDS else kind
    context = {
        "form": form,
        "kind": kind,
        "kinds": [
            {"word": word, "url": f"?kind={code}", "current": code == kind} for code, word in KINDS.items()
        ],
        "unit": form["unit"] if "unit" in form.fields else None,
        "all_word": f"{form.units[0].name}全部",
        "asks": rows.asks(USUAL[kind or "other"]),
    }
    return render(request, "visits/schedule/round_new.html", context, status=422 if wrong else 200)


def _look(request: HttpRequest, form: RoundForm) -> HttpResponse:
    """What will happen to whom, and one button."""
    plan = form.plan()
    services.check(plan, request.today)
    unit = next((one for one in form.units if one.pk == form.unit_id), form.units[0])
    draft = services.round_of(plan, unit)
    counts = services.counted(draft, request.today)
    total = sum(counts.values())
    if not total:
        form.add_error("who", "这些条件下一个人也没有，放宽一点再发")
        return _form_page(request, form, plan.kind)
    groups = dict(readable_groups(request.user).values_list("pk", "short"))
    context = {
        "form": form,
        "total": total,
        "unit": unit,
        "facts": rows.plan_words(plan, unit, groups),
        "list": rows.plan_counts(unit, counts),
        "until": plan.due_on,
        **dict(zip(("beside", "rest"), beside(draft, request.user, request.today), strict=True)),
    }
    return render(request, "visits/schedule/round_look.html", context)


def _round(request: HttpRequest, uuid: uuids.UUID) -> Round:
    return get_object_or_404(
        Round.objects.visible_to(request.user).select_related("region", "made_by", "called_off_by"), uuid=uuid
    )


@require_safe
@rule(READERS, reads="round")
def round_page(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """How far a round is: unit by unit, down to the people; each number is the list behind it."""
    found = _round(request, uuid)
    chosen = RoundFilter(request.GET).chosen()
    unit = selectors.unit_in(found, request.user, chosen.get("unit"))
    if unit is None:
        raise Http404
    context = _live(request, found, unit, chosen)
    if request.headers.get("HX-Request"):
        return render(request, "visits/schedule/_round_live.html", context)
    context |= {
        "crumbs": _crumbs(request, found, unit),
        "may_call_off": services.may_call_off(found, request.user),
        "phones_url": rows.url(found, "round_phones", unit=unit.pk)
        if request.user.duty.has(CASES) and found.called_off_at is None
        else "",
        "icon": rows.ICONS[found.kind],
    }
    return render(request, "visits/schedule/round.html", context)


def _live(request: HttpRequest, found: Round, unit: Region, chosen: dict[str, Any]) -> dict[str, Any]:
    """The part of the page that renews itself."""
    user, today = request.user, request.today
    standing = selectors.standing(found, user, unit)
    parts = selectors.below(found, user, unit) if unit.level < Level.VILLAGE else {}
    which, said = chosen.get("which", ""), chosen.get("said")
    lists_people = bool(which or said) or unit.level == Level.VILLAGE
    here = {"unit": unit.pk, "which": which, "said": said}
    return {
        "round": found,
        "unit": unit,
        "due": rows.chip(found, today),
        "say": rows.sentence(found, standing),
        "tiles": rows.tiles(found, standing, unit),
        "below": rows.below(found, unit, parts) if parts and not lists_people else None,
        "people": _people(request, found, unit, which or "all", said, chosen.get("page", 1))
        if lists_people
        else None,
        "answers": [
            {"text": words, "count": n, "url": rows.url(found, unit=unit.pk, said=number)}
            for number, (words, n) in enumerate(selectors.answers(found, user, unit), start=1)
        ],
        "copy": {"id": "nag", "text": rows.nag(found, unit, standing, parts, today), "word": "复制催办文字"}
        if found.called_off_at is None
        else None,
        "renew": rows.url(found, **here, page=chosen.get("page")) if selectors.runs(found, today) else "",
        "chosen": chosen,
        "back": rows.url(found, unit=unit.pk) if which or said else "",
    }


def _people(
    request: HttpRequest, found: Round, unit: Region, which: str, said: int | None, page: int
) -> dict[str, Any]:
    if said is not None and said > len(found.questions):
        raise Http404
    if said is not None:
        items, title = (
            selectors.who_said(found, request.user, unit, said - 1),
            f"“{found.questions[said - 1]}”答“是”的",
        )
    else:
        items, title = selectors.people(found, request.user, unit, which), WHICH_WORDS[which]
    total = items.count()
    got = list(items[(page - 1) * PAGE : page * PAGE])
    here = {"unit": unit.pk, "which": "" if said else which, "said": said}
    return {
        "title": title,
        "list": _table(request, got, request.today, title),
        "pager": {
            "count": total,
            "unit": "人",
            "prev": rows.url(found, **here, page=page - 1) if page > 1 else "",
            "next": rows.url(found, **here, page=page + 1) if page * PAGE < total else "",
        },
    }


WHICH_WORDS = {"all": "应访的人", "done": "已访的人", "left": "还没访到的人", **selectors.HOW}


def _table(request: HttpRequest, got: list[Any], today: date, title: str) -> dict[str, Any]:
    opened = selectors.mine(got, request.user)
    villages = dict(Region.objects.filter(pk__in={one.village_id for one in got}).values_list("pk", "name"))
    away = [one.person_id for one in got if one.person.entrusted_to_id is not None]
    there = elsewhere(away, today) if away else {}
    return {
        "caption": title,
        "columns": rows.PERSON_COLUMNS,
        "rows": [
            rows.person(
                one,
                villages,
                today,
                user=request.user,
                open_file=one.person_id in opened,
                there=there.get(one.person_id),
            )
            for one in got
        ],
    }


def _crumbs(request: HttpRequest, found: Round, unit: Region) -> list[tuple[str, str]]:
    start = selectors.top(found, request.user)
    ids = [int(part) for part in unit.path.split("/") if part]
    above = Region.objects.filter(pk__in=ids, level__gte=start.level, level__lt=unit.level).order_by("level")
    crumbs = [("专项巡访", reverse("visits_schedule:rounds"))]
    crumbs += [(one.name, rows.url(found, unit=one.pk)) for one in above]
    return [*crumbs, (unit.name, "")]


@require_safe
@rule(CASES, reads="people")
def round_phones(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """电话单: whoever is not reached yet, to be rung one after the other, or printed."""
    found = _round(request, uuid)
    chosen = RoundFilter(request.GET).chosen()
    unit = selectors.unit_in(found, request.user, chosen.get("unit"))
    if unit is None:
        raise Http404
    if found.called_off_at is not None:
        return redirect(rows.url(found, unit=unit.pk))
    which = chosen.get("which", "left")
    people = _people(request, found, unit, which, None, chosen.get("page", 1))
    for key in ("prev", "next"):
        if people["pager"][key]:
            step = chosen.get("page", 1) + (1 if key == "next" else -1)
            people["pager"][key] = rows.url(found, "round_phones", unit=unit.pk, which=which, page=step)
    context = {
        "round": found,
        "unit": unit,
        "people": people,
        "filters": [
            {
                "word": word,
                "url": rows.url(found, "round_phones", unit=unit.pk, which=code),
                "current": code == which,
            }
            for code, word in (("left", "还没访到"), ("all", "全部"))
        ],
        "back": rows.url(found, unit=unit.pk),
        "export_url": _export_url(request, found, unit, which),
    }
    return render(request, "visits/schedule/round_phones.html", context)


def _export_url(request: HttpRequest, found: Round, unit: Region, which: str) -> str:
    if not request.user.duty.has(MAY_EXPORT):
        return ""
    place = {Level.TOWNSHIP: "township", Level.VILLAGE: "village"}.get(Level(unit.level), "")
    more = f"&{place}={unit.pk}" if place else ""
    return f"{reverse('visits_roster:export')}?round={found.uuid}.{which}{more}"


@require_http_methods(["GET", "POST"])
@rule(services.MAKERS, reads="round", writes="round")
def round_call_off(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """取消: what is open is dropped, with a reason."""
    found = _round(request, uuid)
    if not services.may_call_off(found, request.user):
        raise PermissionDenied
    form = CallOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dropped = services.call_off(
                round_id=found.pk, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"取消了，还没访的{dropped}人不用再访；已经访过的照样算数。")
            return redirect("visits_schedule:round", found.uuid)
    left = selectors.standing(found, request.user).left
    confirm = {
        "title": f"取消“{found.name}”？",
        "say": f"还没访到的{left}人会从大家的名单上拿掉。已经访过的不动，记录都留着。",
        "yes": "取消这一次",
        "no": "先不取消",
        "no_url": rows.url(found),
        "form": form,
        "red": True,
    }
    context = {"confirm": confirm, "form": form, "round": found}
    return render(
        request, "visits/schedule/round_call_off.html", context, status=422 if form.is_bound else 200
    )
