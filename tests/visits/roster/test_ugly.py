"""Lists as offices keep them are read to the people that are in them; what is not certain is asked."""

import io
import random
import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.visits.roster import ugly
from tests.visits.roster.lists import number
from tests.visits.roster.test_checking import CONTEXT
from visits.roster.imports import workbooks
from visits.roster.imports.asking import questions
from visits.roster.imports.checking import Context, Fault, Good, check
from visits.roster.imports.judging import Judged
from visits.roster.imports.kinds import looks_like_account, luhn, without_accounts
from visits.roster.imports.layout import plans
from visits.roster.imports.matching import first_day
from visits.roster.imports.reading import CannotUse, Reading, rows_of
from xunfang.kit import excel

NAMES = CONTEXT.villages.names


def asked(content: bytes, group: str = "dibao") -> dict:
    """What would be asked about the file."""
    found, _ = plans(excel.read(content), CONTEXT)
    return questions(found, CONTEXT, SimpleNamespace(group_id=group))


def reading_of(content: bytes) -> Reading:
    found, others = plans(excel.read(content), CONTEXT)
    return rows_of(found, CONTEXT, others=others, group=True)


def checked(content: bytes, group: str = "dibao") -> list[Good | list[Fault]]:
    context = Context(**{**CONTEXT.__dict__, "group": group})
    return [check(row.cells, context) for row in reading_of(content).rows]


def people(content: bytes) -> list[tuple]:
    return sorted(
        (one.name, one.number, NAMES[one.village_id], one.places[0].code, one.head_name)
        for one in checked(content)
        if isinstance(one, Good)
    )


@pytest.mark.parametrize("make", ugly.EXPECTED, ids=lambda make: make.__name__)
def test_an_ugly_list_is_read_to_its_people_and_nothing_is_asked(make: Callable[[], bytes]) -> None:
    content = make()
    expected = sorted(
        (name, number(serial), village, group, head)
        for name, serial, village, group, head in ugly.EXPECTED[make]
    )
    assert people(content) == expected
    assert asked(content) == {}


def test_what_is_no_person_is_counted_as_skipped() -> None:
    reading = reading_of(ugly.titles_above_and_signatures_below())
    assert reading.skipped == 4
    assert "金额（元）" in reading.unread
    assert reading_of(ugly.a_sheet_for_each_village()).others == ["封面"]


def test_starting_months_are_read_in_every_way_of_writing_them() -> None:
    for make in (ugly.an_old_xls_with_dates_in_every_way, ugly.days_counted_from_1904):
        starts = {one.places[0].starts_on for one in checked(make()) if isinstance(one, Good)}
        assert starts <= {date(2024, 3, 1), date(2024, 3, 2)}
        assert len(starts) > 0
    assert not any(one.notes for one in checked(ugly.an_old_xls_with_dates_in_every_way())[:1])


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1958.3.2", date(1958, 3, 2)), ("1958年3月", date(1958, 3, 1)), ("19580302", date(1958, 3, 2)),
        ("1958/3/2", date(1958, 3, 2)), ("1958-03", date(1958, 3, 1)), (21246.0, date(1958, 3, 2)),
        ("1958年3月2日", date(1958, 3, 2)), ("1958-3-2 00:00:00", date(1958, 3, 2)), ("2024、3", date(2024, 3, 1)),
        (19580302.0, date(1958, 3, 2)), ("0", None), (58.0, None), ("12", None),
    ],
)  # fmt: skip
def test_a_day_is_understood_as_it_is_written(cell: object, day: date | None) -> None:
    assert first_day(cell) == day


def test_day_numbers_of_the_other_calendar_are_told_by_the_workbook() -> None:
    assert first_day(19784.0, from_1904=True) == date(1958, 3, 2)


# ── bank accounts ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "make", [ugly.accounts_under_a_name_that_says_nothing, ugly.titles_above_and_signatures_below]
)
def test_no_account_is_read_kept_or_asked_about_whatever_its_column_is_called(make) -> None:
    content = make()
    reading = reading_of(content)
    kept = str([(row.cells, row.texts) for row in reading.rows]) + str(reading.titles) + str(reading.unread)
    assert not any(card in kept for card in ugly.CARDS)
    found, _ = plans(excel.read(content), CONTEXT)
    asks = str(questions(found, CONTEXT, SimpleNamespace(group_id=None)))
    assert not any(card in asks for card in ugly.CARDS)
    assert sum(column.secret for plan in found for column in plan.columns) == 2


def test_a_card_number_is_told_from_an_id() -> None:
    assert all(luhn(card) and looks_like_account(card) for card in ugly.CARDS)
    assert not any(looks_like_account(number(serial)) for serial in range(1, 300))
    assert without_accounts(f"旧卡{ugly.CARD}停") == "旧卡（账号不留）停"
    assert without_accounts(f"证{number(1)}") == f"证{number(1)}"


# ── what is asked ────────────────────────────────────────────────────────────────────────────────


