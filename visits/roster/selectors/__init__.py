"""Reading the roster."""

from visits.roster.selectors import filtering, freshness
from visits.roster.selectors.filtering import ordered, page
from visits.roster.selectors.people import (
    CARE_WORDS,
    care_groups,
    groups_of,
    hamlets,
    household_heads,
    import_months,
    namesakes,
    townships,
    villages,
    visitor_cell,
    visitor_named,
    visitors,
    with_visitor,
)

# The module beside it has the same name and would stand in its place.
people = filtering.people

__all__ = [
    "CARE_WORDS",
    "care_groups",
    "freshness",
    "groups_of",
    "hamlets",
    "household_heads",
    "import_months",
    "namesakes",
    "ordered",
    "page",
    "people",
    "townships",
    "villages",
    "visitor_cell",
    "visitor_named",
    "visitors",
    "with_visitor",
]
