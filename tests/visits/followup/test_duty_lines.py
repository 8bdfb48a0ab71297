"""值班表 as offices write it."""

from datetime import date, datetime

import pytest

from visits.followup.duty_lines import read

MONTH = date(2026, 10, 1)
RESTS = {date(2026, 10, n) for n in range(1, 8)}


def lines(text: str, month: date = MONTH) -> list[tuple]:
    found = read(text, month, lambda day: day not in RESTS and day.isoweekday() < 6)
    return [(one.day, one.place, one.name, one.phone, one.problem) for one in found]


def test_a_day_a_line_with_the_first_and_the_second() -> None:
    assert lines("10月1日 林建忠 13900001127，陈明 139 0000 1128\n10月2日（周五）黄玉：0591-22480123") == [
        (date(2026, 10, 1), 1, "林建忠", "13900001127", ""),
        (date(2026, 10, 1), 2, "陈明", "13900001128", ""),
        (date(2026, 10, 2), 1, "黄玉", "059122480123", ""),
    ]


def test_several_days_in_one_line_and_words_of_the_office_around_the_names() -> None:
    assert [
        one[:3] for one in lines("10月1日 值班：林建忠 13900001127，10月2日 带班领导 陈明 13900001128")
    ] == [
        (date(2026, 10, 1), 1, "林建忠"),
        (date(2026, 10, 2), 1, "陈明"),
    ]


@pytest.mark.parametrize("text", [
    "10月1日至3日 林建忠 13900001127", "10月1日-10月3日 林建忠 13900001127", "１０月１日到３日　林建忠　１３９００００１１２７",
    "2026年10月1日—3日 林建忠(13900001127)", "10/1-3 林建忠 13900001127",
])  # fmt: skip
def test_a_span_is_each_of_its_days(text: str) -> None:
    assert [(one[0].day, one[2], one[4]) for one in lines(text)] == [
        (1, "林建忠", ""),
        (2, "林建忠", ""),
        (3, "林建忠", ""),
    ]


def test_without_hours_a_working_day_is_its_night_and_a_day_off_is_whole() -> None:
    found = read(
        "10月7日 林建忠 13900001127\n10月8日 林建忠 13900001127", MONTH, lambda day: day not in RESTS
    )
    assert [(one.starts, one.ends) for one in found] == [
        (datetime(2026, 10, 7, 8, 30), datetime(2026, 10, 8, 8, 30)),
        (datetime(2026, 10, 8, 17, 30), datetime(2026, 10, 9, 8, 30)),
    ]


def test_hours_that_are_written_hold_and_end_on_the_next_day_when_they_are_earlier() -> None:
    found = read(
        "10月1日 8:00-18:00 林建忠 13900001127\n10月1日 18:00至次日8:00 陈明 13900001128",
        MONTH,
        lambda day: True,
    )
    assert [(one.name, one.starts, one.ends) for one in found] == [
        ("林建忠", datetime(2026, 10, 1, 8), datetime(2026, 10, 1, 18)),
        ("陈明", datetime(2026, 10, 1, 18), datetime(2026, 10, 2, 8)),
    ]


@pytest.mark.parametrize(("text", "said"), [
    ("10月32日 林建忠 13900001127", "没有这一天"),
    ("10月1日 待定", "没有读到姓名和电话"),
    ("10月1日 林建忠 1390000112", "手机号应是11位"),
    ("林建忠 13900001127", "没有读到日期"),
    ("10月1日 25:00-8:30 林建忠 13900001127", "几点到几点"),
    ("10月1日 甲乙 13900001121 丙丁 13900001122 戊己 13900001123 庚辛 13900001124", "最多3个人"),
])  # fmt: skip
def test_what_cannot_be_read_says_why(text: str, said: str) -> None:
    (one,) = lines(text)
    assert said in one[4]


def test_heads_and_empty_lines_are_no_lines_and_a_year_turns_over() -> None:
    assert lines("嵩口镇值班表\n\n日期 姓名 电话") == []
    assert lines("1月2日 林建忠 13900001127", date(2026, 12, 1))[0][0] == date(2027, 1, 2)
    assert lines("12月31日 林建忠 13900001127", date(2027, 1, 1))[0][0] == date(2026, 12, 31)
