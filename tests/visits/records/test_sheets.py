"""The lines of a table as values: no database, no clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.records import canonical, sheets
from visits.records.sheets import Line


def line(person, visit=None, *, exceptional=False, **content):
    base = {
        "kind": "visit" if visit else "late", "name": f"人{person}", "hamlet": "", "record_no": visit or 0,
        "level": 0, "dates": ["2026-08-06"], "mode": "home", "met": "self", "times": 0, "excused": False,
    }  # fmt: skip
    return Line(person, visit, exceptional, base | content)


def test_urgent_comes_first_then_by_record_then_those_nobody_met_then_hamlets():
    mixed = [
        line(1, 7, hamlet="上洋"), line(2, exceptional=True), line(3, 9, exceptional=True, level=2),
        line(4, 12, exceptional=True, level=3), line(5, 3), line(6, 5, hamlet="上洋"), line(7, 4, hamlet="后溪"),
    ]  # fmt: skip
    found = sheets.ordered(mixed)
    assert [x.person_id for x in found] == [4, 3, 2, 6, 1, 7, 5]
    assert [x.row for x in found] == [1, 2, 3, 4, 5, 6, 7]


def test_one_person_s_lines_stand_together():
    found = sheets.ordered([line(1, 3), line(2, 4), line(1, 9), line(3, 1), line(2, 2)])
    assert [(x.person_id, x.visit_id) for x in found] == [(3, 1), (2, 2), (2, 4), (1, 3), (1, 9)]


def test_the_order_does_not_depend_on_how_the_lines_came():
    lines = [line(n, n, hamlet="上洋" if n % 2 else "") for n in range(1, 9)]
    assert sheets.ordered(lines) == sheets.ordered(reversed(lines))


def test_people_are_counted_once_however_often_they_were_visited():
    lines = [
        line(1, 1, dates=["2026-07-01"], mode="phone", met="proxy"), line(1, 2, dates=["2026-08-01"]),
        line(2, 3, met="proxy"), line(3, exceptional=True, kind="tried", times=3, excused=True),
        line(4, exceptional=True, kind="late"),
    ]  # fmt: skip
    count = sheets.figures(lines)
    assert (count.lines, count.people, count.visited, count.met_self) == (5, 4, 2, 1)
    assert dict(count.modes) == {"home": 2}
    assert (count.tried, count.late, count.attempts) == (1, 1, 3)
    assert sheets.reached_words(count) == "表上4人（共5行），访到2人：上门2人"
    assert sheets.missed_words(count) == "1人去过3次没见到。1人逾期没访。"
    assert sheets.summary(count) == (
        "表上4人（共5行），访到2人：上门2人；见到本人1人；未访成（已按规定尝试）1人；逾期没访1人。"
    )


def test_a_village_without_exceptions_says_so():
    assert sheets.split_words(sheets.figures([line(1, 1), line(2, 2)])) == "2行都没有异常。"


def test_people_without_a_hamlet_stand_last_under_a_word():
    groups = sheets.by_hamlet(sheets.ordered([line(1, 1), line(2, 2, hamlet="上洋")]))
    assert [name for name, _ in groups] == ["上洋", "其他"]


def test_the_difference_names_what_came_went_and_changed():
    before = sheets.ordered([line(1, 1), line(2, 2), line(3, 3)])
    after = sheets.ordered([line(1, 1), line(2, 2, mode="phone"), line(4, 4)])
    found = sheets.difference(sheets.shown(before), after)
    assert [x.person_id for x in found.added] == [4]
    assert [x.person_id for x in found.changed] == [2]
    assert found.gone == 1
    assert found.sentences == ["新增第3行：人4", "第2行有改动：人2", "少了1行"]


@pytest.mark.parametrize("typed", ["", "x", "v1", "::", "v1:zz v2:"])
def test_nonsense_in_the_form_makes_everything_new_and_no_fault(typed):
    found = sheets.difference(typed, sheets.ordered([line(9, 9)]))
    assert [x.person_id for x in found.added] == [9]


def seal(lines, **changes):
    facts = {"kind": "village", "period": "2026Q3", "batch": 1, "village": 5} | changes
    return sheets.seal(lines=sheets.ordered(lines), **facts)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "single"}, {"period": "2026Q4"}, {"batch": 2}, {"village": 6},
    ],
)  # fmt: skip
def test_the_seal_stands_for_this_table_alone(other):
    assert seal([line(1, 1)]) != seal([line(1, 1)], **other)


def test_the_seal_changes_with_any_word_of_any_line():
    assert seal([line(1, 1)]) != seal([line(1, 1, name="人一")])
    assert seal([line(1, 1)]) != seal([line(1, 1, exceptional=True)])
    assert seal([line(1, 1)]) == seal([line(1, 1)])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values))
def test_the_same_content_gives_the_same_bytes_in_whatever_order(content):
    turned = dict(reversed(content.items()))
    assert canonical.dumps(content) == canonical.dumps(turned)


def test_canonical_json_is_short_sorted_and_readable():
    assert canonical.dumps({"b": "林", "a": [1, None]}) == '{"a":[1,null],"b":"林"}'.encode()


@pytest.mark.parametrize("value", [1.5, [1.5], {"a": {"b": 1.5}}, {1, 2}, b"x"])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError):
        canonical.dumps(value)
