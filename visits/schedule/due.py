"""Which visits are owed, in plain Python: the definition that the SQL of the generation must equal.

No database, no clock. It looks at the *dates* of memberships, never at who is live today: that is why a
generation that was late by weeks makes the same items as one that was not.

四(一)-5, 四(一)-6: at least one visit per quarter or half-year; counties may set stricter rules (四(一)-4).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from visits.schedule.periods import Kind, Period, nested, parts, period_of

LIVE_DAYS = 30  # days of a period that make the visit of the period owed
FIRST_VISIT_DAYS = 30  # a newcomer is visited within so many days

MODES = {
    "home": "上门",
    "phone": "电话",
    "video": "视频",
    "wechat": "微信",
    "institution": "机构内",
    "hospital": "医院内",
    "other": "其他",
}
# Face to face where the person lives or lies: nobody is to be sent home to be visited there.
HOME_MODES = frozenset({"home", "institution", "hospital"})
# E8: whoever came out of hospital is seen where they live now; a visit to the bed was made before.
DISCHARGE_MODES = HOME_MODES - {"hospital"}
# What a rule may leave out; whoever was seen face to face was visited, whatever the rule.
OTHER_MODES = {mode: word for mode, word in MODES.items() if mode not in HOME_MODES}

MET = {"self": "见到本人", "proxy": "家人代述", "away": "在外务工或就学"}
MET_SELF = frozenset({"self"})  # 特困, people alone, minors
MET_HOUSEHOLD = frozenset({"self", "proxy", "away"})  # a member of a household on 低保

State = Literal["idle", "soon", "late", "missed", "done", "done_late", "superseded", "dropped", "excused"]
Stored = Literal["", "superseded", "dropped", "excused"]  # "": the dates alone say how it stands


@dataclass(frozen=True)
class Rule:
    """One visit a period for whoever is in a group of `target`. Both dates inclusive; None: no end."""

    id: int
    kind: Kind
    target: frozenset[str]
    modes: frozenset[str]
    min_home: int
    order: int
    starts_on: dt.date
    ends_on: dt.date | None = None


@dataclass(frozen=True)
class Span:
    """Membership in one care group. Both dates inclusive; None: still a member."""

    group: str
    starts_on: dt.date
    ends_on: dt.date | None = None


@dataclass(frozen=True)
class Life:
    """All memberships of a person, the day of death or departure, and the go-live day of the township.

    Who was in a group before `on_roster_before` is no newcomer: that day turned lists into rows. `away`: days on
    which nothing is owed (暂缓, E10), both inclusive, None: still so. Who comes back is visited as a newcomer is.
    """

    spans: tuple[Span, ...]
    left_on: dt.date | None = None
    on_roster_before: dt.date | None = None
    away: tuple[tuple[dt.date, dt.date | None], ...] = ()


@dataclass(frozen=True)
class Item:
    """A visit owed. All dates inclusive; a visit from `opens_on` to `closes_on` fulfils, after `due_on` late.

    `first` marks the first visit of a newcomer, which may close in a later period than its own. `reason` is a
    Chinese sentence for the card and no part of the definition.
    """

    rule_id: int
    period_start: dt.date
    period_end: dt.date
    opens_on: dt.date
    due_on: dt.date
    closes_on: dt.date
    first: bool
    reason: str


@dataclass(frozen=True)
class _Run:
    """Days without a gap, both inclusive. `joined_on` is when membership began, before the rule's own start."""

    start: dt.date
    end: dt.date
    joined_on: dt.date


def days_needed(period: Period) -> int:
    """How many live days of `period` make its visit owed: 30, or all of them where it is shorter.

    Without the second half no visit would ever be owed in a February or in a week.
    """
    return min(LIVE_DAYS, period.days)


def live_days(life: Life, rule: Rule, period: Period) -> int:
    """Days of `period` on which `rule` is live for the person: several groups on one day count once."""
    return _days_within(_runs(life, rule), period)


