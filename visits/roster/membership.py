"""Which group fits whom: pure rules of 二(一)–(五), without database and clock.

Ages are whole years; the limits of a group are inclusive (`min_age` 80: from the 80th birthday on,
`max_age` 17: to the day before the 18th birthday).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from visits.core.idnumber import age_on

KEY = "key"
EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True)
class GroupFacts:
    """What the rules ask of a care group."""

    code: str
    name: str
    short: str
    clause: str
    tier: str
    min_age: int | None = None
    max_age: int | None = None
    alone: bool = False


@dataclass(frozen=True)
class Span:
    """A membership: the group's code and its days, both inclusive; `ends_on` None: still open."""

    group: str
    starts_on: date
    ends_on: date | None = None

    def live(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or self.ends_on >= on)


def is_key(spans: Iterable[Span], groups: Collection[GroupFacts], on: date) -> bool:
    """重点: any live membership in a group of the key tier (二-G1)."""
    key = {group.code for group in groups if group.tier == KEY}
    return any(span.group in key and span.live(on) for span in spans)


def fits(group: GroupFacts, birth: date, on: date) -> bool:
    """Whether the age on that day lies within the group's limits."""
    age = age_on(birth, on)
    return (group.min_age is None or age >= group.min_age) and (group.max_age is None or age <= group.max_age)


def fitting(groups: Iterable[GroupFacts], birth: date, on: date) -> list[GroupFacts]:
    """The groups whose age limits fit, in the order given."""
    return [group for group in groups if fits(group, birth, on)]


def birthday(birth: date, age: int) -> date:
    """The day on which somebody becomes that old; who was born on 29 February on 1 March in other years."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)


def last_day(group: GroupFacts, birth: date) -> date | None:
    """The last day on which a group with an upper age limit fits; None without a limit."""
    return None if group.max_age is None else birthday(birth, group.max_age + 1) - timedelta(days=1)


def start_day(group: GroupFacts, birth: date, default: date, today: date) -> date:
    """From when on a membership runs whose list gives no day: the default, or the birthday that makes the
    group fit when it lies after the default and not in the future; never before birth."""
    day = max(default, birth)
    if group.min_age is not None:
        grown = birthday(birth, group.min_age)
        if day < grown <= today:
            day = grown
    return day


@dataclass(frozen=True)
class Objection:
    """Why somebody can't be put into a group. `reason` and `remedy` stand apart in an import's table;
    `field` is the form's field it belongs to."""

    reason: str
    remedy: str
    field: str = "starts_on"

    def __str__(self) -> str:
        return f"{self.reason}，{self.remedy}"


def objection(
    group: GroupFacts, birth: date, starts_on: date, today: date, groups: Iterable[GroupFacts] = ()
) -> Objection | None:
    """Why somebody can't be put into a group from that day on; None: they can.

    A lower limit must hold on the first day, an upper one still today (二 “Bad input”)."""
    if starts_on > today:
        return Objection("起始日期晚于今天", "请核对")
    if starts_on < birth:
        return Objection("起始日期早于出生日期", "请核对")
    if starts_on < EARLIEST:
        return Objection("起始日期太早", "请核对年份")
    low = group.min_age is not None and age_on(birth, starts_on) < group.min_age
    high = group.max_age is not None and age_on(birth, today) > group.max_age
    if not low and not high:
        return None
    if low:
        what = f"“{group.short}”要满{group.min_age}岁，{_day(starts_on)}是{age_on(birth, starts_on)}岁"
    else:
        what = f"“{group.short}”不超过{group.max_age}岁，现在{age_on(birth, today)}岁"
    others = [g.short for g in fitting(groups, birth, today) if g.clause == group.clause and g != group]
    which = f"（够年龄的有：{'、'.join(others)}）" if others else ""
    return Objection(f"{what}。年龄不符", f"请选其他类别{which}", "group")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
