"""What stands beside the items of a record, in words: for its page and for paper."""

from collections.abc import Mapping
from typing import Any

from visits.records.needs import WORDS
from visits.roster.selectors.dwelling import risk_words

KNOWN = "长期状况（已知）"


def known_words(extra: Mapping[str, Any] | None) -> dict[str, str]:
    """Item → what makes it no news: a lasting state and who cares; or that nobody cares any more."""
    extra = extra or {}
    found = {code: f"{KNOWN}：{care}" for code, care in (extra.get("known") or {}).items()}
    return found | dict.fromkeys(extra.get("care_failed") or {}, "原是长期状况，照料的人顾不上了")


def lines(extra: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Title and words of what was said of needs, the house and the police."""
    extra = extra or {}
    found = []
    if police := extra.get("police"):
        told = f"已报警：{police['words']}" if police["told"] else "当时还没报，马上报"
        found.append(("报警", told))
    if extra.get("needs"):
        found.append(("需要什么", "、".join(WORDS.get(code, "别的") for code in extra["needs"])))
    if house := extra.get("dwelling"):
        found.append(("房屋情况", _house(house)))
    return found


def _house(house: Mapping[str, Any]) -> str:
    parts = [
        "有变化或第一次看" if house["changed"] else "无变化",
        risk_words(house["risks"]),
        f"转移责任人{house['helper']}" if house.get("helper") else "",
        f"避灾点{house['refuge']}" if house.get("refuge") else "",
    ]
    return "；".join(part for part in parts if part)
