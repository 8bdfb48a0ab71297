"""Every number equals the length of its list and a recount in plain Python, at every level."""

import datetime as dt

import pytest

from accounts.models import Post
from accounts.models.region import Level
from accounts.roles import WRITES_VISITS
from tests.cast import make_person
from tests.visits.desk.world import TODAY, item, random_world, villages_of, visit
from visits.core.options import OPTIONS
from visits.desk import scope, selectors
from visits.desk.selectors import MEASURES
from visits.records.models import SheetLine
from visits.roster.models import Membership, Person
from visits.schedule.due import state_of
from visits.schedule.households import Seen, reached
from visits.schedule.models import DueItem
from visits.schedule.periods import HalfYear, Quarter

pytestmark = pytest.mark.django_db
PERIODS = [Quarter(2026, 4), Quarter(2026, 3), HalfYear(2026, 2)]


def recount(units, period, today):
    """The same measures in plain Python, from all rows: person ids by measure."""
    found = {code: set() for code in MEASURES}
    owed = {}
    for row in DueItem.objects.order_by("pk"):
        state = state_of(
            due_on=row.due_on,
            closes_on=row.closes_on,
            opens_on=row.opens_on,
            done_on=row.done_on,
            made_up_on=row.made_up_on,
            stored=row.stored,
            today=today,
            soon_days=OPTIONS["soon_days"].default,
        )
        if (
            row.cause == "rule"
            and within(row, units)
            and period.start <= row.due_on <= period.end
            and state not in ("superseded", "dropped")
        ):
            owed.setdefault(row.person_id, []).append((row, state))
    for person_id, rows in owed.items():
        found["due"].add(person_id)
        states = {state for _, state in rows}
        if states <= {"done", "done_late"}:
            found["done"].add(person_id)
            if any(row.done_met == "self" for row, _ in rows):
                found["self"].add(person_id)
            papers = [papers_of(row) for row, _ in rows]
            left = [not paper and not row.done_via for paper, (row, _) in zip(papers, rows, strict=True)]
            found["signed" if all(papers) else "unsigned" if any(left) else "offline"].add(person_id)
            if all("approved" in states_of for states_of in papers):
                found["approved"].add(person_id)
        elif states & {"late", "missed"}:
            found["late"].add(person_id)
        elif states & {"idle", "soon"}:
            found["open"].add(person_id)
        else:
            found["tried"].add(person_id)
    for home in homes_of(owed):
        found["homes"].add(stands_for(home))
        seen = [
            Seen(
                row.birth_date,
                row.pk in found["done"],
                frozenset(item.done_met for item, _ in owed[row.pk]),
            )
            for row in home
        ]
        if reached(seen, period.end):
            found["homes_done"].add(stands_for(home))
    live = set(Membership.objects.live(today).values_list("person_id", flat=True))
    for person in Person.objects.filter(status="live"):
        if within(person, units) and person.pk in live:
            found["roster"].add(person.pk)
            if not visited_by_somebody(person, today):
                found["unassigned"].add(person.pk)
    return found


def homes_of(owed):
    """The people owed a visit, as they live together."""
    homes = {}
    for person in Person.objects.filter(pk__in=owed).order_by("pk"):
        homes.setdefault(person.household_id or f"alone {person.pk}", []).append(person)
    return homes.values()


def stands_for(home):
    return min(home, key=lambda row: (row.relation != "户主", row.pk)).pk


def visited_by_somebody(person, today):
    """Whether whoever is named holds a post that visits there."""
    return any(
        post.role in WRITES_VISITS
        and (
            post.region_id in (person.village_id, person.township_id)
            or (person.entrusted_to_id and person.entrusted_to_id in (post.region_id, post.region.parent_id))
        )
        and post.starts_on <= today
        and (post.ends_on is None or post.ends_on >= today)
        for post in Post.objects.filter(user_id=person.assignee_id)
    )


