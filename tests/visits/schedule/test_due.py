"""Which visits are owed: worked lives, the states of an item, and properties over invented lives."""

import datetime as dt
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visits.schedule.due import (
    HOME_MODES,
    MET,
    MET_HOUSEHOLD,
    MET_SELF,
    MODES,
    Item,
    Life,
    Rule,
    Span,
    days_needed,
    dominator,
    items_for,
    left_days,
    live_days,
    qualifies,
    state_of,
)
from visits.schedule.periods import KINDS, HalfYear, Month, Quarter, Week, nested, parts, period_of

ALL_MODES = frozenset(MODES)
HOME = frozenset({"home", "institution"})
LONG_AGO = date(2018, 1, 1)


def rule(kind, target, *, id=1, modes=ALL_MODES, min_home=0, order=0, starts_on=LONG_AGO, ends_on=None):
    return Rule(id, kind, frozenset(target.split()), modes, min_home, order, starts_on, ends_on)


def life(*spans, left_on=None, on_roster_before=None):
    return Life(tuple(Span(*span) for span in spans), left_on, on_roster_before)


KEY = rule("quarter", "dibao tekun", id=1)
GENERAL = rule("half", "alone80", id=2, order=1)
Q3, H2 = Quarter(2026, 3), HalfYear(2026, 2)


def dates(items):
    return [(item.opens_on, item.due_on, item.closes_on, item.first) for item in items]


# (a) thirty days of the period


@pytest.mark.parametrize(
    ("spans", "opens"),
    [
        ([("dibao", date(2020, 1, 1))], date(2026, 7, 1)),
        ([("dibao", date(2026, 9, 1))], date(2026, 9, 1)),
        ([("dibao", date(2020, 1, 1), date(2026, 7, 30))], date(2026, 7, 1)),
        ([("dibao", date(2020, 1, 1), date(2026, 7, 15)), ("dibao", date(2026, 9, 16))], date(2026, 7, 1)),
        (
            [("dibao", date(2026, 7, 20), date(2026, 8, 5)), ("tekun", date(2026, 8, 6), date(2026, 8, 18))],
            date(2026, 7, 20),
        ),
    ],
    ids=[
        "a member all along is owed a visit by the last day",
        "thirty days at the end are enough",
        "thirty days at the beginning are enough, also when the benefit has ended",
        "thirty days in two pieces are enough",
        "thirty days in two groups of one rule are enough",
    ],
)
def test_thirty_live_days_make_the_visit_of_the_period_owed(spans, opens):
    assert dates(items_for(life(*spans), [KEY], "quarter", Q3)) == [(opens, Q3.end, Q3.end, False)]


@pytest.mark.parametrize(
    "spans",
    [
        [("dibao", date(2020, 1, 1), date(2026, 7, 29))],
        [("dibao", date(2020, 1, 1), date(2026, 6, 30))],
        [("dibao", date(2026, 10, 1))],
        [("alone80", date(2020, 1, 1))],
        [],
        [("dibao", date(2026, 9, 10), date(2026, 9, 29))],
        [("dibao", date(2026, 8, 1), date(2026, 8, 20)), ("tekun", date(2026, 8, 5), date(2026, 8, 29))],
    ],
    ids=[
        "twenty-nine days and then the end of the benefit",
        "the benefit ended before the period",
        "the benefit begins after the period",
        "the group is not in the rule",
        "no membership at all",
        "joined and left again before the last day",
        "overlapping groups count each day once",
    ],
)
def test_otherwise_nothing_is_owed(spans):
    assert items_for(life(*spans), [KEY], "quarter", Q3) == []


def test_a_short_period_is_owed_when_the_person_was_live_in_all_of_it():
    monthly, weekly = rule("month", "dibao"), rule("week", "dibao", id=2)
    member = life(("dibao", date(2020, 1, 1)))
    assert days_needed(Month(2026, 2)) == 28
    assert days_needed(Month(2026, 12)) == 30
    assert dates(items_for(member, [monthly], "month", Month(2026, 2))) == [
        (date(2026, 2, 1), date(2026, 2, 28), date(2026, 2, 28), False)
    ]
    week = Week(2026, 48)
    assert dates(items_for(member, [weekly], "week", week)) == [(week.start, week.end, week.end, False)]


