"""The visit form: the wording is complete, the levels add up, and what must be looked at is never copied."""

import copy
import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visits.records.assessment import (
    FORM_V1,
    NOT_SEEN,
    Answers,
    FormError,
    Window,
    all_good,
    judge,
    judge_season,
    level_of,
    load,
    pack_told,
    season,
    self_care_changes,
    self_care_grade,
    unchanged,
    unpack_told,
)
from visits.records.items import AREAS, ITEM_CODES

FORM = load(FORM_V1)
FINE = dict.fromkeys(ITEM_CODES, 0)
SAFETY = AREAS["safety"]


def weigh(changed=None, *, last=FINE, mode="home", met="self", reasons=None, told=(), **more):
    return judge(FORM, Answers(FINE | (changed or {}), reasons or {}, told), last, mode, met, **more)


# the first wording


def test_the_first_wording_can_be_stored_as_it_is():
    assert json.loads(json.dumps(FORM_V1)) == FORM_V1
    assert tuple(item.code for item in FORM.items) == ITEM_CODES


def test_every_item_has_all_four_levels_and_a_normal_answer():
    for item in FORM.items:
        assert {option.level for option in item.options} - {8} == {0, 1, 2, 3}
        assert item.option(0) is not None


@pytest.mark.parametrize(
    ("item", "value", "words", "level"),
    [
        ("income", 2, "明显增加", 2),
        ("income", 12, "明显减少", 2),
        ("stress", 3, "快撑不住了", 3),
        ("stress", 13, "受威胁、受虐待", 3),
        ("gas", 8, "没有燃气", 8),
        ("gas", 0, "正常", 0),
        ("home_hygiene", 0, "整洁或尚可", 0),
        ("mobility", 9, "没看到", 9),
    ],
    ids=[
        "an increase is not a decrease",
        "though both have one level",
        "breaking down is not being threatened",
        "though both are urgent",
        "no gas does not apply",
        "which is not the same as gas in order",
        "hygiene begins at tolerable",
        "not seen is an answer everywhere",
    ],
)
def test_values_tell_answers_apart_and_their_last_digit_is_the_level(item, value, words, level):
    assert (FORM.words(item, value), FORM.level(item, value), level_of(value)) == (words, level, level)


@pytest.mark.parametrize(("item", "value"), [("mood", 8), ("mood", 12), ("gas", 18), ("nose", 0)])
def test_an_answer_that_does_not_exist_has_no_words_and_no_level(item, value):
    with pytest.raises(KeyError):
        FORM.words(item, value)
    with pytest.raises(KeyError):
        FORM.level(item, value)


def test_any_change_of_the_family_asks_for_a_report_for_better_or_worse():
    for item in FORM.area("family").items:
        for option in item.options:
            assert ("reportable" in option.flags) is (option.level >= 2)


def test_there_are_four_to_six_chips_at_any_time_of_the_year():
    for time in ("flood", "winter", None):
        assert 4 <= len(FORM.phrases_for(time)) <= 6
    assert "天冷添衣" in [phrase.words for phrase in FORM.phrases_for("winter")]
    assert "天冷添衣" not in [phrase.words for phrase in FORM.phrases_for("flood")]


def broken(change):
    definition = copy.deepcopy(FORM_V1)
    change(definition)
    return definition


def item_of(definition, area, place):
    return definition["areas"][area]["items"][place]


