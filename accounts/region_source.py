"""From the statistics office's list to the tree of managing units: pure reading and comparing.

The list and the tree differ on purpose (`MANAGED_BY`, `INACTIVE`); a re-import shows what it would change
before it changes anything.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LEVELS = {"city": 1, "county": 2, "township": 3, "village": 4}
CODE_LENGTH = {1: 4, 2: 6, 3: 9, 4: 12}

# 高新区 has no code of its own; its key can't be mistaken for one. It manages 南屿镇 by default
# (a setting of the city: villages and townships can be moved to it with dates).
ADDED = (("GX", "高新区", 2, "3501", "350121"),)  # key, name, level, parent, stands after
MANAGED_BY = {"350121102": "GX"}
INACTIVE = {
    "350128": "由平潭综合实验区管理，需要时由市级业务管理员启用",
    "350122400": "不在本市实际管辖",
}
VILLAGE_ENDINGS = (
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("社区委员会", "社区"),
    ("村民委员会", "村"),
    ("居民委员会", "居委会"),
    ("村委会", "村"),
    ("村委", "村"),
    ("村会", "村"),
)


class BadSource(Exception):
    """The file is not a list of units; the text says why and is shown to the user."""


@dataclass(frozen=True)
class SourceUnit:
    """A unit as it should stand in the tree. `parent` is the key of the *managing* unit."""

    key: str
    code: str | None
    name: str
    source_name: str
    level: int
    parent: str | None
    position: int
    inactive: str = ""


@dataclass(frozen=True)
class Held:
    """A unit as it stands in the tree now."""

    name: str
    source_name: str
    parent: str | None
    ended: bool


@dataclass
class Difference:
    """What an import would do. Ended units are never deleted, and nothing ends without confirmation."""

    new: list[SourceUnit] = field(default_factory=list)
    renamed: list[tuple[SourceUnit, str]] = field(default_factory=list)
    moved: list[tuple[SourceUnit, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    same: int = 0

    @property
    def empty(self) -> bool:
        return not (self.new or self.renamed or self.moved or self.gone)


def display_name(name: str, level: int) -> str:
    """The name people use: 月洲村委会 → 月洲村. Names that fit no pattern stay as they are."""
    if level != 4:
        return name
    for ending, short in VILLAGE_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            stem = name[: -len(ending)]
            return stem if stem.endswith(short) else stem + short
    return name


def read(text: str) -> list[SourceUnit]:
    """The units of a CSV with the columns code,name,level,parent_code, parents before children.

    Raises `BadSource` naming the line."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if rows.fieldnames is None or not {"code", "name", "level", "parent_code"} <= set(rows.fieldnames):
        raise BadSource("第1行要有四列：code、name、level、parent_code")
    units: list[SourceUnit] = []
    seen: set[str] = set()
    names: set[tuple[str, str]] = set()
    for line, row in enumerate(rows, start=2):
        unit = _unit(line, row, len(units) * 10, seen, names)
        seen.add(unit.key)
        units.append(unit)
        for key, name, level, parent, after in ADDED:
            if unit.key == after and key not in seen:
                seen.add(key)
                units.append(SourceUnit(key, None, name, name, level, parent, unit.position + 5))
    if not units:
        raise BadSource("文件里没有单位，没有改动")
    return _parents_first(units)


def _unit(
    line: int, row: Mapping[str, str], position: int, seen: set[str], names: set[tuple[str, str]]
) -> SourceUnit:
    code, name = (row["code"] or "").strip(), (row["name"] or "").strip()
    level = LEVELS.get((row["level"] or "").strip())
    parent = (row["parent_code"] or "").strip() or None
    if level is None:
        raise BadSource(f"第{line}行：级别只能是 city、county、township、village")
    if not code.isascii() or not code.isdigit() or len(code) != CODE_LENGTH[level]:
        raise BadSource(f"第{line}行：代码应是{CODE_LENGTH[level]}位数字")
    if not name or len(name) > 40:
        raise BadSource(f"第{line}行：名称要有1到40个字")
    if code in seen:
        raise BadSource(f"第{line}行：代码{code}出现两次")
    if (parent is None) != (level == 1) or (parent and not code.startswith(parent)):
        raise BadSource(f"第{line}行：上级代码和本级代码对不上")
    if parent and parent not in seen:
        raise BadSource(f"第{line}行：上级{parent}不在前面")
    shown = display_name(name, level)
    if (parent or "", shown) in names:
        shown = name
    names.add((parent or "", shown))
    return SourceUnit(
        key=code,
        code=code,
        name=shown,
        source_name=name,
        level=level,
        parent=MANAGED_BY.get(code, parent),
        position=position,
        inactive=INACTIVE.get(code, ""),
    )


def _parents_first(units: Iterable[SourceUnit]) -> list[SourceUnit]:
    return sorted(units, key=lambda unit: (unit.level, unit.position))


def compare(source: Iterable[SourceUnit], held: Mapping[str, Held]) -> Difference:
    """What changes if this list became the tree. A unit that the city moved by hand stays where it is:
    only a changed *source* parent moves it."""
    difference = Difference()
    keys = set()
    for unit in source:
        keys.add(unit.key)
        now = held.get(unit.key)
        if now is None:
            difference.new.append(unit)
        elif now.source_name != unit.source_name:
            difference.renamed.append((unit, now.name))
        else:
            difference.same += 1
    difference.gone = [key for key, unit in held.items() if key not in keys and not unit.ended]
    return difference
