"""Long holidays by the calendar (domain 2.3, 节前预警). Pure: no database, no clock; the day is passed in."""

import datetime as dt
from dataclasses import dataclass

from visits.core.workdays import Calendar, YearNotLoaded

LONG = 3  # days off in a row, weekends among them
EVES = 2  # working days before it on which one gets ready
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Holiday:
    """A run of days off, both ends inclusive, and the working days on which one gets ready for it, oldest first."""

    first: dt.date
    last: dt.date
    eves: tuple[dt.date, ...]

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def days(self) -> list[dt.date]:
        return [self.first + n * _DAY for n in range(self.length)]


def ahead(calendar: Calendar, today: dt.date) -> Holiday | None:
    """The long holiday for which one gets ready on this working day: at most one more working day lies before it.

    None on a rest day and on every other day. Raises YearNotLoaded when the days that decide are not known."""
    if not calendar.is_workday(today):
        return None
    day, works = today + _DAY, 1
    while works <= EVES:
        if calendar.is_workday(day):
            works += 1
            day += _DAY
            continue
        last = _last(calendar, day)
        if (last - day).days + 1 >= LONG:
            return Holiday(day, last, _eves(calendar, day))
        day = last + _DAY
    return None


def coming(calendar: Calendar, today: dt.date, within: int = 120) -> Holiday | None:
    """The long holiday that runs or comes next, beginning at most so many days from today; None when none is known."""
    day = today
    try:
        while not calendar.is_workday(day - _DAY) and not calendar.is_workday(day):
            day -= _DAY
        while (day - today).days <= within:
            if calendar.is_workday(day):
                day += _DAY
                continue
            last = _last(calendar, day)
            if (last - day).days + 1 >= LONG and last >= today:
                return Holiday(day, last, _eves(calendar, day))
            day = last + _DAY
    except YearNotLoaded:
        return None
    return None


def _last(calendar: Calendar, first: dt.date) -> dt.date:
    """The last day of the run of days off that begins on `first`. What lies beyond the known years is no part of a
    run that is long without it."""
    day = first
    try:
        while not calendar.is_workday(day + _DAY):
            day += _DAY
    except YearNotLoaded:
        if (day - first).days + 1 < LONG:
            raise
    return day


def _eves(calendar: Calendar, first: dt.date) -> tuple[dt.date, ...]:
    found: list[dt.date] = []
    day = first - _DAY
    try:
        while len(found) < EVES:
            if calendar.is_workday(day):
                found.append(day)
            day -= _DAY
    except YearNotLoaded:
        pass
    return tuple(reversed(found))
