"""The working calendar from the library that knows the State Council's notices; it is asked here and never again."""

from datetime import date, timedelta

import chinese_calendar

from visits.core.models import CalendarDay, CalendarYear

FIRST, LAST = 2018, 2026
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def days_of(year: int) -> list[CalendarDay]:
    """The days of a year that differ from their weekday, off and make-up. Raises NotImplementedError for a
    year the library does not know."""
    found = []
    day = date(year, 1, 1)
    while day.year == year:
        off = chinese_calendar.is_holiday(day)
        if off != (day.weekday() >= 5) or (off and chinese_calendar.get_holiday_detail(day)[1]):
            name = chinese_calendar.get_holiday_detail(day)[1] or ""
            found.append(CalendarDay(day=day, kind="off" if off else "work", name=NAMES.get(name, name)))
        day += timedelta(days=1)
    return found


def seed() -> None:
    known = set(CalendarYear.objects.values_list("year", flat=True))
    for year in range(FIRST, LAST + 1):
        if year not in known:
            CalendarYear.objects.create(
                year=year, status="official", document=f"国务院办公厅关于{year}年部分节假日安排的通知"
            )
            CalendarDay.objects.bulk_create(days_of(year))