def items_for(life: Life, rules: Iterable[Rule], kind: Kind, period: Period) -> list[Item]:
    """What is owed in `period` under the rules of `kind`, in the order of the rules.

    `rules` are all rules of the person's county, of every kind: the others decide whether one is dominated.
    Under each rule, of the days it is live (`live_days`):

    (a) `days_needed` or more: due on the last day of the period, also when the membership ended inside it;
    (b) fewer, but the person joined in this period, not before go-live, and is live on its last day: a first
        visit, due 30 days after the first live day, open until the end of the period of that due day;
    (c) otherwise nothing.

    A dominated rule (`dominator`) makes nothing. Death or departure drops every item due on that day or later;
    an item that falls due while nothing is owed (`Life.away`) is dropped too: nobody could make it good.
    """
    if period.kind != kind:
        raise ValueError(f"a {period.kind} was passed for {kind}")
    every = list(rules)
    made = []
    for rule in sorted((r for r in every if r.kind == kind), key=_rank):
        item = _item(life, rule, period)
        if item is None or (life.left_on is not None and item.due_on >= life.left_on):
            continue
        if any(gone <= item.due_on <= (back or dt.date.max) for gone, back in life.away):
            continue
        if dominator(life, every, rule, period) is None:
            made.append(item)
    return made


def dominator(life: Life, rules: Iterable[Rule], rule: Rule, period: Period) -> Rule | None:
    """The rule that stands in for `rule` in `period`, or None. The first by order, then by id.

    It has an equal or shorter kind that nests in the rule's, asks for at least its modes and home visits, and
    is live long enough for a full item (`days_needed`) in at least one of its own periods inside `period`.
    That last condition is what keeps a person from being left with no item at all: thirty days spread over
    the edge of two months would make neither month's visit owed. Of two rules that stand in for each other,
    the lower order, then the lower id, makes the item.
    """
    for other in sorted(rules, key=_rank):
        if asks_as_much(other, rule) and _makes_full_item(life, other, period):
            return other
    return None


def state_of(
    *,
    due_on: dt.date,
    closes_on: dt.date,
    opens_on: dt.date,
    done_on: dt.date | None,
    made_up_on: dt.date | None,
    stored: Stored,
    today: dt.date,
    soon_days: int,
) -> State:
    """The one answer to “how does this item stand on `today`”: lists, badges, figures and reminders use it.

    - superseded, dropped: outside all counts, whatever else is known;
    - done, done_late: visited inside the window, up to or after the due day; a visit made up after the window
      had closed (`made_up_on`) is late too;
    - excused: not reached after due tries; a later visit inside the window wins over it;
    - missed: the window is over; late: past due, the window still open (first visits only);
    - soon: due within `soon_days` and already open; idle: nothing to do yet.
    """
    if stored == "superseded" or stored == "dropped":
        return stored
    if done_on is not None:
        return "done" if done_on <= due_on else "done_late"
    if made_up_on is not None:
        return "done_late"
    if stored == "excused":
        return "excused"
    if today > closes_on:
        return "missed"
    if today > due_on:
        return "late"
    return "soon" if today >= opens_on and left_days(due_on, today) <= soon_days else "idle"


def left_days(due_on: dt.date, today: dt.date) -> int:
    """Calendar days from `today` to `due_on`: 0 on the day itself, negative after it."""
    return (due_on - today).days


def qualifies(
    visit_day: dt.date,
    mode: str,
    met: str,
    item: Item,
    rule: Rule,
    *,
    home_visits: int = 0,
    accepts: frozenset[str] = MET_SELF,
) -> bool:
    """Whether a visit fulfils `item`: inside its window, in an allowed mode, with somebody the rule accepts.

    `home_visits` counts the person's submitted visits in HOME_MODES inside the window, this one included. An
    item whose rule asks for n of them is fulfilled by the visit that makes the count full, or by any allowed
    visit once it is full: for n = 1 a telephone call alone leaves it open. `accepts` is MET_SELF or, for a
    member of a household, MET_HOUSEHOLD.
    """
    return (
        item.opens_on <= visit_day <= item.closes_on
        and mode in rule.modes
        and met in accepts
        and home_visits >= rule.min_home
    )


