"""The notice is read from its own words: what it says of every year known comes back day for day."""

import datetime as dt
import random
from datetime import date

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visits.core import notice, seeds
from visits.core.notice import OFF, WORK, Day, read

YEARS = range(2018, 2027)
ORDER = "一二三四五六七八九"


def days_of(year: int) -> dict[date, str]:
    """As the library knows them: days off that have a name, and make-up days."""
    return {row.day: row.kind for row in seeds.days_of(year)}


def blocks(year: int) -> list[tuple[str, list[date], list[date]]]:
    """Holiday, its days off on end, its make-up days."""
    rows = sorted(seeds.days_of(year), key=lambda row: row.day)
    found: list[tuple[str, list[date], list[date]]] = []
    for row in rows:
        if row.kind != "off":
            continue
        if found and found[-1][1][-1] == row.day - dt.timedelta(days=1):
            found[-1] = (
                found[-1][0] if row.name in found[-1][0] else f"{found[-1][0]}、{row.name}",
                *found[-1][1:],
            )
            found[-1][1].append(row.day)
        else:
            found.append((row.name, [row.day], []))
    for row in rows:
        if row.kind == "work":
            min(found, key=lambda one: min(abs((day - row.day).days) for day in one[1]))[2].append(row.day)
    return found


def weekday(day: date, rng: random.Random) -> str:
    word = "一二三四五六日"[day.weekday()]
    return rng.choice([f"（周{word}）", f"（星期{word}）", "", f"（农历腊月二十八、周{word}）"])


def written(year: int, rng: random.Random) -> str:
    """A notice in one of the ways in which they have been written."""
    lines = [f"关于{year}年部分节假日安排的通知", "", f"现将{year}年节假日的具体安排通知如下。"]
    for place, (name, off, work) in enumerate(blocks(year)):
        first, last = off[0], off[-1]
        short = rng.random() < 0.5 and first.month == last.month
        end = f"{last.day}日" if short else f"{last.month}月{last.day}日"
        verb = rng.choice(["放假", "放假调休"])
        text = f"{first.month}月{first.day}日{weekday(first, rng)}"
        if first != last:
            text += f"{rng.choice(['至', '到', '—'])}{end}{weekday(last, rng)}"
        text += f"{verb}，共{len(off)}天。" if rng.random() < 0.7 else f"{verb}。"
        if work:
            text += "、".join(f"{day.month}月{day.day}日{weekday(day, rng)}" for day in work) + "上班。"
        lines.append(f"{ORDER[place]}、{name}：{text}")
    lines += ["节假日期间，各单位要妥善安排好值班和安全、保卫等工作。"]
    return "\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(YEARS)), st.integers(0, 2**32))
def test_a_notice_is_read_to_the_days_that_are_known(year: int, seed: int) -> None:
    reading = read(written(year, random.Random(seed)), year)
    assert reading.wrong == []
    assert {day: one.kind for day, one in reading.days.items()} == days_of(year)


@pytest.mark.parametrize("year", YEARS)
def test_a_known_year_has_nothing_odd_but_what_really_was(year: int) -> None:
    reading = read(written(year, random.Random(1)), year)
    odd = [text for text in reading.odd if "连着上班" not in text]
    # In 2020 the spring festival was prolonged by three days, in the middle of the year's plan.
    assert (odd == []) == (year != 2020)


def test_the_number_of_days_off_equals_those_by_law_and_the_made_up() -> None:
    off = sum(1 for day, kind in days_of(2026).items() if kind == "off" and day.weekday() < 5)
    assert off - sum(1 for kind in days_of(2026).values() if kind == "work") == 13


NOTICE = written(2026, random.Random(3))


@pytest.mark.parametrize(
    ("text", "year", "says"),
    [
        ("", 2026, "没有读到"),
        ("放假通知见附件", 2026, "没有读到"),
        (NOTICE, 2027, "说的是2026年"),
        ("一、元旦：1月1日（周五）放假。", 2026, "原文写的是周五"),
        ("一、元旦：1月1日至3日放假，共4天。", 2026, "是3天，原文写共4天"),
        ("一、元旦：1月32日放假。", 2026, "没有1月32日"),
        ("一、元旦：3日放假。", 2026, "没有写是几月"),
        ("一、元旦：1月3日至1日放假。", 2026, "先后不对"),
        ("一、元旦：1月1日放假。1月6日上班。", 2026, "本来就上班"),
        ("一、元旦：1月1日放假。1月1日上班。", 2026, "又休又班"),
        ("一、劳动节：5月1日至5日放假。", 2026, "元旦，按"),
        ("2026-13-01 休 元旦", 2026, "日期不对"),
        ("2026-02-30 休 春节", 2026, "日期不对"),
        ("2026-01-01 休 元旦\n2026/1/x 班", 2026, "第2行读不懂"),
    ],
)
def test_what_can_not_be_is_said_with_its_place(text: str, year: int, says: str) -> None:
    found = read(text, year).wrong
    assert any(says in one for one in found), found


def test_days_of_another_year_and_days_without_a_verb_are_named_and_left_out() -> None:
    text = "一、元旦：2025年12月31日至2026年1月3日放假。1月9日另行通知。"
    reading = read(text, 2026)
    assert min(reading.days) == date(2026, 1, 1)
    assert any("2025年12月31日不在2026年" in one for one in reading.odd)
    assert any("1月9日" in one for one in reading.odd)


def test_an_old_notice_with_days_made_good_is_read() -> None:
    text = "一、元旦：1月1日放假，1月2日（星期一）补休。\n二、清明节：4月2日至4日放假调休，共3天。4月1日（星期六）上班。"
    days = read(text, 2017).days
    assert {day: one.kind for day, one in days.items()} == {
        date(2017, 1, 1): OFF, date(2017, 1, 2): OFF, date(2017, 4, 1): WORK, date(2017, 4, 2): OFF,
        date(2017, 4, 3): OFF, date(2017, 4, 4): OFF,
    }  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(list(YEARS)), st.sampled_from([" ", ",", "\t", "，"]), st.booleans())
def test_lines_and_csv_say_the_same(year: int, mark: str, head: bool) -> None:
    known = days_of(year)
    lines = ["日期,休班,节日"] if head else []
    lines += [
        f"{day:%Y-%m-%d}{mark}{'休' if kind == 'off' else '班'}{mark}春节" for day, kind in known.items()
    ]
    assert {day: one.kind for day, one in read("\n".join(lines), year).days.items()} == known


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400), st.integers(2018, 2030))
def test_whatever_is_pasted_gets_an_answer(text: str, year: int) -> None:
    reading = read(text, year)
    assert all(day.year == year for day in reading.days)
    assert reading.days or reading.wrong


def test_more_than_six_days_of_work_on_end_are_told() -> None:
    days = {date(2026, 3, 7): Day(date(2026, 3, 7), WORK, "春节")}
    runs = notice.too_long(days, 2026)
    assert runs == [(date(2026, 3, 2), date(2026, 3, 7))] or runs == []
    days[date(2026, 3, 8)] = Day(date(2026, 3, 8), WORK, "春节")
    assert (date(2026, 3, 2), date(2026, 3, 13)) in notice.too_long(days, 2026)
    assert chinese_calendar.is_workday(date(2026, 3, 2))
