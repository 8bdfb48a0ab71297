"""A visit fulfils what it qualifies for, on the boundary days; people are handed over with what is open."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.models import LogEntry
from accounts.roles import Role
from tests.cast import make_person, make_user
from visits.core.options import OPTIONS
from visits.records.models import Met, Mode
from visits.roster import services as roster
from visits.roster.models import Person
from visits.schedule import due as rules
from visits.schedule import selectors, services
from visits.schedule.models import DueItem, FrequencyRule, state_case

DAY = dt.date(2026, 11, 24)
pytestmark = pytest.mark.django_db


def test_the_words_of_modes_and_meetings_are_the_same_everywhere() -> None:
    assert dict(Mode.choices) == rules.MODES
    assert set(Met.values) == set(rules.MET)


@pytest.mark.parametrize(
    ("visited", "done"),
    [(dt.date(2026, 9, 30), False), (dt.date(2026, 10, 1), True), (dt.date(2026, 12, 31), True), (dt.date(2027, 1, 1), False)],
    ids=["the day before the quarter does not count", "its first day counts", "its last day counts", "the day after does not"],
)  # fmt: skip
def test_a_visit_counts_for_the_quarter_of_its_day(cast, visited, done) -> None:
    person = make_person(cast)
    services.generate(on=DAY)
    ids = services.fulfil(person_id=person.pk, visited_on=visited, mode="home", met="self")
    assert bool(ids) is done
    item = DueItem.objects.get(person=person)
    assert (item.done_on == visited) is done
    assert (item.made_up_on == visited) is (visited > item.closes_on)


def test_one_visit_fulfils_the_first_visit_and_the_quarter(cast) -> None:
    person = make_person(cast, starts_on=dt.date(2026, 12, 20))
    services.generate(on=dt.date(2026, 12, 21))
    services.generate(on=dt.date(2027, 1, 5))
    items = DueItem.objects.filter(person=person)
    assert [(i.first, i.due_on) for i in items.order_by("due_on")] == [
        (True, dt.date(2027, 1, 19)),
        (False, dt.date(2027, 3, 31)),
    ]
    done = services.fulfil(person_id=person.pk, visited_on=dt.date(2027, 1, 10), mode="phone", met="self")
    assert len(done) == 2


def test_for_somebody_in_extreme_hardship_a_relative_s_word_is_not_enough(cast) -> None:
    alone, member = make_person(cast, groups=("tekun",)), make_person(cast, groups=("dibao",))
    services.generate(on=DAY)
    assert services.fulfil(person_id=alone.pk, visited_on=DAY, mode="home", met="proxy") == []
    assert services.fulfil(person_id=member.pk, visited_on=DAY, mode="home", met="proxy") != []


def test_a_rule_that_wants_a_home_visit_is_not_done_by_telephone(cast) -> None:
    FrequencyRule.objects.create(
        region=cast.county, tier="key", kind="quarter", modes=["home", "phone"], min_home=1,
        sentence="每季度至少上门一次", clause="县", position=5, starts_on=dt.date(2026, 1, 1),
    )  # fmt: skip
    person = make_person(cast)
    services.generate(on=DAY)
    (item,) = DueItem.objects.counting().filter(person=person)
    assert item.rule.min_home == 1
    assert services.fulfil(person_id=person.pk, visited_on=DAY, mode="phone", met="self") == []
    done = services.fulfil(person_id=person.pk, visited_on=DAY, mode="home", met="self", home_visits_on=[DAY])
    assert done == [item.pk]


def test_a_voided_visit_opens_its_items_again(cast) -> None:
    person = make_person(cast)
    services.generate(on=DAY)
    done = services.fulfil(person_id=person.pk, visited_on=DAY, mode="home", met="self")
    services.unfulfil(item_ids=done, person_id=person.pk, visited_on=DAY)
    assert DueItem.objects.to_do(DAY).filter(person=person).exists()


@pytest.mark.parametrize("done_on", [None, dt.date(2026, 10, 10), dt.date(2026, 12, 30)])
@pytest.mark.parametrize("made_up_on", [None, dt.date(2027, 1, 9)])
@pytest.mark.parametrize("stored", ["", "superseded", "dropped", "excused"])
@pytest.mark.parametrize(
    "today",
    [
        dt.date(2026, 10, 1),
        dt.date(2026, 12, 20),
        dt.date(2026, 12, 24),
        dt.date(2026, 12, 31),
        dt.date(2027, 1, 1),
    ],
)
def test_the_state_in_sql_is_the_state_in_python(cast, done_on, made_up_on, stored, today) -> None:
    if done_on and (made_up_on or stored):
        return
    person = make_person(cast)
    services.generate(on=DAY)
    DueItem.objects.filter(person=person).update(
        stored=stored, done_on=done_on, done_mode="home" if done_on else "", done_met="self" if done_on else "",
        made_up_on=made_up_on, due_on=dt.date(2026, 12, 28),
    )  # fmt: skip
    item = DueItem.objects.annotate(state=state_case(today)).get(person=person)
    assert item.state == rules.state_of(
        due_on=item.due_on, closes_on=item.closes_on, opens_on=item.opens_on, done_on=done_on,
        made_up_on=made_up_on, stored=stored, today=today, soon_days=OPTIONS["soon_days"].default,
    )  # fmt: skip


def test_assigning_hands_over_open_items_and_is_logged(cast) -> None:
    person = make_person(cast)
    services.generate(on=DAY)
    other = make_user("新来的", "13800000301", Role.VISITOR, cast.village)
    assert (
        services.assign(person_ids=[person.pk], to_id=other.pk, by=cast.township_clerk, at=timezone.now())
        == 1
    )
    person.refresh_from_db()
    assert person.assignee_id == other.pk == DueItem.objects.get(person=person).assignee_id
    entry = LogEntry.objects.get(action="people_assigned")
    assert entry.detail == {"to": other.pk, "people": 1}


def test_nobody_is_given_to_somebody_without_a_post_there(cast) -> None:
    person = make_person(cast)
    stranger = make_user("外村的", "13800000302", Role.VISITOR, cast.other_village)
    with pytest.raises(services.CannotAssign, match=f"外村的没有在月洲村（{person.name}）任职"):
        services.assign(person_ids=[person.pk], to_id=stranger.pk, by=cast.township_clerk, at=timezone.now())
    far = make_person(cast, village=cast.other_county_village)
    with pytest.raises(services.CannotAssign, match="刷新"):
        services.assign(person_ids=[far.pk], to_id=cast.visitor.pk, by=cast.township_clerk, at=timezone.now())


def test_the_list_is_by_person_and_most_urgent_first(cast) -> None:
    first = make_person(cast, name="首访逾期", starts_on=dt.date(2026, 9, 20))
    missed = make_person(cast, name="上一季没访")
    Person.objects.update(created_at=dt.datetime(2026, 9, 21, tzinfo=dt.UTC))
    usual = make_person(cast, name="这一季才建档")
    for day in (dt.date(2026, 9, 21), DAY):
        services.generate(on=day)
    rows = selectors.due_people(cast.visitor, DAY)
    # 上一季没访 was due on 30 September, 首访 on 20 October; each person stands once though two are owed.
    assert [(row.person.pk, row.state) for row in rows] == [
        (missed.pk, "missed"),
        (first.pk, "late"),
        (usual.pk, "idle"),
    ]
    counts = selectors.state_counts(cast.visitor, DAY)
    assert counts == {"late": 2, "soon": 0, "idle": 1}
    assert len(selectors.due_people(cast.visitor, DAY, state="late")) == 2
    services.fulfil(person_id=missed.pk, visited_on=DAY, mode="home", met="self")
    assert [row.person.pk for row in selectors.due_people(cast.visitor, DAY)] == [first.pk, usual.pk]


def test_a_visitor_sees_only_their_own_people_and_a_neighbour_nobody(cast) -> None:
    mine, theirs = make_person(cast), make_person(cast, assignee=cast.village_head)
    services.generate(on=DAY)
    assert [r.person.pk for r in selectors.due_people(cast.visitor, DAY)] == [mine.pk]
    assert {r.person.pk for r in selectors.due_people(cast.village_head, DAY)} == {mine.pk, theirs.pk}
    assert selectors.due_people(cast.neighbour, DAY) == []


def _two_quarters(person: Person) -> None:
    """What was owed in the third quarter was missed; the fourth is running."""
    Person.objects.filter(pk=person.pk).update(created_at=dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    for day in (dt.date(2026, 9, 21), DAY):
        services.generate(on=day)


@time_machine.travel(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), tick=False)
@pytest.mark.parametrize(
    ("died_on", "missed"),
    [(dt.date(2026, 9, 20), False), (dt.date(2026, 9, 30), False), (dt.date(2026, 10, 5), True)],
    ids=["before it was due", "on the day", "after it was missed"],
)
def test_who_died_in_an_earlier_quarter_is_to_be_visited_no_more(cast, died_on, missed) -> None:
    person = make_person(cast)
    _two_quarters(person)
    roster.mark_left(person_id=person.pk, status="dead", on=died_on, by=cast.visitor, at=timezone.now())
    assert selectors.due_people(cast.visitor, DAY) == []
    states = DueItem.objects.filter(person=person).with_state(DAY).order_by("period_start")
    assert [item.state for item in states] == ["missed" if missed else "dropped", "dropped"]
    roster.undo_left(person_id=person.pk, by=cast.township_clerk, at=timezone.now())
    assert [item.state for item in states.all()] == ["missed", "idle"]


@time_machine.travel(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), tick=False)
def test_a_first_visit_that_runs_on_from_the_quarter_before_is_dropped_by_death(cast) -> None:
    person = make_person(cast, starts_on=dt.date(2026, 9, 20))
    _two_quarters(person)
    roster.mark_left(
        person_id=person.pk, status="dead", on=dt.date(2026, 10, 5), by=cast.visitor, at=timezone.now()
    )
    assert set(DueItem.objects.filter(person=person).values_list("stored", flat=True)) == {"dropped"}


@time_machine.travel(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), tick=False)
def test_a_membership_that_was_a_mistake_owed_nothing_in_earlier_quarters_either(cast) -> None:
    person = make_person(cast)
    _two_quarters(person)
    roster.void_membership(
        membership_id=person.memberships.get().pk, reason="同名", by=cast.township_clerk, at=timezone.now()
    )
    assert set(DueItem.objects.filter(person=person).values_list("stored", flat=True)) == {"dropped"}


@time_machine.travel(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), tick=False)
def test_what_was_missed_in_another_unit_stays_missed_there(cast) -> None:
    """A stricter rule of the old county is not the new county's to take back."""
    FrequencyRule.objects.create(
        region=cast.county, tier="key", kind="quarter", modes=["home"], min_home=1,
        sentence="每季度上门一次", clause="县", position=5, starts_on=dt.date(2026, 1, 1),
    )  # fmt: skip
    person = make_person(cast)
    _two_quarters(person)
    there = cast.other_county_village
    Person.objects.filter(pk=person.pk).update(
        county_id=there.county_id, township_id=there.township_id, village_id=there.pk
    )
    services.refresh(person_ids=[person.pk], on=DAY)
    old = DueItem.objects.filter(person=person, period_start=dt.date(2026, 7, 1), rule__region=cast.county)
    assert [item.state for item in old.with_state(DAY)] == ["missed"]


def test_who_is_in_no_group_any_more_leaves_the_list_and_not_the_figures(cast) -> None:
    person = make_person(cast)
    Person.objects.update(created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    services.generate(on=dt.date(2026, 9, 1))
    item = DueItem.objects.get(person=person)
    person.memberships.update(ends_on=dt.date(2026, 9, 30))
    services.refresh(person_ids=[person.pk], on=DAY)
    assert not DueItem.objects.to_do(DAY).filter(person=person).exists()
    assert DueItem.objects.counting().with_state(DAY).get(pk=item.pk).state == "missed"
