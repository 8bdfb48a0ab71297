"""How a measure stands on a day, in plans and in cases alike."""

from datetime import date
from typing import Any

from visits.templatetags.xf import day, left


def measure_due(row: Any, today: date, done: str = "办好了") -> dict[str, str]:
    """`row`: due_on is the last day, inclusive; done_on, or None."""
    if row.done_on:
        return {"state": "done", "word": done, "text": day(row.done_on, today)}
    late = row.due_on < today
    return {
        "state": "late" if late else "soon",
        "word": "过期了" if late else "在办",
        "text": f"{day(row.due_on, today)}前",
        "left": "" if late else left((row.due_on - today).days),
    }
