"""When a level of a deadline is told: pure, in working days. The scan asks backwards: for a level that comes `days`
working days after the last day, which last days are there whose moment has come?

The moment of a level, for a last day D and the time of day of its rule:
  days > 0   the days-th working day after D;
  days = 0   D itself, or, where D is a day off, the last working day before it;
  days < 0   as many working days before that one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from visits.core.workdays import Calendar, YearNotLoaded

ONE = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """A level as it was decided: `days` working days after the last day, at `at`, to whoever holds `role`. In force
    for moments from `starts_on` to `ends_on`, both inclusive. `own`: the county's, beside the city's."""

    subject: str
    level: int
    days: int
    at: time
    role: str
    starts_on: date
    ends_on: date | None = None
    at_once: bool = False
    own: bool = False
    id: int = 0


@dataclass(frozen=True)
class Step:
    """One level of one subject as it holds somewhere: told at one moment, to everybody of `roles`."""

    subject: str
    level: int
    days: int
    at: time
    roles: tuple[str, ...]
    starts_on: date
    ends_on: date | None = None
    at_once: bool = False


@dataclass(frozen=True)
class Window:
    """Last days whose moment has come, both inclusive."""

    first: date
    last: date


def merge(rules: Iterable[Rule]) -> tuple[Step, ...]:
    """The city's rules and a county's own as steps: a level that both have comes at the earlier moment, to the
    people of both. A county's rule can only add or bring forward."""
    found: dict[tuple[str, int], list[Rule]] = {}
    for one in rules:
        found.setdefault((one.subject, one.level), []).append(one)
    steps = []
    for (subject, level), held in sorted(found.items()):
        # An own rule holds from its own day on: before it, the city's alone did.
        for first, last in spans(held):
            live = [
                one
                for one in held
                if one.starts_on <= first and (one.ends_on is None or one.ends_on >= first)
            ]
            if not live:
                continue
            days, at = min((one.days, one.at) for one in live)
            roles = tuple(dict.fromkeys(one.role for one in live))
            steps.append(Step(subject, level, days, at, roles, first, last, any(one.at_once for one in live)))
    return tuple(steps)


def spans(rules: Iterable[Rule]) -> list[tuple[date, date | None]]:
    """The stretches of time within which the same rules hold."""
    cuts = sorted({one.starts_on for one in rules} | {one.ends_on + ONE for one in rules if one.ends_on})
    ends: list[date | None] = [cut - ONE for cut in cuts[1:]]
    return list(zip(cuts, [*ends, None], strict=True)) if cuts else []


def back(calendar: Calendar, day: date, n: int) -> date:
    """The n-th working day before `day`, itself not counted; n = 0: `day` itself."""
    while n:
        day -= ONE
        n -= calendar.is_workday(day)
    return day


def on_or_before(calendar: Calendar, day: date) -> date:
    """The working day that `day` is, or the last one before it."""
    return day if calendar.is_workday(day) else back(calendar, day, 1)


def moment(calendar: Calendar, due_on: date, days: int) -> date:
    """The day on which a level is told. Raises YearNotLoaded."""
    if days > 0:
        return calendar.add_workdays(due_on, days)
    return back(calendar, on_or_before(calendar, due_on), -days)


def window(calendar: Calendar, step: Step, now: datetime) -> Window | None:
    """The last days whose moment of this step has come by `now` (of our clocks), while it was in force; None: there
    are none, or the days off of a year that is needed are not known: nobody is told on a guess."""
    today = now.date()
    come = today if now.time() >= step.at else today - ONE
    if step.ends_on is not None:
        come = min(come, step.ends_on)
    try:
        come = on_or_before(calendar, come)
        last = _last(calendar, come, step.days)
    except YearNotLoaded:
        return None
    first = _first(calendar, step)
    return Window(first, last) if first <= last else None


def _last(calendar: Calendar, come: date, days: int) -> date:
    """The latest D with moment(D) <= come, `come` being a working day."""
    if days > 0:
        return back(calendar, come, days - 1) - ONE
    day, left = come, 1 - days
    while left:
        day += ONE
        try:
            left -= calendar.is_workday(day)
        except YearNotLoaded:
            # Nothing is due in a year that is not known, but for what was given a day by hand.
            break
    return day - ONE


def _first(calendar: Calendar, step: Step) -> date:
    """The earliest D with moment(D) >= the day the rule began."""
    try:
        if step.days > 0:
            begun = step.starts_on
            while not calendar.is_workday(begun):
                begun += ONE
            return back(calendar, begun, step.days)
        day = step.starts_on - ONE
        return calendar.add_workdays(day, 1 - step.days)
    except YearNotLoaded:
        return step.starts_on


def day_steps(step: Step, now: datetime) -> tuple[datetime, datetime]:
    """For what runs by the hour, days off included (五(三)-9, 24 hours): which moments of running out, after the
    first and up to the second, have come by `now`."""
    after = timedelta(days=step.days)
    begun = datetime.combine(step.starts_on, time(0), now.tzinfo) - after
    last = (
        now if step.ends_on is None else min(now, datetime.combine(step.ends_on + ONE, time(0), now.tzinfo))
    )
    return begun, last - after


def sentence(days: int, at: time, who: str) -> str:
    """A level in words."""
    when = {-1: "最后一天的前一个工作日", 0: "最后一天", 1: "过期后的第一个工作日"}.get(
        days, f"最后一天前{-days}个工作日" if days < 0 else f"过期后的第{days}个工作日"
    )
    return f"{when}{at.hour}:{at.minute:02d}，提醒{who}"
