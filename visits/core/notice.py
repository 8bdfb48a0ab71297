"""The State Council's notice about a year's days off, read from its own words, or from lines and CSV. Pure.

    二、春节：2月15日（周日）至23日（周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
    2027-02-14 班 春节

What the text says of weekdays and of numbers of days is checked against the calendar: a slip of the pen shows.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

OFF, WORK = "off", "work"
WEEKDAYS = "一二三四五六日"
# 全国年节及纪念日放假办法: days off that have a fixed date, by the year from which they have been so.
FIXED = ((2000, "元旦", 1, 1), (2000, "劳动节", 5, 1), (2025, "劳动节", 5, 2), (2000, "国庆节", 10, 1),
         (2000, "国庆节", 10, 2), (2000, "国庆节", 10, 3))  # fmt: skip
# 春节 (初一), 清明, 端午, 中秋: what the heavens give, the State Council does not decide.
LUNAR = {
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
}
# How many days off by law fall into a holiday; those of the lunar calendar are checked by number only.
BY_LAW = {"元旦": 1, "春节": 3, "清明节": 1, "劳动节": 1, "端午节": 1, "中秋节": 1, "国庆节": 3}
FROM_2025 = {"春节": 4, "劳动节": 2}
MOST_IN_A_ROW = 6  # 办法7: in general no more than six days of work on end
_NAMES = {
    "清明": "清明节",
    "五一": "劳动节",
    "端午": "端午节",
    "中秋": "中秋节",
    "国庆": "国庆节",
    "除夕": "春节",
}

_DATE = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[（(]([^）)]*)[）)])?"
_TOKEN = re.compile(
    rf"{_DATE}(?:\s*(?:至|到|—|－|-|~|～)+\s*{_DATE})?|(放假|补休|休息|调休|上班|照常上班)|共\s*(\d+)\s*天"
)
_ITEM = re.compile(r"(?:^|\n|。)\s*[（(]?[一二三四五六七八九十\d]+[）)]?[、.．]\s*([^：:\n]{1,12})[：:]")
_WEEKDAY = re.compile("(?:周|星期|礼拜)([一二三四五六日天])")
_YEAR = re.compile(r"(20\d\d)\s*年(?:部分|元旦|的)?(?:法定)?节?假")
_LINE = re.compile(
    r"^\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:\s*(?:至|到|~|～|—)\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?)?"
    r"[\s,，;；\t]+(休|班|放假|上班|off|work|true|false)[\s,，;；\t]*(\S*)"
)


@dataclass(frozen=True)
class Day:
    """A day that the notice names; `name` of the holiday it belongs to."""

    day: dt.date
    kind: str
    name: str


@dataclass
class Reading:
    """`days` by date, each once; `wrong`: can't be so; `odd`: may be so, somebody must look."""

    days: dict[dt.date, Day] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def read(text: str, year: int) -> Reading:
    """What the text says about the year, with what is wrong in it. Days of other years are named and left out."""
    reading = Reading()
    lines = [line for line in text.splitlines() if line.strip()]
    if any(_LINE.match(line) for line in lines):
        _lines(lines, year, reading)
    else:
        _notice(text, year, reading)
    if not reading.days and not reading.wrong:
        reading.wrong.append("没有读到放假的日子。请贴通知里“一、元旦：……”那几段，或者一行写一天")
    if not reading.wrong:
        check(reading, year)
    return reading


def _lines(lines: Sequence[str], year: int, reading: Reading) -> None:
    for number, line in enumerate(lines, start=1):
        found = _LINE.match(line)
        if found is None:
            if re.search(r"\d", line):  # a head without a date is no line
                reading.wrong.append(
                    f"第{number}行读不懂：“{line.strip()[:30]}”。写成“{year}-02-14 班 春节”这样"
                )
            continue
        first = _date(*found.group(1, 2, 3))
        last = _date(*found.group(4, 5, 6)) if found.group(4) else first
        if first is None or last is None or last < first or (last - first).days > 30:
            reading.wrong.append(f"第{number}行的日期不对：“{line.strip()[:30]}”")
            continue
        kind = OFF if found.group(7) in ("休", "放假", "off", "true") else WORK
        for day in _between(first, last):
            _add(reading, day, kind, name_of(found.group(8)), year)


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for step in range((last - first).days + 1):
        yield first + dt.timedelta(days=step)


