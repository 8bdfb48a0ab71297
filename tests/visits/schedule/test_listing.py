"""One statement for a page of the due list: it says what the plain lists say, and it stays one."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast, make_person
from tests.visits.schedule.test_due_list import DAY, PLAN, URL, _today, signed_in, world  # noqa: F401
from visits.roster.models import Grant, Person
from visits.schedule import cards, generation, listing, selectors
from visits.schedule.models import DueItem
from visits.schedule.periods import period_of

pytestmark = pytest.mark.django_db


WHO = ("township_clerk", "visitor", "county_officer", "neighbour")
FILTERS: tuple[dict[str, Any], ...] = (
    {}, {"state": "late"}, {"hamlet": "上洋"}, {"assignee": "none"}, {"group": "dibao"}, {"cause": "round"},
    {"cause": "rule", "state": "late", "sort": "place"},
)  # fmt: skip


def test_a_page_and_its_numbers_are_those_of_the_plain_lists(world: Cast) -> None:  # noqa: F811
    for who in WHO:
        for filters in (*FILTERS, {"village": world.village.pk}):
            _compare(getattr(world, who), filters)


def test_a_file_that_is_lent_stands_on_the_list_once_and_beside_the_readers_own(world: Cast) -> None:  # noqa: F811
    someone, other = Person.objects.filter(village_id=world.village.pk).order_by("pk")[:2]
    abroad = make_person(world, name="江外人", village=world.other_county_village, assignee=world.neighbour)
    generation.bring_up_to_date(DAY, [abroad.pk])
    for to, people in (
        (world.neighbour, [someone]),
        (world.township_clerk, [abroad, other]),
        (world.visitor, [abroad]),
    ):
        for person in people:
            Grant.objects.create(
                person=person, to=to, reason="协办", until=DAY, created_by=world.county_officer
            )
        alone = set(listing.read(to, DAY, limit=100).items)
        assert DueItem.objects.filter(pk__in=alone, person__in=people).count() == len(people)
        for filters in FILTERS:
            _compare(to, filters)


def _compare(user: Any, filters: dict[str, Any]) -> None:
    found = listing.read(user, DAY, limit=100, **filters)
    plain = list(selectors.urgent_items(user, DAY, **filters).values_list("pk", flat=True))
    assert found.items == plain
    without = {key: value for key, value in filters.items() if key != "state"}
    assert found.states() == selectors.state_counts(user, DAY, **without)
    if "round" in found.causes:
        other = {key: value for key, value in filters.items() if key != "cause"}
        for cause in DueItem.Cause.values:
            rows = selectors.urgent_items(user, DAY, **other, cause=cause)
            assert found.causes[cause] == rows.count()
    if plain:
        half = plain[len(plain) // 2]
        assert (
            listing.read(user, DAY, limit=100, after=half, **filters).items == plain[plain.index(half) + 1 :]
        )
        assert [row.item.pk for row in cards.read(user, DAY, found.items)] == plain


def test_what_is_open_is_looked_up_once(world: Cast, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)  # statements in full
    client = signed_in(world.township_clerk)
    client.get(URL)
    with CaptureQueriesContext(connection) as captured:
        client.get(URL)
    asked = [query["sql"] for query in captured if "visits_schedule_dueitem" in query["sql"]]
    # What is open with its numbers; the 25 rows.
    assert len(asked) == 2
    # Whose files are lent to the reader, what the lists are as of: asked once, by whoever needs it first.
    for table in ("visits_roster_grant", "visits_roster_rosterimport"):
        assert sum(f"FROM {table}" in query["sql"].replace('"', "") for query in captured) <= 2
    assert len(captured) <= 22


def test_a_period_is_not_looked_at_again_until_something_changes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_person(cast)
    period, rules = period_of("quarter", DAY), generation.rules()
    looked = []
    steady = generation.steady.write
    monkeypatch.setattr(generation.steady, "write", lambda *given: looked.append(1) or steady(*given))
    # Nobody else may be writing when it is said from what a list was written (other tests run beside this one).
    monkeypatch.setattr(
        generation.steady,
        "MARK",
        generation.steady.MARK.replace("EXISTS (SELECT", "FALSE AND EXISTS (SELECT"),
    )
    assert [generation.write(period, rules) for _ in range(2)] == [1, 0]
    assert len(looked) == 1
    assert generation.write(period, rules, anew=True) == 0
    assert len(looked) == 2

    second = make_person(cast, starts_on=dt.date(2026, 11, 1))
    assert generation.write(period, rules) == 1
    DueItem.objects.filter(person=first).delete()
    assert generation.write(period, rules) == 1
    assert set(DueItem.objects.values_list("person_id", flat=True)) == {first.pk, second.pk}
    assert len(looked) == 4
