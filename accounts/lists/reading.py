"""From sheets to rows: where the head is, and which lines are nobody."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.lists import columns
from xunfang.kit.excel import Cell, Sheet, text_of

HEAD_WITHIN = 15
MOST_ROWS = 20_000
_NOBODY = re.compile(r"^(小计|合计|总计|共计|制表|填表|审核|审批|负责人|盖章|备注[:：]|说明[:：]|※)")


class CannotUse(Exception):
    """No list can be found in this file; the text says what is missing and is shown."""


@dataclass(frozen=True)
class RawRow:
    """A line of the list: where it stands, our columns' texts, and all its texts under their own heads."""

    sheet: str
    number: int
    values: dict[str, str]
    texts: dict[str, str]


@dataclass
class Reading:
    """What was found: `skipped` lines that are nobody, `titles` of each sheet in their order."""

    rows: list[RawRow] = field(default_factory=list)
    titles: dict[str, list[str]] = field(default_factory=dict)
    skipped: int = 0


def read_rows(sheets: Sequence[Sheet]) -> Reading:
    """The rows of every sheet that has a head. Raises `CannotUse`."""
    found = Reading()
    for sheet in sheets:
        at = _find_head(sheet.rows)
        if at is not None:
            _read_sheet(sheet, at, found)
    if not found.titles:
        raise CannotUse("没有找到表头。表里要有姓名、手机号、村，还要有角色或职务，请照模板补上再传")
    if not found.rows:
        raise CannotUse("表里一个人也没有，请核对是不是选错了文件")
    if len(found.rows) > MOST_ROWS:
        raise CannotUse(f"表里超过{MOST_ROWS}人，请分成几个文件传")
    return found


def _find_head(rows: Sequence[Sequence[Cell]]) -> int | None:
    for number, row in enumerate(rows[:HEAD_WITHIN]):
        keys = {columns.key_of(text_of(cell)) for cell in row}
        if "name" in keys and keys & {"phone", "staff_no"} and keys & {"village", "township"}:
            return number
    return None


def _read_sheet(sheet: Sheet, at: int, found: Reading) -> None:
    heads = [text_of(cell) for cell in sheet.rows[at]]
    places: dict[int, str] = {}
    for place, head in enumerate(heads):
        key = columns.key_of(head)
        if key is not None and key not in places.values():
            places[place] = key
    if not set(places.values()) & {"role", "title"}:
        where = f"“{sheet.name}”表" if sheet.name else "表里"
        raise CannotUse(f"{where}没有“角色”或“职务”这一列，不知道每个人是做什么的。请补上再传")
    kept = {
        place: head
        for place, head in enumerate(heads)
        if head and head not in (columns.REASON, columns.REMEDY) and heads.index(head) == place
    }
    found.titles[sheet.name[:40]] = list(kept.values())
    above: dict[str, str] = {}
    for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2):
        texts = {head: text_of(row[place]) for place, head in kept.items() if place < len(row)}
        values = {key: text_of(row[place]) for place, key in places.items() if place < len(row)}
        if not any(texts.values()):
            continue
        if _nobody(values, texts) or [text_of(cell) for cell in row] == heads:
            found.skipped += 1
            continue
        # Units are written once over several lines: an empty cell means the one above.
        for key in ("county", "township", "village"):
            if key in values:
                if key == "village" and not values[key] and above.get(key):
                    values["inherited"] = "1"  # said in the preview
                above[key] = values[key] = values[key] or above.get(key, "")
        found.rows.append(RawRow(sheet.name[:40], number, values, texts))


def _nobody(values: dict[str, str], texts: dict[str, str]) -> bool:
    """Totals, signatures, notes: a line without a number in which something says so."""
    numbers = values.get("phone") or values.get("staff_no")
    return not numbers and any(_NOBODY.match("".join(text.split())) for text in texts.values())
