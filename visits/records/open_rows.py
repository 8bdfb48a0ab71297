"""What was not settled last time and the next visit asks about: other parts of the house say what that is.

`sources`: functions of (person, user) that give rows to be answered with one tap, 办好了 or 还没好; the answers
come with the visit (`Submission.open_rows`). `lines`: functions of (person, user, today) that give short sentences to read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from visits.roster.models import Person

ANSWERS = [("done", "办好了"), ("not", "还没好")]


@dataclass(frozen=True)
class OpenRow:
    """`code`: 32 hexadecimal digits, whose it is knows the room that gave it. `urgent`: level 3."""

    code: str
    say: str
    urgent: bool = False

    @property
    def field(self) -> str:
        """The name of its field on the page."""
        return f"open_{self.code}"


sources: list[Callable[[Person, Any], list[OpenRow]]] = []
lines: list[Callable[[Person, Any, date], list[str]]] = []


def rows_of(person: Person, user: Any) -> tuple[OpenRow, ...]:
    """Everything that is open for the person, in the order of the rooms."""
    return tuple(row for ask in sources for row in ask(person, user))


def lines_of(person: Person, user: Any, today: date) -> list[str]:
    """What is under way for the person, in sentences."""
    return [line for ask in lines for line in ask(person, user, today)]
