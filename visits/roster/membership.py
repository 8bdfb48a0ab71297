"""Which group fits whom: pure rules of 二(一)–(五), without database and clock.

Ages are whole years; the limits of a group are inclusive (`min_age` 80: from the 80th birthday on,
`max_age` 17: to the day before the 18th birthday). A county decides the ages of the nine classes and which
place counts for children (practice P27); the caller reads its decisions and passes them in.

What stands against somebody is either a refusal (`Objection`), which nobody can override, or a warning,
which wants a tick and is logged. What a list cannot know is asked afterwards (`ask_of`), never guessed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from visits.core.idnumber import age_on

KEY = "key"
EARLIEST = date(1990, 1, 1)
OF_AGE = 18  # 民法典17: a guardian must be of age
REPORT_BELOW = 16  # 1-E E12: alone below this age: told to police and civil affairs at once
REVIEW_MONTHS = 6  # 二(三): the guideline gives no end; a look after half a year
SEVERE = 2  # 重度: first and second grade
MENTAL_KINDS = frozenset({5, 6})  # 智力, 精神: the third grade needs a look
# The classes that ask for somebody who lives alone; `GroupFacts.alone` says whose own word is needed.
LIVING_ALONE = frozenset({"old_alone", "old_childless", "minor_alone"})
PARENTS = frozenset(
    {"父亲", "母亲", "父", "母", "爸爸", "妈妈", "爸", "妈", "父母", "养父", "养母", "继父", "继母"}
)
# Where a child or a parent is, as a file has it, from the same roof outwards.
NEAR = {
    "city": frozenset({"here", "village", "county", "city"}),
    "county": frozenset({"here", "village", "county"}),
}
PLACE_WORDS = {"city": "本市", "county": "本县"}
# The settings that hold instead of a group's own limits: code → (key of the lower, key of the upper one).
AGE_KEYS = {
    "old_alone": ("min_age_old_alone", ""),
    "old_with_disabled_child": ("min_age_old_with_disabled_child", ""),
    "old_childless": ("min_age_old_childless", ""),
    "left_behind": ("", "max_age_left_behind"),
}
SETTING_KEYS = (*(key for pair in AGE_KEYS.values() for key in pair if key), "children_place")


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


def with_settings(group: GroupFacts, settings: Mapping[str, Any]) -> GroupFacts:
    """The group under a county's decisions; a group added later keeps its own limits."""
    low, high = AGE_KEYS.get(group.code, ("", ""))
    return replace(
        group,
        min_age=settings.get(low, group.min_age) if low else group.min_age,
        max_age=settings.get(high, group.max_age) if high else group.max_age,
    )


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


