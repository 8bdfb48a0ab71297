"""What the answers of a visit mean: pure functions over a dated wording (`wording.py`).

四(二): six areas of three items, asked, reminded of and assessed; what matters is recorded, summed up and dealt
with. A finding arises when something is new, worse, or its care failed, not from a long-known state.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from visits.records.form_v1 import FORM_V1
from visits.records.items import ITEM_CODES
from visits.records.wording import (
    DOES_NOT_APPLY,
    NOT_SEEN,
    REASON_AWAY,
    URGENT,
    Area,
    Form,
    FormError,
    Item,
    Option,
    Question,
    Reason,
    Season,
    level_of,
    load,
)
from visits.schedule.due import HOME_MODES

__all__ = [
    "BLIND_MODES",
    "DOES_NOT_APPLY",
    "FORM_V1",
    "NOT_SEEN",
    "REASSESS",
    "SEASON_WINDOWS",
    "URGENT",
    "WINDOW",
    "Answers",
    "Area",
    "Form",
    "FormError",
    "Item",
    "Judgement",
    "Option",
    "Question",
    "Reason",
    "Season",
    "SeasonJudgement",
    "Window",
    "all_good",
    "asks_block",
    "burns",
    "coming",
    "fires",
    "holds",
    "judge",
    "judge_season",
    "level_of",
    "load",
    "long_known",
    "may_be_known",
    "pack_told",
    "season",
    "self_care_changes",
    "self_care_grade",
    "unchanged",
    "unpack_told",
    "with_declared",
]

BLIND_MODES = frozenset({"phone", "wechat"})  # nothing can be seen
DEGREES = range(-10, 46)
_WRONG = range(1, URGENT + 1)
KNOWN_AREAS = frozenset({"health", "mind", "hygiene", "dwelling"})

# 烧火时通风吗: asked of whoever burns something to keep warm, of nobody else (四(二)-5).
WINDOW = "ventilated"

# 特困人员认定办法 23: whoever can do less or more alone than before is assessed anew.
REASSESS = "自理能力有变化，县级应在10个工作日内重新评估（特困人员认定办法第二十三条）"

SeasonCode = Literal["flood", "winter"]


@dataclass(frozen=True)
class Window:
    """A season's days in every year: (month, day), both inclusive; it may run over the new year."""

    season: SeasonCode
    starts: tuple[int, int]
    ends: tuple[int, int]


# 四(二)-4, -5: defaults; a county may set its own. 2-29 is the end of February in every year.
SEASON_WINDOWS = (Window("flood", (4, 1), (10, 15)), Window("winter", (12, 1), (2, 29)))


@dataclass(frozen=True)
class Answers:
    """What was ticked: value by item, for each 9 a reason code, and the items told rather than seen."""

    values: Mapping[str, int]
    reasons: Mapping[str, str] = field(default_factory=dict)
    told: Collection[str] = frozenset()


