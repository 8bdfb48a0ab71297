"""Which unit and which period a page of figures is about: read from the address, never trusted."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.http import Http404

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW, Role
from accounts.scoping import Duty, once
from accounts.succession import ends, units_of
from visits.core.options import option
from visits.schedule import periods
from visits.schedule.models import FrequencyRule
from visits.schedule.periods import HalfYear, Quarter

__all__ = ["units_of"]
Units = dict[int, set[int]]
QUARTERS = 5
BELOW = {Level.CITY: "county_id", Level.COUNTY: "township_id", Level.TOWNSHIP: "village_id"}


def unit_of(user: Any, text: str) -> Region:
    """The unit of the address, or one's own when the address names none. Http404 outside one's posts, the
    same as for a unit that does not exist. The page and the line above it ask once."""
    return once(user, ("unit", text), lambda: _unit_of(user, text))


def _unit_of(user: Any, text: str) -> Region:
    duty: Duty = user.duty
    if not text:
        own = min((p for p in duty.posts if p.role in OVERVIEW), key=lambda p: p.level, default=None)
        if own is None:
            raise Http404
        return Region.objects.get(pk=own.region_id)
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Http404
    region = Region.objects.filter(pk=int(text)).first()
    if region is None or duty.role_for(region, OVERVIEW) is None:
        raise Http404
    return region


def joined(
    counted: Collection[int], here: Mapping[int, Region], level: int
) -> tuple[dict[int, Units], set[int]]:
    """Units of a level that took over others: of those in `here` whose predecessors still have figures, whose figures are
    theirs; and the predecessors, which have no row of their own any more. A unit's row says what its own page says.
    Almost always empty, and then without a query."""
    gone = set(counted) - here.keys()
    last = ends(level) if gone else {}
    into = {old: last[old] for old in gone if last.get(old) in here}
    return {pk: units_of(here[pk]) for pk in set(into.values())}, set(into)


def path_of(region: Region, duty: Duty) -> list[Region]:
    """The units from the highest one that the user oversees down to this one."""
    ids = [int(part) for part in region.path.split("/") if part]
    chain = (
        {row.pk: row for row in Region.objects.filter(pk__in=ids)} if len(ids) > 1 else {region.pk: region}
    )
    rows = [chain[pk] for pk in ids if pk in chain]
    return [row for row in rows if duty.role_for(row, OVERVIEW) is not None]


def period_of(text: str, today: date) -> Quarter | HalfYear:
    """A quarter or half-year of the address that has begun; anything else is the running quarter."""
    try:
        period = periods.parse(text)
    except ValueError:
        return Quarter.containing(today)
    if not isinstance(period, Quarter | HalfYear) or period.start > today:
        return Quarter.containing(today)
    return period


def day_of(text: str, today: date) -> date | None:
    """A day of the address that is over; None: today, or nonsense."""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if found < today else None


def choices(today: date) -> list[tuple[str, Quarter | HalfYear]]:
    """The periods one can switch to."""
    quarter, half = Quarter.containing(today), HalfYear.containing(today)
    return [
        ("本季度", quarter),
        ("上季度", quarter.previous()),
        ("本半年", half),
        ("上半年度", half.previous()),
    ]


def year_before(period: Quarter | HalfYear) -> Quarter | HalfYear:
    """The same period one year earlier."""
    return type(period)(period.year - 1, period.number)


def compared_with(period: Quarter | HalfYear) -> tuple[Quarter | HalfYear, Quarter | HalfYear]:
    """The period before, and the same one a year ago."""
    return period.previous(), year_before(period)


def second_of_half(period: Quarter | HalfYear) -> bool:
    """Whether visits of a half-year fall due in this quarter."""
    return isinstance(period, Quarter) and period.number % 2 == 0


def half_yearly(day: date) -> bool:
    """Whether anybody is visited once in a half-year by a rule of that day: these fall due in its second quarter, so
    that two quarters in succession are not of a kind."""
    return FrequencyRule.objects.live(day).filter(kind="half").exists()


def as_far(period: Quarter | HalfYear, today: date, now: Quarter | HalfYear) -> date:
    """The day of a period on which it had come as far as the running one `now` has today."""
    return min(date.fromordinal(period.start.toordinal() + (today - now.start).days), period.end)


def cut_of(quarter: Quarter, city: Region, today: date) -> date:
    """统计截止日: that day of the quarter's last month, inclusive; where the month has no such day, its last one."""
    number = option("return_cut_day", city, min(today, quarter.end))
    return quarter.end.replace(day=min(number, quarter.end.day))


def quarters_of_returns(today: date) -> list[Quarter]:
    """Those whose return can be read: the running one and a year before it, the newest first."""
    found = [Quarter.containing(today)]
    while len(found) < QUARTERS:
        found.append(found[-1].previous())
    return found


def names_shown(duty: Duty, region: Region) -> bool:
    """Whether full names of this unit's people may stand in a list: county level and below (practice P30)."""
    return duty.role_for(region, OVERVIEW - {Role.CITY_SUPERVISOR}) is not None
