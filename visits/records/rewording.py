"""A new wording made from an old one: what was typed into a definition, and two wordings compared. No database.

Codes and values are for ever: words change, answers are added under values that never were used, or retired.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from visits.records.wording import DOES_NOT_APPLY, Form, Item, Option

#: How an answer is used: as it is, asks for a report, asks for a report and the police, or no more.
USES = {"": "照常", "report": "应上报", "police": "应上报，还要告诉公安", "off": "停用"}
SEASONS = {"": "全年", "flood": "汛期", "winter": "冬季"}
FLAGS_OF = {"": (), "report": ("reportable",), "police": ("reportable", "police_duty")}
#: Answers of one item that may be added at once, and phrases.
NEW_OPTIONS, NEW_PHRASES = 1, 2


def use_of(flags: Iterable[str]) -> str:
    """The use that these flags stand for."""
    if "police_duty" in flags:
        return "police"
    return "report" if "reportable" in flags else ""


def items_of(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The eighteen, then those about minors: as they are stored."""
    for area in definition["areas"]:
        yield from area["items"]
    yield from definition["minor"]


def used_values(definitions: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    """Item → every value that any wording ever had: it keeps its meaning for ever."""
    used: dict[str, set[int]] = {}
    for definition in definitions:
        for item in items_of(definition):
            used.setdefault(item["code"], set()).update(option["value"] for option in item["options"])
    return used


def free_value(level: int, used: Iterable[int]) -> int | None:
    """The smallest value of that level which no answer ever had; None when all ten are taken."""
    taken = set(used)
    return next((value for value in range(level, 100, 10) if value not in taken), None)


def reworded(
    definition: Mapping[str, Any], values: Mapping[str, Any], used: Mapping[str, set[int]], phrases: set[str]
) -> dict[str, Any]:
    """The new definition. `values`: the clean fields of `forms.wording.WordingForm`; `used`: values that any
    wording ever had; `phrases`: codes of phrases likewise. What is not among the fields stays as it was."""
    made = copy.deepcopy(dict(definition))
    for item in items_of(made):
        code = item["code"]
        item["label"] = values[f"{code}-label"]
        flags = set(item["flags"])
        for flag in ("copyable", "seen"):
            if (wanted := values.get(f"{code}-{flag}")) is not None:
                flags = flags | {flag} if wanted else flags - {flag}
        item["flags"] = sorted(flags)
        item["options"] = list(_options(item, values, used.get(code, set())))
    made["phrases"] = list(_phrases(made["phrases"], values, phrases))
    for reason in made["reasons"]:
        reason["words"] = values[f"reason-{reason['code']}-words"]
    for block in made["seasons"]:
        for question in block["questions"]:
            name = f"{block['code']}-{question['code']}"
            question["label"] = values[f"{name}-label"]
            for option in question["options"]:
                option["words"] = values[f"{name}-{option['value']}-words"]
    return made


def _options(item: Mapping[str, Any], values: Mapping[str, Any], used: set[int]) -> Iterator[dict[str, Any]]:
    code = item["code"]
    for option in item["options"]:
        name = f"{code}-{option['value']}"
        use = values.get(f"{name}-use", "")
        if use == "off":
            continue
        kept = [flag for flag in option["flags"] if flag == "burns"]
        yield {"value": option["value"], "words": values[f"{name}-words"], "flags": [*FLAGS_OF[use], *kept]}
    if values.get(f"{code}-new-words"):
        value = free_value(int(values[f"{code}-new-level"]), used)
        if value is not None:
            flags = list(FLAGS_OF[values.get(f"{code}-new-use") or ""])
            yield {"value": value, "words": values[f"{code}-new-words"], "flags": flags}


def _phrases(
    rows: Iterable[Mapping[str, Any]], values: Mapping[str, Any], used: set[str]
) -> Iterator[dict[str, Any]]:
    for row in rows:
        name = f"phrase-{row['code']}"
        if not values.get(f"{name}-off"):
            yield {
                "code": row["code"],
                "words": values[f"{name}-words"],
                "season": values[f"{name}-season"] or None,
            }
    taken = set(used)
    for n in range(1, NEW_PHRASES + 1):
        if words := values.get(f"phrase-new{n}-words"):
            code = next(f"more{number}" for number in range(1, 1000) if f"more{number}" not in taken)
            taken.add(code)
            yield {"code": code, "words": words, "season": values.get(f"phrase-new{n}-season") or None}


@dataclass(frozen=True)
class Change:
    """A difference between two wordings, in words; "" for what was or is not there."""

    where: str
    what: str
    was: str
    now: str


def differences(old: Form, new: Form) -> list[Change]:
    """What a reader of the new form would notice, in its order."""
    found: list[Change] = []
    names = {area.code: area.label for area in new.areas} | {"minor": "孩子的情况"}
    before = {item.code: item for item in (*old.items, *old.minor)}
    for item in (*new.items, *new.minor):
        found += _item_changes(names[item.area], before[item.code], item)
    found += _pairs("今天做了什么", _phrase_words(old), _phrase_words(new))
    found += _pairs(
        "没看到的原因", {r.code: r.words for r in old.reasons}, {r.code: r.words for r in new.reasons}
    )
    for block, was in zip(new.seasons, old.seasons, strict=True):
        found += _pairs(block.label, _question_words(was), _question_words(block))
    return found


def _item_changes(where: str, old: Item, new: Item) -> list[Change]:
    found = [Change(where, "名称", old.label, new.label)] if old.label != new.label else []
    for flag, word in (("copyable", "可以和上次一致"), ("seen", "要看了才知道")):
        if (flag in old.flags) != (flag in new.flags):
            found.append(
                Change(where, f"{new.label}：{word}", *("是", "否")[:: 1 if flag in old.flags else -1])
            )
    was, now = ({option.value: _said(option) for option in item.options} for item in (old, new))
    return found + [Change(where, new.label, change.was, change.now) for change in _pairs(where, was, now)]


def _said(option: Option) -> str:
    """The answer with what hangs on it."""
    use = use_of(option.flags)
    return f"{option.words}（{USES[use]}）" if use else option.words


def _phrase_words(form: Form) -> dict[str, str]:
    return {p.code: f"{p.words}（{SEASONS[p.season or '']}）" if p.season else p.words for p in form.phrases}


def _question_words(block: Any) -> dict[str, str]:
    found = {}
    for question in block.questions:
        found[question.code] = question.label
        found |= {f"{question.code}-{option.value}": option.words for option in question.options}
    return found


def _pairs(where: str, old: Mapping[Any, str], new: Mapping[Any, str]) -> list[Change]:
    keys = [*old, *(key for key in new if key not in old)]
    return [
        Change(where, "", old.get(key, ""), new.get(key, "")) for key in keys if old.get(key) != new.get(key)
    ]


def level_words(value: int, words: Mapping[int, str]) -> str:
    """The level that an answer stands for: 正常, 关注, 需处理, 紧急, 不适用."""
    return words[DOES_NOT_APPLY if value == DOES_NOT_APPLY else value % 10]
