"""Events in the life of what a visit found: changes on their way to the county, findings, plans."""

from visits.followup.services.changes import (
    CannotFile,
    counted_from,
    file,
    note,
    note_offline,
    withdraw,
    withdraw_offline,
)
from visits.followup.services.findings import close, set_measure
from visits.followup.services.hooks import after_clock_started, after_clock_stopped
from visits.followup.services.plans import (
    Draft,
    Measure,
    PlanConflict,
    confirm_standard,
    finish,
    make,
    undo_standard,
)
from visits.followup.services.recounting import recount
from visits.roster.services.common import CannotChange

__all__ = [
    "CannotChange",
    "CannotFile",
    "Draft",
    "Measure",
    "PlanConflict",
    "after_clock_started",
    "after_clock_stopped",
    "close",
    "confirm_standard",
    "counted_from",
    "file",
    "finish",
    "make",
    "note",
    "note_offline",
    "recount",
    "set_measure",
    "undo_standard",
    "withdraw",
    "withdraw_offline",
]
