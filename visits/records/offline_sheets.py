"""Workbooks of visits made elsewhere: the template, filled with the people who are due; what a filled one says;
and the rows that go back with what is wrong. Texts and cells only, no database."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from visits.roster.imports.matching import squeeze
from visits.schedule.due import MET, MODES
from xunfang.kit import excel
from xunfang.kit.excel import Cell, text_of

REASON, REMEDY = "原因", "怎么改"
HEAD_WITHIN = 15
#: Key of a column: its head in our template, its width, and what other systems call it.
COLUMNS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "file_no": ("档案号", 14, ()),
    "name": ("姓名", 12, ("对象姓名", "被访人", "走访对象", "老人姓名", "户主姓名")),
    "id_number": ("身份证号", 22, ("身份证号码", "证件号码", "公民身份号码", "身份证")),
    "tail": ("身份证尾号", 10, ("尾号", "身份证后四位")),
    "village": (
        "村",
        16,
        ("村（居）", "村居", "所在村", "村(居)", "村名", "村（社区）", "村(社区)", "行政村"),
    ),
    "day": ("日期", 12, ("巡访日期", "走访日期", "探访日期", "入户日期", "走访时间", "入户时间", "哪天")),
    "mode": ("方式", 10, ("巡访方式", "走访方式", "探访方式")),
    "met": ("见到谁", 12, ("见到", "是否见到本人")),
    "visitor": ("巡访人", 14, ("走访人", "走访人员", "巡访人员", "探访人", "入户干部", "走访干部")),
    "change": ("有无变化", 24, ("变化", "变化情况", "有什么变化")),
    "paper": ("纸在哪里", 20, ("存放位置", "纸质存放")),
}
MODE_WORDS = {squeeze(word): code for code, word in MODES.items()} | {
    "上门巡访": "home", "上门走访": "home", "入户": "home", "入户走访": "home", "电话问候": "phone", "打电话": "phone",
    "视频通话": "video", "机构": "institution", "养老院": "institution", "医院": "hospital",
}  # fmt: skip
MET_WORDS = {squeeze(word): code for code, word in MET.items()} | {
    "本人": "self", "是": "self", "家人": "proxy", "家属": "proxy", "否": "proxy", "在外": "away", "外出": "away",
}  # fmt: skip
NOTHING = {"", "无", "没有", "没变化", "无变化", "没有变化", "否", "正常", "0", "-", "/", "—"}
SEE_PAPER = "有变化，见纸质记录"
_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII)


class CannotUse(Exception):
    """Nothing can be found in this file; the text says what is missing and is shown."""


@dataclass(frozen=True)
class Row:
    """A filled row: our columns' texts, the visit's day if it can be read, and all its texts under their heads."""

    number: int
    cells: Mapping[str, str]
    day: date | None
    texts: Mapping[str, str]


@dataclass
class Filled:
    """`blank`: rows without a day, that is, people who were not visited."""

    heads: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    blank: int = 0


def read(content: bytes) -> Filled:
    """The first sheet that has a head. Raises CannotUse, and `excel.CannotRead` for what is no workbook."""
    for sheet in excel.read(content):
        for at, cells in enumerate(sheet.rows[:HEAD_WITHIN]):
            places = _places([text_of(cell) for cell in cells])
            if {"day"} <= places.keys() and places.keys() & {"name", "id_number", "file_no"}:
                return _rows(sheet.rows, at, places)
    raise CannotUse("没有找到表头。表里要有“日期”，还要有“姓名”和“村”，或者“身份证号”。请照模板填好再传。")


def _places(heads: Sequence[str]) -> dict[str, int]:
    """Key → place of its column; the first of two equal heads counts."""
    found: dict[str, int] = {}
    words = {squeeze(word): key for key, (head, _, more) in COLUMNS.items() for word in (head, *more)}
    for place, head in enumerate(heads):
        key = words.get(squeeze(head).rstrip("*"))
        if key is not None:
            found.setdefault(key, place)
    return found


def _rows(rows: Sequence[Sequence[Cell]], at: int, places: Mapping[str, int]) -> Filled:
    heads = {place: text_of(cell) for place, cell in enumerate(rows[at])}
    kept = {place: head for place, head in heads.items() if head and head not in (REASON, REMEDY)}
    filled = Filled(heads=list(dict.fromkeys(kept.values())))
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        texts = {head: text_of(row[place]) for place, head in kept.items() if place < len(row)}
        cells = {key: text_of(row[place]) for key, place in places.items() if place < len(row)}
        if not any(cells.get(key) for key in ("name", "id_number", "file_no")) or _footer(cells):
            continue
        if not cells.get("day"):
            filled.blank += 1
            continue
        filled.rows.append(Row(number, cells, day_of(row[places["day"]]), texts))
    return filled


def _footer(cells: Mapping[str, str]) -> bool:
    return bool(re.match(r"(小计|合计|总计|共计|制表|填表|审核|备注|※)", squeeze(cells.get("name", ""))))


def day_of(cell: Cell) -> date | None:
    """The day a cell means; None when it names no whole day."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell).strip()
    match = _DAY.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text, re.ASCII)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def mode_of(text: str) -> str | None:
    """The mode a cell names; blank: a visit at home; None: no mode."""
    return MODE_WORDS.get(squeeze(text)) if squeeze(text) else "home"


