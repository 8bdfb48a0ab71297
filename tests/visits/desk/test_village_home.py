"""The first page of whoever stands for a village: found by its people, and with what nobody has taken on."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast, make_person, signed_in
from tests.visits.desk.test_homes import due_person, links_of, page
from visits.roster.models import Person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["visitor", "village_head", "liaison"])
def test_what_is_owed_is_looked_up_by_the_people_of_the_page_and_by_nothing_wider(
    cast: Cast, who: str
) -> None:
    due_person(cast, 1)
    due_person(cast, 2, assignee=cast.village_head)
    client = signed_in(getattr(cast, who))
    page(client)
    with CaptureQueriesContext(connection) as caught:
        page(client)
    asked = [one["sql"] for one in caught if 'FROM "visits_schedule_dueitem"' in one["sql"]]
    assert len(asked) >= 5
    for sql in asked:
        by_person = '"person_id" IN (' in sql or '"household_id" IN (' in sql
        assert by_person, sql


@pytest.mark.parametrize(("who", "told"), [("village_head", True), ("liaison", True), ("visitor", False)])
def test_who_has_no_visitor_stands_on_the_first_page_of_the_village(cast: Cast, who: str, told: bool) -> None:
    alone = make_person(cast, name="陈没人")
    Person.objects.filter(pk=alone.pk).update(assignee=None)
    due_person(cast, 1)
    client: Any = signed_in(getattr(cast, who))
    text = page(client)
    assert ("名单上1人还没定由谁去访" in text) is told
    for url in links_of(text, "还没定由谁去访"):
        there = page(client, url)
        assert "陈没人" in there
        assert "林依1" not in there