FAULTS = [
    ("an item missing", lambda d: d["areas"][1]["items"].pop(), "18项"),
    ("an item twice", lambda d: d["areas"][0]["items"].append(item_of(d, 0, 0)), "18项"),
    ("an area missing", lambda d: d["areas"].pop(), "18项"),
    (
        "a level missing",
        lambda d: item_of(d, 1, 0)["options"].pop(),
        "表达能力”要有正常、关注、需处理、紧急四级",
    ),
    ("no normal answer", lambda d: item_of(d, 1, 0)["options"][0].update(value=10), "编号为0"),
    (
        "one value twice",
        lambda d: item_of(d, 0, 1)["options"][2].update(value=1),
        "收入变化”有两个选项的编号相同",
    ),
    ("a value without a level", lambda d: item_of(d, 0, 1)["options"][2].update(value=14), "末位是级别"),
    ("blank words", lambda d: item_of(d, 2, 0)["options"][1].update(words=" "), "情绪状态”有空白"),
    ("an unknown flag of an option", lambda d: item_of(d, 2, 0)["options"][1].update(flags=["loud"]), "标记"),
    ("safety that is copied", lambda d: item_of(d, 3, 0)["flags"].append("copyable"), "燃气”不能沿用"),
    ("safety without its flag", lambda d: item_of(d, 3, 0).update(flags=["copyable"]), "现看"),
    ("a change outside the family", lambda d: item_of(d, 4, 0).update(flags=["change"]), "有没有变化"),
    ("a minor's item with a name already used", lambda d: d["minor"][0].update(code="mood"), "重名"),
    ("a word for a level missing", lambda d: d["levels"].pop("9"), "六个词"),
    ("no reason for being away", lambda d: d.update(reasons=d["reasons"][:2]), "外出"),
    ("no winter", lambda d: d["seasons"].pop(), "汛期和冬季"),
    ("a question of an unknown kind", lambda d: d["seasons"][0]["questions"][0].update(kind="essay"), "题型"),
    ("a question without options", lambda d: d["seasons"][0]["questions"][0].update(options=[]), "没有选项"),
    ("seven chips", lambda d: [p.update(season=None) for p in d["phrases"]], "最多6个"),
    ("five indicators", lambda d: d["self_care"].pop(), "6项"),
    ("no areas at all", lambda d: d.pop("areas"), "不完整"),
    ("areas that are no list", lambda d: d.update(areas=7), "不完整"),
]


