"""From sheets to rows: joined cells filled down, members under their household, lines that are no people left
out, bank accounts never read (P5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from visits.roster.imports import columns
from visits.roster.imports.columns import SKIP
from visits.roster.imports.kinds import Known, without_accounts
from visits.roster.imports.layout import Column, Plan, plans
from visits.roster.imports.matching import first_day, squeeze
from xunfang.kit.excel import Cell, Sheet, text_of

SHEET = 40
HEADS = "（户主）"
MEMBER = "（第{}人）"
_NO_PERSON = re.compile(
    r"^(小计|合计|总计|共计|本页|本表|以上|制表|填表|填报|审核|审批|经办|单位负责|负责人|分管|主要领导|盖章|日期[:：]|"
    r"联系电话[:：]|备注[:：]|说明[:：]|注[:：]|第\d+页|共\d+|※)"
)
_TOTAL = re.compile(r"(本页|本村|全村|本表)?(小计|合计|总计|共计)[:：]?")
_TITLE = re.compile("名单|名册|花名|发放表|汇总|年.*月")
_SECTION = re.compile(r"^[(（]?[一二三四五六七八九十\d]+[)）]?[、.．]?")
_DIGIT = re.compile(r"\d")
_HEAD_WORDS = {"本人", "户主", "户主本人"}
# What the members of a household share, and a list writes once.
_SHARED = (
    "head_name",
    "certificate_no",
    "village",
    "group",
    "hamlet",
    "residence",
    "starts",
    "care",
    "find_me",
)
# In a joined cell, these are one person's.
_OWN = {"name", "id_number", "sex", "birth", "relation", "serial"}


class CannotUse(Exception):
    """No list can be found in this file; the text says what is missing and is shown."""


@dataclass
class RawRow:
    """A line of the list: where it stands, our columns' cells, and its whole line with the columns that may
    be given back. `sheet`: as it is shown; `origin`: the sheet's own name; `who`: of several in one line, who."""

    sheet: str
    number: int
    cells: dict[str, Cell]
    line: Sequence[Cell] = field(default=(), repr=False)
    kept: Sequence[Column] = field(default=(), repr=False)
    origin: str = ""
    who: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """All texts under their own heads, without bank accounts; what was filled down stands there too."""
        found = {}
        for column in self.kept:
            cell = self.line[column.place] if column.place < len(self.line) else ""
            text = text_of(cell) or text_of(self.cells.get(column.key) if column.key else "")
            ids = column.key in ("id_number", "head_id") or column.beside.endswith("身份证号")
            found[column.label] = text if ids else without_accounts(text)
        return found


@dataclass
class Reading:
    """What was found: `skipped` lines that are no people, `unread` heads of columns left alone, `titles` of
    each sheet in their order, `others`: sheets that are no list."""

    rows: list[RawRow] = field(default_factory=list)
    titles: dict[str, list[str]] = field(default_factory=dict)
    skipped: int = 0
    unread: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read_rows(sheets: Sequence[Sheet], known: Known) -> Reading:
    """The rows of every sheet that is a list, as far as nobody needs to be asked. Raises `CannotUse`."""
    found, others = plans(sheets, known)
    return rows_of(found, known, others=others)


def rows_of(
    found: Sequence[Plan], known: Known, *, others: Sequence[str] = (), group: bool = False
) -> Reading:
    """The rows of planned sheets. `group`: what was said at the upload gives the class. Raises `CannotUse`."""
    if not found:
        musts = "、".join(f.title for f in columns.FIELDS if f.must)
        raise CannotUse(f"没有找到表头。表里要有{musts}这几列，请照名单模板补上再传")
    reading = Reading(others=list(others))
    for plan in found:
        _complain(plan, known, group)
        _Lines(plan, known, reading).read()
    if not reading.rows:
        raise CannotUse("表里一个人也没有，请核对是不是选错了文件")
    return reading


def _complain(plan: Plan, known: Known, group: bool) -> None:
    given = {
        "village": plan.village_id is not None or has_sections(plan, known),
        "group": group or bool(plan.group),
    }
    missing = [
        f.title for f in columns.FIELDS if f.must and not plan.has(f.key) and not given.get(f.key, False)
    ]
    if missing:
        where = f"“{plan.sheet.name}”表" if plan.sheet.name else "表里"
        raise CannotUse(f"{where}缺少这几列：{'、'.join(missing)}。请照名单模板补上再传")


def has_sections(plan: Plan, known: Known) -> bool:
    """Whether lines such as “一、月洲村” stand above the people of each village."""
    if plan.has("village"):
        return False
    for line in plan.sheet.rows[plan.start :]:
        texts = [text for cell in line if (text := text_of(cell))]
        if len(texts) == 1 and known.villages.find(_SECTION.sub("", squeeze(texts[0]))) is not None:
            return True
    return False


