"""J4: the telephones stand on every page about one person, and lead to writing it down about them."""

import datetime as dt
import uuid

import time_machine
from django.db import transaction
from django.urls import reverse

from accounts.routes import Route, routes
from tests.cast import make_cast, signed_in
from tests.objects import KWARGS, Side, make_side
from visits.roster.models import Person

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
# Paper, and two files that may be one person's.
PAPER = ("_print", "_letter", "contact_card")
OF_TWO = {"visits_roster:merge"}
READERS = ("township_clerk", "visitor", "county_officer", "county_head")
# Where it is written down already, or just now.
WRITES_IT = {"visits_followup:emergency", "visits_followup:emergency_of"}


def person_of(route: Route, side: Side) -> Person | None:
    """The one person whom the address is about, found among the objects of a side."""
    found = KWARGS[route.name](side).get("uuid") if route.takes else None
    if not isinstance(found, uuid.UUID) or route.name in OF_TWO or route.name.endswith(PAPER):
        return None
    for thing in vars(side).values():
        if getattr(thing, "uuid", None) == found:
            return thing if isinstance(thing, Person) else getattr(thing, "person", None)
    return None


def test_every_page_about_one_person_has_the_telephones_and_the_red_button(db: None) -> None:
    faults, seen = [], set()
    with time_machine.travel(NOON, tick=False):
        cast = make_cast()
        side = make_side(cast, cast.village, cast.visitor, cast.township_clerk, "本村")
        clients = {who: signed_in(getattr(cast, who)) for who in READERS}
        for route in routes():
            found = person_of(route, side)
            person = found and Person.objects.get(pk=found.pk)
            if person is None or person.status != Person.Status.LIVE:
                continue
            for who, client in clients.items():
                with transaction.atomic():  # only a page that opened is read
                    answer = client.get(reverse(route.name, kwargs=KWARGS[route.name](side)))
                if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
                    continue
                page = answer.content.decode()
                seen.add(route.name)
                report = reverse("visits_followup:emergency_of", args=[person.uuid])
                wanted = ['id="jinji"', 'href="tel:110"', 'href="tel:13766667777"']
                wanted += [] if route.name in WRITES_IT else [f'href="{report}"', 'href="#jinji"']
                missing = [one for one in wanted if one not in page]
                if missing or page.count('id="jinji"') != 1:
                    faults.append(f"{route.name} as {who}: {missing}, {page.count('id=jinji')} strips")
                break
    assert not faults, "\n".join(faults)
    assert len(seen) > 40