def test_a_column_without_a_name_is_proposed_by_what_stands_in_it_and_asked() -> None:
    rows = [["", "姓名", "村", "类别"], *([number(n), "林依妹", "月洲村", "低保"] for n in range(1, 6))]
    asks = asked(ugly.Book().sheet("a", rows).bytes())
    heads = {head["label"]: head for head in asks["columns"][0]["heads"]}
    assert (heads["第1列"]["guess"], heads["第1列"]["sure"]) == ("id_number", False)
    assert heads["姓名"]["sure"]
    assert number(1) not in str(asks)
    assert "林依妹" not in str(asks)


def test_a_sheet_without_any_head_is_asked_about_column_by_column() -> None:
    rows = [["林依妹", number(n), "月洲村", "低保", "13900001127"] for n in range(1, 6)]
    asks = asked(ugly.Book().sheet("Sheet1", rows).bytes())
    guesses = [head["guess"] for head in asks["columns"][0]["heads"]]
    assert guesses == ["name", "id_number", "village", "group", "phone"]


def test_heads_that_were_mixed_up_are_asked_not_believed() -> None:
    rows = [
        ["身份证号", "姓名", "村", "类别"],
        *(["林依妹", number(n), "月洲村", "低保"] for n in range(1, 6)),
    ]
    heads = {
        h["label"]: h["guess"] for h in asked(ugly.Book().sheet("a", rows).bytes())["columns"][0]["heads"]
    }
    assert heads["姓名"] == "id_number"


def test_a_spelling_that_comes_often_is_asked_with_the_nearest_village() -> None:
    rows = [
        ["姓名", "身份证号", "村", "类别"],
        *(["林依妹", number(n), "大喜洋", "低保"] for n in range(1, 4)),
    ]
    assert asked(ugly.Book().sheet("a", rows).bytes()) == {
        "villages": [{"text": "大喜洋", "rows": 3, "guess": 2}]
    }


def test_a_list_without_village_or_class_asks_for_both() -> None:
    rows = [["姓名", "身份证号"], ["林依妹", number(1)]]
    content = ugly.Book().sheet("Sheet1", rows).bytes()
    assert asked(content, group="") == {"sheets": [{"name": "Sheet1", "rows": 1}], "group": True}
    assert asked(content) == {"sheets": [{"name": "Sheet1", "rows": 1}]}


def test_a_list_without_ids_is_refused_with_what_to_do() -> None:
    rows = [["姓名", "村", "类别"], ["林依妹", "月洲村", "低保"]]
    with pytest.raises(CannotUse, match=r"没有找到身份证号这一列.*再传"):
        asked(ugly.Book().sheet("a", rows).bytes())


# ── any layout ───────────────────────────────────────────────────────────────────────────────────

HEADS = {
    "name": ["姓名", "姓 名", "对象姓名", "成员姓名*"], "id_number": ["身份证号", "公民身份号码", "身份证号码（18位）", "证件号码"],
    "village": ["村", "村居", "所在村", "村（社区）", "行政村"], "group": ["类别", "救助类别", "对象类型"],
    "phone": ["电话", "联系电话", "手机号码"], "hamlet": ["自然村", "村民小组"],
}  # fmt: skip
SPELLINGS = {
    "月洲村": ["月洲村", "月洲", "月洲村委会", "嵩口镇月洲村", " 月洲 村"],
    "大喜村": ["大喜村", "大喜", "大喜村民委员会", "永泰县嵩口镇大喜"],
    "道南社区": ["道南社区", "道南", "道南居委会"],
}
CLASSES = {"dibao": ["低保", "农村低保", "城乡低保"], "tekun": ["特困", "五保", "集中特困"]}


def _id(rng: random.Random, serial: int) -> str:
    text = number(serial)
    return rng.choice([
        text, text.lower(), f"'{text}", f" {text} ", f"{text[:6]} {text[6:]}", f"{text}\u200b",
        text.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ])  # fmt: skip


