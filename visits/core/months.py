"""A year in the shape that the calendar's page draws."""

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any


def months(year: int, days: Mapping[date, Any]) -> list[dict[str, Any]]:
    """Twelve months of weeks from Monday; `days`: what differs from its weekday, with a `kind`."""
    weeks = calendar.Calendar(firstweekday=0)
    return [
        {
            "name": f"{month}月",
            "weeks": [
                [
                    {
                        "day": day.day if day.month == month else None,
                        "special": days.get(day) if day.month == month else None,
                        "weekend": day.weekday() >= 5,
                    }
                    for day in week
                ]
                for week in weeks.monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]
