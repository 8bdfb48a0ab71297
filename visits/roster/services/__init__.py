"""Events in the life of a file, one function each."""

from visits.roster.services.common import (
    AlreadyOnFile,
    CannotChange,
    Conflict,
    NeedsConfirmation,
    after_merge,
    after_people_change,
    after_unmerge,
    seen_after,
    tell,
)
from visits.roster.services.departures import mark_left, redate_left, undo_left
from visits.roster.services.memberships import (
    add_membership,
    end_membership,
    group_facts,
    void_membership,
)
from visits.roster.services.merging import keep_apart, merge, unmerge
from visits.roster.services.people import Details, add_person, edit_contact, edit_person
from visits.roster.services.sharing import end_share, expire_grants, officer_called, share

__all__ = [
    "AlreadyOnFile",
    "CannotChange",
    "Conflict",
    "Details",
    "NeedsConfirmation",
    "add_membership",
    "add_person",
    "after_merge",
    "after_people_change",
    "after_unmerge",
    "edit_contact",
    "edit_person",
    "end_membership",
    "end_share",
    "expire_grants",
    "group_facts",
    "keep_apart",
    "mark_left",
    "merge",
    "officer_called",
    "redate_left",
    "seen_after",
    "share",
    "tell",
    "undo_left",
    "unmerge",
    "void_membership",
]
