"""值班表 of a township or a county: the month, pasted lines looked at before they count, one shift, its end, the notice."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.marks import mark_of
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.core.calendar import load as load_calendar
from visits.core.workdays import YearNotLoaded
from visits.followup import duty_lines
from visits.followup.forms.shifts import CancelForm, MonthFilter, PasteForm, ShiftForm, days_in
from visits.followup.models import DutyShift
from visits.followup.rows import shifts as rows
from visits.followup.selectors import shifts as selectors
from visits.followup.services import shifts as services
from visits.followup.services.shifts import NewShift
from visits.roster.services import CannotChange
from visits.roster.units import full_name
from xunfang.kit import pdf

READS = TOWNSHIP | COUNTY
PLANS = frozenset({Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICER})


def _own(request: HttpRequest) -> Region:
    """The unit whose list is one's own: the highest post of an office."""
    post = min((one for one in request.user.duty.posts if one.role in READS), key=lambda one: one.level)
    return Region.objects.get(pk=post.region_id)


def _unit(request: HttpRequest, chosen: dict[str, Any]) -> Region:
    """The unit of the address, one's own without it; 404 for another's."""
    if "unit" not in chosen:
        return _own(request)
    unit = get_object_or_404(Region, pk=chosen["unit"], level__in=[Level.COUNTY, Level.TOWNSHIP])
    if request.user.duty.role_for(unit, READS) is None:
        raise Http404
    return unit


def _workdays() -> Callable[[date], bool]:
    """By the calendar; a year that is not loaded is counted by its weekdays."""
    calendar = load_calendar()

    def works(day: date) -> bool:
        try:
            return calendar.is_workday(day)
        except YearNotLoaded:
            return day.isoweekday() <= 5

    return works


@require_safe
@rule(READS, reads="duty shifts")
def shifts(request: HttpRequest) -> HttpResponse:
    """The month of one unit; a county looks at its townships' too."""
    return _page(request)


def _page(
    request: HttpRequest,
    *,
    unit: Region | None = None,
    first: date | None = None,
    paste: PasteForm | None = None,
    one: ShiftForm | None = None,
    preview: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    chosen = MonthFilter(request.GET).chosen()
    now = timezone.now()
    unit = unit or _unit(request, chosen)
    first = (first or chosen.get("month") or request.today).replace(day=1)
    plans = services.may_plan(unit, request.user)
    works = _workdays()
    held = selectors.of_month(unit.pk, first, rows.after(first))
    context = {
        "unit": unit,
        "title": f"{unit.name}{rows.month_of(first)}值班表",
        "plans": plans,
        "list": rows.table(held, first, works, plans=plans, now=now),
        "now": rows.now_lines(selectors.live_of_unit(unit.pk, now), [unit], request.today),
        "prev_url": _url(unit, _before(first)),
        "next_url": _url(unit, rows.after(first)),
        "print_url": f"{reverse('visits_followup:shifts_print')}?{urlencode({'unit': unit.pk, 'month': f'{first:%Y-%m}'})}",
        "units": _units(request, unit, first),
        "paste": (paste or PasteForm(initial={"month": first, "text": _filled(chosen), "step": "look"}))
        if plans
        else None,
        "paste_open": bool(paste or chosen.get("days")) or not held,
        "one": (one or ShiftForm(accounts=services.accounts_of(unit, request.today), auto_id="one_%s"))
        if plans
        else None,
        "preview": preview,
        "unit_phone": unit.duty_phone,
    }
    return render(request, "visits/followup/shifts.html", context, status=status)


def _before(first: date) -> date:
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def _url(unit: Region, first: date) -> str:
    return f"{reverse('visits_followup:shifts')}?{urlencode({'unit': unit.pk, 'month': f'{first:%Y-%m}'})}"


def _filled(chosen: dict[str, Any]) -> str:
    """The days that wait for somebody, one line each."""
    return "\n".join(f"{one.month}月{one.day}日 " for one in days_in(chosen.get("days", "")))


def _units(request: HttpRequest, unit: Region, first: date) -> list[dict[str, Any]]:
    """The county's own list and its townships', for a county."""
    counties = request.user.duty.unit_ids(*COUNTY)
    if not counties:
        return []
    found = Region.objects.live(request.today).filter(
        county_id__in=counties, level__in=[Level.COUNTY, Level.TOWNSHIP]
    )
    return [
        {"pk": one.pk, "name": one.name, "current": one.pk == unit.pk}
        for one in found.order_by("level", "position", "pk")
    ]


# ── planning ─────────────────────────────────────────────────────────────────────────────────────


def _planned(request: HttpRequest) -> Region:
    """The unit one plans for."""
    ids = request.user.duty.unit_ids(*services.PLANS)
    chosen = MonthFilter(request.GET).chosen()
    if "unit" in chosen:
        unit = _unit(request, chosen)
        if unit.pk not in ids:
            raise PermissionDenied
        return unit
    return Region.objects.filter(pk__in=ids).order_by("level", "pk")[0]


@require_POST
@rule(PLANS, reads="duty shifts", writes="duty shifts")
def shifts_paste(request: HttpRequest) -> HttpResponse:
    """Pasted lines: looked at first, then put on the list, all or none."""
    unit, form = _planned(request), PasteForm(request.POST)
    if not form.is_valid():
        return _page(request, unit=unit, paste=form, status=422)
    month, works = form.cleaned_data["month"], _workdays()
    lines = duty_lines.read(form.cleaned_data["text"], month, works)
    problems, new = _judge(unit, lines, timezone.now())
    wrong = [line.problem for line in lines if line.problem] + list(problems.values())
    if not lines:
        form.add_error("text", "没有读到要排的班。写成“10月1日 林建忠 13900001127”这样")
    elif wrong and form.cleaned_data["step"] == "save":
        form.add_error("text", f"还有{len(wrong)}处不行，请改了再看一遍")
    elif form.cleaned_data["step"] == "save":
        try:
            made = services.make(unit_id=unit.pk, new=new, by=request.user, at=timezone.now())
        except CannotChange as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, f"排好了{len(made)}个班。")
            return redirect(_url(unit, timezone.localtime(made[0].starts_at).date()))
    accounts = {user.phone: user.name for user in services.accounts_of(unit, request.today) if user.phone}
    preview = {
        "list": rows.preview(lines, problems, accounts),
        "ready": bool(lines) and not wrong,
        "count": len(new),
    }
    status = 422 if form.errors else 200
    return _page(
        request, unit=unit, first=month, paste=form, preview=preview if lines else None, status=status
    )


