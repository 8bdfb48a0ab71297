"""Rows of a list: what is right, what is wrong and why, and that nothing ever raises."""

import string
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.visits.roster.lists import number, row
from visits.roster.imports.checking import Context, Good, check
from visits.roster.imports.comparing import Existing, compare
from visits.roster.imports.matching import (
    VillageIndex,
    find_groups,
    first_day,
    group_words,
    yes_or_no,
)
from visits.roster.imports.reading import CannotUse, read_rows
from visits.roster.membership import GroupFacts
from visits.roster.names import BadName, clean_name, county_short, initials
from visits.roster.seeds import GROUPS
from xunfang.kit.excel import Sheet

TODAY = date(2026, 11, 24)
VILLAGES = [(1, "月洲村", "月洲村委会"), (2, "大喜村", "大喜村委会"), (3, "中山村", "中山村委会"),
            (4, "中山社区", "中山社区居委会"), (5, "道南社区", "道南社区居委会")]  # fmt: skip
FACTS = {
    code: GroupFacts(code, name, short, clause, tier, low, high, alone)
    for code, name, short, clause, tier, low, high, alone, _ in GROUPS
}
WORDS = group_words((g[0], (g[1], g[2], *g[8])) for g in GROUPS)
CONTEXT = Context(
    today=TODAY,
    default_start=date(2026, 10, 1),
    township_id=90,
    township="嵩口镇",
    villages=VillageIndex.of(VILLAGES, ("永泰县", "嵩口镇")),
    words=WORDS,
    groups=FACTS,
    visitors={"13800000101": (7, frozenset({1})), "13800000102": (8, frozenset({90}))},
)


def faults(**values: object) -> list[tuple[str, str, str]]:
    result = check(row(**values), CONTEXT)
    assert isinstance(result, list), result
    return [(fault.reason, fault.remedy, fault.written) for fault in result]


def good(**values: object) -> Good:
    result = check(row(**values), CONTEXT)
    assert isinstance(result, Good), result
    return result


def test_a_right_row_becomes_clean_values() -> None:
    found = good(
        name=" 林 依妹 ", phone="139-0000-1127", relation="本人", head_name="林依妹", certificate_no=" 闽 A1 ",
        hamlet="上坂", find_me="祠堂后  第二家", residence="大埕厝3号", contact_name="林国文",
        contact_phone="0591 24760001", starts="2024-05", alone="是", visitor_phone="13800000101",
    )  # fmt: skip
    assert found.name == "林依妹"
    assert found.phone == "13900001127"
    assert found.certificate_no == "闽A1"
    assert found.find_me == "祠堂后 第二家"
    assert found.contact_phone == "059124760001"
    assert found.lives_alone is True
    assert found.assignee_id == 7
    assert [(p.code, p.starts_on) for p in found.places] == [("dibao", date(2024, 5, 1))]


NUMBERS = {
    "missing": ("", "没有身份证号"),
    "one short": (number(1)[:17], "身份证号少1位"),
    "one too many": (number(1) + "1", "身份证号多1位"),
    "made a number by Excel": ("3.50125E+17", "身份证号被Excel改成了数字"),
    "a number cell": (350125194305069000.0, "身份证号被Excel改成了数字"),
    "a letter inside": ("35012519430506O005", "身份证号里有不该有的字"),
    "no such day": ("350125194302309005", "身份证号里的出生日期不存在"),
    "born tomorrow": ("350125202702010006", "身份证号里的出生日期晚于今天"),
    "too old": ("350125180101010003", "按身份证号已超过130岁"),
    "no province": ("990125194305069005", "身份证号前两位不是省份代码"),
    "a wrong check digit": (number(1)[:17] + ("1" if number(1)[17] != "1" else "2"), "身份证号校验码不对"),
}


@pytest.mark.parametrize(("cell", "reason"), NUMBERS.values(), ids=NUMBERS.keys())
def test_each_fault_of_an_id_has_its_own_sentence_and_shows_four_digits_at_most(cell, reason) -> None:
    ((found, remedy, written),) = faults(id_number=cell)
    assert found.startswith(reason)
    assert remedy
    assert not any(len(run) > 4 for run in "".join(c if c.isdigit() else " " for c in written).split())


@pytest.mark.parametrize(
    "text",
    ["月洲村", "月洲", "月洲村委会", "月洲村村委会", "月洲村民委员会", "嵩口镇月洲村", "永泰县嵩口镇月洲", " 月 洲 村 ",
     "福建省福州市永泰县嵩口镇月洲村委会"],
)  # fmt: skip
def test_a_village_is_known_by_every_way_of_writing_it(text) -> None:
    assert good(village=text).village_id == 1


