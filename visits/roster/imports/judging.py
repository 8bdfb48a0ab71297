"""Every row of a list with its verdict: new, changed, same, or wrong with reason and remedy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from visits.core.idnumber import IdNumberError, parse
from visits.roster import membership
from visits.roster.imports import known
from visits.roster.imports.checking import Checker, Context, Fault, Good
from visits.roster.imports.comparing import LABELS, Difference, Existing, compare
from visits.roster.imports.reading import RawRow
from visits.roster.models import ImportRow, Membership, Person
from xunfang.kit.crypto import blind_index, indexer
from xunfang.kit.excel import text_of

Verdict = ImportRow.Verdict
# As plain text: an enum's member is ten times slower to compare and write, and there are 100,000 rows.
NEW, CHANGED, SAME, WRONG = (
    verdict.value for verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.SAME, Verdict.WRONG)
)
TELL = 5000
AREA_WORDS = {"urban": "城市", "rural": "农村"}


@dataclass
class Judged:
    """A row and what came of it. `changes`: (label, was, now) as shown; `raw`: the line it came from, while
    the list is being read."""

    sheet: str
    number: int
    raw: RawRow | None
    verdict: str
    name: str = ""
    good: Good | None = None
    faults: list[Fault] = field(default_factory=list)
    existing: Existing | None = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    village: str = ""
    groups: str = ""
    written: str = ""
    # The blind index of a right row's id number.
    index: bytes = field(default=b"", repr=False)
    # Whose row it is: the file of its id number, for a wrong row too; None: nobody's that we know.
    person_id: int | None = None
    # Wrong, and its id number can't be read: it may be anybody's.
    unreadable: bool = False

    @property
    def texts(self) -> dict[str, str]:
        """The line under its own heads, as it goes back."""
        return self.raw.texts if self.raw is not None else {}


def judge(
    rows: Sequence[RawRow], context: Context, progress: Callable[..., Any] | None = None
) -> list[Judged]:
    """Check each row by itself, then the ids against each other, then against the files we have."""
    judged = []
    first: dict[str, RawRow] = {}
    checker = Checker(context)
    for done, row in enumerate(rows):
        if progress is not None and done % TELL == 0:
            progress(done, len(rows), "正在逐行核对")
        result = _of_list(checker.check(row.cells), context)
        if isinstance(result, list):
            judged.append(Judged(row.sheet, row.number, row, WRONG, _shown_name(row), faults=result))
            continue
        twin = first.setdefault(result.number, row)
        if twin is not row:
            faults = [_twice(twin)]
            judged.append(Judged(row.sheet, row.number, row, WRONG, _shown_name(row), faults=faults))
            continue
        judged.append(Judged(row.sheet, row.number, row, NEW, result.name, good=result))
    hold_against_files(judged, context)
    _tie(judged, context)
    return judged


def _of_list(result: Good | list[Fault], context: Context) -> Good | list[Fault]:
    """No row of another class, nor of 城 for 乡, on a full list: it would be taken for somebody who is on it."""
    if not context.full or isinstance(result, list):
        return result
    own = next((place for place in result.places if place.code == context.group), None)
    if own is not None and (not context.area or own.area == context.area):
        return result
    words = "、".join(_class(place.code, place.area, context) for place in result.places)
    name = _class(context.group, context.area, context)
    return [Fault(f"这份是{name}的全部名单，这一行写的是{words}", f"另传一份{words}的名单", f"类别：{words}")]


def _class(code: str, area: str, context: Context) -> str:
    return f"{AREA_WORDS.get(area, '')}{context.groups[code].short}"


def _tie(judged: list[Judged], context: Context) -> None:
    """Whose the wrong rows are, by their id number alone: somebody on the list in a wrong row is on it."""
    wrong: dict[bytes, list[Judged]] = {}
    for row in judged:
        if row.verdict != WRONG or row.person_id is not None or row.raw is None:
            continue
        cell = row.raw.cells.get("id_number")
        value = cell if isinstance(cell, int | float) and not isinstance(cell, bool) else text_of(cell)
        try:
            number = parse(value, context.today)
        except IdNumberError:
            row.unreadable = True
        else:
            wrong.setdefault(blind_index(number.number, "person.id_number"), []).append(row)
    for index, person_id in known.holders_of(list(wrong), context.township_id).items():
        for row in wrong[index]:
            row.person_id = person_id


def hold_against_files(judged: list[Judged], context: Context, *, lock: bool = False) -> None:
    """Set the verdict of every right row by the file of the same id number."""
    right = [row for row in judged if row.good is not None]
    index_of = indexer("person.id_number")
    for row in right:
        row.index = index_of(row.good.number)  # type: ignore[union-attr]
    files = known.files_of([row.index for row in right], lock=lock)
    for row in right:
        _settle(row, files.get(row.index), context)


def _settle(row: Judged, existing: Existing | None, context: Context) -> None:
    good = row.good
    assert good is not None
    row.existing = existing
    row.person_id = existing.id if existing and existing.township_id == context.township_id else None
    row.village = context.villages.names.get(good.village_id, "")
    row.groups = "、".join([context.groups[place.code].short for place in good.places])
    row.changes, row.notes = [], list(good.notes)
    fault = _not_ours(existing, context) if existing is not None else None
    # A newer full list has said who is in the class: this one opens nothing there any more.
    newer = [month for place in good.places if (month := context.newer_than(place))] if context.newer else []
    if newer:
        good = replace(good, places=tuple(p for p in good.places if context.newer_than(p) is None))
    if fault is None and existing is None and newer and not good.places:
        fault = _not_on(max(newer))
    if fault is not None:
        row.verdict, row.faults, row.good, row.existing = WRONG, [fault], None, None
        return
    row.good = good
    if existing is None or (newer and not good.places):
        row.verdict = NEW if existing is None else SAME
        return
    difference = compare(good, existing, context.today)
    if faults := _against_family(good, existing, difference, context):
        row.verdict, row.faults, row.good, row.existing = Verdict.WRONG, faults, None, None
        return
    row.notes += [f"{label}以手工改过的为准" for label in difference.kept]
    row.verdict = CHANGED if difference.any else SAME
    row.changes = _in_words(good, existing, difference, context)


def _not_ours(existing: Existing, context: Context) -> Fault | None:
    if existing.township_id != context.township_id:
        # SECURITY: where the file lies is not said here; nothing about the person is.
        return Fault("档案在别的乡镇", "请联系县民政局核对由哪里管，本表里去掉这一行")
    if existing.status != Person.Status.LIVE:
        return Fault(f"已登记{existing.status_word}", "登记错了的，先在档案里撤销再传；没错的去掉这一行")
    return None


def _not_on(month: date) -> Fault:
    words = f"{month.month}月的全部名单已经入库，上面没有这个人"
    return Fault(words, "还在列的，补到新的名单里再传；不在的去掉这一行")


def _against_family(good: Good, existing: Existing, difference: Difference, context: Context) -> list[Fault]:
    """Classes of the list that the file's own family speaks against (二)."""
    found = []
    for place in difference.places:
        group = context.groups[place.code]
        why = membership.contradiction(
            group, good.birth_date, existing.kin, context.today, context.children_place
        )
        if why is not None:
            found.append(Fault(why.reason, why.remedy, f"类别：{group.short}"))
    return found


