"""Reading the roster."""

from visits.roster.selectors import filtering, freshness
from visits.roster.selectors.filtering import ordered, page
from visits.roster.selectors.labels import (
    CARE_WORDS,
    OTHER,
    Labels,
    groups_of,
    labels_between,
    labels_of,
    readable,
    readable_groups,
)
from visits.roster.selectors.people import (
    care_groups,
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
    "OTHER",
    "Labels",
    "care_groups",
    "freshness",
    "groups_of",
    "hamlets",
    "household_heads",
    "import_months",
    "labels_between",
    "labels_of",
    "namesakes",
    "ordered",
    "page",
    "people",
    "readable",
    "readable_groups",
    "townships",
    "villages",
    "visitor_cell",
    "visitor_named",
    "visitors",
    "with_visitor",
]
