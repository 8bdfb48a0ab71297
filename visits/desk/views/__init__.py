"""Pages of the highest room: read-only."""

from visits.desk.views.figures import figures, overview
from visits.desk.views.health import health
from visits.desk.views.homes import home
from visits.desk.views.person import person
from visits.desk.views.prints import print_blank, print_round, print_rounds, prints

__all__ = [
    "figures",
    "health",
    "home",
    "overview",
    "person",
    "print_blank",
    "print_round",
    "print_rounds",
    "prints",
]
