"""Reading the roster."""

from visits.roster.selectors import freshness
from visits.roster.selectors.people import (
    CARE_WORDS,
    care_groups,
    groups_of,
    hamlets,
    page,
    people,
    townships,
    villages,
    visitor_cell,
    with_visitor,
)

__all__ = [
    "CARE_WORDS",
    "care_groups",
    "freshness",
    "groups_of",
    "hamlets",
    "page",
    "people",
    "townships",
    "villages",
    "visitor_cell",
    "with_visitor",
]