def test_a_rule_counts_only_the_days_between_its_own_dates():
    member = life(("dibao", date(2020, 1, 1)))
    late = rule("quarter", "dibao", starts_on=date(2026, 9, 1))
    assert live_days(member, late, Q3) == 30
    assert dates(items_for(member, [late], "quarter", Q3)) == [(date(2026, 9, 1), Q3.end, Q3.end, False)]
    ended = rule("quarter", "dibao", ends_on=date(2026, 7, 29))
    assert items_for(member, [ended], "quarter", Q3) == []


def test_the_start_of_a_rule_makes_nobody_a_newcomer():
    member = life(("dibao", date(2020, 1, 1)))
    too_late = rule("quarter", "dibao", starts_on=date(2026, 9, 20))
    assert items_for(member, [too_late], "quarter", Q3) == []


# (b) newcomers


def test_a_newcomer_of_the_last_weeks_is_owed_a_first_visit_within_thirty_days():
    (item,) = items_for(life(("tekun", date(2026, 9, 20))), [KEY], "quarter", Q3)
    assert item == Item(
        rule_id=1,
        period_start=Q3.start,
        period_end=Q3.end,
        opens_on=date(2026, 9, 20),
        due_on=date(2026, 10, 20),
        closes_on=date(2026, 12, 31),
        first=True,
        reason="9月20日新列入，10月20日前要访到第一次",
    )


@pytest.mark.parametrize(
    ("member", "word"),
    [
        (life(("tekun", date(2026, 9, 20))), "9月20日新列入"),
        (life(("tekun", date(2026, 9, 20)), ("old_alone", date(2023, 1, 1))), "9月20日列入这一类"),
        (replace(life(("tekun", date(2020, 1, 1))), away=((date(2026, 2, 1), date(2026, 9, 19)),)), "9月20日回来"),
    ],
)  # fmt: skip
def test_only_whoever_was_on_no_list_is_called_new(member, word):
    (item,) = items_for(member, [KEY], "quarter", Q3)
    assert item.reason == f"{word}，10月20日前要访到第一次"


def test_the_next_period_is_owed_beside_the_first_visit_and_one_visit_does_for_both():
    newcomer = life(("tekun", date(2026, 9, 20)))
    (first,) = items_for(newcomer, [KEY], "quarter", Q3)
    (regular,) = items_for(newcomer, [KEY], "quarter", Q3.next())
    assert regular.first is False
    assert regular.period_start != first.period_start
    assert all(qualifies(date(2026, 10, 12), "home", "self", item, KEY) for item in (first, regular))


def test_who_was_on_the_list_before_go_live_is_no_newcomer():
    spans = [("tekun", date(2026, 9, 20))]
    assert items_for(life(*spans, on_roster_before=date(2026, 9, 21)), [KEY], "quarter", Q3) == []
    assert len(items_for(life(*spans, on_roster_before=date(2026, 9, 20)), [KEY], "quarter", Q3)) == 1


def test_moving_between_groups_of_one_rule_makes_nobody_a_newcomer():
    moved = life(("dibao", date(2020, 1, 1), date(2026, 9, 19)), ("tekun", date(2026, 9, 20)))
    (item,) = items_for(moved, [KEY], "quarter", Q3)
    assert not item.first
    assert live_days(moved, KEY, Q3) == 92


def test_coming_back_after_a_gap_makes_a_newcomer():
    back = life(("dibao", date(2020, 1, 1), date(2026, 6, 30)), ("dibao", date(2026, 9, 20)))
    (item,) = items_for(back, [KEY], "quarter", Q3)
    assert item.first


def test_a_newcomer_who_moves_on_to_another_group_the_next_day_came_on_the_first_day():
    moved = life(("dibao", date(2026, 9, 10), date(2026, 9, 19)), ("tekun", date(2026, 9, 20)))
    assert dates(items_for(moved, [KEY], "quarter", Q3)) == [
        (date(2026, 9, 10), date(2026, 10, 10), date(2026, 12, 31), True)
    ]