@pytest.mark.parametrize(("text", "pk"), [("中山村", 3), ("中山社区", 4), ("中山居委会", None), ("道南", 5)])
def test_two_villages_of_one_stem_are_told_apart_or_asked(text, pk) -> None:
    if pk is not None:
        assert good(village=text).village_id == pk
    else:
        ((reason, remedy, _),) = faults(village=text)
        assert reason == "有几个村叫这个名字"
        assert "中山村、中山社区" in remedy


def test_an_unknown_village_gets_the_nearest_one_suggested() -> None:
    assert faults(village="大喜洋") == [("嵩口镇没有这个村", "改成“大喜村”", "村：大喜洋")]
    assert faults(village="乌有")[0][1] == "照名单模板的下拉选村"


def test_the_words_of_lists_for_a_group_are_understood() -> None:
    assert [(p.code, p.area) for p in good(group="农村低保").places] == [("dibao", "rural")]
    assert [(p.code, p.care) for p in good(group="集中特困").places] == [("tekun", "institution")]
    assert [(p.code, p.care) for p in good(group="特困", care="分散供养").places] == [("tekun", "home")]
    assert [p.code for p in good(group="低保、高龄独居").places] == ["dibao", "old_alone"]
    assert [p.code for p in good(group="低保,低保").places] == ["dibao"]


def test_an_unknown_group_gets_the_nearest_one_suggested() -> None:
    assert faults(group="低保户") == [("没有这个类别", "改成“低保”", "类别：低保户")]
    assert faults(group="甲乙丙")[0][0] == "没有这个类别"


def test_a_wrong_age_names_the_groups_that_fit() -> None:
    ((reason, remedy, _),) = faults(group="80岁以上独居", id_number=number(1, date(1960, 1, 1)))
    assert "要满80岁" in reason
    assert "年龄不符" in reason
    assert remedy.startswith("请选其他类别")


def test_who_turned_eighty_this_quarter_starts_on_the_birthday() -> None:
    found = good(group="80岁以上独居", id_number=number(1, date(1946, 11, 3)))
    assert found.places[0].starts_on == date(2026, 11, 3)


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    found = faults(name="", id_number="1", village="", group="", phone="12", alone="也许", starts="去年")
    assert len(found) == 7


def test_what_a_list_says_of_sex_and_birth_is_mentioned_not_believed() -> None:
    found = good(sex="男", birth="1950-01-01", id_number=number(1, sex="F"))
    assert found.sex == "F"
    assert len(found.notes) == 2


def test_a_visitor_without_a_post_there_is_mentioned_not_assigned() -> None:
    assert good(visitor_phone="13800000102").assignee_id == 8
    elsewhere = good(visitor_phone="13800000101", village="大喜村")
    assert elsewhere.assignee_id is None
    assert "没有任职" in elsewhere.notes[0]


def test_a_text_too_long_for_its_column_is_wrong_not_cut() -> None:
    ((reason, remedy, _),) = faults(residence="长" * 101)
    assert (reason, remedy) == ("住址太长", "最多100个字")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-11", date(2026, 11, 1)), ("2026年11月", date(2026, 11, 1)), ("2026.3", date(2026, 3, 1)),
        ("202611", date(2026, 11, 1)), (202611.0, date(2026, 11, 1)), ("2026/11/05", date(2026, 11, 5)),
        ("20261105", date(2026, 11, 5)), (date(2026, 11, 5), date(2026, 11, 5)),
        (datetime(2026, 11, 5, 8), date(2026, 11, 5)), (2026.1, None), ("去年", None), ("2026-13", None),
        ("", None), ("2026-02-30", None),
    ],
)  # fmt: skip
def test_months_are_read_in_the_ways_they_are_written(cell, day) -> None:
    assert first_day(cell) == day


def test_yes_and_no_are_read_in_the_ways_they_are_written() -> None:
    assert [yes_or_no(t) for t in ("是", "√", "1", "否", "无", "0", "也许")] == [True] * 3 + [False] * 3 + [
        None
    ]


def test_names_are_kept_without_spaces_and_refused_with_digits() -> None:
    assert clean_name("阿依古丽.买买提") == "阿依古丽·买买提"
    for bad in ("", "  ", "林1", "长" * 41, "<b>"):
        with pytest.raises(BadName):
            clean_name(bad)
    assert [initials(n) for n in ("林依妹", "单小英", "欧阳娜")] == ["lym", "sxy", "oyn"]
    # A character of several readings goes by its neighbours; alone, by the usual one.
    assert [initials(n) for n in ("林长乐", "陈音乐", "张行")] == ["lcl", "cyy", "zx"]
    assert [county_short(n) for n in ("永泰县", "福清市", "高新区", "区")] == ["永泰", "福清", "高新", "区"]


