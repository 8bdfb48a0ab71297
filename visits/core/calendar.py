"""The calendar of the database as a value for the pure rules (`workdays`)."""

from visits.core.models import CalendarDay, CalendarYear
from visits.core.workdays import Calendar


def load() -> Calendar:
    """All years that are known. Small (some 30 rows a year): read once a request or task."""
    days: dict[int, dict] = {}
    for day, kind in CalendarDay.objects.values_list("day", "kind"):
        days.setdefault(day.year, {})[day] = kind
    years = CalendarYear.objects.values_list("year", "status")
    return Calendar.of((year, status, days.get(year, {})) for year, status in years)