@pytest.mark.parametrize(("change", "sentence"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_wording_that_cannot_be_used_is_refused_with_a_sentence(change, sentence):
    with pytest.raises(FormError, match=sentence):
        load(broken(change))


# weighing


def test_a_visit_without_anything_special():
    found = weigh()
    assert found.complete
    assert found.values == FINE
    assert found.max_level == 0
    assert not any(
        [found.findings, found.reportable, found.rises, found.changes, found.emergency, found.police_duty]
    )


@pytest.mark.parametrize(
    ("changed", "max_level", "reportable", "changes", "emergency", "police"),
    [
        ({"income": 12}, 2, ("income",), ("income",), False, False),
        ({"income": 2}, 2, ("income",), ("income",), False, False),
        ({"income": 11}, 1, (), ("income",), False, False),
        ({"mobility": 1}, 1, (), (), False, False),
        ({"illness": 2, "indoor": 2}, 2, ("illness",), (), False, False),
        ({"gas": 3}, 3, (), (), True, False),
        ({"stress": 3}, 3, (), (), True, False),
        ({"stress": 13}, 3, ("stress",), (), True, True),
        ({"gas": 8}, 0, (), (), False, False),
    ],
    ids=[
        "income much less is reported",
        "income much more is reported too",
        "a little less is a change and no report",
        "a walking stick goes into the file",
        "a grave illness is reported, a leaking roof is handled",
        "leaking gas is urgent",
        "breaking down is urgent",
        "threats are urgent, reported and told to the police",
        "no gas is nothing",
    ],
)
def test_what_answers_amount_to(changed, max_level, reportable, changes, emergency, police):
    found = weigh(changed)
    assert (found.max_level, found.reportable, found.changes) == (max_level, reportable, changes)
    assert (found.emergency, found.police_duty) == (emergency, police)
    assert found.findings == tuple(code for code in ITEM_CODES if level_of(changed.get(code, 0)) in (2, 3))


@pytest.mark.parametrize(
    ("before", "now", "rises"),
    [
        ({"mood": 0}, {"mood": 2}, ("mood",)),
        ({"mood": 0}, {"mood": 1}, ()),
        ({"mood": 1}, {"mood": 3}, ("mood",)),
        ({"mood": 2}, {"mood": 0}, ()),
        ({"mood": 9}, {"mood": 2}, ()),
        ({"gas": 8}, {"gas": 2}, ("gas",)),
        ({"gas": 0}, {"gas": 8}, ()),
        ({"income": 0}, {"income": 12}, ()),
        ({"stress": 1}, {"stress": 13}, ("stress",)),
    ],
    ids=[
        "two levels",
        "one level",
        "from one to urgent",
        "better",
        "last time not seen",
        "no gas before, a smell now",
        "gas taken away",
        "a change compares with nothing",
        "values of one level weigh the same",
    ],
)
def test_a_rise_is_two_levels_above_last_time(before, now, rises):
    assert weigh(now, last=FINE | before).rises == rises


def test_a_first_visit_rises_above_nothing():
    assert weigh({"mood": 2}, last=None).rises == ()


def test_a_state_already_reported_is_not_reported_again_but_a_change_is():
    assert weigh({"illness": 2}, last=FINE | {"illness": 2}).reportable == ()
    assert weigh({"income": 12}, last=FINE | {"income": 12}).reportable == ("income",)


def test_a_long_known_state_is_no_finding_until_it_gets_worse():
    wheelchair = {"mobility": 2, "thinking": 1}
    at_rest = weigh({"mobility": 2, "thinking": 1}, known=wheelchair)
    assert (at_rest.max_level, at_rest.findings) == (0, ())
    worse = weigh({"mobility": 3, "thinking": 2}, known=wheelchair)
    assert (worse.max_level, worse.findings) == (3, ("mobility", "thinking"))
    assert weigh({"mobility": 3}, known={"mobility": 3}).findings == ("mobility",)


def test_family_items_nobody_touched_say_no_change_and_the_others_are_missing():
    found = judge(FORM, Answers({"mood": 0}), None, "home", "self")
    assert found.values == {"family_size": 0, "income": 0, "property": 0, "mood": 0}
    assert found.missing == tuple(code for code in ITEM_CODES if code not in found.values)
    assert not found.complete


def test_a_member_away_is_recorded_as_not_seen_without_a_tick():
    found = judge(FORM, Answers({"income": 11}), FINE, "home", "away")
    assert found.complete
    assert set(found.values) == set(ITEM_CODES)
    assert (found.values["income"], found.values["family_size"], found.values["gas"]) == (11, 0, NOT_SEEN)
    assert found.reasons["gas"] == "away"
    assert found.max_level == 1


NOT_SEEN_CASES = [
    ("at home without a reason", "home", {}, "“燃气”没看到，请选一个原因"),
    ("at home for an unknown reason", "home", {"gas": "tired"}, "“燃气”没看到，请选一个原因"),
    (
        "at home because of the telephone",
        "home",
        {"gas": "phone"},
        "“燃气”这次是当面巡访，请看一看；看不了的，换一个原因",
    ),
    ("at home because it was refused", "home", {"gas": "refused"}, None),
    ("by telephone", "phone", {"gas": "phone"}, None),
]


@pytest.mark.parametrize(
    ("mode", "reasons", "sentence"),
    [row[1:] for row in NOT_SEEN_CASES],
    ids=[row[0] for row in NOT_SEEN_CASES],
)
def test_what_was_not_seen_needs_a_reason_that_fits(mode, reasons, sentence):
    found = weigh({"gas": 9}, mode=mode, reasons=reasons)
    assert found.errors == ({"gas": sentence} if sentence else {})
    assert found.complete is (sentence is None)
    assert found.max_level == 0


def test_a_reason_without_a_9_is_not_kept():
    assert weigh({}, reasons={"gas": "refused"}).reasons == {}


def test_an_answer_that_is_not_on_the_form_is_refused_and_weighs_nothing():
    found = weigh({"mood": 23})
    assert found.errors == {"mood": "“情绪状态”没有这一项，请重新选"}
    assert (found.max_level, found.emergency, found.complete) == (0, False, False)


def test_what_a_call_cannot_see_counts_as_told():
    found = weigh({"gas": 9}, mode="phone", reasons={"gas": "phone"}, told={"mood"})
    seen = {*SAFETY, *AREAS["hygiene"], "indoor", "outdoor"}
    assert found.told == (seen - {"gas"}) | {"mood"}
    assert unpack_told(pack_told(found.told)) == found.told


def test_face_to_face_nothing_is_told_and_by_video_what_was_ticked():
    assert weigh().told == frozenset()
    assert weigh(mode="video", told={"gas"}).told == {"gas"}
    assert weigh(told={"gas"}).errors == {"gas": "“燃气”这次是当面巡访，请自己看，不用“本人自述”"}


def test_a_minor_is_asked_six_more_questions():
    assert weigh(minor=True).missing == tuple(item.code for item in FORM.minor)
    fine = dict.fromkeys((item.code for item in FORM.minor), 0)
    assert weigh(fine, minor=True).complete
    alone = weigh(fine | {"guardian": 3}, minor=True)
    assert (alone.police_duty, alone.emergency, alone.reportable) == (True, True, ("guardian",))
    hurt = weigh(fine | {"harm": 2}, minor=True)
    assert (hurt.police_duty, hurt.emergency) == (True, False)
    assert weigh(fine | {"harm": 2}).police_duty is False


# copying


def test_same_as_last_time_never_fills_in_a_change_or_safety():
    everything_odd = dict.fromkeys(ITEM_CODES, 1)
    copied = {}
    for area in FORM.areas:
        copied |= unchanged(FORM, area.code, everything_odd, "home")
    assert set(copied) == set(ITEM_CODES) - set(AREAS["family"]) - set(SAFETY)


@pytest.mark.parametrize(
    ("last", "told", "mode", "copied"),
    [
        ({"mood": 1, "thinking": 0, "stress": 0}, (), "home", {"mood": 1, "thinking": 0, "stress": 0}),
        ({"mood": 9, "thinking": 0, "stress": 0}, (), "home", {"thinking": 0, "stress": 0}),
        ({"mood": 1, "thinking": 0, "stress": 0}, {"mood"}, "home", {"thinking": 0, "stress": 0}),
        ({"mood": 1, "thinking": 0, "stress": 0}, {"mood"}, "phone", {"mood": 1, "thinking": 0, "stress": 0}),
        ({"mood": 1, "stress": 13}, (), "home", {"mood": 1}),
        ({"mood": 21}, (), "home", {}),
    ],
    ids=[
        "what was seen",
        "not what was not seen",
        "not what was told, when one now stands there",
        "what was told, on another call",
        "nothing urgent, nothing unanswered",
        "nothing the present wording does not know",
    ],
)
def test_what_same_as_last_time_fills_in(last, told, mode, copied):
    assert unchanged(FORM, "mind", last, mode, told) == copied


def test_all_three_in_order_is_offered_everywhere_except_for_safety():
    for area in FORM.areas:
        if area.code != "safety":
            assert all_good(FORM, area.code) == dict.fromkeys(AREAS[area.code], 0)
    with pytest.raises(ValueError, match="item by item"):
        all_good(FORM, "safety")


# seasons


@pytest.mark.parametrize(
    ("day", "block"),
    [
        (date(2026, 3, 31), None),
        (date(2026, 4, 1), "flood"),
        (date(2026, 10, 15), "flood"),
        (date(2026, 10, 16), None),
        (date(2026, 11, 30), None),
        (date(2026, 12, 1), "winter"),
        (date(2027, 1, 1), "winter"),
        (date(2027, 2, 28), "winter"),
        (date(2027, 3, 1), None),
        (date(2028, 2, 29), "winter"),
        (date(2028, 3, 1), None),
    ],
    ids=str,
)
def test_the_block_of_the_season(day, block):
    assert season(day) == block


def test_a_county_may_set_its_own_windows():
    assert season(date(2026, 3, 20), [Window("flood", (3, 15), (11, 1))]) == "flood"
    assert season(date(2026, 12, 24), [Window("flood", (3, 15), (11, 1))]) is None


def test_the_flood_block_takes_two_taps_and_both_are_needed_face_to_face():
    assert judge_season(FORM, "flood", {}, "home").missing == ("leak", "refuge_told")
    assert judge_season(FORM, "flood", {}, "phone").missing == ()
    done = judge_season(FORM, "flood", {"leak": 2, "refuge_told": 0, "dwelling_changed": True}, "home")
    assert (done.max_level, done.missing, done.errors) == (2, (), {})


@pytest.mark.parametrize(
    ("answers", "level", "missing"),
    [
        ({"warmth": 0, "heating": [0]}, 0, ()),
        ({"warmth": 1, "heating": [10, 30]}, 1, ()),
        ({"warmth": 0, "heating": [40], "ventilated": 0}, 0, ()),
        ({"warmth": 0, "heating": [40], "ventilated": 2}, 2, ()),
        ({"warmth": 0, "heating": [10, 60]}, 2, ("ventilated",)),
        ({"heating": [20], "degrees": 12}, 0, ("warmth",)),
        ({"warmth": 2, "heating": []}, 2, ("heating",)),
        ({"warmth": 0, "heating": [10], "ventilated": 2}, 0, ()),
        ({"warmth": 0, "ventilated": 2}, 0, ("heating",)),
    ],
    ids=[
        "warm without heating",
        "cool with electric heating",
        "charcoal with an open window",
        "charcoal with closed windows",
        "a coal stove and nobody asked about the window",
        "degrees do not replace the question how it feels",
        "very cold and no word about heating",
        "a shut window where nothing is burnt",
        "a shut window and no word about heating",
    ],
)
def test_the_winter_block(answers, level, missing):
    found = judge_season(FORM, "winter", answers, "home")
    assert (found.max_level, found.missing, found.errors) == (level, missing, {})


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"degrees": 46}, {"degrees": "室内温度请填-10到45之间的整数，不清楚可以不填"}),
        ({"degrees": "18"}, {"degrees": "室内温度请填-10到45之间的整数，不清楚可以不填"}),
        ({"degrees": -10}, {}),
        ({"warmth": 5}, {"warmth": "“屋里冷不冷”没有这一项，请重新选"}),
        ({"heating": 40}, {"heating": "“用什么取暖”请重新选"}),
        ({"heating": [0, 10]}, {"heating": "“用什么取暖”选了“不用取暖”，就不能再选别的"}),
        ({"bedding_short": "yes"}, {"bedding_short": "“被子或厚衣不够”请重新选"}),
    ],
    ids=["46 degrees", "text", "ten below", "unknown", "no list", "none and one", "no tick"],
)
def test_what_is_wrong_in_a_winter_block_is_said(answers, errors):
    assert judge_season(FORM, "winter", {"warmth": 0, "heating": [10]} | answers, "home").errors == errors