class _Lines:
    """Walks down one sheet."""

    def __init__(self, plan: Plan, known: Known, reading: Reading) -> None:
        self.plan, self.known, self.reading = plan, known, reading
        self.name = plan.sheet.name
        self.places = [(column.key, column.place) for column in plan.columns if column.key != SKIP]
        back = (columns.REASON, columns.REMEDY)
        self.kept = [
            column
            for column in plan.columns
            if not column.secret and column.named and column.label not in back
        ]
        if plan.headless:
            self.kept = [column for column in plan.columns if not column.secret]
        self.filled, self.repeated = _joined(plan)
        self.shared: dict[str, Cell] = {}
        self.head: RawRow | None = None
        self.last: RawRow | None = None
        self.section: Cell = ""
        self.heads: list[RawRow] = []
        self.has_serial, self.has_group_head = plan.has("serial"), plan.has("head_id")
        self.has_relation, self.has_village = plan.has("relation"), plan.has("village")
        self.sparse = self.has_village and _sparse(plan)

    def read(self) -> None:
        self._titles()
        rows = self.reading.rows
        first = len(rows)
        for number, line in enumerate(self.plan.sheet.rows[self.plan.start :], start=self.plan.start):
            if line:
                self._line(number, line)
        self._add_heads(first)

    def _titles(self) -> None:
        own = [column.label for column in self.kept]
        self.reading.titles[self.name] = own
        for column in self.plan.columns:
            unread = (
                column.key == SKIP
                and column.named
                and not (column.beside and self.plan.beside)
                and column.label not in (columns.REASON, columns.REMEDY)
            )
            if unread and column.label not in self.reading.unread and not self.plan.headless:
                self.reading.unread.append(column.label)

    def _line(self, number: int, line: Sequence[Cell]) -> None:
        cells: dict[str, Cell] = {key: line[place] for key, place in self.places if place < len(line)}
        if number in self.filled:
            cells.update(
                {key: cell for key, cell in self.filled[number].items() if not text_of(cells.get(key))}
            )
        has_id = _DIGIT.search(text_of(cells.get("id_number"))) is not None
        has_name = bool(text_of(cells.get("name")))
        if number in self.repeated and not has_id:
            # The household's first person reaches down; whoever stands beside them in this line is new.
            if self.plan.beside and self.last is not None:
                self._beside(replace(self.last, number=number + 1, line=line, cells=dict(self.last.cells)))
            return
        again = has_id and squeeze(text_of(cells["id_number"])) in self.plan.heads
        if (again or not has_id) and self._no_person(line, cells, has_name):
            return
        if has_id and not has_name and _is_total(line):
            self.reading.skipped += 1
            return
        if has_name and _TOTAL.fullmatch(squeeze(text_of(cells["name"]))):
            self.reading.skipped += 1
            return
        row = RawRow(self.name[:SHEET], number + 1, cells, line, self.kept, self.name)
        self._household(row, has_id or has_name)
        again = self.last is not None and self._same_person(self.last, row)
        self.last = row
        if self.plan.beside and again:
            self._beside(row)
            return
        if has_id or has_name or not text_of(cells.get("head_name")):
            self._place(row)
            self.reading.rows.append(row)
        self._beside(row)

    @staticmethod
    def _same_person(one: RawRow, other: RawRow) -> bool:
        number = squeeze(text_of(one.cells.get("id_number")))
        return number != "" and number == squeeze(text_of(other.cells.get("id_number")))

    def _beside(self, row: RawRow) -> None:
        """Further members in the same line: rows of their own, with what the household shares."""
        for n, group in enumerate(self.plan.beside, start=2):
            own = {key: row.line[place] for key, place in group.items() if place < len(row.line)}
            if not text_of(own.get("id_number")) and not text_of(own.get("name")):
                continue
            if not text_of(row.cells.get("head_name")) and text_of(row.cells.get("name")):
                row.cells["head_name"] = row.cells["name"]
            shared = {key: row.cells[key] for key in _SHARED if key in row.cells}
            mark = MEMBER.format(n)
            sheet = f"{self.name[: SHEET - len(mark)]}{mark}"
            who = text_of(own.get("name"))
            member = RawRow(sheet, row.number, {**shared, **own}, row.line, self.kept, self.name, who)
            self._place(member)
            self.reading.rows.append(member)

    def _no_person(self, line: Sequence[Cell], cells: Mapping[str, Cell], has_name: bool) -> bool:
        """A line without an id: a total, a signature, a note, the head again, a heading of a part."""
        texts = [text for cell in line if (text := squeeze(text_of(cell)))]
        if not texts:
            return True
        heads = self.plan.heads
        if any(_NO_PERSON.match(text) or _TOTAL.fullmatch(text) for text in texts) or (
            heads and heads.issuperset(texts)
        ):
            self.reading.skipped += 1
            return True
        if len(texts) == 1:
            village = None if self.has_village else self.known.villages.find(_SECTION.sub("", texts[0]))
            if village is not None:
                self.section = _SECTION.sub("", texts[0])
            if village is not None or not has_name or (len(texts[0]) > 5 and _TITLE.search(texts[0])):
                self.reading.skipped += 1
                return True
        numbers_only = all(re.fullmatch(r"[\d.,%]+", text) for text in texts)
        if not has_name and not text_of(cells.get("head_name")) and numbers_only:
            self.reading.skipped += 1
            return True
        return False

    def _household(self, row: RawRow, person: bool) -> None:
        """What the household's first line says holds for the lines under it."""
        cells = row.cells
        relation = squeeze(text_of(cells.get("relation"))) if self.has_relation else ""
        named = text_of(self.shared.get("head_name"))
        opens = (
            bool(text_of(cells.get("head_name")))
            or bool(text_of(cells.get("certificate_no")))
            or (relation in _HEAD_WORDS and not (named and named == text_of(cells.get("name"))))
            or (self.has_serial and bool(text_of(cells.get("serial"))))
        )
        follows = not opens and bool(relation or self.has_serial)
        if self.has_group_head and (opens or not self.heads) and text_of(cells.get("head_id")):
            self._head_of_group(row)
        if follows:
            for key in _SHARED:
                if not text_of(cells.get(key)) and text_of(self.shared.get(key)):
                    cells[key] = self.shared[key]
            head = self.head
            if head is not None and not text_of(cells.get("head_name")) and text_of(head.cells.get("name")):
                head.cells["head_name"] = cells["head_name"] = head.cells["name"]
            return
        self.shared = {key: cells[key] for key in _SHARED if text_of(cells.get(key))} | (
            {"village": self.shared["village"]}
            if not text_of(cells.get("village")) and "village" in self.shared
            else {}
        )
        self.head = row if person and relation in _HEAD_WORDS else None

    def _head_of_group(self, row: RawRow) -> None:
        """户主信息 | 家庭成员信息: the head stands beside the members and may not be one of them."""
        cells = row.cells
        number = squeeze(text_of(cells.get("head_id")))
        if any(squeeze(text_of(other.cells.get("id_number"))) == number for other in self.heads[-1:]):
            return
        own = {key: cells[key] for key in _SHARED if key in cells}
        own |= {"name": cells.get("head_name", ""), "id_number": cells["head_id"], "relation": "户主"}
        self.heads.append(
            RawRow(f"{self.name[: SHEET - 4]}{HEADS}", row.number, own, row.line, self.kept, self.name)
        )

    def _add_heads(self, first: int) -> None:
        rows = self.reading.rows
        if not self.heads:
            return
        members = {squeeze(text_of(row.cells.get("id_number"))) for row in rows[first:]}
        for head in self.heads:
            if squeeze(text_of(head.cells["id_number"])) not in members:
                self._place(head)
                rows.append(head)
        # A line that names only the head of a household of one is not a person twice.
        rows[first:] = [
            row
            for row in rows[first:]
            if text_of(row.cells.get("id_number")) or text_of(row.cells.get("name"))
        ]

    def _place(self, row: RawRow) -> None:
        """The village and the class that the sheet, or a heading in it, says."""
        cells = row.cells
        if not text_of(cells.get("village")):
            if self.sparse and "village" in self.shared:
                cells["village"] = self.shared["village"]
            elif self.section:
                cells["village"] = self.section
            elif not self.has_village and self.plan.village_id is not None:
                cells["village"] = self.known.villages.names.get(self.plan.village_id, "")
        if self.plan.group and not text_of(cells.get("group")):
            cells["group"] = self.plan.group
        if self.plan.sheet.from_1904:
            for key in ("starts", "birth"):
                if isinstance(cells.get(key), int | float):
                    cells[key] = first_day(cells[key], from_1904=True) or cells[key]


