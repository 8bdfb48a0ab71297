"""Every row of a list with its verdict: new, changed, same, or wrong with reason and remedy."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from visits.roster import membership
from visits.roster.imports import known
from visits.roster.imports.checking import Context, Fault, Good, check
from visits.roster.imports.comparing import LABELS, Difference, Existing, compare
from visits.roster.imports.reading import RawRow
from visits.roster.models import ImportRow, Person

Verdict = ImportRow.Verdict


@dataclass
class Judged:
    """A row and what came of it. `changes`: (label, was, now) as shown."""

    sheet: str
    number: int
    texts: dict[str, str]
    verdict: str
    name: str = ""
    good: Good | None = None
    faults: list[Fault] = field(default_factory=list)
    existing: Existing | None = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    village: str = ""
    groups: str = ""


def judge(rows: Iterable[RawRow], context: Context) -> list[Judged]:
    """Check each row by itself, then the ids against each other, then against the files we have."""
    judged = []
    first: dict[str, RawRow] = {}
    for row in rows:
        result = check(row.cells, context)
        name = _shown_name(row)
        if isinstance(result, list):
            judged.append(Judged(row.sheet, row.number, row.texts, Verdict.WRONG, name, faults=result))
            continue
        twin = first.setdefault(result.number, row)
        if twin is not row:
            judged.append(
                Judged(row.sheet, row.number, row.texts, Verdict.WRONG, name, faults=[_twice(twin)])
            )
            continue
        judged.append(Judged(row.sheet, row.number, row.texts, Verdict.NEW, result.name, good=result))
    hold_against_files(judged, context)
    return judged


def hold_against_files(judged: list[Judged], context: Context, *, lock: bool = False) -> None:
    """Set the verdict of every right row by the file of the same id number."""
    indexes = {id(row): known.index_of(row.good) for row in judged if row.good is not None}
    files = known.files_of(list(indexes.values()), lock=lock)
    for row in judged:
        if row.good is not None:
            _settle(row, files.get(indexes[id(row)]), context)


def _settle(row: Judged, existing: Existing | None, context: Context) -> None:
    good = row.good
    assert good is not None
    row.existing, row.changes, row.notes = existing, [], list(good.notes)
    row.village = context.villages.names.get(good.village_id, "")
    row.groups = "、".join(context.groups[place.code].short for place in good.places)
    if existing is None:
        row.verdict = Verdict.NEW
        return
    fault = _not_ours(existing, context)
    if fault is not None:
        row.verdict, row.faults, row.good, row.existing = Verdict.WRONG, [fault], None, None
        return
    difference = compare(good, existing, context.today)
    if faults := _against_family(good, existing, difference, context):
        row.verdict, row.faults, row.good, row.existing = Verdict.WRONG, faults, None, None
        return
    row.notes += [f"{label}以手工改过的为准" for label in difference.kept]
    row.verdict = Verdict.CHANGED if difference.any else Verdict.SAME
    row.changes = _in_words(good, existing, difference, context)


def _not_ours(existing: Existing, context: Context) -> Fault | None:
    if existing.township_id != context.township_id:
        # SECURITY: where the file lies is not said here; nothing about the person is.
        return Fault("档案在别的乡镇", "请联系县民政局核对由哪里管，本表里去掉这一行")
    if existing.status != Person.Status.LIVE:
        return Fault(f"已登记{existing.status_word}", "登记错了的，先在档案里撤销再传；没错的去掉这一行")
    return None


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
    for place in difference.places:
        found.append(("类别", "没有", f"{context.groups[place.code].short}，{_day(place.starts_on)}起"))
    return found


def _shown_name(row: RawRow) -> str:
    return str(row.cells.get("name") or "").strip()[:40]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