def _judge(
    unit: Region, lines: list[duty_lines.Line], now: datetime
) -> tuple[dict[int, str], list[NewShift]]:
    """Which lines can't be taken, by their place, and the shifts of the others."""
    problems: dict[int, str] = {}
    new: list[NewShift] = []
    for place, line in enumerate(lines):
        if line.problem or line.starts is None or line.ends is None:
            continue
        one = NewShift(
            timezone.make_aware(line.starts),
            timezone.make_aware(line.ends),
            line.name,
            line.phone,
            line.place,
        )
        if one.ends_at <= now:
            problems[place] = "已经过了，过去的班不再改"
        elif (other := services.clash(unit.pk, one)) is not None:
            problems[place] = services.clash_words(other)
        elif any(
            a.place == one.place and a.starts_at < one.ends_at and one.starts_at < a.ends_at for a in new
        ):
            problems[place] = "和上面的重了"
        new.append(one)
    return problems, new


@require_POST
@rule(PLANS, reads="duty shifts", writes="duty shifts")
def shift_new(request: HttpRequest) -> HttpResponse:
    """One person on one day or on several."""
    unit = _planned(request)
    form = ShiftForm(request.POST, accounts=services.accounts_of(unit, request.today), auto_id="one_%s")
    if form.is_valid():
        try:
            made = services.make(unit_id=unit.pk, new=form.shifts(), by=request.user, at=timezone.now())
        except CannotChange as error:
            field = "first" if isinstance(error, services.Overlap) else error.field
            form.add_error(field if field in form.fields else None, str(error))
        else:
            messages.success(request, f"{made[0].name}排好了{len(made)}个班。")
            return redirect(_url(unit, timezone.localtime(made[0].starts_at).date()))
    first = form.cleaned_data.get("first") or request.today
    return _page(request, unit=unit, first=first, one=form, status=422)


@require_http_methods(["GET", "POST"])
@rule(PLANS, reads="duty shifts", writes="duty shifts")
def shift_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Off the list, with a reason; who comes instead is put on it afterwards."""
    row = get_object_or_404(DutyShift.objects.visible_to(request.user).select_related("region"), pk=pk)
    back = _url(row.region, timezone.localtime(row.starts_at).date())
    if not services.may_plan(row.region, request.user):
        if request.method == "POST":
            raise PermissionDenied
        return redirect(back)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel(shift_id=row.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, f"{row.name}这个班取消了，请另排一个人。")
            return redirect(back)
    confirm = {
        "title": f"取消{row.name}的班",
        "say": f"{row.region.name}，{rows.day(timezone.localtime(row.starts_at))} {rows.hours(row)}，第{row.place}个打。取消以后这段时间没有人，请另排。",
        "form": form,
        "yes": "取消这个班",
        "no_url": back,
        "red": True,
    }
    context = {"confirm": confirm, "form": form, "back_url": back}
    return render(request, "visits/followup/shift_cancel.html", context, status=422 if form.is_bound else 200)


# ── the notice ───────────────────────────────────────────────────────────────────────────────────


@require_safe
@rule(READS, reads="duty shifts")
def shifts_print(request: HttpRequest) -> HttpResponse:
    """The month on one page of A4, as it hangs in the office."""
    chosen = MonthFilter(request.GET).chosen()
    unit = _unit(request, chosen)
    first = chosen.get("month", request.today).replace(day=1)
    held = selectors.of_month(unit.pk, first, rows.after(first))
    context = rows.paper(unit, full_name(unit), held, first, _workdays(), request.today)
    if "pdf" not in chosen:
        return render(request, "pdf/duty.html", context | {"screen": True, "back_url": _url(unit, first)})
    try:
        if reason := pdf.why_not():
            raise pdf.PdfUnavailable(reason)
        page = context | {"screen": False, "mark": mark_of(request.user, request.today)}
        data = pdf.render(render_to_string("pdf/duty.html", page))
    except pdf.PdfUnavailable as error:
        missing = {"why": str(error), "url": request.path + f"?unit={unit.pk}&month={first:%Y-%m}"}
        return render(request, "visits/records/paper_missing.html", missing, status=503)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="duty-{first:%Y-%m}.pdf"'
    return response
