"""From the statistics office's list to the tree of managing units: pure reading and comparing.

The list and the tree differ on purpose (`MANAGED_BY`, `INACTIVE`); a re-import shows what it would change
before it changes anything.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
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

    @property
    def ref(self) -> str:
        """What a unit is found by: the code, and for a unit without one its key."""
        return self.code or self.key


@dataclass(frozen=True)
class Held:
    """A unit as it stands in the tree now. `parent` is what the manager is found by (`SourceUnit.ref`)."""

    name: str
    source_name: str
    level: int
    parent: str | None
    ended: bool
    code: str | None


@dataclass
class Difference:
    """What an import would do. Units are never deleted, and nothing ends without being ticked.

    `renamed`: unit and its name now. `moved`: unit and the code under which it stands now, because the
    statistics office gave it (or the unit above it) another. `gone`: codes that the list no longer has.
    `ended`: units that the list has and the city has closed: they stay closed."""

    new: list[SourceUnit] = field(default_factory=list)
    renamed: list[tuple[SourceUnit, str]] = field(default_factory=list)
    moved: list[tuple[SourceUnit, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    ended: list[SourceUnit] = field(default_factory=list)
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


def decode(content: bytes) -> str:
    """The text of a list in UTF-8 (with or without mark) or GB18030. Raises `BadSource`."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadSource("这个文件读不了，请另存为CSV（逗号分隔）再传")


def read(text: str) -> list[SourceUnit]:
    """The units of a CSV with the columns code,name,level,parent_code, parents before children.

    Raises `BadSource` naming the line."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    if rows.fieldnames is None or not {"code", "name", "level", "parent_code"} <= set(rows.fieldnames):
        raise BadSource("第1行要有四列：code、name、level、parent_code")
    units: list[SourceUnit] = []
    seen: set[str] = set()
    names: set[tuple[str, str]] = set()
    for line, row in _rows(rows):
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


def _rows(rows: "csv.DictReader[str]") -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        yield from enumerate(rows, start=2)
    except csv.Error as error:
        raise BadSource(f"第{rows.line_num}行读不了，请另存为CSV（逗号分隔）再传") from error


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
    only another code moves it."""
    units = list(source)
    difference = Difference()
    for unit in units:
        now = held.get(unit.ref)
        if now is None:
            difference.new.append(unit)
        elif now.ended:
            difference.ended.append(unit)
        elif now.source_name != unit.source_name:
            difference.renamed.append((unit, now.name))
        else:
            difference.same += 1
    listed = {unit.ref for unit in units}
    difference.gone = [
        ref for ref, unit in held.items() if unit.code and ref not in listed and not unit.ended
    ]
    _pair_moved(difference, {unit.ref: unit for unit in units}, held)
    return difference


def _pair_moved(difference: Difference, source: Mapping[str, SourceUnit], held: Mapping[str, Held]) -> None:
    """A unit that went under one code and came under another is the same unit, if level, name and the name
    of the unit above leave no doubt. For townships level and name do, where one went and one came; villages
    have too many namesakes."""

    def above(parent: str | None, names: Mapping[str, SourceUnit] | Mapping[str, Held]) -> str:
        return names[parent].source_name if parent is not None and parent in names else ""

    for exact in (True, False):
        came: dict[tuple[int, str, str], list[SourceUnit]] = {}
        for unit in difference.new:
            place = (unit.level, unit.source_name, above(unit.parent, source) if exact else "")
            came.setdefault(place, []).append(unit)
        went: dict[tuple[int, str, str], list[str]] = {}
        for ref in difference.gone:
            now = held[ref]
            place = (now.level, now.source_name, above(now.parent, held) if exact else "")
            went.setdefault(place, []).append(ref)
        for place, refs in went.items():
            if len(refs) == 1 and len(came.get(place, [])) == 1 and (exact or place[0] < LEVELS["village"]):
                unit = came[place][0]
                difference.moved.append((unit, refs[0]))
                difference.new.remove(unit)
                difference.gone.remove(refs[0])
    difference.moved.sort(key=lambda pair: (pair[0].level, pair[0].position))