@dataclass(frozen=True)
class Kin:
    """One of the family, as far as the rules ask. `where` "": not known."""

    kind: str
    relation: str = ""
    birth_year: int | None = None
    where: str = ""
    disability_kind: int | None = None
    disability_grade: int | None = None
    unable: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What a file knows about somebody's life. `kin` None: the family can't be known yet (a new file, a
    list); (): known, and nobody is entered. `others`: names of other people on the roster under the roof."""

    birth: date
    lives_alone: bool = False
    others: tuple[str, ...] = ()
    kin: tuple[Kin, ...] | None = None

    def of(self, kind: str) -> list[Kin]:
        return [one for one in self.kin or () if one.kind == kind]


@dataclass(frozen=True)
class Entry:
    """What is written when somebody is put into a group."""

    starts_on: date
    event: str = ""
    event_on: date | None = None
    reported_on: date | None = None
    reported_to: str = ""


@dataclass(frozen=True)
class Finding:
    """What stands against it: refusals, in the order they are shown, and warnings by code."""

    refusals: tuple[Objection, ...] = ()
    warnings: Mapping[str, str] = field(default_factory=dict)


def examine(
    group: GroupFacts,
    who: Circumstances,
    entry: Entry,
    today: date,
    groups: Iterable[GroupFacts] = (),
    children_place: str = "city",
) -> Finding:
    """All rules of 二(一)–(五) for putting somebody into a group. `group` and `groups` under the county's
    settings (`with_settings`); `children_place`: "city" or "county"."""
    age = objection(group, who.birth, entry.starts_on, today, groups)
    if age is not None:
        return Finding((age,))
    refusals: list[Objection] = []
    warnings: dict[str, str] = {}
    for rule in _RULES.get(group.code, ()):
        found = rule(who, entry, today, children_place)
        refusals += found.refusals
        warnings |= found.warnings
    if group.code in LIVING_ALONE:
        warnings |= _alone(who)
    return Finding(tuple(refusals), {} if refusals else warnings)


def ask_of(group: str) -> str:
    """What a list can't say about a class, so that somebody looks afterwards; "" when it says all. A code:
    see `ASKS`."""
    return ASKING.get(group, "")


ASKING = {
    "old_with_disabled_child": "disabled_child",
    "old_childless": "children",
    "minor_kin": "guardian",
    "left_behind": "parents",
    "sudden": "event",
}
ASKS = {
    "disabled_child": "同住的残疾子女和残疾证还没有登记",
    "children": "子女在哪里还没有登记，确实没有子女的写明",
    "guardian": "代为监护的亲戚还没有登记",
    "parents": "父母在哪里、谁在带还没有登记",
    "event": "还没有写发生了什么、哪天发生",
}


def answered(ask: str, kin: Collection[Kin], event: str = "") -> bool:
    """Whether the file says by now what was asked."""
    kinds = {one.kind for one in kin}
    return {
        "disabled_child": any(one.disability_grade for one in kin if one.kind == "child"),
        "children": any(one.where for one in kin if one.kind == "child"),
        "guardian": "guardian" in kinds,
        "parents": any(one.where or one.unable for one in kin if one.kind == "parent"),
        "event": event != "",
    }[ask]


def import_objection(group: str, birth: date, today: date) -> Objection | None:
    """What no list may do: 1-E E12 asks to whom it was reported, and a list has no place for it."""
    if group == "minor_alone" and age_on(birth, today) < REPORT_BELOW:
        return Objection("不满16岁独居", "先立即报告公安和民政，再在系统里单个列入，写明报告给谁", "group")
    return None


def contradiction(
    group: GroupFacts,
    birth: date,
    kin: Collection[Kin],
    today: date,
    children_place: str = "city",
) -> Objection | None:
    """What a file already says against a class that a list names. What it does not say is asked later."""
    kinds = _ABOUT.get(group.code, frozenset())
    relevant = [one for one in kin if one.kind in kinds]
    if group.code == "old_with_disabled_child":
        relevant = [one for one in relevant if one.disability_grade]
    if not relevant:
        return None
    who = Circumstances(birth, lives_alone=True, kin=tuple(kin))
    for rule in _RULES.get(group.code, ()):
        if found := rule(who, Entry(today), today, children_place).refusals:
            return found[0]
    return None


_ABOUT = {
    "old_with_disabled_child": frozenset({"child"}),
    "old_childless": frozenset({"child"}),
    "minor_kin": frozenset({"guardian"}),
    "left_behind": frozenset({"parent"}),
}


def default_review(group: str, starts_on: date, event_on: date | None = None) -> date | None:
    """The day of the first look at 突发困难: six months after the event, or after the day of entry."""
    return add_months(event_on or starts_on, REVIEW_MONTHS) if group == "sudden" else None


def add_months(day: date, months: int) -> date:
    """The same day some months later, the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def guardian_objection(birth_year: int | None, today: date) -> Objection | None:
    """A guardian who can't be of age. Only the year is known: who may have had the birthday is let in."""
    if birth_year is not None and today.year - birth_year < OF_AGE:
        return Objection("监护人不满18岁", "请登记已成年的监护人", "birth_year")
    return None


def severe(kind: int | None, grade: int | None) -> bool | None:
    """重度: True; third grade, intellectual or psychiatric: None (needs a look); else False."""
    if kind is None or grade is None:
        return False
    if grade <= SEVERE:
        return True
    return None if grade == SEVERE + 1 and kind in MENTAL_KINDS else False


def _alone(who: Circumstances) -> dict[str, str]:
    if who.others:
        return {"alone": f"这一类要独居，可同一处还有{'、'.join(who.others)}在册，请核对"}
    return {} if who.lives_alone else {"alone": "这一类要独居，档案里没有写独居，请核对"}


