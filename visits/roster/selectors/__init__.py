"""Reading the roster."""

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
    freshness,
    hamlets,
    page,
    people,
    townships,
    villages,
)

__all__ = [
    "CARE_WORDS",
    "OTHER",
    "Labels",
    "care_groups",
    "freshness",
    "groups_of",
    "hamlets",
    "labels_between",
    "labels_of",
    "page",
    "people",
    "readable",
    "readable_groups",
    "townships",
    "villages",
]
