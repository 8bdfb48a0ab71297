"""One row of a list: right, or wrong with the reason and the remedy. Pure Python, no form per row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from visits.core.idnumber import IdNumber, IdNumberError, parse
from visits.core.phone import PhoneError, normalise_phone
from visits.roster import membership
from visits.roster.imports import columns
from visits.roster.imports.kinds import without_accounts
from visits.roster.imports.matching import (
    CARE,
    GroupWord,
    VillageIndex,
    find_groups,
    first_day,
    nearest_word,
    squeeze,
    yes_or_no,
)
from visits.roster.names import BadName, clean_name
from xunfang.kit.excel import Cell, text_of

SEXES = {"男": "M", "女": "F", "男性": "M", "女性": "F"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row. `written`: what stands there, an id by its last four only."""

    reason: str
    remedy: str
    written: str = ""


@dataclass(frozen=True)
class Place:
    """A group the row puts the person into, from that day on."""

    code: str
    starts_on: date
    area: str = ""
    care: str = ""


@dataclass(frozen=True)
class Good:
    """A checked row as clean values. Blank: the list does not say."""

    name: str
    number: str = field(repr=False)
    sex: str
    birth_date: date
    village_id: int
    places: tuple[Place, ...]
    phone: str = ""
    relation: str = ""
    head_name: str = ""
    certificate_no: str = ""
    hamlet: str = ""
    find_me: str = ""
    residence: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    lives_alone: bool | None = None
    assignee_id: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a row is held against. `visitors`: mobile number → (user, units of the user's live posts);
    `group`, `area`: the class that the whole list is of, for rows that do not say their own; `full`: it is all
    of it; `newer`: (class, area) → month of a newer full list."""

    today: date
    default_start: date
    township_id: int
    township: str
    villages: VillageIndex
    words: Mapping[str, GroupWord]
    groups: Mapping[str, membership.GroupFacts]
    visitors: Mapping[str, tuple[int, frozenset[int]]] = field(default_factory=dict)
    group: str = ""
    area: str = ""
    full: bool = False
    newer: Mapping[tuple[str, str], date] = field(default_factory=dict)
    children_place: str = "city"

    def newer_than(self, place: Place) -> date | None:
        """The month of a newer full list that speaks of this place: it has said who is in the class."""
        months = [
            month
            for (code, area), month in self.newer.items()
            if code == place.code and area in ("", place.area)
        ]
        return max(months, default=None)


def check(cells: Mapping[str, Cell], context: Context) -> Good | list[Fault]:
    """The row's clean values, or everything that is wrong with it."""
    return _Check(cells, context).result()


class Checker:
    """`check` for many rows."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.seen: dict[Any, Any] = {}

    def check(self, cells: Mapping[str, Cell]) -> Good | list[Fault]:
        if len(self.seen) > 10_000:
            self.seen.clear()
        return _Check(cells, self.context, self.seen).result()


class _Check:
    """Walks through one row and collects faults and notes."""

    def __init__(
        self, cells: Mapping[str, Cell], context: Context, seen: dict[Any, Any] | None = None
    ) -> None:
        self.cells = cells
        self.context = context
        self.seen = {} if seen is None else seen
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    def text(self, key: str) -> str:
        cell = self.cells.get(key, "")
        if cell == "" or (type(cell) is str and cell.isalnum()):
            return cell  # nearly always: nothing to be cleaned
        return " ".join(text_of(cell).replace("\0", "").split()).lstrip("'")

    def result(self) -> Good | list[Fault]:
        name, number, village = self._name(), self._number(), self._village()
        places = self._places(number)
        values: dict[str, Any] = {key: self._plain(key) for key in _PLAIN}
        for key, label in (("phone", "电话"), ("contact_phone", "联系人电话")):
            values[key] = self._phone(key, label)
        values["lives_alone"] = self._alone()
        values["assignee_id"] = self._visitor(village)
        if self.faults or number is None or village is None:
            return self.faults
        self._compare_with_id(number)
        return Good(
            name=name,
            number=number.number,
            sex=number.sex,
            birth_date=number.birth_date,
            village_id=village,
            places=tuple(places),
            notes=(*number.warnings, *self.notes),
            **values,
        )

    def _wrong(self, reason: str, remedy: str, written: str = "") -> None:
        self.faults.append(Fault(reason, remedy, written[:40]))

    def _name(self) -> str:
        text = self.text("name")
        try:
            return clean_name(text)
        except BadName as error:
            reason, _, remedy = str(error).partition("，")
            self._wrong(reason, remedy, f"姓名：{text}" if text else "姓名一栏空白")
            return ""

    def _number(self) -> IdNumber | None:
        cell = self.cells.get("id_number")
        value = cell if isinstance(cell, int | float) and not isinstance(cell, bool) else text_of(cell)
        try:
            return parse(value, self.context.today)
        except IdNumberError as error:
            self._wrong(*_id_fault(error, squeeze(text_of(cell)).lstrip("'")))
            return None

    def _village(self) -> int | None:
        text = self.text("village")
        if not text:
            self._wrong("没有写村", "补上户籍所在的村", "村一栏空白")
            return None
        found = self.context.villages.find(text)
        if found is None:
            alike = self.context.villages.alike(text)
            if len(alike) > 1:
                names = "、".join(alike)
                self._wrong("有几个村叫这个名字", f"写清楚是哪一个：{names}", f"村：{text}")
            else:
                remedy = f"改成“{alike[0]}”" if alike else "照名单模板的下拉选村"
                self._wrong(f"{self.context.township}没有这个村", remedy, f"村：{text}")
        return found

    def _places(self, number: IdNumber | None) -> list[Place]:
        start, care = self._start(), self._care()
        text = self.text("group")
        own = self.context.group
        if not text and not own:
            self._wrong("没有写类别", "从下拉里选一个类别", "类别一栏空白")
            return []
        words, unknown = self._groups(text) if text else ([GroupWord(own)], [])
        for word in unknown:
            near = nearest_word(word, self.context.words)
            facts = self.context.groups[self.context.words[near].code] if near else None
            remedy = f"改成“{facts.short}”" if facts else "照名单模板的下拉选类别"
            self._wrong("没有这个类别", remedy, f"类别：{word}")
        if number is None:
            return []
        return [place for word in words if (place := self._place(word, number, start, care)) is not None]

    def _groups(self, text: str) -> tuple[list[GroupWord], list[str]]:
        """The same few words stand in every row."""
        seen = self.seen
        if ("group", text) not in seen:
            seen["group", text] = find_groups(text, self.context.words)
        return seen["group", text]

    def _day(self, cell: Cell) -> date | None:
        key = ("day", cell)
        if key not in self.seen:
            self.seen[key] = first_day(cell)
        return self.seen[key]

    def _place(self, word: GroupWord, number: IdNumber, start: date | None, care: str) -> Place | None:
        group, today = self.context.groups[word.code], self.context.today
        day = start or membership.start_day(group, number.birth_date, self.context.default_start, today)
        why = membership.objection(
            group, number.birth_date, day, today, self.context.groups.values()
        ) or membership.import_objection(group.code, number.birth_date, today)
        if why is not None:
            self._wrong(why.reason, why.remedy, f"类别：{group.short}")
            return None
        if ask := membership.ask_of(group.code):
            self.notes.append(f"{membership.ASKS[ask]}，入库后列在“待核”里")
        area = word.area or (self.context.area if word.code == self.context.group else "")
        return Place(word.code, day, area, (care or word.care) if word.code == "tekun" else "")

    def _start(self) -> date | None:
        cell = self.cells.get("starts")
        text = self.text("starts")
        if not text:
            return None
        day = self._day(cell if cell is not None and not isinstance(cell, str) else text)
        if day is None:
            self._wrong("起始年月看不懂", "写成2026-11这样", f"起始年月：{text}")
        return day

    def _care(self) -> str:
        text = squeeze(self.text("care"))
        if text and text not in CARE:
            self._wrong("供养方式看不懂", "填：集中供养、分散供养", f"供养方式：{text}")
        return CARE.get(text, "")

    def _plain(self, key: str) -> str:
        cell = self.cells.get(key, "")
        if cell == "":
            return ""
        # A household's address and certificate stand in line after line. What is wrong is told each time; 1 and
        # True are the same key.
        place = (key, cell) if type(cell) is str else None
        if place is not None and place in self.seen:
            return self.seen[place]
        found = self._clean(key)
        if place is not None and found is not None:
            self.seen[place] = found
        return found or ""

    def _clean(self, key: str) -> str | None:
        """The text as it is kept; None: it is too long, which was said."""
        text, field_ = without_accounts(self.text(key)), columns.BY_KEY[key]
        if key in ("head_name", "relation", "contact_name", "certificate_no", "hamlet"):
            text = squeeze(text)
        if len(text) > field_.limit:
            self._wrong(f"{field_.title}太长", f"最多{field_.limit}个字", f"{field_.title}：{text[:12]}…")
            return None
        return text

    def _phone(self, key: str, label: str) -> str:
        text = self.text(key)
        if not text:
            return ""
        if ("phone", text) in self.seen:
            return self.seen["phone", text]
        if squeeze(text) in ("无", "没有", "-", "/", "—"):
            return ""
        try:
            digits = self.seen["phone", text] = normalise_phone(text)
            return digits
        except PhoneError as error:
            reason, _, remedy = str(error).partition("，")
            self._wrong(f"{label}：{reason}", remedy or "请核对", f"{label}：{len(squeeze(text))}个字")
            return ""

    def _alone(self) -> bool | None:
        text = self.text("alone")
        if not text:
            return None
        value = yes_or_no(text)
        if value is None:
            self._wrong("独居一栏看不懂", "填“是”或“否”", f"独居：{text}")
        return value

    def _visitor(self, village: int | None) -> int | None:
        text = self.text("visitor_phone")
        if not text or village is None:
            return None
        try:
            digits = normalise_phone(text)
        except PhoneError as error:
            reason, _, remedy = str(error).partition("，")
            self._wrong(f"巡访人手机号：{reason}", remedy or "请核对")
            return None
        user, units = self.context.visitors.get(digits, (None, frozenset()))
        if user is None or not units & {village, self.context.township_id}:
            self.notes.append("巡访人在这个村没有任职，入库后请另外分配")
            return None
        return user

    def _compare_with_id(self, number: IdNumber) -> None:
        """性别 and 出生日期 follow the id; a list that says otherwise is mentioned, not believed (4.1)."""
        sex = SEXES.get(squeeze(self.text("sex")))
        if sex is not None and sex != number.sex:
            self.notes.append("性别和身份证号不一样，以身份证号为准")
        cell = self.cells.get("birth")
        text = self.text("birth")
        day = (
            self._day(cell if text and cell is not None and not isinstance(cell, str) else text)
            if text
            else None
        )
        if day is not None and (day.year, day.month) != (number.birth_date.year, number.birth_date.month):
            self.notes.append("出生日期和身份证号不一样，以身份证号为准")


_PLAIN = ("relation", "head_name", "certificate_no", "hamlet", "find_me", "residence", "contact_name")


def _length(text: str) -> tuple[str, str]:
    short = 18 - len(text)
    words = f"身份证号少{short}位" if short > 0 else f"身份证号多{-short}位"
    return words, "照身份证补上" if short > 0 else "照身份证改正"


_ID_WORDS: dict[str, Callable[[str], tuple[str, str]]] = {
    "empty": lambda _: ("没有身份证号", "照身份证补上；还没有身份证的，在“新建档案”里建"),
    "excel": lambda _: ("身份证号被Excel改成了数字，末几位丢了", "把这一列设为“文本”，再重新填18位号码"),
    "length": _length,
    "character": lambda _: ("身份证号里有不该有的字", "照身份证改正，只有最后一位可以是X"),
    "province": lambda _: ("身份证号前两位不是省份代码", "核对第1、2位"),
    "date": lambda _: ("身份证号里的出生日期不存在", "核对第7到14位"),
    "future": lambda _: ("身份证号里的出生日期晚于今天", "核对第7到14位"),
    "age": lambda _: ("按身份证号已超过130岁", "核对第7到14位"),
    "check": lambda _: ("身份证号校验码不对", "照身份证逐位核对"),
}


def _id_fault(error: IdNumberError, text: str) -> tuple[str, str, str]:
    """Reason, remedy and what may be shown of the number (decisions 22: the last four)."""
    reason, remedy = _ID_WORDS[error.code](text)
    if error.code == "empty":
        return reason, remedy, "身份证号一栏空白"
    if error.code == "excel":
        return reason, remedy, "写成了数字"
    shown = f"，尾号{text[-4:]}" if len(text) > 10 else ""
    return reason, remedy, f"{len(text)}位{shown}"