def _ugly(rng: random.Random, people_: list[tuple[str, int, str, str]]) -> bytes:
    """The people in a random layout: titles, totals, order, words, joined villages, format."""
    keys = ["name", "id_number", "village", "group", *rng.sample(["phone", "hamlet"], rng.randint(0, 2))]
    rng.shuffle(keys)
    heads = [rng.choice(HEADS[key]) for key in keys]
    extra = rng.choice([[], ["序号"], ["银行账号"], ["备注"]])
    rows: list[list[str]] = [["嵩口镇2026年11月救助对象名单"], []][: rng.randint(0, 2)]
    two = rng.random() < 0.3
    if two:
        rows.append(["基本信息", *[""] * (len(keys) - 1), *["其他" for _ in extra]])
    rows.append([*heads, *extra])
    top = len(rows)
    joined, merges = rng.random() < 0.4, []
    last = ""
    for at, (name, serial, village, group) in enumerate(people_):
        values = {
            "name": rng.choice([name, f"{name[0]} {name[1:]}"]), "id_number": _id(rng, serial),
            "village": rng.choice(SPELLINGS[village]), "group": rng.choice(CLASSES[group]),
            "phone": "13900001127", "hamlet": "上坂",
        }  # fmt: skip
        if joined:
            values["village"] = values["village"] if village != last else ""
        last = village
        tail = {"序号": str(at + 1), "银行账号": rng.choice(ugly.CARDS), "备注": ""}
        rows.append([*(values[key] for key in keys), *(tail[word] for word in extra)])
        if not joined and rng.random() < 0.15:
            rows.append(["小计", "", "1人"])
    if joined:
        place = keys.index("village")
        starts = [at for at in range(top, len(rows)) if rows[at][place]]
        for begin, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            if end - begin > 1:
                merges.append((begin, place, end - 1, place))
    rows += rng.choice([[], [["合计", "", str(len(people_))]], [["制表人：郑晓琳", "", "审核："]]])
    if two and len(keys) > 1:
        merges.append((top - 2, 0, top - 2, len(keys) - 1))
    if merges or rng.random() < 0.4:
        return ugly.Book().sheet("名单", rows, merges).bytes()
    text = io.StringIO()
    mark = rng.choice([",", "\t"])
    for row in rows:
        text.write(mark.join(row) + "\r\n")
    return text.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "gb18030"]))


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(
        st.tuples(
            st.sampled_from(["林依妹", "陈阿金", "鄢水官", "黄宝金", "欧阳小英", "吴细英"]),
            st.integers(1, 4000), st.sampled_from(sorted(SPELLINGS)), st.sampled_from(sorted(CLASSES)),
        ),
        min_size=2, max_size=12, unique_by=lambda one: one[1],
    ),
)  # fmt: skip
def test_a_list_in_any_layout_is_read_to_the_same_people_as_the_plain_one(seed, chosen) -> None:
    chosen.sort(key=lambda one: one[2])
    content = _ugly(random.Random(seed), chosen)
    expected = sorted((name, number(serial), village, group, "") for name, serial, village, group in chosen)
    assert people(content) == expected
    assert asked(content, group="") == {}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.one_of(
        st.text(max_size=8), st.floats(allow_nan=True), st.booleans(), st.dates(),
        st.sampled_from(["姓名", "身份证号", "户主信息", "村", "类别", "合计", number(1), "月洲村", "低保", ugly.CARD, ""]),
    ), max_size=7), max_size=9),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 8), st.integers(0, 9), st.integers(0, 8)), max_size=4),
)  # fmt: skip
def test_whatever_stands_in_a_sheet_it_is_read_asked_or_refused_in_chinese(rows, merges) -> None:
    ranges = tuple(((min(a, c), min(b, d)), (max(a, c), max(b, d))) for a, b, c, d in merges)
    assert re.search("^$|再传|请核对", refusal_of([excel.Sheet("表", rows, ranges)]))


def refusal_of(sheets: list[excel.Sheet]) -> str:
    """The sentence with which the sheets are refused; empty: they are read, or asked about."""
    try:
        found, others = plans(sheets, CONTEXT)
        if not questions(found, CONTEXT, SimpleNamespace(group_id=None)):
            for row in rows_of(found, CONTEXT, others=others).rows:
                assert ugly.CARD not in "".join(row.texts.values()) or "身份证号" in row.texts
                check(row.cells, CONTEXT)
    except CannotUse as error:
        return str(error)
    return ""


def test_a_wrong_member_beside_others_goes_back_by_name_and_is_read_when_mended() -> None:
    rows = [
        ["姓名", "身份证号", "村", "类别", "成员1姓名", "成员1身份证号", "成员2姓名", "成员2身份证号"],
        ["林国文", number(10), "月洲村", "低保", "陈细妹", number(11), "林小英", "350125"],
        ["黄宝金", number(13), "大喜村", "低保", "", "", "", ""],
    ]
    reading = reading_of(ugly.Book().sheet("家庭", rows).bytes())
    assert reading.unread == []
    context = Context(**{**CONTEXT.__dict__, "group": "dibao"})
    wrong = [
        Judged(row.sheet, row.number, row, "wrong", faults=found)
        for row in reading.rows
        if isinstance(found := check(row.cells, context), list)
    ]
    back = excel.read(workbooks.errors(wrong, reading.titles, footer="嵩口镇"))[0].rows
    line = dict(zip(map(str, back[0]), map(str, back[1]), strict=False))
    assert (line["第2人姓名"], line["第2人身份证号"], line["第3人身份证号"]) == (
        "陈细妹",
        number(11),
        "350125",
    )
    assert line["原因"].startswith("林小英：")
    mended = [number(12) if cell == "350125" else cell for cell in back[1]]
    again = reading_of(ugly.Book().sheet("家庭", [back[0], mended]).bytes())
    assert [row.cells["name"] for row in again.rows] == ["林国文", "陈细妹", "林小英"]
    assert {row.cells["head_name"] for row in again.rows} == {"林国文"}
