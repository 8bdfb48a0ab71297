"""Which group fits whom: the limits on the day before, on, and after a birthday."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.roster.membership import (
    GroupFacts,
    Span,
    birthday,
    fits,
    fitting,
    is_key,
    last_day,
    objection,
    start_day,
)

DIBAO = GroupFacts("dibao", "城乡最低生活保障对象", "低保", "二（一）", "key")
OLD = GroupFacts("old_alone", "80岁及以上独居老年人", "80岁以上独居", "二（四）", "general", 80)
CHILDLESS = GroupFacts("old_childless", "无子女", "子女不在本市独居", "二（四）", "general", 60)
MINOR = GroupFacts("minor_kin", "亲戚监护", "亲戚监护未成年人", "二（五）", "general", None, 17)
LEFT = GroupFacts("left_behind", "农村留守儿童", "留守儿童", "二（五）", "general", None, 15)
GROUPS = [DIBAO, OLD, CHILDLESS, MINOR, LEFT]
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("group", "birth", "on", "fit"),
    [
        pytest.param(OLD, date(1946, 11, 24), date(2026, 11, 23), False, id="the day before eighty"),
        pytest.param(OLD, date(1946, 11, 24), date(2026, 11, 24), True, id="on the eightieth birthday"),
        pytest.param(MINOR, date(2008, 11, 25), TODAY, True, id="the day before eighteen"),
        pytest.param(MINOR, date(2008, 11, 24), TODAY, False, id="on the eighteenth birthday"),
        pytest.param(LEFT, date(2010, 11, 25), TODAY, True, id="the day before sixteen"),
        pytest.param(LEFT, date(2010, 11, 24), TODAY, False, id="on the sixteenth birthday"),
        pytest.param(OLD, date(1944, 2, 29), date(2024, 2, 28), False, id="leap day, the day before eighty"),
        pytest.param(DIBAO, date(2026, 11, 24), TODAY, True, id="no limits"),
    ],
)
def test_age_limits_hold_from_birthday_to_birthday(group, birth, on, fit) -> None:
    assert fits(group, birth, on) is fit


def test_who_is_too_young_is_told_which_sub_class_fits() -> None:
    why = objection(OLD, date(1956, 3, 1), date(2026, 10, 1), TODAY, GROUPS)
    assert "年龄不符，请选其他类别" in str(why)
    assert "要满80岁，2026年10月1日是70岁" in str(why)
    assert "子女不在本市独居" in str(why)
    assert "低保" not in str(why)


def test_who_grew_up_is_told_the_age_of_today() -> None:
    why = objection(LEFT, date(2010, 1, 1), date(2020, 1, 1), TODAY, GROUPS)
    assert "不超过15岁，现在16岁" in str(why)
    assert "亲戚监护未成年人" in str(why)


@pytest.mark.parametrize(
    ("starts", "word"),
    [(date(2026, 11, 25), "晚于今天"), (date(1940, 1, 1), "早于出生"), (date(1985, 1, 1), "太早")],
)
def test_a_start_that_cannot_be_is_refused(starts, word) -> None:
    assert word in str(objection(DIBAO, date(1943, 5, 6), starts, TODAY))


def test_key_is_any_live_membership_of_the_key_tier() -> None:
    spans = [Span("old_alone", date(2020, 1, 1)), Span("dibao", date(2020, 1, 1), date(2026, 11, 24))]
    assert is_key(spans, GROUPS, date(2026, 11, 24))
    assert not is_key(spans, GROUPS, date(2026, 11, 25))


def test_a_list_without_a_day_starts_on_the_birthday_that_made_the_group_fit() -> None:
    quarter = date(2026, 10, 1)
    assert start_day(OLD, date(1946, 11, 3), quarter, TODAY) == date(2026, 11, 3)
    assert start_day(OLD, date(1940, 11, 3), quarter, TODAY) == quarter
    assert start_day(OLD, date(1946, 12, 3), quarter, TODAY) == quarter
    assert start_day(MINOR, date(2026, 11, 3), quarter, TODAY) == date(2026, 11, 3)


@given(st.dates(date(1920, 1, 1), TODAY), st.sampled_from(GROUPS))
def test_what_fits_raises_no_objection_and_the_last_day_is_the_last(birth, group) -> None:
    assert (group in fitting(GROUPS, birth, TODAY)) == fits(group, birth, TODAY)
    starts = start_day(group, birth, date(2026, 10, 1), TODAY)
    if fits(group, birth, TODAY):
        assert objection(group, birth, starts, TODAY, GROUPS) is None
    end = last_day(group, birth)
    if end is not None:
        assert fits(group, birth, end)
        assert not fits(group, birth, birthday(birth, group.max_age + 1))