def _joined(plan: Plan) -> tuple[dict[int, dict[str, Cell]], set[int]]:
    """Line → our columns' cells that reach down into it; and lines that repeat a person (the name's cell is
    joined with the one above)."""
    key_at = {column.place: column.key for column in plan.columns if column.key != SKIP}
    rows = plan.sheet.rows
    filled: dict[int, dict[str, Cell]] = {}
    repeated: set[int] = set()
    for (top, left), (bottom, right) in plan.sheet.merges:
        if bottom <= top or bottom < plan.start or top >= len(rows):
            continue
        value: Any = rows[top][left] if left < len(rows[top]) else ""
        for place in range(left, min(right, left + 200) + 1):
            key = key_at.get(place)
            if key is None:
                continue
            for line in range(max(top + 1, plan.start), min(bottom + 1, len(rows))):
                if key in ("name", "id_number"):
                    repeated.add(line)
                elif key not in _OWN:
                    filled.setdefault(line, {})[key] = value
    return filled, repeated


def _sparse(plan: Plan) -> bool:
    """Whether the village is written once for many."""
    place = {column.key: column.place for column in plan.columns}
    ids, at = place.get("id_number"), place["village"]
    if ids is None:
        return False
    body = [row for row in plan.sheet.rows[plan.start :] if ids < len(row) and text_of(row[ids])]
    filled = sum(1 for row in body if at < len(row) and text_of(row[at]))
    return 0 < filled < 0.5 * len(body)


def _is_total(line: Sequence[Cell]) -> bool:
    return any(
        _TOTAL.fullmatch(squeeze(text_of(cell))) for cell in line if type(cell) is str and len(cell) < 12
    )