@dataclass(frozen=True)
class Judgement:
    """What the answers amount to. Item codes throughout, in the order of the form.

    `values`, `reasons`, `told` are complete and ready to store: family items nobody touched say “无变化”, what a
    call cannot see counts as told. `findings`: level 2 or 3, new or not long known. `reportable`: asks for a
    report. `rises`: two levels or more above last time. `changes`: family items that changed at all.
    """

    values: Mapping[str, int]
    reasons: Mapping[str, str]
    told: frozenset[str]
    max_level: int
    findings: tuple[str, ...]
    reportable: tuple[str, ...]
    rises: tuple[str, ...]
    changes: tuple[str, ...]
    emergency: bool
    police_duty: bool
    missing: tuple[str, ...]
    errors: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether the visit can be submitted as far as these items go."""
        return not self.missing and not self.errors


@dataclass(frozen=True)
class SeasonJudgement:
    """The season block: its highest level, questions still open, and what is wrong by question."""

    max_level: int
    missing: tuple[str, ...]
    errors: Mapping[str, str]


def pack_told(codes: Collection[str]) -> int:
    """Item codes as one bit field, the n-th of ITEM_CODES in bit n; other codes are left out."""
    return sum(1 << place for place, code in enumerate(ITEM_CODES) if code in codes)


def unpack_told(bits: int) -> frozenset[str]:
    """The items of a bit field."""
    return frozenset(code for place, code in enumerate(ITEM_CODES) if bits >> place & 1)


def season(day: dt.date, windows: Iterable[Window] = SEASON_WINDOWS) -> SeasonCode | None:
    """The season block to ask on `day`, or None; the first window that holds the day."""
    return next((window.season for window in windows if holds(window, day)), None)


def holds(window: Window, day: dt.date) -> bool:
    """Whether the day lies in the window; its first and its last day do."""
    today = (day.month, day.day)
    if window.starts <= window.ends:
        return window.starts <= today <= window.ends
    return today >= window.starts or today <= window.ends


def coming(
    day: dt.date, windows: Iterable[Window] = SEASON_WINDOWS, within: int = 7
) -> tuple[SeasonCode, dt.date] | None:
    """The season that begins in the next `within` days (today not among them), with its first day; the nearest."""
    for ahead in range(1, within + 1):
        first, eve = day + dt.timedelta(days=ahead), day + dt.timedelta(days=ahead - 1)
        for window in windows:
            if holds(window, first) and not holds(window, eve):
                return window.season, first
    return None


def unchanged(
    form: Form, area: str, last: Mapping[str, int], mode: str, last_told: Collection[str] = ()
) -> dict[str, int]:
    """What “与上次一致” fills in for an area: only what may be copied; the rest stays to be asked.

    Never copied: changes, safety, 9, anything urgent, and into a visit that sees for itself what was only told.
    """
    told = frozenset() if mode in BLIND_MODES else frozenset(last_told)
    copied = {}
    for item in form.area(area).items:
        value = last.get(item.code)
        if "copyable" not in item.flags or value is None or item.code in told:
            continue
        if item.option(value) is not None and level_of(value) != URGENT:
            copied[item.code] = value
    return copied


def all_good(form: Form, area: str) -> dict[str, int]:
    """What “本方面三项都好” (or “都无变化”) fills in for an area. Raises ValueError for safety: always looked at."""
    items = form.area(area).items
    if any("safety" in item.flags for item in items):
        raise ValueError("safety is answered item by item")
    return {item.code: 0 for item in items}


def judge(
    form: Form,
    answers: Answers,
    last: Mapping[str, int] | None,
    mode: str,
    met: str,
    *,
    minor: bool = False,
    known: Mapping[str, int] | None = None,
    failed: Collection[str] = (),
) -> Judgement:
    """Weigh the answers of one visit.

    `last` holds the values of the visit before (None: the first visit). `met` "away": nobody could look, so the
    open items become 9 with the reason “外出”. `minor` asks the items about minors too. `known` holds the values
    of long-term states that are cared for (长期状况, practice P15): at or below them an item is no finding, asks for
    no report and counts as no rise; urgent is never known. `failed`: known states whose care no longer holds: each
    is a finding of level 2 at least and asks for a report, unless it is gone.
    """
    asked = (*form.items, *form.minor) if minor else form.items
    values, reasons, missing = _completed(asked, answers, met)
    errors = _errors(form, asked, answers, reasons, values, mode)
    rated = [item for item in asked if item.code in values and item.code not in errors]
    before, states = last or {}, known or {}
    levels = {item.code: level_of(values[item.code]) for item in rated}
    alone = {code for code in failed if code in states and 0 < levels.get(code, 0) <= URGENT}
    new = _not_known(rated, values, {code: value for code, value in states.items() if code not in alone})
    highest = max((levels[item.code] for item in new if levels[item.code] <= URGENT), default=0)
    return Judgement(
        values=values,
        reasons=reasons,
        told=_told(rated, values, answers.told, mode),
        max_level=max(highest, 2) if alone else highest,
        findings=tuple(item.code for item in new if item.code in alone or 2 <= levels[item.code] <= URGENT),
        reportable=tuple(
            item.code
            for item in new
            if item.code in alone or _asks_report(item, values[item.code], before.get(item.code))
        ),
        rises=tuple(item.code for item in new if _rises(item, before.get(item.code), values[item.code])),
        changes=tuple(item.code for item in rated if "change" in item.flags and levels[item.code] in _WRONG),
        emergency=URGENT in levels.values(),
        police_duty=any("police_duty" in _flags(item, values[item.code]) for item in rated),
        missing=missing,
        errors=errors,
    )


def fires(form: Form, code: str) -> dict[str, tuple[int, ...]]:
    """What is burnt, as answers of a season block: question → values. Empty where the wording knows no fire."""
    found = {
        q.code: tuple(o.value for o in q.options if "burns" in o.flags) for q in form.season(code).questions
    }
    return {question: values for question, values in found.items() if values}


def burns(form: Form, code: str, answers: Mapping[str, Any]) -> bool:
    """Whether something is burnt: only then the window is asked about (`WINDOW`)."""
    for question, values in fires(form, code).items():
        given = answers.get(question)
        if set(values) & set(given if isinstance(given, list) else [given]):
            return True
    return False


def judge_season(form: Form, code: str, answers: Mapping[str, Any], mode: str) -> SeasonJudgement:
    """Weigh a season block. `answers`: value for one, values for many, True for a tick, a whole number of degrees.

    Face to face the required questions must be answered (四(二)-4, -5); otherwise any may stay open. Whoever heats
    with fire is asked about the window too; fire without an open window is level 2 at least. Where nothing is burnt, an
    answer about the window means nothing.
    """
    questions = form.season(code).questions
    burning = burns(form, code, answers)
    given = {
        q.code: answers[q.code]
        for q in questions
        if answers.get(q.code) not in (None, "", []) and (burning or q.code != WINDOW)
    }
    read = {q.code: _season_answer(q, given[q.code]) for q in questions if q.code in given}
    chosen = [option for options, _ in read.values() for option in options]
    missing = [
        q.code for q in questions if q.code not in given and (q.required or (burning and q.code == WINDOW))
    ]
    levels = [option.level for option in chosen]
    if burning and given.get(WINDOW) != 0:
        levels.append(2)
    return SeasonJudgement(
        max_level=max(levels, default=0),
        missing=tuple(missing) if mode in HOME_MODES else (),
        errors={question: error for question, (_, error) in read.items() if error},
    )


def asks_block(code: str, mode: str) -> bool:
    """Whether a season block is about where this visit was: the flood block about a home of one's own, the winter
    block about the room somebody lives in, an institution's too. In hospital neither (E8)."""
    return mode != "hospital" and not (code == "flood" and mode == "institution")


