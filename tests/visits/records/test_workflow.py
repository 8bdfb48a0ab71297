"""Signing a table: who may do what in which state, as a table and as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.records.workflow import (
    ACTION_LABELS,
    SLOTS,
    STATE_LABELS,
    TRANSITIONS,
    CannotAct,
    allowed,
    apply,
    find,
    may_sign,
    next_slot,
    state_for,
)

CLERK, OFFICER = "township_clerk", "county_officer"
ROLES = [
    "visitor",
    "village_head",
    "liaison",
    "township_head",
    CLERK,
    OFFICER,
    "county_head",
    "city_supervisor",
    "inspector",
    "auditor",
]
SIGNING_BUTTONS = ("sign", "strike", "return")


@pytest.mark.parametrize(
    ("state", "role", "slot", "buttons"),
    [
        ("open", "village_head", 1, SIGNING_BUTTONS),
        ("open", "liaison", 1, ()),
        ("signing", "liaison", 2, SIGNING_BUTTONS),
        ("signing", "village_head", 2, ()),
        ("signing", "township_head", 2, ()),
        ("signing", "township_head", 3, SIGNING_BUTTONS),
        ("signed", "township_head", None, ()),
        ("signed", OFFICER, None, ("return", "approve", "void")),
        ("signed", "county_head", None, ("return", "approve", "void")),
        ("approved", OFFICER, None, ("void",)),
        ("open", OFFICER, 1, ()),
        ("open", CLERK, 1, ("attach", "void")),
        ("signing", CLERK, 2, ("attach", "renew")),
        ("signed", CLERK, None, ("renew",)),
        ("returned", CLERK, 2, ("resume", "renew", "void")),
        ("returned", "village_head", 1, ()),
        ("voided", CLERK, 1, ()),
        ("open", "visitor", 1, ()),
        ("signed", "inspector", None, ()),
    ],
    ids=[
        "the village head signs first",
        "the liaison cadre waits",
        "then the liaison cadre",
        "the village head has signed",
        "the township head waits",
        "then the township head",
        "after the third name it is the county's",
        "the county officer approves or returns",
        "so does the county head",
        "what is approved can only be voided",
        "the county does not sign",
        "the clerk attaches paper or voids what nobody signed",
        "what is half signed is replaced, not edited",
        "what is signed is replaced, not edited",
        "what came back goes on, is replaced, or voided",
        "what came back waits for the clerk",
        "what is void stays void",
        "a visitor signs nothing",
        "an inspector only reads",
    ],
)
def test_the_buttons_come_from_the_table(state, role, slot, buttons):
    assert allowed(state, role, slot) == buttons


def test_three_names_in_order_and_the_county_lead_to_approval():
    state, signed = "open", []
    for slot in SLOTS:
        row, state = apply("sign", state, slot.role, signed)
        assert row.slot == slot.number
        signed.append(slot.number)
        assert state == state_for(signed)
    assert state == "signed"
    assert apply("approve", state, OFFICER, signed)[1] == "approved"


@pytest.mark.parametrize(
    ("signed", "slot", "state"),
    [
        ([], 1, "open"),
        ([1], 2, "signing"),
        ([1, 2], 3, "signing"),
        ([1, 2, 3], None, "signed"),
        ([2], 1, "open"),
    ],
    ids=["none", "first", "two", "all", "a later name does not make up for an earlier"],
)
def test_the_next_slot_and_the_state_follow_from_the_names(signed, slot, state):
    assert (next_slot(signed), state_for(signed)) == (slot, state)


@pytest.mark.parametrize(
    ("action", "state", "role", "signed", "reason", "after"),
    [
        ("return", "open", "village_head", [], "日期不对", "returned"),
        ("return", "signing", "liaison", [1], "日期不对", "returned"),
        ("return", "signing", "township_head", [1, 2], "日期不对", "returned"),
        ("return", "signed", OFFICER, [1, 2, 3], "没有盖章", "returned"),
        ("strike", "signing", "liaison", [1], "哪种药？写清楚", "signing"),
        ("resume", "returned", CLERK, [1, 2], "", "signing"),
        ("resume", "returned", CLERK, [1, 2, 3], "", "signed"),
        ("resume", "returned", CLERK, [], "", "open"),
        ("renew", "returned", CLERK, [1], "", "returned"),
        ("renew", "signed", CLERK, [1, 2, 3], "张志坚的日期写错", "voided"),
        ("attach", "open", CLERK, [], "", "signed"),
        ("attach", "signing", CLERK, [1], "", "signed"),
        ("void", "approved", "county_head", [1, 2, 3], "另一个村的表", "voided"),
    ],
    ids=[
        "returned at the first slot",
        "returned at the second",
        "returned at the third",
        "returned by the county",
        "lines struck out leave the others as they are",
        "a return without an edit keeps two names",
        "a return by the county without an edit keeps all three",
        "a return before any name starts again",
        "an edited table is replaced beside the returned one",
        "a signed table is voided when it is replaced",
        "paper brings all names at once",
        "paper brings the names still missing",
        "the county voids even what was approved",
    ],
)
def test_where_an_action_leads(action, state, role, signed, reason, after):
    assert apply(action, state, role, signed, reason)[1] == after


@pytest.mark.parametrize(
    ("action", "state", "role", "signed", "reason", "sentence"),
    [
        ("sign", "open", "liaison", [], "", "现在轮到村（居）主任，还没有轮到您"),
        ("sign", "signing", "village_head", [1], "", "现在轮到包村干部，还没有轮到您"),
        (
            "sign",
            "signed",
            "township_head",
            [1, 2, 3],
            "",
            "这张表现在是“已签，待县级审核”，“我看过了，签字”这一步现在办不了",
        ),
        ("sign", "voided", "village_head", [], "", "这张表已经作废，不用再办"),
        ("sign", "returned", "village_head", [], "", "这张表已经退回，等民政办经办人改好再办"),
        ("approve", "signing", OFFICER, [1], "", "这张表现在是“签字中”，“审核通过”这一步现在办不了"),
        ("return", "signing", "liaison", [1], "  ", "请先写一句原因，再办这一步"),
        ("strike", "open", "village_head", [], "", "请先写一句原因，再办这一步"),
        ("void", "open", CLERK, [], "", "请先写一句原因，再办这一步"),
    ],
    ids=[
        "out of turn",
        "a second time",
        "after the last name",
        "a void table",
        "a returned table",
        "approval before the last name",
        "a return without a reason",
        "lines struck out without a reason",
        "voiding without a reason",
    ],
)
def test_a_refusal_says_why(action, state, role, signed, reason, sentence):
    with pytest.raises(CannotAct) as refused:
        apply(action, state, role, signed, reason)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("slot", "signer", "before", "relatives", "sentence"),
    [
        (1, 7, [], set(), None),
        (2, 8, [7], {9}, None),
        (2, 7, [7], set(), "您在这张表上已经签过一格，“包村干部”请别的同志签"),
        (3, 7, [7, 8], {7}, "您在这张表上已经签过一格，“乡镇（街道）主要负责人”请别的同志签"),
        (1, 7, [], {7}, "表里有您的亲属，“村（居）主任”请受托的同志签"),
    ],
    ids=["the first", "another person", "twice on one table", "twice and a relative", "for a relative"],
)
def test_who_may_sign(slot, signer, before, relatives, sentence):
    assert may_sign(slot, signer, before, relatives) == sentence


def test_every_state_and_action_has_a_word_and_a_place_in_the_table():
    assert {row.action for row in TRANSITIONS} == set(ACTION_LABELS)
    used = {state for row in TRANSITIONS for state in (*row.from_states, row.to_state) if state}
    assert used == set(STATE_LABELS)


@given(st.sampled_from(sorted(STATE_LABELS)), st.sampled_from(ROLES), st.sets(st.sampled_from([1, 2, 3])))
def test_a_button_is_shown_exactly_where_the_rule_lets_it_through(state, role, signed):
    shown = allowed(state, role, next_slot(signed))
    for action in ACTION_LABELS:
        try:
            apply(action, state, role, signed, "原因")
            passed = True
        except CannotAct:
            passed = False
        assert passed is (action in shown)


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTION_LABELS)), st.sampled_from(ROLES)), max_size=30))
def test_no_path_reaches_approval_without_three_names_in_order(steps):
    state, signed = "open", []
    for action, role in steps:
        slot = next_slot(signed)
        try:
            _, after = apply(action, state, role, signed, "原因")
        except CannotAct:
            continue
        if action == "sign":
            assert role == SLOTS[slot - 1].role
            signed.append(slot)
        if action == "attach":
            signed = [1, 2, 3]
        state = after
        assert signed == [1, 2, 3][: len(signed)]
        if state in ("open", "signing", "signed"):
            assert state == state_for(signed)
        if state in ("signed", "approved"):
            assert signed == [1, 2, 3]


def test_nobody_signs_but_the_three_and_no_row_is_in_the_way_of_another():
    assert {role for row in TRANSITIONS if row.action == "sign" for role in row.roles} == {
        s.role for s in SLOTS
    }
    for row in TRANSITIONS:
        for state in row.from_states:
            for role in row.roles:
                slots = [row.slot] if row.slot else [None, 1, 2, 3]
                assert all(find(row.action, state, role, slot) is row for slot in slots)
