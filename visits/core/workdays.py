"""The working calendar as values: no database, no clock; callers pass the tables and the day in.

五(三)-8 and 五(三)-10 give two and three *working days*. Saturdays and Sundays are rest days, other days are
working days, and the yearly notice of the State Council moves some of both (调休). A year without a table is
never guessed at here: whoever wants an estimate loads a table whose status says so.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Status = Literal["official", "estimated"]
DayKind = Literal["off", "work"]

OFFICIAL: Status = "official"
ESTIMATED: Status = "estimated"
OFF: DayKind = "off"
WORK: DayKind = "work"

_STATUSES = (OFFICIAL, ESTIMATED)
_KINDS = (OFF, WORK)
_ONE_DAY = dt.timedelta(days=1)


class YearNotLoaded(LookupError):
    """A day was needed whose year has no table. The text is Chinese and may be shown."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year}年放假安排还没有录入")
        self.year = year


@dataclass(frozen=True)
class YearTable:
    """What one year's notice changes. `days` holds the exceptions only: weekends need no row to be off."""

    status: Status
    days: Mapping[dt.date, DayKind]


@dataclass(frozen=True)
class Calendar:
    """The loaded years. Each question raises `YearNotLoaded` as soon as it needs a day of another year."""

    years: Mapping[int, YearTable]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, Status, Mapping[dt.date, DayKind]]]) -> Self:
        """Build from `(year, status, {day: "off" | "work"})`, one row a year.

        Raises ValueError for a year given twice, an unknown word, or a day that lies in another year.
        """
        years: dict[int, YearTable] = {}
        for year, status, days in rows:
            if year in years:
                raise ValueError(f"two tables for {year}")
            if status not in _STATUSES:
                raise ValueError(f"unknown status {status!r} for {year}")
            for day, kind in days.items():
                if day.year != year:
                    raise ValueError(f"{day} stands in the table of {year}")
                if kind not in _KINDS:
                    raise ValueError(f"unknown kind {kind!r} on {day}")
            years[year] = YearTable(status, dict(days))
        return cls(years)

    def is_workday(self, day: dt.date) -> bool:
        """Whether public offices work on `day`. Raises YearNotLoaded."""
        return self._table(day).days.get(day, OFF if day.isoweekday() > 5 else WORK) == WORK

    def is_estimated(self, day: dt.date) -> bool:
        """Whether `day` lies in a year whose table is only an estimate (“预估”). Raises YearNotLoaded."""
        return self._table(day).status == ESTIMATED

    def add_workdays(self, day: dt.date, n: int) -> dt.date:
        """The n-th working day after `day`; `day` itself is not counted (民法典201条). n is 1 or more.

        Raises YearNotLoaded when the count runs into a year without a table.
        """
        if n < 1:
            raise ValueError("n must be 1 or more")
        while n:
            day += _ONE_DAY
            n -= self.is_workday(day)
        return day

    def deadline(self, day: dt.date, n: int) -> dt.datetime:
        """The instant at which a limit of `n` working days after `day` has run out: exclusive.

        24:00 of the last day (民法典203条), written as 00:00 of the day after, Asia/Shanghai, aware. What
        happens strictly before it is in time.
        """
        return dt.datetime.combine(self.add_workdays(day, n) + _ONE_DAY, dt.time.min, tzinfo=SHANGHAI)

    def workdays_left(self, today: dt.date, due: dt.date) -> int:
        """Working days after `today` up to and including `due`; 0 on the due day itself.

        After `due` it is minus the working days since then, so it is 0 as well on rest days right behind a
        due day: whether something is late is a question to the dates, not to this number.
        """
        if due < today:
            return -self._count(due, today)
        return self._count(today, due)

    def _count(self, after: dt.date, through: dt.date) -> int:
        return sum(self.is_workday(after + i * _ONE_DAY) for i in range(1, (through - after).days + 1))

    def _table(self, day: dt.date) -> YearTable:
        if isinstance(day, dt.datetime):
            # A datetime is never equal to the date keys of the table: it would pass for an ordinary day.
            raise TypeError("a date is needed, not a datetime")
        try:
            return self.years[day.year]
        except KeyError:
            raise YearNotLoaded(day.year) from None