def self_care_grade(able: Mapping[str, bool]) -> str:
    """特困人员认定办法 22: none of the six lost 具备, one to three 部分丧失, four or more 完全丧失生活自理能力."""
    lost = sum(not can for can in able.values())
    if lost == 0:
        return "具备生活自理能力"
    return "部分丧失生活自理能力" if lost <= 3 else "完全丧失生活自理能力"


def self_care_changes(
    form: Form, last: Mapping[str, bool] | None, able: Mapping[str, bool]
) -> tuple[str, ...]:
    """The indicators that differ from last time: any of them asks for a report and a new assessment in ten
    working days (认定办法 23). The first visit changes nothing."""
    if last is None:
        return ()
    return tuple(code for code, _ in form.self_care if code in last and able.get(code) != last[code])


def _flags(item: Item, value: int) -> frozenset[str]:
    option = item.option(value)
    return option.flags if option else frozenset()


def _not_known(rated: Iterable[Item], values: Mapping[str, int], known: Mapping[str, int]) -> list[Item]:
    return [item for item in rated if not long_known(item, values[item.code], known.get(item.code))]


def _rises(item: Item, before: int | None, now: int) -> bool:
    return "change" not in item.flags and _rise(before, now) >= 2


def _asks_report(item: Item, value: int, before: int | None) -> bool:
    """五(三)-7: a change, every time it is found; a state, when it is not the one of last time."""
    return "reportable" in _flags(item, value) and ("change" in item.flags or before != value)


def _completed(
    asked: Collection[Item], answers: Answers, met: str
) -> tuple[dict[str, int], dict[str, str], tuple[str, ...]]:
    values, reasons, missing = {}, {}, []
    for item in asked:
        value = answers.values.get(item.code)
        reason = answers.reasons.get(item.code, "")
        if value is None and "change" in item.flags:
            value = 0
        elif value is None and met == "away":
            value, reason = NOT_SEEN, REASON_AWAY
        if value is None:
            missing.append(item.code)
            continue
        values[item.code] = value
        if value == NOT_SEEN and reason:
            reasons[item.code] = reason
    return values, reasons, tuple(missing)