def _disabled_child(who: Circumstances, entry: Entry, today: date, place: str) -> Finding:
    if who.kin is None:
        return Finding(warnings={"disabled_child": f"{ASKS['disabled_child']}，建档后请补上"})
    known = [one for one in who.of("child") if one.disability_grade]
    found = [severe(one.disability_kind, one.disability_grade) for one in known]
    if True in found:
        return Finding()
    if None in found:
        return Finding(warnings={"third_grade": "子女是智力或精神残疾三级，不是一、二级，请核对够不够重度"})
    if known:
        return Finding((Objection("登记的子女不是一、二级残疾", "请核对残疾证，或选其他类别", "group"),))
    return Finding(
        (Objection("没有登记重度残疾的子女", "请先在“家里人”登记子女和残疾等级，再列入", "group"),)
    )


def _children_away(who: Circumstances, entry: Entry, today: date, place: str) -> Finding:
    word = PLACE_WORDS[place]
    children = who.of("child")
    if any(one.where in NEAR[place] for one in children):
        return Finding((Objection(f"登记的子女有在{word}的", "请核对子女在哪里，或选其他类别", "group"),))
    if any(not one.where for one in children):
        return Finding(warnings={"children": f"有的子女不清楚在哪里，请核对是不是都不在{word}"})
    if not children:
        return Finding(warnings={"children": f"没有登记子女，请核对是没有子女，还是子女都不在{word}"})
    return Finding()


def _child_alone(who: Circumstances, entry: Entry, today: date, place: str) -> Finding:
    if age_on(who.birth, today) >= REPORT_BELOW:
        return Finding()
    if entry.reported_on is None or not entry.reported_to:
        where = "reported_on" if entry.reported_on is None else "reported_to"
        return Finding(
            (Objection("不满16岁独居", "要立即报告公安和民政，请打电话，再写上哪天、报告给谁", where),)
        )
    if entry.reported_on > today:
        return Finding((Objection("报告日期晚于今天", "请核对", "reported_on"),))
    return Finding()


def _kin_guardian(who: Circumstances, entry: Entry, today: date, place: str) -> Finding:
    if who.kin is None:
        return Finding(warnings={"guardian": f"{ASKS['guardian']}，建档后请补上"})
    guardians = who.of("guardian")
    if not guardians:
        return Finding((Objection("没有登记监护人", "请先在“家里人”登记代为监护的亲戚，再列入", "group"),))
    if any(guardian_objection(one.birth_year, today) for one in guardians):
        return Finding((Objection("登记的监护人不满18岁", "请先改成已成年的监护人", "group"),))
    if all(one.relation in PARENTS for one in guardians):
        return Finding(
            (Objection("监护人就是父母", "这一类要由父母以外的亲戚代为监护，请选其他类别", "group"),)
        )
    if any(not one.relation for one in guardians):
        return Finding(warnings={"guardian": "有的监护人没写是孩子的什么人，请核对是不是亲戚"})
    return Finding()


def _parents_away(who: Circumstances, entry: Entry, today: date, place: str) -> Finding:
    parents = who.of("parent")
    away = [one for one in parents if not one.unable and one.where in ("away", "city")]
    there = [one for one in parents if not one.unable and one.where in NEAR["county"]]
    if there:
        why = "登记的父母有在家、也有监护能力的"
        return Finding((Objection(why, "请核对父母在哪里，或选其他类别", "group"),))
    if len(parents) < 2 or not away or any(not one.where and not one.unable for one in parents):
        if len(parents) >= 2 and all(one.unable for one in parents):
            return Finding((Objection("父母都没有外出", "请核对，或选其他类别", "group"),))
        words = "父母在哪里没有登记全，请核对是不是都在外，或一方在外、另一方没有监护能力"
        return Finding(warnings={"parents": words})
    return Finding()


def _event(who: Circumstances, entry: Entry, today: date, place: str) -> Finding:
    refusals = []
    if not entry.event:
        refusals.append(Objection("没有写发生了什么", "请选一项", "event"))
    if entry.event_on is None:
        refusals.append(Objection("没有写哪天发生", "大概的日期也行", "event_on"))
    elif entry.event_on > today:
        refusals.append(Objection("发生的日期晚于今天", "请核对", "event_on"))
    elif entry.event_on > entry.starts_on:
        refusals.append(Objection("列入的日期早于事情发生的日期", "请核对", "event_on"))
    return Finding(tuple(refusals))


_RULES: dict[str, tuple[Callable[[Circumstances, Entry, date, str], Finding], ...]] = {
    "sudden": (_event,),
    "old_with_disabled_child": (_disabled_child,),
    "old_childless": (_children_away,),
    "minor_alone": (_child_alone,),
    "minor_kin": (_kin_guardian,),
    "left_behind": (_parents_away,),
}