def name_of(text: str) -> str:
    """元旦、春节、清明节…, however it was written."""
    bare = re.sub(r"[《》“”\s]", "", text)
    for word, name in _NAMES.items():
        if word in bare:
            return (
                "、".join(dict.fromkeys(_NAMES.get(w, w) for w in re.split("[、和]", bare)))[:20]
                if ("、" in bare or "和" in bare)
                else name
            )
    return bare[:20]


def _add(reading: Reading, day: dt.date, kind: str, name: str, year: int) -> None:
    if day.year != year:
        reading.odd.append(f"{day.year}年{day.month}月{day.day}日不在{year}年，没有记；请到那一年里改")
        return
    known = reading.days.get(day)
    if known is not None and known.kind != kind:
        reading.wrong.append(f"{_say(day)}又休又班，请核对原文")
        return
    reading.days[day] = Day(day, kind, name)


def _say(day: dt.date) -> str:
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def _notice(text: str, year: int, reading: Reading) -> None:
    text = text.replace("\u3000", " ").replace("\xa0", " ")
    named = {int(found) for found in _YEAR.findall(text)}
    if named and year not in named:
        reading.wrong.append(f"这份通知说的是{max(named)}年，不是{year}年。请核对年份")
        return
    starts = list(_ITEM.finditer(text))
    for place, item in enumerate(starts):
        end = starts[place + 1].start() + 1 if place + 1 < len(starts) else len(text)
        _Item(name_of(item.group(1)), year, reading).read(text[item.end() : end])


class _Item:
    """One holiday: dates wait until the verb that says what they are."""

    def __init__(self, name: str, year: int, reading: Reading) -> None:
        self.name, self.year, self.reading = name, year, reading
        self.month: int | None = None
        self.waiting: list[dt.date] = []
        self.block: list[dt.date] = []

    def read(self, text: str) -> None:
        for found in _TOKEN.finditer(text):
            if found.group(9):
                self._verb(WORK if "上班" in found.group(9) else OFF)
            elif found.group(10):
                self._count(int(found.group(10)))
            else:
                self._span(found)
        if self.waiting:
            days = "、".join(_say(day) for day in self.waiting)
            self.reading.odd.append(f"{self.name}：{days}没有写是放假还是上班，没有记")

    def _span(self, found: re.Match[str]) -> None:
        first = self._day(*found.group(1, 2, 3, 4))
        last = self._day(*found.group(5, 6, 7, 8)) if found.group(7) else first
        if first is None or last is None:
            return
        if last < first or (last - first).days > 30:
            self.reading.wrong.append(f"{self.name}：从{_say(first)}到{_say(last)}，先后不对")
            return
        self.waiting += _between(first, last)

    def _day(self, year: str | None, month: str | None, day: str, about: str | None) -> dt.date | None:
        self.month = int(month) if month else self.month
        if self.month is None:
            self.reading.wrong.append(f"{self.name}：{day}日没有写是几月")
            return None
        found = _date(year or str(self.year), str(self.month), day)
        if found is None:
            self.reading.wrong.append(f"{self.name}：没有{self.month}月{day}日这一天")
            return None
        said = _WEEKDAY.search(about or "")
        if said is not None and WEEKDAYS.index(said.group(1).replace("天", "日")) != found.weekday():
            self.reading.wrong.append(
                f"{self.name}：{_say(found)}，原文写的是周{said.group(1)}。请核对年份和日期"
            )
        return found

    def _verb(self, kind: str) -> None:
        if kind == OFF and self.waiting:
            self.block = list(self.waiting)
        for day in self.waiting:
            _add(self.reading, day, kind, self.name, self.year)
        self.waiting = []

    def _count(self, number: int) -> None:
        if self.block and number != len(self.block):
            self.reading.wrong.append(
                f"{self.name}：{_say(self.block[0])}到{_say(self.block[-1])}是{len(self.block)}天，原文写共{number}天"
            )


