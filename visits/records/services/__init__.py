"""Events in the life of a record: made, taken back, tried in vain, excused, kept as a draft; and signed."""

from visits.records.services.attempting import attempt
from visits.records.services.drafting import drop_draft, save_draft
from visits.records.services.excusing import excuse, undo_excuse
from visits.records.services.visiting import (
    AfterDeath,
    CannotVisit,
    Conflict,
    SameDay,
    Submission,
    after_submit,
    after_void,
    join,
    submit,
    void,
)

__all__ = [
    "AfterDeath",
    "CannotVisit",
    "Conflict",
    "SameDay",
    "Submission",
    "after_submit",
    "after_void",
    "attempt",
    "drop_draft",
    "excuse",
    "join",
    "save_draft",
    "submit",
    "undo_excuse",
    "void",
]