def test_a_membership_of_former_years_does_not_open_the_item_early():
    back = life(("dibao", date(2020, 1, 1), date(2021, 1, 1)), ("dibao", date(2026, 9, 1)))
    assert dates(items_for(back, [KEY], "quarter", Q3)) == [(date(2026, 9, 1), Q3.end, Q3.end, False)]


def test_an_open_end_swallows_whatever_begins_later():
    nested_spans = life(("dibao", date(2020, 1, 1)), ("tekun", date(2026, 9, 20), date(2026, 9, 25)))
    assert live_days(nested_spans, KEY, Q3) == 92


# death and departure


@pytest.mark.parametrize(
    ("left_on", "owed"),
    [
        (date(2026, 9, 30), False),
        (date(2026, 8, 1), False),
        (date(2026, 10, 1), True),
        (date(2026, 6, 1), False),
    ],
    ids=["on the due day", "inside the period", "the day after", "before the period"],
)
def test_death_or_departure_drops_what_is_due_on_that_day_or_later(left_on, owed):
    gone = life(("dibao", date(2020, 1, 1)), left_on=left_on)
    assert bool(items_for(gone, [KEY], "quarter", Q3)) is owed


def test_death_in_the_next_period_drops_a_first_visit_not_yet_due():
    spans = [("tekun", date(2026, 9, 20))]
    assert items_for(life(*spans, left_on=date(2026, 10, 20)), [KEY], "quarter", Q3) == []
    assert len(items_for(life(*spans, left_on=date(2026, 10, 21)), [KEY], "quarter", Q3)) == 1


# dominance


def both(kind, period, *rules, spans=(("dibao", date(2020, 1, 1)), ("alone80", date(2020, 1, 1)))):
    return [item.rule_id for item in items_for(life(*spans), rules, kind, period)]


def test_a_quarterly_rule_stands_in_for_a_half_yearly_one():
    assert both("half", H2, KEY, GENERAL) == []
    assert both("quarter", Q3, KEY, GENERAL) == [1]


@pytest.mark.parametrize(
    ("strict", "easy", "makes"),
    [
        (rule("quarter", "dibao"), rule("half", "alone80", id=2, modes=HOME), [2]),
        (rule("quarter", "dibao"), rule("half", "alone80", id=2, min_home=1), [2]),
        (rule("quarter", "dibao", min_home=1), rule("half", "alone80", id=2, min_home=1), []),
        (rule("quarter", "dibao", modes=HOME), rule("half", "alone80", id=2), []),
        (rule("week", "dibao"), rule("half", "alone80", id=2), [2]),
    ],
    ids=[
        "not when the longer rule wants home visits and the shorter allows calls",
        "not when the longer rule wants a number of home visits",
        "when both want the same number of home visits",
        "when the shorter one asks for more",
        "a weekly rule nests in nothing but itself",
    ],
)
def test_a_rule_stands_in_only_when_it_asks_for_at_least_as_much(strict, easy, makes):
    assert both("half", H2, strict, easy) == makes


@pytest.mark.parametrize(
    ("first", "second", "makes"),
    [
        (rule("quarter", "dibao", id=1, order=2), rule("quarter", "alone80", id=2, order=1), [2]),
        (rule("quarter", "dibao", id=7, order=1), rule("quarter", "alone80", id=3, order=1), [3]),
        (rule("quarter", "dibao", id=1, order=9, modes=HOME), rule("quarter", "alone80", id=2, order=1), [1]),
        (
            rule("quarter", "dibao", id=1, modes=HOME),
            rule("quarter", "alone80", id=2, min_home=1),
            [1, 2],
        ),
    ],
    ids=[
        "of two equal rules the lower order makes the item",
        "of two equal rules of one order the lower id makes it",
        "the stricter of one length makes it, whatever the order",
        "two that ask for different things each make theirs",
    ],
)
def test_equal_length_gives_exactly_one_item_where_one_does(first, second, makes):
    assert both("quarter", Q3, first, second) == makes
    assert both("quarter", Q3, second, first) == makes


def test_an_upgrade_in_mid_half_year_takes_the_place_of_the_half_yearly_item():
    spans = [("alone80", date(2020, 1, 1)), ("dibao", date(2026, 8, 10))]
    assert both("half", H2, KEY, GENERAL, spans=spans) == []
    assert both("quarter", Q3, KEY, GENERAL, spans=spans) == [1]
    assert dominator(life(*spans), [KEY, GENERAL], GENERAL, H2) is KEY