# ── the checks ───────────────────────────────────────────────────────────────────────────────────


def check(reading: Reading, year: int) -> None:
    """Add to `wrong` and `odd` what can't be so, or is unusual, in a whole year."""
    days = reading.days
    for one in days.values():
        if one.kind == WORK and one.day.weekday() < 5:
            reading.wrong.append(f"{_say(one.day)}本来就上班，不用写“班”。请核对日期")
    reading.wrong += [
        f"{_say(day)}是{name}，按《全国年节及纪念日放假办法》要放假"
        for name, day in _fixed(year)
        if not _is_off(day, days)
    ]
    reading.odd += _too_few(days, year)
    extra = sum(1 for one in days.values() if one.kind == OFF and one.day.weekday() < 5)
    work = sum(1 for one in days.values() if one.kind == WORK)
    law = sum(BY_LAW.values()) + (
        sum(FROM_2025[name] - BY_LAW[name] for name in FROM_2025) if year >= 2025 else 0
    )
    if extra - work != law:
        reading.odd.append(
            f"放假占了{extra}个工作日，调休补了{work}天，差{extra - work}天；法定是{law}天。年中另外放假时会这样，请核对"
        )
    for first, last in too_long(days, year):
        reading.odd.append(f"{_say(first)}到{_say(last)}连着上班{(last - first).days + 1}天，超过6天")


def _fixed(year: int) -> list[tuple[str, dt.date]]:
    return [(name, dt.date(year, month, day)) for since, name, month, day in FIXED if year >= since]


def _is_off(day: dt.date, days: Mapping[dt.date, Day]) -> bool:
    return days[day].kind == OFF if day in days else day.weekday() >= 5


def _too_few(days: Mapping[dt.date, Day], year: int) -> list[str]:
    found = []
    for name, least in (BY_LAW | (FROM_2025 if year >= 2025 else {})).items():
        count = sum(1 for one in days.values() if one.kind == OFF and name in one.name)
        if count < least:
            found.append(f"{name}只读到{count}天，法定{least}天。请核对有没有漏贴一段")
    return found


def too_long(days: Mapping[dt.date, Day], year: int) -> list[tuple[dt.date, dt.date]]:
    """Runs of more than six working days, first and last day; within the year."""
    found, run = [], 0
    for day in _between(dt.date(year, 1, 1), dt.date(year, 12, 31)):
        if _is_off(day, days):
            if run > MOST_IN_A_ROW:
                found.append((day - dt.timedelta(days=run), day - dt.timedelta(days=1)))
            run = 0
        else:
            run += 1
    return found


def by_law(year: int) -> list[Day]:
    """The days off that 办法2条 gives a year, no day moved: what an estimate is made of until the notice is out. The
    lunar ones as far as `LUNAR` knows them."""
    days = [Day(day, OFF, name) for name, day in _fixed(year)]
    if year in LUNAR:
        spring, *others = (dt.date(year, *day) for day in LUNAR[year])
        eve = spring - dt.timedelta(days=1)
        days += [
            Day(day, OFF, "春节") for day in _between(eve, eve + dt.timedelta(days=FROM_2025["春节"] - 1))
        ]
        days += [
            Day(day, OFF, name) for name, day in zip(("清明节", "端午节", "中秋节"), others, strict=True)
        ]
    return list({one.day: one for one in sorted(days, key=lambda one: one.day)}.values())


def exceptions(reading: Reading) -> list[Day]:
    """The days to keep, in order: named ones, also where the weekday says the same (a Sunday in a holiday)."""
    return [reading.days[day] for day in sorted(reading.days)]
