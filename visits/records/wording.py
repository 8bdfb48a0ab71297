"""The wording of the visit form as values: read from stored data, checked, never changed by hand in code.

The codes of the eighteen items are fixed (`items.py`); words, options and flags are data with a date, and a
visit keeps the wording it was made under.

An answer is a small number: its last digit is its level, the tens tell two answers of one level apart
(“明显增加” 2, “明显减少” 12). Levels: 0 正常, 1 关注, 2 需处理, 3 紧急; 8 does not apply, 9 not seen.

Flags of an item: `change` rates a change since last time (default 0, never copied) · `safety` is looked at
afresh every time · `copyable` may be taken over by “与上次一致” · `seen` cannot be judged without eyes.
Flags of an option: `reportable` asks for a report (五(三)-7) · `police_duty` must be told to the police ·
`burns` is heating by fire.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from visits.records.items import AREAS
from visits.schedule.due import HOME_MODES

DOES_NOT_APPLY = 8
NOT_SEEN = 9
URGENT = 3
REASON_AWAY = "away"

_ITEM_FLAGS = frozenset({"change", "safety", "copyable", "seen"})
_OPTION_FLAGS = frozenset({"reportable", "police_duty", "burns"})
_LEVELS = frozenset({0, 1, 2, URGENT})
_QUESTION_KINDS = frozenset({"one", "many", "tick", "degrees"})
_SEASONS = frozenset({"flood", "winter"})


class FormError(ValueError):
    """A wording that cannot be used. The text is Chinese and may be shown to whoever edits it."""


@dataclass(frozen=True)
class Option:
    """One answer. `words` as they stand on the button and in the record."""

    value: int
    words: str
    flags: frozenset[str] = frozenset()

    @property
    def level(self) -> int:
        """0 to 3, 8 or 9."""
        return level_of(self.value)


@dataclass(frozen=True)
class Item:
    """One question of an area, or one of the questions about a minor (`area` is then "minor")."""

    code: str
    label: str
    area: str
    options: tuple[Option, ...]
    flags: frozenset[str]

    def option(self, value: int) -> Option | None:
        """The option with this value, or None; 9 is no option but always allowed."""
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True)
class Area:
    """Three items under one heading."""

    code: str
    label: str
    icon: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Reason:
    """Why something was not seen. `remote` True: only by telephone and the like; None: always."""

    code: str
    words: str
    remote: bool | None


@dataclass(frozen=True)
class Phrase:
    """A chip of “今天做了什么”. `season` None: all the year."""

    code: str
    words: str
    season: str | None


@dataclass(frozen=True)
class Question:
    """A question of a season block: one option, many of them, a tick, or degrees (whole number, optional)."""

    code: str
    label: str
    kind: str
    required: bool
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Season:
    """The block of a season."""

    code: str
    label: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Form:
    """A wording, checked and ready to ask."""

    areas: tuple[Area, ...]
    minor: tuple[Item, ...]
    reasons: tuple[Reason, ...]
    phrases: tuple[Phrase, ...]
    seasons: tuple[Season, ...]
    self_care: tuple[tuple[str, str], ...]
    level_words: Mapping[int, str]

    @property
    def items(self) -> tuple[Item, ...]:
        """The eighteen items in their order."""
        return tuple(item for area in self.areas for item in area.items)

    def area(self, code: str) -> Area:
        """Raises KeyError."""
        return _find(self.areas, code)

    def item(self, code: str) -> Item:
        """One of the eighteen, or one about a minor. Raises KeyError."""
        return _find((*self.items, *self.minor), code)

    def season(self, code: str) -> Season:
        """Raises KeyError."""
        return _find(self.seasons, code)

    def level(self, item: str, value: int) -> int:
        """The level of an answer: 0 to 3, 8 does not apply, 9 not seen. Raises KeyError for no such answer."""
        if value != NOT_SEEN and self.item(item).option(value) is None:
            raise KeyError(f"{item} has no answer {value}")
        return level_of(value)

    def words(self, item: str, value: int) -> str:
        """The answer in words, as the visitor saw it. Raises KeyError for no such answer."""
        if value == NOT_SEEN:
            return self.level_words[NOT_SEEN]
        option = self.item(item).option(value)
        if option is None:
            raise KeyError(f"{item} has no answer {value}")
        return option.words

    def reasons_for(self, mode: str) -> tuple[Reason, ...]:
        """The reasons that can be given for “没看到” on a visit of this mode."""
        seeing = mode in HOME_MODES
        return tuple(reason for reason in self.reasons if not (reason.remote and seeing))

    def phrases_for(self, season: str | None) -> tuple[Phrase, ...]:
        """The chips of that time of the year: never more than six."""
        return tuple(phrase for phrase in self.phrases if phrase.season in (None, season))


def level_of(value: int) -> int:
    """The level is the last digit: 0 to 3, 8 does not apply, 9 not seen. The same in SQL: `value % 10`."""
    return value % 10


INCOMPLETE = "巡访表的内容不完整，请从上一版复制后再改"


def load(definition: Mapping[str, Any]) -> Form:
    """Read and check a stored wording. Raises FormError with a Chinese sentence about the first fault. A page of
    eight visits has the same wording eight times: it is read once."""
    try:
        text = json.dumps(definition)
    except TypeError as error:
        raise FormError(INCOMPLETE) from error
    return _loaded(text)


@lru_cache(maxsize=32)
def _loaded(text: str) -> Form:
    try:
        form = _read(json.loads(text))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FormError(INCOMPLETE) from error
    _check_areas(form)
    for item in (*form.items, *form.minor):
        _check_item(item)
    _check_rest(form)
    return form


def _read(definition: Mapping[str, Any]) -> Form:
    return Form(
        areas=tuple(
            Area(a["code"], a["label"], a["icon"], tuple(_read_item(i, a["code"]) for i in a["items"]))
            for a in definition["areas"]
        ),
        minor=tuple(_read_item(i, "minor") for i in definition["minor"]),
        reasons=tuple(Reason(r["code"], r["words"], r["remote"]) for r in definition["reasons"]),
        phrases=tuple(Phrase(p["code"], p["words"], p["season"]) for p in definition["phrases"]),
        seasons=tuple(
            Season(
                s["code"],
                s["label"],
                tuple(
                    Question(q["code"], q["label"], q["kind"], q["required"], _read_options(q["options"]))
                    for q in s["questions"]
                ),
            )
            for s in definition["seasons"]
        ),
        self_care=tuple((c["code"], c["label"]) for c in definition["self_care"]),
        level_words={int(level): words for level, words in definition["levels"].items()},
    )


def _read_item(row: Mapping[str, Any], area: str) -> Item:
    return Item(row["code"], row["label"], area, _read_options(row["options"]), frozenset(row["flags"]))


def _read_options(rows: Iterable[Mapping[str, Any]]) -> tuple[Option, ...]:
    return tuple(Option(int(row["value"]), row["words"], frozenset(row["flags"])) for row in rows)


def _check_areas(form: Form) -> None:
    if {area.code: tuple(item.code for item in area.items) for area in form.areas} != AREAS:
        raise FormError("六个方面18项要一项不多、一项不少，顺序不变")
    for item in form.items:
        if ("change" in item.flags) != (item.area == "family"):
            raise FormError(f"“{item.label}”：只有家庭状况的三项问“有没有变化”")
        if ("safety" in item.flags) != (item.area == "safety"):
            raise FormError(f"“{item.label}”：安全情况的三项每次都要现看")
        if not {option.level for option in item.options} >= _LEVELS:
            raise FormError(f"“{item.label}”要有正常、关注、需处理、紧急四级")


def _check_item(item: Item) -> None:
    values = [option.value for option in item.options]
    if len(set(values)) != len(values):
        raise FormError(f"“{item.label}”有两个选项的编号相同")
    if not all(value == DOES_NOT_APPLY or (0 <= value < 100 and value % 10 in _LEVELS) for value in values):
        raise FormError(f"“{item.label}”有选项的编号不对：末位是级别0到3，8是不适用")
    if 0 not in values:
        raise FormError(f"“{item.label}”要有编号为0的正常选项")
    if not item.label or not all(option.words.strip() for option in item.options):
        raise FormError(f"“{item.label or item.code}”有空白的文字")
    if item.flags - _ITEM_FLAGS or any(option.flags - _OPTION_FLAGS for option in item.options):
        raise FormError(f"“{item.label}”有不认识的标记")
    if "copyable" in item.flags and item.flags & {"change", "safety"}:
        raise FormError(f"“{item.label}”不能沿用上次的结果")


def _check_rest(form: Form) -> None:
    codes = [item.code for item in (*form.items, *form.minor)]
    if len(set(codes)) != len(codes):
        raise FormError("未成年人的项目与18项重名")
    if set(form.level_words) != {*_LEVELS, DOES_NOT_APPLY, NOT_SEEN}:
        raise FormError("正常、关注、需处理、紧急、不适用、没看到，六个词都要有")
    if REASON_AWAY not in {reason.code for reason in form.reasons}:
        raise FormError("没看到的原因里要有“外出”")
    if {block.code for block in form.seasons} != _SEASONS:
        raise FormError("汛期和冬季两块都要有")
    questions = [question for block in form.seasons for question in block.questions]
    if any(question.kind not in _QUESTION_KINDS for question in questions):
        raise FormError("季节内容里有不认识的题型")
    if any(question.kind in ("one", "many") and not question.options for question in questions):
        raise FormError("季节内容里有没有选项的题")
    if any(len(form.phrases_for(block)) > 6 for block in ("flood", "winter", None)):
        raise FormError("“今天做了什么”一次最多6个")
    if len(form.self_care) != 6:
        raise FormError("生活自理要正好6项")


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


_C = TypeVar("_C", bound=_Coded)


def _find(things: Iterable[_C], code: str) -> _C:
    for thing in things:
        if thing.code == code:
            return thing
    raise KeyError(code)