def test_a_short_stay_in_the_stricter_group_leaves_the_other_item_alone():
    spans = [("alone80", date(2020, 1, 1)), ("dibao", date(2026, 8, 10), date(2026, 9, 1))]
    assert both("half", H2, KEY, GENERAL, spans=spans) == [2]


def test_thirty_days_over_the_edge_of_two_months_do_not_leave_the_person_without_any_visit():
    monthly = rule("month", "tekun", id=3)
    spans = [
        ("dibao", date(2020, 1, 1)),
        ("tekun", date(2020, 1, 1), date(2026, 1, 31)),
        ("tekun", date(2026, 7, 15), date(2026, 8, 14)),
    ]
    person = life(*spans, on_roster_before=date(2026, 8, 1))
    assert live_days(person, monthly, Q3) == 31
    assert not any(items_for(person, [KEY, monthly], "month", month) for month in parts("month", Q3))
    quarterly = rule("quarter", "dibao", id=1)
    assert [item.rule_id for item in items_for(person, [quarterly, monthly], "quarter", Q3)] == [1]


def test_a_period_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="quarter was passed for month"):
        items_for(life(), [KEY], "month", Q3)


# how an item stands

REGULAR = {"opens_on": date(2026, 10, 1), "due_on": date(2026, 12, 31), "closes_on": date(2026, 12, 31)}
FIRST = {"opens_on": date(2026, 9, 20), "due_on": date(2026, 10, 20), "closes_on": date(2026, 12, 31)}
STATES = [
    ("not yet open", REGULAR, {}, (2026, 9, 30), "idle"),
    ("eight days before", REGULAR, {}, (2026, 12, 23), "idle"),
    ("seven days before", REGULAR, {}, (2026, 12, 24), "soon"),
    ("on the due day", REGULAR, {}, (2026, 12, 31), "soon"),
    ("the day after the period", REGULAR, {}, (2027, 1, 1), "missed"),
    ("past due with the window open", FIRST, {}, (2026, 10, 21), "late"),
    ("on the last day of the window", FIRST, {}, (2026, 12, 31), "late"),
    ("after the window", FIRST, {}, (2027, 1, 1), "missed"),
    ("visited in time", REGULAR, {"done_on": date(2026, 12, 31)}, (2027, 3, 1), "done"),
    ("visited after the due day", FIRST, {"done_on": date(2026, 10, 21)}, (2026, 10, 22), "done_late"),
    ("made up after the window", REGULAR, {"made_up_on": date(2027, 1, 5)}, (2027, 1, 6), "done_late"),
    ("excused and the window over", REGULAR, {"stored": "excused"}, (2027, 1, 1), "excused"),
    (
        "excused and then met after all",
        REGULAR,
        {"stored": "excused", "done_on": date(2026, 12, 30)},
        (2027, 1, 1),
        "done",
    ),
    ("superseded", REGULAR, {"stored": "superseded"}, (2027, 1, 1), "superseded"),
    (
        "superseded though visited",
        REGULAR,
        {"stored": "superseded", "done_on": date(2026, 12, 30)},
        (2027, 1, 1),
        "superseded",
    ),
    ("dropped", REGULAR, {"stored": "dropped"}, (2027, 1, 1), "dropped"),
]


@pytest.mark.parametrize(
    ("window", "facts", "today", "state"), [row[1:] for row in STATES], ids=[row[0] for row in STATES]
)
def test_how_an_item_stands(window, facts, today, state):
    known = {"done_on": None, "made_up_on": None, "stored": ""} | window | facts
    assert state_of(**known, today=date(*today), soon_days=7) == state


def test_the_days_of_warning_can_be_set():
    known = {"done_on": None, "made_up_on": None, "stored": ""} | REGULAR
    assert state_of(**known, today=date(2026, 12, 1), soon_days=30) == "soon"
    assert state_of(**known, today=date(2026, 11, 30), soon_days=30) == "idle"


