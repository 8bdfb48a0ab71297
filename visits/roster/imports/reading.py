"""From sheets to rows: where the head is, which lines are no people, which columns are left alone (P5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from visits.roster.imports import columns
from xunfang.kit.excel import Cell, Sheet, text_of

HEAD_WITHIN = 15
_NO_PERSON = re.compile(
    r"^(小计|合计|总计|共计|制表|填表|审核|审批|经办|单位负责|负责人|盖章|备注[:：]|说明[:：]|※)"
)
_TOTAL = re.compile(r"(小计|合计|总计|共计)[:：]?")


class CannotUse(Exception):
    """No list can be found in this file; the text says what is missing and is shown."""


@dataclass(frozen=True)
class RawRow:
    """A line of the list: where it stands, our columns' cells, and all its texts under their own heads."""

    sheet: str
    number: int
    cells: dict[str, Cell]
    texts: dict[str, str]


@dataclass
class Reading:
    """What was found: `skipped` lines that are no people, `unread` heads of columns left alone, `titles` of
    each sheet in their order."""

    rows: list[RawRow] = field(default_factory=list)
    titles: dict[str, list[str]] = field(default_factory=dict)
    skipped: int = 0
    unread: list[str] = field(default_factory=list)


def read_rows(sheets: Sequence[Sheet]) -> Reading:
    """The rows of every sheet that has a head. Raises `CannotUse`."""
    found = Reading()
    for sheet in sheets:
        at = _find_head(sheet.rows)
        if at is not None:
            _read_sheet(sheet, at, found)
    if not found.titles:
        musts = "、".join(f.title for f in columns.FIELDS if f.must)
        raise CannotUse(f"没有找到表头。表里要有{musts}这几列，请照名单模板补上再传")
    if not found.rows:
        raise CannotUse("表里一个人也没有，请核对是不是选错了文件")
    return found


def _find_head(rows: Sequence[Sequence[Cell]]) -> int | None:
    for number, row in enumerate(rows[:HEAD_WITHIN]):
        keys = {columns.key_of(text_of(cell)) for cell in row}
        if {"name", "id_number"} <= keys:
            return number
    return None


def _read_sheet(sheet: Sheet, at: int, found: Reading) -> None:
    heads = [text_of(cell) for cell in sheet.rows[at]]
    places: dict[int, str] = {}
    for place, head in enumerate(heads):
        key = columns.key_of(head)
        if key is not None and key not in places.values():
            places[place] = key
        elif head and head not in (columns.REASON, columns.REMEDY) and head not in found.unread:
            found.unread.append(head)
    missing = [f.title for f in columns.FIELDS if f.must and f.key not in places.values()]
    if missing:
        where = f"“{sheet.name}”表" if sheet.name else "表里"
        raise CannotUse(f"{where}缺少这几列：{'、'.join(missing)}。请照名单模板补上再传")
    kept = _kept(heads)
    found.titles[sheet.name] = list(kept.values())
    for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2):
        texts = {kept[place]: text_of(cell) for place, cell in enumerate(row) if place in kept}
        if not any(texts.values()):
            continue
        cells = {key: row[place] for place, key in places.items() if place < len(row)}
        if _no_person(cells, texts) or [text_of(c) for c in row] == heads:
            found.skipped += 1
            continue
        found.rows.append(RawRow(sheet.name[:40], number, cells, texts))


def _kept(heads: Sequence[str]) -> dict[int, str]:
    """Place → head of the columns that come back in the list of errors; a second equal head gets its place
    as a name. Bank accounts are not kept."""
    kept: dict[int, str] = {}
    for place, head in enumerate(heads):
        if columns.BANK.search(head) or head in (columns.REASON, columns.REMEDY):
            continue
        if head:
            kept[place] = head if head not in kept.values() else f"{head}（第{place + 1}列）"
    return kept


def _no_person(cells: dict[str, Cell], texts: dict[str, str]) -> bool:
    """Totals, signatures, notes: a line without an id in which something says so; and a total whose sum stands
    under the ids."""
    if _TOTAL.fullmatch("".join(text_of(cells.get("name")).split())):
        return True
    return not text_of(cells.get("id_number")) and any(_NO_PERSON.match(text) for text in texts.values())
