"""长期状况（已知） in the rules: what is known is no finding, what is worse or left alone is (practice P15)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from visits.records.assessment import (
    FORM_V1,
    NOT_SEEN,
    Answers,
    judge,
    level_of,
    load,
    long_known,
    may_be_known,
    with_declared,
)
from visits.records.items import AREAS, ITEM_CODES

FORM = load(FORM_V1)
FINE = dict.fromkeys(ITEM_CODES, 0)
KNOWABLE = [
    (item.code, option.value)
    for item in FORM.items
    for option in item.options
    if may_be_known(item, option.value)
]

answers = st.fixed_dictionaries(
    {item.code: st.sampled_from([option.value for option in item.options]) for item in FORM.items}
)
states = st.lists(st.sampled_from(KNOWABLE), max_size=5).map(dict)


def weigh(changed=None, *, last=FINE, **more):
    return judge(FORM, Answers(FINE | (changed or {})), last, "home", "self", **more)


def test_only_lasting_states_of_the_person_and_the_home_may_be_known() -> None:
    codes = {code for code, _ in KNOWABLE}
    assert ("mobility", 2) in KNOWABLE
    assert ("thinking", 2) in KNOWABLE
    assert ("speech", 2) in KNOWABLE
    assert not codes & {*AREAS["family"], *AREAS["safety"]}
    assert ("illness", 2) not in KNOWABLE  # a new grave illness is news, however long it lasts afterwards
    assert all(level_of(value) in (1, 2) for _, value in KNOWABLE)


@settings(max_examples=150, deadline=None)
@given(values=answers, last=st.none() | answers, known=states)
def test_what_is_known_takes_findings_away_and_never_adds_one(values, last, known) -> None:
    plain = judge(FORM, Answers(values), last, "home", "self")
    found = judge(FORM, Answers(values), last, "home", "self", known=known)
    covered = {code for code in known if long_known(FORM.item(code), values[code], known[code])}
    assert set(found.findings) == set(plain.findings) - covered
    assert set(found.reportable) == set(plain.reportable) - covered
    assert set(found.rises) == set(plain.rises) - covered
    assert found.max_level <= plain.max_level
    # Never hidden: what is urgent, what the police must know, what changed in the family, and safety.
    assert (found.emergency, found.police_duty, found.changes) == (
        plain.emergency,
        plain.police_duty,
        plain.changes,
    )
    assert not covered & {code for code, value in values.items() if level_of(value) == 3}
    assert not covered & {*AREAS["family"], *AREAS["safety"]}


@settings(max_examples=100, deadline=None)
@given(values=answers, known=states, data=st.data())
def test_a_state_that_nobody_cares_for_is_a_finding_and_asks_for_a_report(values, known, data) -> None:
    failed = data.draw(st.sets(st.sampled_from(ITEM_CODES), max_size=4))
    found = judge(FORM, Answers(values), FINE, "home", "self", known=known, failed=failed)
    for code in failed & set(known):
        there = 1 <= level_of(values[code]) <= 3
        assert (code in found.findings) == there
        assert not there or code in found.reportable
        assert not there or found.max_level >= 2
    untouched = judge(FORM, Answers(values), FINE, "home", "self", known=known, failed=failed - set(known))
    assert untouched == judge(FORM, Answers(values), FINE, "home", "self", known=known)


def test_the_same_level_in_other_words_is_something_else() -> None:
    item = FORM.item("stress")
    assert long_known(item, 2, 2)
    assert long_known(item, 1, 2)
    assert long_known(item, 0, 2)
    assert not long_known(item, 13, 2)
    assert not long_known(item, NOT_SEEN, 2)
    blind = FORM.item("mobility")
    assert not long_known(blind, 12, 2)


def test_what_is_called_lasting_today_is_still_news_where_it_has_just_come() -> None:
    assert with_declared({}, {"mobility": 2}, None) == {"mobility": 2}
    assert with_declared({}, {"mobility": 2}, FINE | {"mobility": 1}) == {"mobility": 2}
    assert with_declared({}, {"mobility": 2}, FINE) == {}
    assert with_declared({"mobility": 1}, {"mobility": 2}, FINE | {"mobility": 1}) == {"mobility": 1}


def test_a_level_one_state_left_alone_needs_handling() -> None:
    found = weigh({"thinking": 1}, known={"thinking": 1}, failed={"thinking"})
    assert (found.findings, found.reportable, found.max_level) == (("thinking",), ("thinking",), 2)