def test_what_is_left_is_counted_in_calendar_days():
    assert left_days(date(2026, 11, 30), date(2026, 11, 24)) == 6
    assert left_days(date(2026, 11, 30), date(2026, 11, 30)) == 0
    assert left_days(date(2026, 11, 30), date(2026, 12, 2)) == -2


# which visit fulfils

CALLS = rule("quarter", "dibao", modes=frozenset({"home", "phone"}))
(OWED,) = items_for(life(("dibao", date(2020, 1, 1))), [CALLS], "quarter", Q3)


@pytest.mark.parametrize(
    ("day", "mode", "met", "accepts", "fulfils"),
    [
        ((7, 1), "home", "self", MET_SELF, True),
        ((9, 30), "phone", "self", MET_SELF, True),
        ((6, 30), "home", "self", MET_SELF, False),
        ((10, 1), "home", "self", MET_SELF, False),
        ((8, 1), "video", "self", MET_SELF, False),
        ((8, 1), "home", "proxy", MET_SELF, False),
        ((8, 1), "home", "proxy", MET_HOUSEHOLD, True),
        ((8, 1), "home", "away", MET_HOUSEHOLD, True),
    ],
    ids=[
        "a home visit on the first day",
        "a call on the last day",
        "not the day before",
        "not the day after",
        "not a mode that the rule does not allow",
        "not the family's word where the person must be met",
        "the family's word for a member of a household",
        "a member known to be away at work or school",
    ],
)
def test_which_visit_fulfils_an_item(day, mode, met, accepts, fulfils):
    assert qualifies(date(2026, *day), mode, met, OWED, CALLS, accepts=accepts) is fulfils


@pytest.mark.parametrize(
    ("min_home", "mode", "home_visits", "fulfils"),
    [
        (1, "phone", 0, False),
        (1, "home", 1, True),
        (1, "phone", 1, True),
        (2, "home", 1, False),
        (2, "home", 2, True),
    ],
    ids=[
        "a call alone leaves it open",
        "the one home visit fulfils",
        "a call after the home visit fulfils",
        "the first of two home visits leaves it open",
        "the second of two fulfils",
    ],
)
def test_a_minimum_of_home_visits_is_waited_for(min_home, mode, home_visits, fulfils):
    wants = rule("quarter", "dibao", modes=frozenset({"home", "phone"}), min_home=min_home)
    assert qualifies(date(2026, 8, 1), mode, "self", OWED, wants, home_visits=home_visits) is fulfils


def test_home_visits_and_answers_are_known_words():
    assert set(MODES) >= HOME_MODES
    assert MET_SELF < MET_HOUSEHOLD == set(MET)


# properties over invented lives

FIRST_DAY, LAST_DAY = date(2026, 4, 15), date(2026, 10, 15)
some_day = st.dates(FIRST_DAY, LAST_DAY)
GROUPS = "abcd"


@st.composite
def spans(draw):
    start = draw(some_day)
    length = draw(st.one_of(st.none(), st.integers(0, 45), st.integers(0, 200)))
    return Span(
        draw(st.sampled_from(GROUPS)), start, None if length is None else start + dt.timedelta(days=length)
    )


@st.composite
def rules(draw):
    made = []
    for id in draw(st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True)):
        starts = draw(st.one_of(st.just(LONG_AGO), st.just(LONG_AGO), some_day))
        length = draw(st.one_of(st.none(), st.integers(0, 4000)))
        made.append(
            Rule(
                id=id,
                kind=draw(st.sampled_from(KINDS)),
                target=draw(st.frozensets(st.sampled_from(GROUPS), min_size=1, max_size=3)),
                modes=draw(st.sampled_from([HOME, frozenset({"home", "phone"}), ALL_MODES])),
                min_home=draw(st.integers(0, 1)),
                order=draw(st.integers(0, 2)),
                starts_on=starts,
                ends_on=None if length is None else starts + dt.timedelta(days=length),
            )
        )
    return made


lives = st.builds(
    Life,
    st.lists(spans(), max_size=5).map(tuple),
    left_on=st.one_of(st.none(), some_day),
    on_roster_before=st.one_of(st.none(), some_day),
)
periods = st.builds(period_of, st.sampled_from(KINDS), some_day)
many = settings(max_examples=300, deadline=None)