def within(row, units):
    names = {1: None, 2: "county_id", 3: "township_id", 4: "village_id"}
    return any(level == 1 or getattr(row, names[level]) in ids for level, ids in units.items())


def papers_of(row):
    seen_on = row.done_on or row.made_up_on
    lines = SheetLine.objects.filter(
        person_id=row.person_id, visit__visited_on=seen_on, visit__voided_at=None, returned=None
    )
    return set(lines.values_list("sheet__state", flat=True)) & {"signed", "approved"}


@pytest.mark.parametrize("seed", range(12))
def test_every_number_is_the_length_of_its_list_and_of_a_recount_at_every_level(cast, seed):
    random_world(cast, seed)
    for period in PERIODS:
        for region in (cast.city, cast.county, cast.township, *villages_of(cast)):
            units = scope.units_of(region)
            figures = selectors.figures(units, period, TODAY)
            plain = recount(units, period, TODAY)
            for code in MEASURES:
                people = set(selectors.people_of(units, period, TODAY, code).values_list("pk", flat=True))
                assert people == plain[code], (code, region.name, period.key)
                assert figures.of(code) == len(people), (code, region.name, period.key)
            assert figures.due == figures.done + figures.late + figures.open + figures.tried


@pytest.mark.parametrize("seed", range(4))
def test_the_row_of_a_unit_says_what_its_own_page_says(cast, seed):
    random_world(cast, seed)
    for region in (cast.city, cast.county, cast.township):
        rows = selectors.figures_below(scope.units_of(region), region.level, PERIODS[0], TODAY)
        for pk, row in rows.items():
            below = scope.units_of(type(region).objects.get(pk=pk))
            assert row == selectors.figures(below, PERIODS[0], TODAY)


def test_a_person_with_two_items_counts_once_and_is_done_when_both_are(cast):
    person = make_person(cast)
    first = item(person, dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    second = item(person, dt.date(2026, 7, 1), dt.date(2026, 12, 31), by=_half())
    visit(person, dt.date(2026, 11, 2), cast.visitor, items=[first])
    units = {Level.VILLAGE: {cast.village.pk}}
    now = selectors.figures(units, PERIODS[0], TODAY)
    assert (now.due, now.done, now.open) == (1, 0, 1)
    visit(person, dt.date(2026, 11, 9), cast.visitor, items=[second])
    now = selectors.figures(units, PERIODS[0], TODAY)
    assert (now.due, now.done, now.met_self, now.unsigned) == (1, 1, 1, 1)


def test_a_closed_item_stays_with_the_unit_it_was_made_under(cast):
    person = make_person(cast)
    owed = item(person, dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    visit(person, dt.date(2026, 8, 2), cast.visitor, items=[owed])
    there = cast.other_village
    Person.objects.filter(pk=person.pk).update(village_id=there.pk)
    assert selectors.figures({4: {cast.village.pk}}, PERIODS[1], TODAY).done == 1
    assert selectors.figures({4: {there.pk}}, PERIODS[1], TODAY).done == 0
    assert selectors.figures({4: {there.pk}}, PERIODS[1], TODAY).roster == 1


def test_a_first_visit_belongs_to_the_period_of_its_day(cast):
    person = make_person(cast)
    item(
        person,
        dt.date(2026, 7, 1),
        dt.date(2026, 9, 30),
        first=True,
        opens_on=dt.date(2026, 9, 20),
        due_on=dt.date(2026, 10, 20),
        closes_on=dt.date(2026, 12, 31),
    )
    units = {Level.VILLAGE: {cast.village.pk}}
    assert selectors.figures(units, PERIODS[1], TODAY).due == 0
    assert selectors.figures(units, PERIODS[0], TODAY).late == 1


def _half():
    from tests.visits.desk.world import rule

    return rule("half")


def test_nobody_owed_a_visit_has_no_rate(cast):
    nothing = selectors.figures({Level.VILLAGE: {cast.village.pk}}, PERIODS[0], TODAY)
    assert (nothing.rate, nothing.self_rate, nothing.due) == (None, None, 0)