def _errors(
    form: Form,
    asked: Collection[Item],
    answers: Answers,
    reasons: Mapping[str, str],
    values: Mapping[str, int],
    mode: str,
) -> dict[str, str]:
    possible = {reason.code for reason in form.reasons_for(mode)}
    every = {reason.code for reason in form.reasons}
    errors = {}
    for item in asked:
        value = values.get(item.code)
        if value is None:
            continue
        if value != NOT_SEEN and item.option(value) is None:
            errors[item.code] = f"“{item.label}”没有这一项，请重新选"
        elif value == NOT_SEEN and reasons.get(item.code) not in every:
            errors[item.code] = f"“{item.label}”没看到，请选一个原因"
        elif value == NOT_SEEN and reasons[item.code] not in possible:
            errors[item.code] = f"“{item.label}”这次是当面巡访，请看一看；看不了的，换一个原因"
        elif item.code in answers.told and mode in HOME_MODES:
            errors[item.code] = f"“{item.label}”这次是当面巡访，请自己看，不用“本人自述”"
    return errors


def _told(
    rated: Iterable[Item], values: Mapping[str, int], ticked: Collection[str], mode: str
) -> frozenset[str]:
    blind = mode in BLIND_MODES
    return frozenset(
        item.code
        for item in rated
        if values[item.code] != NOT_SEEN and (item.code in ticked or (blind and "seen" in item.flags))
    )


def long_known(item: Item, value: int, known: int | None) -> bool:
    """Whether an answer says no more than the known state does: the same, or better without being news of its own.
    Another answer of the same level is something else."""
    if known is None or level_of(known) not in (1, 2):
        return False
    return value == known or (level_of(value) < level_of(known) and "reportable" not in _flags(item, value))


def may_be_known(item: Item, value: int) -> bool:
    """Whether an answer can be a lasting state (practice P15): a wheelchair, dementia. Never a change of the family,
    never safety, never what is urgent, or news that must be reported."""
    return (
        item.area in KNOWN_AREAS
        and not item.flags & {"change", "safety"}
        and item.option(value) is not None
        and level_of(value) in (1, 2)
        and not _flags(item, value) & {"reportable", "police_duty"}
    )


def with_declared(
    known: Mapping[str, int], declared: Mapping[str, int], last: Mapping[str, int] | None
) -> dict[str, int]:
    """The states that hold for a visit on which “长期就是这样” was said of some answers: they are known from this
    visit on, except where it is worse than what was known, or two levels above last time: that is still news."""
    before = last or {}
    return dict(known) | {
        code: value
        for code, value in declared.items()
        if code not in known and _rise(before.get(code), value) < 2
    }


def _rise(before: int | None, now: int) -> int:
    """Levels above last time; “does not apply” stands for nothing wrong, “not seen” compares with nothing."""
    if before is None or NOT_SEEN in (before, now):
        return 0
    old, new = (0 if value == DOES_NOT_APPLY else level_of(value) for value in (before, now))
    return new - old


def _season_answer(question: Question, given: Any) -> tuple[list[Option], str]:
    """The chosen options, or a sentence about what is wrong."""
    if question.kind == "degrees":
        if isinstance(given, int) and not isinstance(given, bool) and given in DEGREES:
            return [], ""
        return [], "室内温度请填-10到45之间的整数，不清楚可以不填"
    if question.kind == "tick":
        return [], "" if isinstance(given, bool) else f"“{question.label}”请重新选"
    wanted = given if question.kind == "many" else [given]
    if not isinstance(wanted, list | tuple | set | frozenset):
        return [], f"“{question.label}”请重新选"
    chosen = [option for option in question.options if option.value in wanted]
    if len(chosen) != len(wanted):
        return [], f"“{question.label}”没有这一项，请重新选"
    if len(chosen) > 1 and any(option.value == 0 for option in chosen):
        return [], f"“{question.label}”选了“{chosen[0].words}”，就不能再选别的"
    return chosen, ""