def days_of(person, each, first, last):
    """The live days one by one: slow and plain, to hold the arithmetic against."""
    return {
        day
        for day in (first + dt.timedelta(days=i) for i in range((last - first).days + 1))
        if each.starts_on <= day <= (each.ends_on or date.max)
        and any(
            span.group in each.target and span.starts_on <= day <= (span.ends_on or date.max)
            for span in person.spans
        )
    }


@many
@given(lives, rules(), periods)
def test_every_window_holds_its_due_day_and_lies_where_the_person_is_live(person, every, period):
    made = items_for(person, every, period.kind, period)
    assert len({item.rule_id for item in made}) == len(made)
    for item in made:
        assert (item.period_start, item.period_end) == (period.start, period.end)
        assert period.start <= item.opens_on <= item.due_on <= item.closes_on
        assert item.closes_on in period_of(period.kind, item.due_on)
        assert person.left_on is None or item.due_on < person.left_on
        (each,) = (r for r in every if r.id == item.rule_id)
        live = days_of(person, each, period.start, period.end)
        assert item.opens_on in live
        if item.first:
            assert item.due_on == item.opens_on + dt.timedelta(days=30)
            assert period.end in live
        else:
            assert item.opens_on == min(live)
            assert (item.due_on, item.closes_on) == (period.end, period.end)


@many
@given(lives, rules(), periods)
def test_days_are_counted_as_by_hand(person, every, period):
    for each in every:
        assert live_days(person, each, period) == len(days_of(person, each, period.start, period.end))


@many
@given(lives, rules(), periods)
def test_dominance_never_leaves_a_person_of_thirty_days_without_any_item(person, every, period):
    if person.left_on is not None and person.left_on <= period.end:
        return
    owed = [r for r in every if r.kind == period.kind and live_days(person, r, period) >= days_needed(period)]
    inner = [
        item
        for kind in KINDS
        if nested(kind, period.kind)
        for part in parts(kind, period)
        for item in items_for(person, every, kind, part)
        if not item.first
    ]
    assert inner or not owed


@many
@given(lives, rules(), periods)
def test_a_rule_that_makes_no_item_alone_makes_none_in_company(person, every, period):
    together = items_for(person, every, period.kind, period)
    same_kind = [r for r in every if r.kind == period.kind]
    alone = [item for r in same_kind for item in items_for(person, [r], period.kind, period)]
    assert {item.rule_id for item in together} <= {item.rule_id for item in alone}
    for item in alone:
        (each,) = (r for r in every if r.id == item.rule_id)
        assert (item in together) is (dominator(person, every, each, period) is None)


@many
@given(lives, rules(), periods, st.randoms(use_true_random=False), st.data())
def test_order_and_cutting_of_memberships_change_nothing(person, every, period, random, data):
    made = items_for(person, every, period.kind, period)
    cut = []
    for span in person.spans:
        last = span.ends_on or LAST_DAY + dt.timedelta(days=500)
        at = data.draw(st.integers(0, (last - span.starts_on).days))
        first_end = span.starts_on + dt.timedelta(days=at)
        cut.append(Span(span.group, span.starts_on, first_end))
        if first_end < last:
            cut.append(Span(span.group, first_end + dt.timedelta(days=1), span.ends_on))
    random.shuffle(cut)
    shuffled = random.sample(every, len(every))
    again = Life(tuple(cut), person.left_on, person.on_roster_before)
    assert items_for(again, shuffled, period.kind, period) == made


@many
@given(lives, rules(), periods, st.dates(date(2026, 4, 1), date(2027, 3, 1)))
def test_an_untouched_item_only_ever_moves_forward(person, every, period, day):
    steps = ["idle", "soon", "late", "missed"]
    for item in items_for(person, every, period.kind, period):
        known = {"opens_on": item.opens_on, "due_on": item.due_on, "closes_on": item.closes_on}
        known |= {"done_on": None, "made_up_on": None, "stored": ""}
        now, then = (state_of(**known, today=d, soon_days=7) for d in (day, day + dt.timedelta(days=1)))
        assert steps.index(now) <= steps.index(then)
        assert (now == "missed") is (day > item.closes_on)
