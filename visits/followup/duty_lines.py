"""值班 as offices write it, read into shifts. Pure: no database, no clock.

    10月1日 林建忠 13900001127，陈明 13900001128
    10月2日至3日 黄玉 0591-22480123
    10/4 郑水清 139 0000 1129 8:30-17:30

The first name of a day is called first, the second next, at most three. Without hours: on a working day from the end
of office hours to their beginning on the next day, on a day off the whole day, both ends at the same hour."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from visits.core.phone import PhoneError, normalise_phone

NIGHT, MORNING = dt.time(17, 30), dt.time(8, 30)
MOST = 200
PLACES = 3
_DATE = r"(?<!\d)(?:(20\d\d)\s*[年/.-]\s*)?(?<!\d)(\d{1,2})\s*[月/.-]\s*(\d{1,2})(?!\d)\s*日?"
_SPAN = re.compile(
    rf"{_DATE}(?:\s*[（(]?(?:周|星期)[一二三四五六日天][）)]?)?"
    rf"(?:\s*(?:至|到|—|－|~|～|-)\s*(?:(\d{{1,2}})\s*月)?\s*(\d{{1,2}})(?!\d)\s*日?)?"
    rf"(?:\s*[（(]?(?:周|星期)[一二三四五六日天][）)]?)?"
)
_HOURS = re.compile(
    r"(\d{1,2})[:：](\d{2})\s*(?:至|到|—|－|~|～|-)+\s*(?:次日|第二天)?\s*(\d{1,2})[:：](\d{2})"
)
_PERSON = re.compile(r"([㐀-鿿·]{2,8})[\s:：,，（(]*((?:\+?\d[\d\s()（）-]{6,20}\d))")
_NOISE = re.compile(r"(带班领导|带班|值班领导|值班人员|值班员|值班|主班|副班|领导|电话|手机)[:：]?")


@dataclass(frozen=True)
class Line:
    """One shift as it was written; `problem`: why it can't be taken (""), in words for the user."""

    number: int
    text: str
    day: dt.date | None = None
    starts: dt.datetime | None = None  # wall clock, without a zone
    ends: dt.datetime | None = None
    place: int = 1
    name: str = ""
    phone: str = ""
    problem: str = ""


def hours_of(day: dt.date, works: bool) -> tuple[dt.datetime, dt.datetime]:
    """The usual shift of a day, as wall-clock times."""
    start = dt.datetime.combine(day, NIGHT if works else MORNING)
    return start, dt.datetime.combine(day + dt.timedelta(days=1), MORNING)


def read(text: str, month: dt.date, is_workday: Callable[[dt.date], bool]) -> list[Line]:
    """Every shift of the text in order. `month`: any day of the month that is planned; a date without a year lies in
    its year, or in the next when its month is over by more than half a year."""
    found: list[Line] = []
    for number, raw in enumerate(unicodedata.normalize("NFKC", text).splitlines(), start=1):
        pieces = list(_SPAN.finditer(_HOURS.sub(lambda m: "□" * len(m[0]), raw)))
        if not raw.strip():
            continue
        if not pieces:
            if re.search(r"\d", raw):
                found.append(
                    Line(number, raw.strip(), problem="没有读到日期。写成“10月1日 林建忠 13900001127”这样")
                )
            continue
        for place, piece in enumerate(pieces):
            end = pieces[place + 1].start() if place + 1 < len(pieces) else len(raw)
            found += _one(
                number,
                raw[piece.start() : end].strip(" ，,、;；"),
                piece,
                raw[piece.end() : end],
                month,
                is_workday,
            )
    return found[:MOST]


def _one(
    number: int,
    said: str,
    piece: re.Match[str],
    rest: str,
    month: dt.date,
    is_workday: Callable[[dt.date], bool],
) -> list[Line]:
    """The shifts behind one date, or behind a span of days."""
    days = _days(piece, month)
    if not days:
        return [Line(number, said, problem="没有这一天，请核对日期")]
    hours = _HOURS.search(rest)
    people = _PERSON.findall(_NOISE.sub(" ", _HOURS.sub(" ", rest)))
    if not people:
        return [Line(number, said, days[0], problem="没有读到姓名和电话")]
    if len(people) > PLACES:
        return [Line(number, said, days[0], problem=f"一天最多{PLACES}个人")]
    found = []
    for day in days:
        start, end = _hours(hours, day) if hours else hours_of(day, is_workday(day))
        for place, (name, phone) in enumerate(people, start=1):
            try:
                digits, problem = normalise_phone(phone), ""
            except PhoneError as error:
                digits, problem = "", f"{name}：{error}"
            if start is None or end is None:
                problem = "几点到几点写得不对，写成17:30-8:30"
            found.append(Line(number, said, day, start, end, place, name, digits, problem))
    return found


def _days(piece: re.Match[str], month: dt.date) -> list[dt.date]:
    year = int(piece[1]) if piece[1] else _year(int(piece[2]), month)
    try:
        first = dt.date(year, int(piece[2]), int(piece[3]))
        last = first
        if piece[5]:
            last_month = int(piece[4] or piece[2])
            last = dt.date(year + (last_month < first.month), last_month, int(piece[5]))
    except ValueError:
        return []
    if not 0 <= (last - first).days <= 31:
        return []
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def _year(month: int, planned: dt.date) -> int:
    return planned.year + (1 if planned.month - month > 6 else -1 if month - planned.month > 6 else 0)


def _hours(hours: re.Match[str], day: dt.date) -> tuple[dt.datetime | None, dt.datetime | None]:
    """From–to; not later than it begins means the next day."""
    try:
        start = dt.datetime.combine(day, dt.time(int(hours[1]), int(hours[2])))
        end = dt.datetime.combine(day, dt.time(int(hours[3]), int(hours[4])))
    except ValueError:
        return None, None
    return start, end if end > start else end + dt.timedelta(days=1)