def met_of(text: str) -> str | None:
    """Who was met; blank: the person, for that is what these lists are of; None: not to be understood."""
    return MET_WORDS.get(squeeze(text)) if squeeze(text) else "self"


def change_of(text: str) -> str:
    """What had changed, "" for nothing. A bare 有 says that the paper knows."""
    word = squeeze(text)
    if word in NOTHING:
        return ""
    return SEE_PAPER if word in ("有", "有变化", "是", "√", "1") else text.strip()


@dataclass(frozen=True)
class Known:
    """A person as the template names them."""

    file_no: str
    name: str
    tail: str
    village: str
    visitor: str


def template(
    people: Iterable[Known], *, before: date | None, visitors: Collection[str], footer: str
) -> bytes:
    """One row a person that is due, everything known filled in. `before`: the 启用日期 (None: another system's)."""
    choices: dict[str, Sequence[str]] = {
        "mode": tuple(MODES.values()), "met": tuple(MET.values()), "visitor": tuple(visitors),
        "change": ("无",),
    }  # fmt: skip
    keys = (
        [key for key in COLUMNS if key != "id_number"]
        if before
        else [key for key in COLUMNS if key != "paper"]
    )
    columns = [
        excel.Column(
            COLUMNS[key][0], COLUMNS[key][1], choices=choices.get(key, ()), must=key in ("name", "day")
        )
        for key in keys
    ]
    rows = (_template_row(person, keys, filled=before is not None) for person in people)
    words = f"{before.month}月{before.day}日以前" if before else "今天以前"
    lines = [
        "怎么填",
        "访过的填“日期”，没访的空着，不用删。一个人访过几次，就复制那一行再填。",
        f"日期写成2026-11-24这样，要在{words}。",
        "方式不写算上门；见到谁不写算见到本人。",
        "有变化的写一句是什么变化，系统会放到“变化上报”里；没有变化的写“无”或空着。",
        "档案号、姓名、村、尾号是认人用的，不要改。" if before else "认人用身份证号，或者姓名和村。",
        "同一份表传两次，不会登记两次。",
    ]
    return excel.write(
        [excel.Table("线下已访", columns, rows, spare=200), excel.Table("填写说明", lines=lines)],
        footer=footer,
    )


def _template_row(person: Known, keys: Sequence[str], *, filled: bool) -> list[str]:
    values = {
        "file_no": person.file_no, "name": person.name, "tail": person.tail, "village": person.village,
        "visitor": person.visitor if filled else "",
    }  # fmt: skip
    return [values.get(key, "") for key in keys]


@dataclass(frozen=True)
class Wrong:
    """A row that goes back."""

    row: Row
    reason: str
    remedy: str


def errors(heads: Sequence[str], wrong: Iterable[Wrong], *, footer: str) -> bytes:
    """The wrong rows under their own heads, with the reason and the remedy: mended, it can be brought again."""
    columns = [excel.Column(head, 22 if "证" in head else 14) for head in heads]
    columns += [excel.Column(REASON, 30), excel.Column(REMEDY, 36)]
    rows = ([*(one.row.texts.get(head, "") for head in heads), one.reason, one.remedy] for one in wrong)
    return excel.write([excel.Table("有错的行", columns, rows)], footer=footer)
