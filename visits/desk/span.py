"""The days of one page of a person's timeline, and its rows."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from visits.roster.models import Person

#: The day, its place among what happened on one day (the highest first), and the event for `_timeline.html`.
Row = tuple[date, int, dict[str, Any]]
# practice P17: on paper, what must not be talked about in the village is only said to be there.
HIDDEN = "另有情况已报"


@dataclass(frozen=True)
class Span:
    """Days of one page of the timeline: from `start` (None: the beginning) to before `end` (None: today)."""

    start: date | None
    end: date | None

    def narrow(self, rows: Any, column: str) -> Any:
        """Rows whose day in `column` lies in the span."""
        if self.start is not None:
            rows = rows.filter(**{f"{column}__gte": self.start})
        if self.end is not None:
            rows = rows.filter(**{f"{column}__lt": self.end})
        return rows

    def __contains__(self, on: date) -> bool:
        return (self.start is None or on >= self.start) and (self.end is None or on < self.end)


def files_of(person: Person) -> QuerySet:
    """The file and those merged into it: what was visited under an old number happened to this person."""
    return Person.objects.of_files([person.pk]).values("pk")
