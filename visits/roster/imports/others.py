"""Lists of other offices: who died, who should be on a list. Only a name and an id number must be there.

What one such line says, wherever the head stands. Pure; the workbook comes in as sheets.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from visits.core.idnumber import IdNumber, IdNumberError, parse
from visits.roster.imports.columns import SKIP
from visits.roster.imports.kinds import Known
from visits.roster.imports.layout import Plan, plans
from visits.roster.imports.matching import first_day, squeeze
from visits.roster.imports.reading import CannotUse
from visits.roster.names import BadName, clean_name
from xunfang.kit.excel import Cell, Sheet, text_of

_DAY_HEAD = re.compile("(死亡|去世|身故|离世|注销|火化|殡).*(日期|时间|年月|日)")
_TOTAL = re.compile(r"(小计|合计|总计|共计)[:：]?.*")
_WITH_DAY = re.compile(r"\d{4}[-./年]?\d{1,2}[-./月]\d{1,2}日?(00:00:00)?|\d{8}|\d{5}(\.\d+)?", re.ASCII)


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


def read_others(sheets: Sequence[Sheet], today: date, known: Known, *, with_day: bool) -> list[Other]:
    """Every line of every sheet in which 姓名 and 身份证号 are found. `with_day`: the day of a death is read, and a
    line without one is wrong. The second of two lines with one id is wrong. Raises `CannotUse`."""
    found: list[Other] = []
    usable = [plan for plan in plans(sheets, known)[0] if plan.has("name") and plan.has("id_number")]
    if not usable:
        raise CannotUse("没有找到表头。表里要有姓名、身份证号这两列，请补上再传")
    for plan in usable:
        found += _read_sheet(plan, today, with_day)
    if not found:
        raise CannotUse("表里一个人也没有，请核对是不是选错了文件")
    return _once(found)


def _read_sheet(plan: Plan, today: date, with_day: bool) -> list[Other]:
    places = {column.key: column.place for column in plan.columns if column.key != SKIP}
    days = [c.place for c in plan.columns if c.named and _DAY_HEAD.search(squeeze(c.label))]
    if with_day and not days:
        raise CannotUse("没有找到去世日期这一列。表头写“死亡日期”或“去世日期”，请补上再传")
    if days:
        places["day"] = days[0]
    found = []
    for number, row in enumerate(plan.sheet.rows[plan.start :], start=plan.start + 1):
        cells = {key: row[place] for key, place in places.items() if place < len(row)}
        name, written = squeeze(text_of(cells.get("name"))), text_of(cells.get("id_number"))
        # Empty lines, totals, signatures under the table.
        if not written.strip() or _TOTAL.fullmatch(name):
            continue
        if plan.sheet.from_1904 and isinstance(cells.get("day"), int | float):
            cells["day"] = first_day(cells["day"], from_1904=True) or cells["day"]
        found.append(_line(plan.sheet.name[:40], number, cells, today, with_day))
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


def death_day(cell: Cell | None) -> tuple[date | None, bool]:
    """The day a cell means, and whether only its month is known (then: the last day of it)."""
    day = first_day(cell) if cell is not None else None
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
