"""How an entrustment or a transfer stands on a day: pure, so that nothing waits for a task to have run (四(一)-3)."""

from datetime import date, timedelta
from typing import Any

ANSWER_DAYS = 3  # working days, the day of the proposal not counted (1-E E5)
OUTSIDE_DAYS = 30  # a letter that goes by post
TRANSFER_DAYS = 10  # calendar days, after which the county of the sender sees it (1-E E4)
LONGEST = timedelta(days=366)


def standing(row: Any, on: date) -> str:
    """The state of a transition on that day: a proposal without an answer has fallen back once its last day is
    over, an entrustment has ended after its last day. A transfer waits on: only the county hears of it."""
    if row.state == "proposed" and row.kind == "entrust" and on > row.answer_by:
        return "lapsed"
    if row.state == "accepted" and row.ends_on is not None and on > row.ends_on:
        return "ended"
    return row.state


def overdue(row: Any, on: date) -> bool:
    """A transfer that nobody has answered in ten days."""
    return row.state == "proposed" and row.kind == "transfer" and on > row.answer_by
