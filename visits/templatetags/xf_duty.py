"""J4: a page about one person has the telephones on it, whether or not its view thought of them."""

from typing import Any

from django import template

from visits.roster.models import Person
from visits.roster.selectors.duty import Strip, strip

register = template.Library()


@register.simple_tag(takes_context=True)
def duty_strip(context: template.Context) -> Strip | None:
    """Whom to ring about the one person of the page (`person` in its context), for `components/_sos.html`; None where
    the page has a strip of its own (`duty`), where it is about nobody, and where nobody is left to be helped."""
    person, now = context.get("person"), context.get("moment")
    user: Any = getattr(context.get("request"), "user", None)
    if "duty" in context or now is None or user is None or not isinstance(person, Person):
        return None
    person = person.merged_into or person
    return strip(user, now, person) if person.status == Person.Status.LIVE else None
