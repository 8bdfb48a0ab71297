"""Pages of the highest room: read-only."""

from visits.desk.views.cards import contact_card, contact_cards_of
from visits.desk.views.due_prints import print_due
from visits.desk.views.figures import figures, overview
from visits.desk.views.full_file import full_file
from visits.desk.views.health import health
from visits.desk.views.homes import home
from visits.desk.views.manual import manual
from visits.desk.views.person import person, person_item, person_items
from visits.desk.views.prints import print_blank, print_paper, print_round, print_rounds, prints
from visits.desk.views.returns import quarterly_return, return_book, workbook

__all__ = [
    "contact_card",
    "contact_cards_of",
    "figures",
    "full_file",
    "health",
    "home",
    "manual",
    "overview",
    "person",
    "person_item",
    "person_items",
    "print_blank",
    "print_due",
    "print_paper",
    "print_round",
    "print_rounds",
    "prints",
    "quarterly_return",
    "return_book",
    "workbook",
]
