"""Who may be put into which class (二(一)–(五)): each rule, what it says, and that nothing slips through."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.core.idnumber import age_on
from visits.roster import membership
from visits.roster.membership import (
    Circumstances,
    Entry,
    GroupFacts,
    Kin,
    add_months,
    contradiction,
    examine,
    with_settings,
)
from visits.roster.seeds import GROUPS

TODAY = date(2026, 11, 24)
FACTS = {
    code: GroupFacts(code, name, short, clause, tier, low, high, alone)
    for code, name, short, clause, tier, low, high, alone, _ in GROUPS
}
OLD, CHILD = date(1940, 1, 1), date(2014, 1, 1)


def judge(code, birth=OLD, kin=(), place="city", **more):
    entry = {key: more.pop(key) for key in ("event", "event_on", "reported_on", "reported_to") if key in more}
    who = Circumstances(birth, **{"lives_alone": True, "kin": kin, **more})
    return examine(FACTS[code], who, Entry(TODAY, **entry), TODAY, FACTS.values(), place)


def refused(found) -> str:
    assert found.warnings == {}
    return "；".join(map(str, found.refusals))


# ── ages are the county's ────────────────────────────────────────────────────────────────────────


def test_a_county_may_count_from_seventy_five() -> None:
    group = with_settings(FACTS["old_alone"], {"min_age_old_alone": 75})
    birth = date(1950, 5, 6)
    assert membership.objection(group, birth, TODAY, TODAY) is None
    assert membership.objection(FACTS["old_alone"], birth, TODAY, TODAY) is not None


def test_a_group_added_later_keeps_its_own_limits() -> None:
    own = GroupFacts("added_12", "失能老年人", "失能", "二", "general", 65)
    assert with_settings(own, {"min_age_old_alone": 75, "max_age_left_behind": 13}) == own


# ── people alone ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", ["old_alone", "old_childless"])
def test_somebody_else_under_the_roof_wants_a_look(code) -> None:
    found = judge(code, others=("林国清",))
    assert found.refusals == ()
    assert found.warnings["alone"] == "这一类要独居，可同一处还有林国清在册，请核对"


def test_who_is_not_entered_as_living_alone_wants_a_look() -> None:
    assert "没有写独居" in judge("old_alone", lives_alone=False).warnings["alone"]
    assert "alone" not in judge("tekun", birth=OLD, lives_alone=False).warnings


# ── 四b: a gravely disabled child ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "grade", "outcome"),
    [
        (4, 1, "in"), (4, 2, "in"), (5, 2, "in"), (5, 3, "look"), (6, 3, "look"), (4, 3, "out"), (5, 4, "out"),
        (6, 4, "out"),
    ],
)  # fmt: skip
def test_first_and_second_grade_are_grave_and_the_third_of_the_mind_wants_a_look(
    kind, grade, outcome
) -> None:
    found = judge(
        "old_with_disabled_child", kin=(Kin("child", disability_kind=kind, disability_grade=grade),)
    )
    assert (bool(found.refusals), bool(found.warnings)) == {
        "in": (False, False), "look": (False, True), "out": (True, False),
    }[outcome]  # fmt: skip


def test_without_an_entered_child_one_is_to_be_entered_first() -> None:
    assert "请先在“家里人”登记子女和残疾等级" in refused(judge("old_with_disabled_child"))
    assert judge("old_with_disabled_child", kin=None).refusals == ()
    assert "disabled_child" in judge("old_with_disabled_child", kin=None).warnings


# ── 四c: no children here ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("where", "place", "out"),
    [
        ("here", "city", True), ("village", "city", True), ("county", "city", True), ("city", "city", True),
        ("away", "city", False), ("county", "county", True), ("city", "county", False), ("away", "county", False),
    ],
)  # fmt: skip
def test_children_must_be_out_of_what_the_county_says(where, place, out) -> None:
    found = judge("old_childless", kin=(Kin("child", where=where),), place=place)
    assert bool(found.refusals) is out
    if out:
        assert ("本市" if place == "city" else "本县") in refused(found)


def test_a_child_of_whom_nobody_knows_where_wants_a_look() -> None:
    assert "不清楚在哪里" in judge("old_childless", kin=(Kin("child"),)).warnings["children"]
    assert "没有登记子女" in judge("old_childless").warnings["children"]


# ── 五a: a child alone ───────────────────────────────────────────────────────────────────────────


def test_a_child_under_sixteen_alone_is_told_to_the_police_first() -> None:
    found = refused(judge("minor_alone", birth=CHILD))
    assert "立即报告公安和民政" in found
    assert judge("minor_alone", birth=CHILD).refusals[0].field == "reported_on"
    told = {"reported_on": TODAY, "reported_to": "嵩口派出所、镇民政办"}
    assert judge("minor_alone", birth=CHILD, **told).refusals == ()
    assert judge("minor_alone", birth=CHILD, reported_on=TODAY).refusals[0].field == "reported_to"
    late = {"reported_on": TODAY + timedelta(days=1), "reported_to": "派出所"}
    assert "晚于今天" in refused(judge("minor_alone", birth=CHILD, **late))


def test_from_sixteen_on_there_is_no_such_duty() -> None:
    assert judge("minor_alone", birth=date(2010, 11, 24)).refusals == ()
    assert judge("minor_alone", birth=date(2010, 11, 25)).refusals != ()


def test_no_list_may_bring_a_child_alone() -> None:
    assert "报告公安和民政" in str(membership.import_objection("minor_alone", CHILD, TODAY))
    assert membership.import_objection("minor_alone", date(2009, 1, 1), TODAY) is None


# ── 五b: a relative stands in ────────────────────────────────────────────────────────────────────


def test_the_guardian_is_a_relative_and_no_parent() -> None:
    assert "没有登记监护人" in refused(judge("minor_kin", birth=CHILD))
    assert "监护人就是父母" in refused(judge("minor_kin", birth=CHILD, kin=(Kin("guardian", "母亲", 1985),)))
    aunt = (Kin("guardian", "姑姑", 1980),)
    assert judge("minor_kin", birth=CHILD, kin=aunt) == membership.Finding()
    assert "guardian" in judge("minor_kin", birth=CHILD, kin=(Kin("guardian"),)).warnings


def test_a_guardian_must_be_of_age() -> None:
    assert "不满18岁" in refused(judge("minor_kin", birth=CHILD, kin=(Kin("guardian", "哥哥", 2009),)))
    assert membership.guardian_objection(2009, TODAY) is not None
    assert membership.guardian_objection(2008, TODAY) is None
    assert membership.guardian_objection(None, TODAY) is None


# ── 五c: left behind ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("father", "mother", "outcome"),
    [
        (Kin("parent", where="away"), Kin("parent", where="away"), "in"),
        (Kin("parent", where="city"), Kin("parent", where="away"), "in"),
        (Kin("parent", where="away"), Kin("parent", where="here", unable=True), "in"),
        (Kin("parent", where="away"), Kin("parent", unable=True), "in"),
        (Kin("parent", where="away"), Kin("parent", where="here"), "out"),
        (Kin("parent", where="county"), Kin("parent", where="away"), "out"),
        (Kin("parent", unable=True), Kin("parent", unable=True), "out"),
        (Kin("parent", where="away"), Kin("parent"), "look"),
        (Kin("parent", where="away"), None, "look"),
        (None, None, "look"),
    ],
)
def test_both_are_away_or_one_is_and_the_other_cannot(father, mother, outcome) -> None:
    found = judge("left_behind", birth=CHILD, kin=tuple(one for one in (father, mother) if one))
    assert (bool(found.refusals), bool(found.warnings)) == {
        "in": (False, False), "look": (False, True), "out": (True, False),
    }[outcome]  # fmt: skip


# ── 突发 ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_happened_and_when_must_be_said() -> None:
    assert [one.field for one in judge("sudden").refusals] == ["event", "event_on"]
    assert judge("sudden", event="fire", event_on=TODAY).refusals == ()
    later = judge("sudden", event="fire", event_on=TODAY + timedelta(days=1))
    assert "晚于今天" in refused(later)


def test_the_first_look_is_half_a_year_after_the_event() -> None:
    assert membership.default_review("sudden", TODAY, date(2026, 8, 31)) == date(2027, 2, 28)
    assert membership.default_review("dibao", TODAY) is None


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(1, 60))
def test_months_later_is_the_same_day_or_the_last_of_a_short_month(day, months) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


# ── nothing slips through ────────────────────────────────────────────────────────────────────────

places = st.sampled_from(["", "here", "village", "county", "city", "away"])
kin = st.builds(
    Kin,
    st.sampled_from(["child", "parent", "guardian", "carer", "contact"]),
    st.sampled_from(["", "母亲", "姑姑"]),
    st.one_of(st.none(), st.integers(1940, 2026)),
    places,
    st.none(),
    st.none(),
    st.booleans(),
)
codes = st.sampled_from(sorted(FACTS))
births = st.dates(date(1930, 1, 1), TODAY)


@given(codes, births, st.lists(kin, max_size=4), st.sampled_from(["city", "county"]))
def test_whoever_is_let_in_fits_every_rule_that_can_be_known(code, birth, family, place) -> None:
    found = judge(code, birth=birth, kin=tuple(family), place=place, event="fire", event_on=TODAY)
    if found.refusals:
        return
    age = age_on(birth, TODAY)
    group = FACTS[code]
    assert group.min_age is None or age >= group.min_age
    assert group.max_age is None or age <= group.max_age
    if code == "old_childless":
        assert not any(one.kind == "child" and one.where in membership.NEAR[place] for one in family)
    if code == "minor_kin":
        guardians = [one for one in family if one.kind == "guardian"]
        assert any(one.relation != "母亲" for one in guardians)
        assert all(one.birth_year is None or TODAY.year - one.birth_year >= 18 for one in guardians)
    if code == "minor_alone":
        assert age >= 16
    if code == "left_behind":
        assert not any(
            one.kind == "parent" and not one.unable and one.where in ("here", "village", "county") for one in family
        )  # fmt: skip


@given(codes, births, st.lists(kin, max_size=4), st.sampled_from(["city", "county"]))
def test_a_list_is_refused_only_where_the_clerk_would_be(code, birth, family, place) -> None:
    """What speaks against a list's class speaks against the clerk's form too."""
    why = contradiction(FACTS[code], birth, tuple(family), TODAY, place)
    if why is not None:
        form = judge(code, birth=birth, kin=tuple(family), place=place)
        assert form.refusals
        assert membership.ask_of(code)


@given(codes, st.lists(kin, max_size=4))
def test_what_was_asked_is_answered_by_the_family(code, family) -> None:
    ask = membership.ask_of(code)
    if ask and ask != "event":
        assert membership.answered(ask, [], "") is False
        assert membership.answered(ask, family, "") in (True, False)
    assert (ask == "") is (code not in membership.ASKING)