cells = st.one_of(
    st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.none(), st.dates(),
    st.datetimes(), st.text(string.digits + "Xx.-", max_size=20),
    st.sampled_from(["月洲村", "低保", "特困、低保", number(3), "2026-11", "13900001127", "是"]),
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.fixed_dictionaries({}, optional={field: cells for field in row()} | dict.fromkeys(
    ("sex", "birth", "phone", "relation", "head_name", "certificate_no", "hamlet", "find_me", "residence",
     "contact_name", "contact_phone", "starts", "alone", "care", "visitor_phone"), cells)))  # fmt: skip
def test_no_row_ever_raises_and_a_wrong_one_always_says_why(cells) -> None:
    result = check(cells, CONTEXT)
    if isinstance(result, list):
        assert result
        assert all(fault.reason and fault.remedy for fault in result)
    else:
        assert len(result.number) == 18
        assert result.places


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_no_word_for_a_village_or_group_ever_raises(text) -> None:
    CONTEXT.villages.find(text)
    CONTEXT.villages.alike(text)
    find_groups(text, WORDS)


# ── held against the file ────────────────────────────────────────────────────────────────────────


def existing(**values: object) -> Existing:
    base = {name: "" for name in ("phone", "relation", "hamlet", "find_me", "residence", "contact_name",
                                  "contact_phone", "head_name", "certificate_no")}  # fmt: skip
    base |= {"name": good().name, "village_id": 1, "lives_alone": False, "assignee_id": None}
    spans = values.pop("spans", {"dibao": None})
    corrected = frozenset(values.pop("corrected", ()))
    return Existing(5, 1, 90, "live", "在册", base | values, None, corrected, spans)


def test_an_empty_cell_erases_nothing() -> None:
    assert not compare(good(), existing(phone="13900001127", hamlet="上坂", head_name="某"), TODAY).any


def test_a_correction_by_hand_outlives_the_list() -> None:
    row_ = good(phone="13900009999", hamlet="下坂")
    found = compare(row_, existing(phone="13900001127", hamlet="上坂", corrected=["phone"]), TODAY)
    assert found.columns == {"hamlet": "下坂"}
    assert found.kept == ("电话",)


@pytest.mark.parametrize(
    ("spans", "starts"),
    [
        ({}, date(2026, 10, 1)),
        ({"dibao": None}, None),
        ({"dibao": date(2027, 1, 31)}, None),
        ({"dibao": date(2026, 10, 31)}, date(2026, 11, 1)),
        ({"tekun": None}, date(2026, 10, 1)),
    ],
)
def test_a_membership_is_added_once_and_never_over_an_older_one(spans, starts) -> None:
    found = compare(good(), existing(spans=spans), TODAY)
    assert [place.starts_on for place in found.places] == ([starts] if starts else [])


# ── where the rows are ───────────────────────────────────────────────────────────────────────────

HEAD = ["姓名", "公民身份号码", "所在村", "对象类别", "银行账号", "月保障金额"]


def test_a_real_list_has_titles_totals_and_signatures_around_it() -> None:
    reading = read_rows(
        [
            Sheet("封面", [["嵩口镇低保发放表"], ["2026年11月"]]),
            Sheet("月洲", [
                ["嵩口镇2026年11月农村低保发放表"], [], HEAD,
                ["林依妹", number(1), "月洲", "低保", "6228480000000000000", 820.0],
                ["小计", "", "", "", "", 820.0], HEAD,
                ["林阿金", number(2), "月洲", "低保", "6228480000000000001", 820.0],
                ["", "", "", "", "", ""], ["合计：2人", "", "", "", "", ""],
                ["合 计", "2", "", "", "", 1640.0],
                ["制表人：郑晓琳", "", "审核人：", "", "", ""],
            ]),
        ],
        CONTEXT,
    )  # fmt: skip
    assert [(r.sheet, r.number) for r in reading.rows] == [("月洲", 4), ("月洲", 7)]
    assert reading.skipped == 5
    assert reading.unread == ["银行账号", "月保障金额"]
    assert "银行账号" not in reading.rows[0].texts
    assert "6228480000000000000" not in str(reading.rows)
    assert reading.rows[0].texts["月保障金额"] == "820"


def test_a_file_without_a_list_says_which_columns_it_needs() -> None:
    with pytest.raises(CannotUse, match="姓名、身份证号、村、类别"):
        read_rows([Sheet("a", [["hello"]])], CONTEXT)
    with pytest.raises(CannotUse, match="“某处”表缺少这几列：村、类别"):
        read_rows([Sheet("某处", [["姓名", "身份证号"], ["林依妹", number(1)]])], CONTEXT)
    with pytest.raises(CannotUse, match="一个人也没有"):
        read_rows([Sheet("", [["姓名", "身份证号", "村", "类别"]])], CONTEXT)
