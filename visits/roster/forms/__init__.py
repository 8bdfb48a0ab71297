"""Forms of the roster: a POST turned into clean values."""

from visits.roster.forms.fields import PhoneField, date_field, text_field
from visits.roster.forms.finding import PeopleFilter, SearchForm
from visits.roster.forms.leaving import DepartureForm, LeftDayForm
from visits.roster.forms.life import EndForm, ShareForm
from visits.roster.forms.people import (
    RELATIONS,
    ContactForm,
    EventForm,
    MembershipForm,
    NewPersonForm,
    PersonForm,
)

__all__ = [
    "RELATIONS",
    "ContactForm",
    "DepartureForm",
    "EndForm",
    "EventForm",
    "LeftDayForm",
    "MembershipForm",
    "NewPersonForm",
    "PeopleFilter",
    "PersonForm",
    "PhoneField",
    "SearchForm",
    "ShareForm",
    "date_field",
    "text_field",
]
