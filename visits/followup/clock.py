"""The clocks of 五(三): two working days for the township (-8), three for the county (-10), the first day not counted."""

from dataclasses import dataclass
from datetime import date

from visits.core.workdays import Calendar, YearNotLoaded

WORKDAYS = 2
COUNTY_WORKDAYS = 3
# The guideline's own words, 五(三).
BASIS = (
    "《指南》五（三）：发现家庭人口、经济收入、生活状况等有变化的，应在巡访当日汇总，"
    "两个工作日内上报县级民政部门。"
)
COUNTY_BASIS = (
    "《指南》五（三）：县级民政部门根据乡镇（街道）上报的情况，必须在三个工作日之内形成初步的救助方案，及时实施救助。"
    "要补材料的，这个时限不停。"
)


@dataclass(frozen=True)
class Due:
    """The last day on which a report is in time, until 24:00; or why it can't be said yet."""

    on: date | None
    note: str = ""


def due(calendar: Calendar, first: date, workdays: int = WORKDAYS) -> Due:
    """The last of so many working days after `first`, which is not counted. A year whose days off are not known is
    never guessed."""
    try:
        return Due(calendar.add_workdays(first, workdays))
    except YearNotLoaded as error:
        return Due(None, str(error)[:60])


def left(calendar: Calendar, today: date, due_on: date | None) -> int | None:
    """Working days left: 0 on the last day, negative after; None when the days off are not known."""
    if due_on is None:
        return None
    try:
        return calendar.workdays_left(today, due_on)
    except YearNotLoaded:
        return None


def is_late(today: date, due_on: date | None) -> bool:
    """Whether the last day is over. A report without a date can't be late."""
    return due_on is not None and today > due_on


def guess(calendar: Calendar, first: date, due_on: date | None) -> str:
    """Why the last day may still change: the days off of its year are only estimated; "" when they are known."""
    if due_on is None:
        return ""
    days = (date.fromordinal(n) for n in range(first.toordinal() + 1, due_on.toordinal() + 1))
    year = next((one.year for one in days if one.year in calendar.years and calendar.is_estimated(one)), None)
    return f"{year}年的放假安排还是预估的，正式的通知录入以后会重新算" if year else ""


def counted(calendar: Calendar, found_on: date, due_on: date) -> list[date]:
    """The working days that were counted, oldest first: what a reader checks on the fingers."""
    days = []
    day = found_on
    while day < due_on:
        day = date.fromordinal(day.toordinal() + 1)
        if calendar.is_workday(day):
            days.append(day)
    return days
