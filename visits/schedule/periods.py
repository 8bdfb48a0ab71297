"""Visit periods as values: no database, no clock; callers pass the day in.

四(一)-5 and 四(一)-6 count by calendar quarter and by calendar half-year; counties may ask for months or weeks.
Periods of one kind order by time and tile the calendar; comparing two kinds is a TypeError.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

Kind = Literal["week", "month", "quarter", "half"]

KINDS: tuple[Kind, ...] = ("week", "month", "quarter", "half")  # shortest first
KIND_LABELS: dict[Kind, str] = {"week": "每周", "month": "每月", "quarter": "每季度", "half": "每半年"}

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, order=True)
class _Period:
    year: int
    number: int

    kind: ClassVar[Kind]
    per_year: ClassVar[int]

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.per_year:
            raise ValueError(f"a {self.kind} is numbered 1 to {self.per_year}, not {self.number}")

    @property
    def start(self) -> dt.date:
        """The first day."""
        return dt.date(self.year, (self.number - 1) * self._months + 1, 1)

    @property
    def end(self) -> dt.date:
        """The last day: inclusive."""
        month = self.number * self._months
        return dt.date(self.year, month, calendar.monthrange(self.year, month)[1])

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    @property
    def label(self) -> str:
        """The period as people say it: “2026年第三季度”."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """Short text for addresses and file names, read back by `parse`; the same as `str()`."""
        raise NotImplementedError

    @classmethod
    def containing(cls, day: dt.date) -> Self:
        """The period of this kind in which `day` lies."""
        return cls(day.year, (day.month - 1) // cls._months + 1)

    def next(self) -> Self:
        """The period after this one."""
        return type(self).containing(self.end + _ONE_DAY)

    def previous(self) -> Self:
        """The period before this one."""
        return type(self).containing(self.start - _ONE_DAY)

    def __contains__(self, day: dt.date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.key

    _months: ClassVar[int] = 1


@dataclass(frozen=True, order=True)
class HalfYear(_Period):
    """January to June (1) or July to December (2)."""

    kind: ClassVar[Kind] = "half"
    per_year: ClassVar[int] = 2
    _months: ClassVar[int] = 6

    @property
    def label(self) -> str:
        return f"{self.year}年{'上下'[self.number - 1]}半年"

    @property
    def key(self) -> str:
        return f"{self.year}H{self.number}"


@dataclass(frozen=True, order=True)
class Quarter(_Period):
    """A calendar quarter, 1 to 4."""

    kind: ClassVar[Kind] = "quarter"
    per_year: ClassVar[int] = 4
    _months: ClassVar[int] = 3

    @property
    def label(self) -> str:
        return f"{self.year}年第{'一二三四'[self.number - 1]}季度"

    @property
    def key(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True, order=True)
class Month(_Period):
    """A calendar month, 1 to 12."""

    kind: ClassVar[Kind] = "month"
    per_year: ClassVar[int] = 12

    @property
    def label(self) -> str:
        return f"{self.year}年{self.number}月"

    @property
    def key(self) -> str:
        return f"{self.year}-{self.number:02}"


@dataclass(frozen=True, order=True)
class Week(_Period):
    """An ISO week, Monday to Sunday; `year` is the ISO year, in which the week's Thursday lies."""

    kind: ClassVar[Kind] = "week"
    per_year: ClassVar[int] = 53

    def __post_init__(self) -> None:
        super().__post_init__()
        dt.date.fromisocalendar(self.year, self.number, 1)  # not every year has a 53rd: ValueError

    @property
    def start(self) -> dt.date:
        return dt.date.fromisocalendar(self.year, self.number, 1)

    @property
    def end(self) -> dt.date:
        return dt.date.fromisocalendar(self.year, self.number, 7)

    @property
    def label(self) -> str:
        return f"{self.year}年第{self.number}周"

    @property
    def key(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @classmethod
    def containing(cls, day: dt.date) -> Self:
        year, number, _ = day.isocalendar()
        return cls(year, number)


Period = Week | Month | Quarter | HalfYear

_CLASSES: dict[Kind, type[Week] | type[Month] | type[Quarter] | type[HalfYear]] = {
    "week": Week,
    "month": Month,
    "quarter": Quarter,
    "half": HalfYear,
}
_KEYS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("half", re.compile(r"([1-9]\d{3})H([12])", re.ASCII)),
    ("quarter", re.compile(r"([1-9]\d{3})Q([1-4])", re.ASCII)),
    ("month", re.compile(r"([1-9]\d{3})-(\d\d)", re.ASCII)),
    ("week", re.compile(r"([1-9]\d{3})-W(\d\d)", re.ASCII)),
)


def period_of(kind: Kind, day: dt.date) -> Period:
    """The period of `kind` in which `day` lies. Raises KeyError for an unknown kind."""
    return _CLASSES[kind].containing(day)


def parse(key: str) -> Period:
    """Read “2026Q3”, “2026H1”, “2026-11” or “2026-W48”. Raises ValueError for anything else."""
    for kind, pattern in _KEYS:
        if found := pattern.fullmatch(key):
            return _CLASSES[kind](int(found[1]), int(found[2]))
    raise ValueError("not a period key")


def length_rank(kind: Kind) -> int:
    """0 for the shortest kind, growing with length. Raises ValueError for an unknown kind."""
    return KINDS.index(kind)


def nested(inner: Kind, outer: Kind) -> bool:
    """Whether every period of `inner` lies whole in one of `outer`; each kind does so in itself.

    Months lie in quarters and quarters in half-years. A week may straddle the end of a month, of a quarter and
    of a year: it nests in nothing but itself, so a weekly rule never stands in for a monthly one.
    """
    return inner == outer or (inner != "week" and length_rank(inner) < length_rank(outer))


def parts(kind: Kind, period: Period) -> Iterator[Period]:
    """The periods of `kind` that make up `period`, in order. Raises ValueError where `kind` does not nest."""
    if not nested(kind, period.kind):
        raise ValueError(f"a {kind} does not nest in a {period.kind}")
    part = period_of(kind, period.start)
    while part.start <= period.end:
        yield part
        part = part.next()