# looking after oneself


@pytest.mark.parametrize(
    ("lost", "grade"),
    [(0, "具备"), (1, "部分丧失"), (3, "部分丧失"), (4, "完全丧失"), (6, "完全丧失")],
)
def test_the_grade_of_looking_after_oneself(lost, grade):
    codes = [code for code, _ in FORM.self_care]
    assert (
        self_care_grade({code: place >= lost for place, code in enumerate(codes)}) == f"{grade}生活自理能力"
    )


def test_a_changed_indicator_is_named_and_a_first_visit_changes_nothing():
    able = {code: True for code, _ in FORM.self_care}
    assert self_care_changes(FORM, able, able | {"washing": False}) == ("washing",)
    assert self_care_changes(FORM, able, able) == ()
    assert self_care_changes(FORM, None, able | {"washing": False}) == ()


# any answers at all

some_answers = st.fixed_dictionaries(
    {},
    optional={
        item.code: st.sampled_from([*(option.value for option in item.options), NOT_SEEN, 7, 23])
        for item in FORM.items
    },
)
some_reasons = st.dictionaries(st.sampled_from(ITEM_CODES), st.sampled_from(["phone", "refused", "x"]))
some_mode = st.sampled_from(["home", "phone", "video", "hospital"])


@settings(max_examples=200, deadline=None)
@given(some_answers, some_reasons, st.sets(st.sampled_from(ITEM_CODES)), some_mode, st.none() | some_answers)
def test_any_answers_are_weighed_and_nothing_wrong_weighs(values, reasons, told, mode, last):
    found = judge(FORM, Answers(values, reasons, told), last, mode, "self")
    assert set(found.values) | set(found.missing) == set(ITEM_CODES)
    assert set(found.reasons) <= {code for code, value in found.values.items() if value == NOT_SEEN}
    sound = {code: value for code, value in found.values.items() if code not in found.errors}
    assert all(FORM.words(code, value) for code, value in sound.items())
    assert found.max_level == max((level_of(v) for v in sound.values() if level_of(v) <= 3), default=0)
    assert found.emergency is (found.max_level == 3)
    assert unpack_told(pack_told(found.told)) == found.told
    if found.complete:
        assert set(found.values) == set(ITEM_CODES)
        again = judge(FORM, Answers(found.values, found.reasons, found.told), last, mode, "self")
        assert again == found
