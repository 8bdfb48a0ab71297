"""Keys of a typed row that are positions in what the page showed: they mean what stood there, not what is known by now.

The page carries what it numbered in a hidden field; a key that was written under another numbering is asked back."""

from collections.abc import Mapping
from typing import Any

from visits.records.asking import Asked

FIELD = "numbered"
NAMES = ("failed", "again", "house")
LASTING = "打开以后长期状况有变，编号不一样了，请看着新的编号重新写；没有了的就清空"
HOUSE = "打开以后有人登记过房屋，0的意思不一样了，请看着提示重新写"
WORDS = {"failed": LASTING, "again": LASTING, "house": HOUSE}


def numbered(asked: Asked) -> str:
    """What the keys of `NAMES` stand for now: the codes that are known, those that are due, whether the house is known."""
    codes = [one.code for one in asked.known]
    due = [one.code for one in asked.known if one.due]
    return ";".join((" ".join(codes), " ".join(due), "known" if asked.dwelling is not None else ""))


def check(row: Any, values: Mapping[str, Any]) -> None:
    """An error at each key that was written under another numbering; what was typed stays in its field."""
    shown, now = (values.get(FIELD) or "").split(";"), numbered(row.asked).split(";")
    for position, name in enumerate(NAMES):
        if values.get(name) and (len(shown) != len(now) or shown[position] != now[position]):
            row.add_error(name, WORDS[name])