def _rank(rule: Rule) -> tuple[int, int]:
    return (rule.order, rule.id)


def _runs(life: Life, rule: Rule) -> list[_Run]:
    """The days on which the rule is live, as runs without a gap, oldest first.

    Spans are merged before the rule's own dates cut them: the start of a rule makes nobody a newcomer.
    """
    spans = sorted(
        (span.starts_on, span.ends_on or dt.date.max) for span in life.spans if span.group in rule.target
    )
    merged: list[tuple[dt.date, dt.date]] = []
    for start, end in spans:
        # Compared through days, not dates: the day after an open end does not exist.
        if merged and (start - merged[-1][1]).days <= 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    for gone, back in sorted((start, end or dt.date.max) for start, end in life.away):
        merged = [part for start, end in merged for part in _without(start, end, gone, back)]
    last = rule.ends_on or dt.date.max
    cut = (_Run(max(start, rule.starts_on), min(end, last), joined_on=start) for start, end in merged)
    return [run for run in cut if run.start <= run.end]


def _without(start: dt.date, end: dt.date, gone: dt.date, back: dt.date) -> list[tuple[dt.date, dt.date]]:
    """What is left of the days `start` to `end` when `gone` to `back` are taken out; all inclusive."""
    if back < start or gone > end:
        return [(start, end)]
    left = [(start, gone - dt.timedelta(days=1))] if start < gone else []
    return left + ([(back + dt.timedelta(days=1), end)] if back < end else [])


def _days_within(runs: Sequence[_Run], period: Period) -> int:
    return sum(max(0, (min(run.end, period.end) - max(run.start, period.start)).days + 1) for run in runs)


def _item(life: Life, rule: Rule, period: Period) -> Item | None:
    runs = _runs(life, rule)
    days = _days_within(runs, period)
    if days >= days_needed(period):
        opens = next(max(run.start, period.start) for run in runs if run.end >= period.start)
        reason = f"{period.label}在名单上{days}天，{_day(period.end)}前要访到"
        return Item(rule.id, period.start, period.end, opens, period.end, period.end, False, reason)
    newcomer = next((run for run in runs if run.start <= period.end <= run.end), None)
    if newcomer is None or newcomer.joined_on < max(period.start, life.on_roster_before or period.start):
        return None
    opens = newcomer.start
    due = opens + dt.timedelta(days=FIRST_VISIT_DAYS)
    closes = period_of(rule.kind, due).end
    reason = f"{_day(newcomer.joined_on)}{_how_joined(life, newcomer.joined_on)}，{_day(due)}前要访到第一次"
    return Item(rule.id, period.start, period.end, opens, due, closes, True, reason)


def _how_joined(life: Life, on: dt.date) -> str:
    """Back from days on which nothing was owed; new on the list; or new in this class, and on the list before."""
    if any(back is not None and (on - back).days == 1 for _, back in life.away):
        return "回来"
    return "新列入" if all(span.starts_on >= on for span in life.spans) else "列入这一类"


def asks_as_much(other: Rule, rule: Rule) -> bool:
    """Whether `other` could stand in for `rule`: nested in it, no looser, and of two equals the first."""
    if other.id == rule.id or not nested(other.kind, rule.kind):
        return False
    if not (other.modes <= rule.modes and other.min_home >= rule.min_home):
        return False
    equal = (other.kind, other.modes, other.min_home) == (rule.kind, rule.modes, rule.min_home)
    return not equal or _rank(other) < _rank(rule)


def _makes_full_item(life: Life, rule: Rule, period: Period) -> bool:
    runs = _runs(life, rule)
    return any(_days_within(runs, part) >= days_needed(part) for part in parts(rule.kind, period))


def _day(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"
