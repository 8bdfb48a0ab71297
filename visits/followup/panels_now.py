"""What stands above everything on 今日: emergencies that are open, a long holiday ahead; and who is on duty now."""

from datetime import datetime
from typing import Any
from zlib import crc32

from django.urls import reverse
from django.utils import timezone

from accounts.models import Region
from accounts.roles import COUNTY, TOWNSHIP
from visits.core.calendar import load as load_calendar
from visits.core.holidays import ahead
from visits.core.workdays import YearNotLoaded
from visits.followup.models import DutyShift, Emergency
from visits.followup.rows import emergencies as rows
from visits.followup.rows import holiday as holiday_rows
from visits.followup.rows import shifts as shift_rows
from visits.followup.selectors import emergencies, holiday, shifts

LONGEST = 400  # characters of a mark: the numbers of all that can be shown


def now_on_top(user: Any, at: datetime) -> dict[str, Any]:
    """watch or emergencies with emergencies_url, holiday, duty_now; offices' pages watch by themselves."""
    office = user.duty.has(TOWNSHIP | COUNTY)
    found: dict[str, Any] = {"watch": watch(user, at)} if office else {"emergencies": _lines(user, at)[1]}
    return found | {
        "emergencies_url": reverse("visits_followup:emergencies"),
        "holiday": _holiday(at) if office else None,
        "duty_now": _duty(user, at) if office else None,
    }


def watch(user: Any, at: datetime, seen: str | None = None) -> dict[str, Any]:
    """What is open, with its `mark`: another one when anything that is shown has changed. `seen`: the mark of what
    stands on the page already; then `news` says in words what has come since."""
    found, lines = _lines(user, at)
    shown = "|".join(
        f"{row.pk}{row.state}{line['chip']}{line['take_url']}" for row, line in zip(found, lines, strict=True)
    )
    numbers = ".".join(str(row.pk) for row in found)
    known = set((seen or "").split("-")[0].split("."))
    fresh = (
        []
        if seen is None
        else [line for row, line in zip(found, lines, strict=True) if str(row.pk) not in known]
    )
    return {
        "lines": lines,
        "mark": f"{numbers}-{crc32(shown.encode()):08x}",
        "waiting": sum(line["waiting"] for line in lines),
        "news": f"新的紧急情况：{'；'.join(line['title'] for line in fresh)}" if fresh else "",
        "url": reverse("visits_followup:emergencies_now"),
        "all_url": reverse("visits_followup:emergencies"),
    }


def _lines(user: Any, at: datetime) -> tuple[list[Emergency], list[dict[str, Any]]]:
    """What is open, and each as a line; who is on duty or works for the county may take one."""
    found = emergencies.unsettled(user)
    waiting = [row for row in found if row.state == row.State.REPORTED]
    on_duty = (
        set(DutyShift.objects.live(at).filter(user_id=user.pk).values_list("region_id", flat=True))
        if waiting
        else set()
    )
    takes = {
        row.pk: bool({row.county_id, row.township_id} & on_duty)
        or user.duty.role_for(row, COUNTY) is not None
        for row in waiting
    }
    return found, rows.lines(found, at, takes)


def _holiday(at: datetime) -> dict[str, str] | None:
    """The line on the two working days before a long holiday, or that the days off are not known."""
    url = reverse("visits_followup:holiday")
    try:
        found = ahead(load_calendar(), timezone.localtime(at).date())
    except YearNotLoaded as error:
        return {"title": f"{error}。", "say": "放几天假还不知道，节前的事先看一看。", "url": url}
    if found is None:
        return None
    name = holiday.name_of(found)
    say = "变化、案子的期限，要多留心的人，值班电话，今天看一看。"
    return {"title": f"{holiday_rows.title(found, name)}。", "say": say, "url": url}


def _duty(user: Any, at: datetime) -> dict[str, Any]:
    own = user.duty.units(TOWNSHIP | COUNTY)
    ids = {pk for found in own.values() for pk in found}
    units = list(Region.objects.filter(pk__in=ids).order_by("level", "position", "pk"))
    people = [one for unit in units for one in shifts.live_of_unit(unit.pk, at)]
    return shift_rows.now_lines(people, units, timezone.localtime(at).date()) | {
        "url": reverse("visits_followup:shifts"),
        "report_url": reverse("visits_followup:emergency_new"),
    }
