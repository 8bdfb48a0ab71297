"""What others do when a deadline of this room is met, or needs no meeting any more (ADR 7).

Whoever tells people of deadlines appends here in `apps.ready`: a notice about something that is done is settled in
the transaction that did it."""

from collections.abc import Callable
from datetime import datetime

from visits.followup.models import Subject

# Called with whose deadline it was, the row's id, and when: a report filed or withdrawn, a case answered
# (approved), a supplement answered or withdrawn, a measure settled, a day's summary confirmed.
after_clock_stopped: list[Callable[[Subject, int, datetime], None]] = []
# The same when one begins or is counted anew (the calendar was changed): what was told of the old day is over.
after_clock_started: list[Callable[[Subject, int, datetime], None]] = []


def stopped(subject: Subject, pk: int, at: datetime) -> None:
    for call in after_clock_stopped:
        call(subject, pk, at)


def started(subject: Subject, pk: int, at: datetime) -> None:
    for call in after_clock_started:
        call(subject, pk, at)