def _twice(twin: RawRow) -> Fault:
    where = f"{twin.sheet}第{twin.number}行" if twin.sheet else f"第{twin.number}行"
    return Fault("一个人出现两次", "留一行；属于几类的写在同一格，用顿号隔开", f"与{where}同一个人")


def _in_words(
    good: Good, existing: Existing, difference: Difference, context: Context
) -> list[tuple[str, str, str]]:
    names = context.villages.names
    found = []
    for key in difference.columns:
        was, now = existing.values[key], getattr(good, key)
        if key == "village_id":
            was, now = names.get(was, "别的村"), names[now]
        elif key == "lives_alone":
            was, now = "是" if was else "否", "是" if now else "否"
        elif key == "assignee_id":
            was, now = "原来的" if was else "没有", "按名单换"
        found.append((LABELS[key], was or "空白", now))
    if difference.household:
        was = " ".join(filter(None, (existing.values["head_name"], existing.values["certificate_no"])))
        found.append(("家庭", was or "空白", " ".join(filter(None, (good.head_name, good.certificate_no)))))
    for place in difference.turned:
        was, now = _kind(*existing.kinds.get(place.code, ("", ""))), _kind(place.area, place.care)
        found.append((context.groups[place.code].short, was or "没写", now))
    for place in difference.places:
        found.append(("类别", "没有", f"{context.groups[place.code].short}，{_day(place.starts_on)}起"))
    return found


def _kind(area: str, care: str) -> str:
    return AREA_WORDS.get(area, "") + (dict(Membership.Care.choices)[care] if care else "")


def _shown_name(row: RawRow) -> str:
    return str(row.cells.get("name") or "").replace("\0", "").strip()[:40]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
