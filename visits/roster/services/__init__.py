"""Events in the life of a file, one function each."""

from visits.roster.services.circumstances import group_facts
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
from visits.roster.services.filing import add_row, edit_row, edit_section, void_row
from visits.roster.services.guarded import reveal_certificate, reveal_id, undo_void, void_file
from visits.roster.services.memberships import (
    add_membership,
    end_membership,
    prolong_membership,
    void_membership,
)
from visits.roster.services.merging import keep_apart, merge, unmerge
from visits.roster.services.people import Details, add_person, edit_contact, edit_person
from visits.roster.services.reviews import Settled, open_reviews, settle_review, settle_reviews
from visits.roster.services.sharing import end_share, expire_grants, officer_called, share

__all__ = [
    "AlreadyOnFile",
    "CannotChange",
    "Conflict",
    "Details",
    "NeedsConfirmation",
    "Settled",
    "add_membership",
    "add_person",
    "add_row",
    "after_merge",
    "after_people_change",
    "after_unmerge",
    "edit_contact",
    "edit_person",
    "edit_row",
    "edit_section",
    "end_membership",
    "end_share",
    "expire_grants",
    "group_facts",
    "keep_apart",
    "mark_left",
    "merge",
    "officer_called",
    "open_reviews",
    "prolong_membership",
    "redate_left",
    "reveal_certificate",
    "reveal_id",
    "seen_after",
    "settle_review",
    "settle_reviews",
    "share",
    "tell",
    "undo_left",
    "undo_void",
    "unmerge",
    "void_file",
    "void_membership",
    "void_row",
]
