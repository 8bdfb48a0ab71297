"""Lists of other offices: who died, who should be on a list. Only a name and an id number must be there.

What one such line says, wherever the head stands. Pure; the workbook comes in as sheets.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from visits.core.idnumber import IdNumber, IdNumberError, parse
from visits.roster.imports import columns
from visits.roster.imports.matching import first_day, squeeze
from visits.roster.imports.reading import HEAD_WITHIN, CannotUse
from visits.roster.names import BadName, clean_name
from xunfang.kit.excel import Cell, Sheet, text_of

DAY_HEADS = frozenset(
    [
        "死亡日期",
        "死亡时间",
        "死亡年月",
        "去世日期",
        "去世时间",
        "去世年月",
        "身故日期",
        "死亡注销日期",
        "注销日期",
        "注销时间",
        "火化日期",
        "火化时间",
    ]
)
_TOTAL = re.compile(r"(小计|合计|总计|共计)[:：]?.*")
_WITH_DAY = re.compile(r"\d{4}[-./年]?\d{1,2}[-./月]\d{1,2}日?(00:00:00)?|\d{8}", re.ASCII)


@dataclass(frozen=True)
class Other:
    """A line of another office's list. `why`: what is wrong with it ("" nothing is). `day`: of the death, the
    last of the month when only the month is given (`approximate`)."""

    sheet: str
    number: int
    name: str
    id: IdNumber | None = field(repr=False, default=None)
    village: str = ""
    phone: str = ""
    residence: str = ""
    day: date | None = None
    approximate: bool = False
    why: str = ""


def read_others(sheets: Sequence[Sheet], today: date, *, with_day: bool) -> list[Other]:
    """Every line of every sheet that has a head with 姓名 and 身份证号. `with_day`: the day of a death is read,
    and a line without one is wrong. The second of two lines with one id is wrong. Raises `CannotUse`."""
    found: list[Other] = []
    headed = False
    for sheet in sheets:
        at = _find_head(sheet.rows)
        if at is not None:
            headed = True
            found += _read_sheet(sheet, at, today, with_day)
    if not headed:
        raise CannotUse("没有找到表头。表里要有姓名、身份证号这两列，请补上再传")
    if not found:
        raise CannotUse("表里一个人也没有，请核对是不是选错了文件")
    return _once(found)


def _find_head(rows: Sequence[Sequence[Cell]]) -> int | None:
    for number, row in enumerate(rows[:HEAD_WITHIN]):
        if {"name", "id_number"} <= {columns.key_of(text_of(cell)) for cell in row}:
            return number
    return None


def _read_sheet(sheet: Sheet, at: int, today: date, with_day: bool) -> list[Other]:
    places: dict[str, int] = {}
    for place, head in enumerate(text_of(cell) for cell in sheet.rows[at]):
        key = "day" if columns.normal(head) in DAY_HEADS else columns.key_of(head)
        if key is not None:
            places.setdefault(key, place)
    if with_day and "day" not in places:
        raise CannotUse("没有找到去世日期这一列。表头写“死亡日期”或“去世日期”，请补上再传")
    found = []
    for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2):
        cells = {key: row[place] for key, place in places.items() if place < len(row)}
        name, written = squeeze(text_of(cells.get("name"))), text_of(cells.get("id_number"))
        # Empty lines, totals, signatures under the table.
        if (not name and not written) or not written.strip() or _TOTAL.fullmatch(name):
            continue
        found.append(_line(sheet.name[:40], number, cells, today, with_day))
    return found


def _line(sheet: str, number: int, cells: dict[str, Cell], today: date, with_day: bool) -> Other:
    text = {key: re.sub(r"\s+", " ", text_of(cell)).strip() for key, cell in cells.items()}
    name, checked, why = _name(text.get("name", "")), None, ""
    try:
        cell = cells.get("id_number")
        checked = parse(cell if isinstance(cell, int | float) else text["id_number"].lstrip("'"), today)
    except IdNumberError as error:
        why = str(error)
    why = why or ("" if name else "没有写姓名")
    day, approximate = death_day(cells.get("day")) if with_day else (None, False)
    if with_day and not why:
        why = _day_fault(day, checked, today)
    return Other(
        sheet=sheet,
        number=number,
        name=name,
        id=checked if not why else None,
        village=text.get("village", "")[:40],
        phone=text.get("phone", "")[:30],
        residence=text.get("residence", "")[:100],
        day=min(day, today) if day and approximate else day,
        approximate=approximate,
        why=why,
    )


def _name(text: str) -> str:
    """The name as we write it. The number decides who is meant: an odd name is kept as it stands."""
    try:
        return clean_name(text)
    except BadName:
        return squeeze(text)[:40]


def _day_fault(day: date | None, checked: IdNumber | None, today: date) -> str:
    if day is None:
        return "去世日期看不懂，请写成2026-11-03这样"
    if day > today and (day.year, day.month) != (today.year, today.month):
        return "去世日期晚于今天，请核对"
    if checked is not None and day < checked.birth_date:
        return "去世日期早于出生日期，请核对"
    return ""


def death_day(cell: Cell) -> tuple[date | None, bool]:
    """The day a cell means, and whether only its month is known (then: the last day of it)."""
    day = first_day(cell)
    if day is None:
        return None, False
    exact = isinstance(cell, date | datetime) or _WITH_DAY.fullmatch(squeeze(text_of(cell))) is not None
    if exact:
        return day, False
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following - timedelta(days=1), True


def _once(rows: list[Other]) -> list[Other]:
    seen: dict[str, Other] = {}
    found = []
    for row in rows:
        if row.id is not None:
            first = seen.setdefault(row.id.number, row)
            if first is not row:
                where = f"{first.sheet}第{first.number}行" if first.sheet else f"第{first.number}行"
                found.append(Other(row.sheet, row.number, row.name, why=f"与{where}同一个人"))
                continue
        found.append(row)
    return found
