"""Where the lines of a table come from: live out of the records while nobody has signed, frozen afterwards."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import Region
from accounts.models.region import Level
from visits.core.models import UnitSetting
from visits.records import canonical, sheets
from visits.records.assessment import Form, level_of, load
from visits.records.models import Attempt, LineReturn, Sheet, SheetLine, Visit
from visits.records.services.visiting import is_late_entry
from visits.records.sheets import LATE, TRIED, VISIT, Line
from visits.roster.models import Person
from visits.roster.selectors import labels_between
from visits.schedule.models import DueItem

#: Higher rooms say here what came of a visit (“9月4日上报县局…”): visit ids → sentence by visit id.
done_sources: list[Callable[[Collection[int]], dict[int, str]]] = []


def standing() -> Any:
    """Lines that hold their record: of village tables that are neither voided nor replaced by a new one."""
    return SheetLine.objects.filter(sheet__kind=Sheet.Kind.VILLAGE, sheet__replaced_by=None).exclude(
        sheet__state=Sheet.State.VOIDED
    )


def lines_of(sheet: Sheet, on: date, *, lock: bool = False) -> list[Line]:
    """The table as it stands: frozen when it is frozen, else out of the records of `on`. `lock`: nobody may
    change one of the records until the end of the transaction."""
    return frozen(sheet) if sheet.seal else live(sheet, on, lock=lock)


def frozen(sheet: Sheet) -> list[Line]:
    rows = SheetLine.objects.filter(sheet=sheet).order_by("row")
    return [Line(x.person_id, x.visit_id, x.exceptional, x.content, x.row) for x in rows]


def live(sheet: Sheet, on: date, *, lock: bool = False) -> list[Line]:
    """五(一)-7: every valid visit of the village in the quarter that stands in no other table, and everybody
    whose item ended in the quarter without a visit. A late visit waits for the next batch."""
    if sheet.kind == Sheet.Kind.SINGLE:
        return sheets.ordered(_visit_lines(list(_visits(lock).filter(pk=sheet.visit_id)), sheet))
    # Not only the lines we can show: another table's visit also means that the person was reached.
    visits = list(
        _visits(lock)
        .filter(village_id=sheet.village_id, visited_on__range=(sheet.period_start, sheet.period_end))
        .annotate(elsewhere=Exists(standing().exclude(sheet_id=sheet.pk or 0).filter(visit=OuterRef("pk"))))
    )
    reached = {file_of(visit).pk for visit in visits}
    mine = [visit for visit in visits if not visit.elsewhere]  # type: ignore[attr-defined]
    if sheet.county_id in counties_signing_each(on):
        singly = _signed_singly([visit.pk for visit in mine])
        mine = [visit for visit in mine if visit.pk not in singly]
    return sheets.ordered([*_visit_lines(mine, sheet), *_missed_lines(sheet, on, reached)])


def counties_signing_each(on: date) -> list[int]:
    """Counties that chose 逐份 (practice P1): what has a table of its own stands in no other there."""
    rows = UnitSetting.objects.live(on).filter(
        key="sign_exceptions", value="each", region__level=Level.COUNTY
    )
    return list(rows.values_list("region_id", flat=True))


def _signed_singly(visit_ids: Collection[int]) -> set[int]:
    """Those of these records that have a table of their own."""
    rows = Sheet.objects.filter(visit_id__in=visit_ids).exclude(state=Sheet.State.VOIDED)
    return set(rows.values_list("visit_id", flat=True))  # type: ignore[arg-type]


def seal_of(sheet: Sheet, lines: Iterable[Line]) -> bytes:
    return sheets.seal(
        kind=sheet.kind, period=sheet.period, batch=sheet.batch_no, village=sheet.village_id, lines=lines
    )


def place_of(row: Any) -> str:
    """“永泰县嵩口镇月洲村”, from the unit columns of any row."""
    ids = [row.county_id, row.township_id, row.village_id]
    names = dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))
    return "".join(names.get(pk, "") for pk in ids)


def _visits(lock: bool) -> Any:
    rows = (
        Visit.objects.valid()
        .select_related("person__merged_into", "form_version")
        .prefetch_related("photos__file")
    )
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk") if lock else rows


def _visit_lines(visits: list[Visit], sheet: Sheet) -> list[Line]:
    groups = group_words({file_of(visit).pk for visit in visits}, sheet.period_start, sheet.period_end)
    exceptional = [visit for visit in visits if visit.exceptional]
    ids = [visit.pk for visit in exceptional]
    before = previous(exceptional)
    returns = _returns(ids)
    singly = _signed_singly(ids)
    done: dict[int, list[str]] = defaultdict(list)
    for source in done_sources:
        for visit_id, words in source(ids).items():
            done[visit_id].append(words)
    forms: dict[int, Form] = {}
    lines = []
    for visit in visits:
        person = file_of(visit)
        content = _base(person, groups) | _visit_content(visit)
        if visit.exceptional:
            form = forms.setdefault(visit.form_version_id, load(visit.form_version.definition))
            found = findings(form, visit, before.get(visit.pk))
            content["findings"] = found
            content["words"] = finding_words(visit, [row["code"] for row in found])
            content["back"], answered = returns.get(visit.pk, ("", ""))
            content["done"] = "".join([*done[visit.pk], answered])
            content["single"] = visit.pk in singly
        lines.append(Line(person.pk, visit.pk, visit.exceptional, content))
    return lines


def file_of(visit: Visit) -> Person:
    """Whose line it is: of a merged file, the person it was merged into."""
    return visit.person.merged_into or visit.person


def _base(person: Person, groups: dict[int, list[str]]) -> dict[str, Any]:
    """The same keys in every line, so that nothing has to be asked for when it is read years later."""
    return {
        "kind": VISIT, "name": person.name, "tail": person.tail_words, "groups": groups.get(person.pk, []),
        "hamlet": person.hamlet, "person": str(person.uuid), "visit": "", "record": "", "record_no": 0,
        "version": 0, "dates": [], "mode": "", "met": "", "level": 0, "visitor": 0, "findings": [], "words": "",
        "done": "", "back": "", "single": False, "hidden": False, "returned": False, "reportable": False,
        "excused": False, "times": 0,
    }  # fmt: skip


def _visit_content(visit: Visit) -> dict[str, Any]:
    return {
        "visit": str(visit.uuid),
        "record": canonical.digest(canonical.record(visit)).hex(),
        "record_no": visit.record_no,
        "version": visit.version,
        "dates": [str(visit.visited_on)],
        "mode": visit.mode,
        "met": visit.met,
        "level": visit.max_level,
        "visitor": visit.visitor_id,
        "hidden": bool(visit.private_note),
        "returned": visit.returned,
        "reportable": visit.reportable,
        # A fact of the record, in the table as in the file (domain §7 no. 16).
        **({"late": True} if is_late_entry(visit) else {}),
    }


def group_words(person_ids: Collection[int], start: date, end: date) -> dict[int, list[str]]:
    """Short names of the groups each person was in during these days, both inclusive."""
    # SECURITY: tables and records go through the village's hands: no label beyond what a village may read.
    return {pk: list(labels.words) for pk, labels in labels_between(person_ids, start, end).items()}


def previous(visits: Collection[Visit]) -> dict[int, Visit]:
    """The valid visit before each of these, by its id. One query."""
    older: dict[int, list[Visit]] = defaultdict(list)
    people = {file_of(visit).pk for visit in visits}
    if not people:
        return {}
    rows = (
        Visit.objects.valid()
        .of_files(people)
        .filter(visited_on__lte=max(visit.visited_on for visit in visits))
        .select_related("form_version")
        .order_by("-visited_on", "-pk")
    )
    for row in rows:
        older[row.file_id].append(row)  # type: ignore[attr-defined]
    found = {}
    for visit in visits:
        earlier = (
            row for row in older[file_of(visit).pk] if (row.visited_on, row.pk) < (visit.visited_on, visit.pk)
        )
        last = next(earlier, None)
        if last is not None:
            found[visit.pk] = last
    return found


def findings(form: Form, visit: Visit, last: Visit | None) -> list[dict[str, Any]]:
    """The items for which a record is printed in full: needing something, to be reported, or two levels worse;
    when it is none of these (a return), whatever changed."""
    old_form = load(last.form_version.definition) if last else form
    extra = visit.extra or {}
    known, alone = extra.get("known") or {}, extra.get("care_failed") or {}
    rows = []
    for item in form.items:
        now = getattr(visit, item.code)
        was = getattr(last, item.code) if last else None
        option = item.option(now)
        level, before = level_of(now), level_of(was) if was is not None else 0
        worse = level <= 3 and before <= 3 and level - before >= 2
        rows.append(
            {
                "code": item.code,
                "label": item.label,
                "was": old_form.words(item.code, was) if was is not None else "",
                "now": form.words(item.code, now),
                "level": level if level <= 3 else 0,
                # practice P15: a lasting state that is cared for is no news; one that nobody cares for is.
                "notable": item.code in alone
                or (
                    item.code not in known
                    and (level in (2, 3) or worse or bool(option and "reportable" in option.flags))
                ),
                "changed": was is not None and was != now,
            }
        )
    keep = [row for row in rows if row["notable"]] or [row for row in rows if row["changed"]]
    return [{key: row[key] for key in ("code", "label", "was", "now", "level")} for row in keep]


def finding_words(visit: Visit, codes: Collection[str]) -> str:
    """What was written about these items, and the general remark. Never the private note."""
    notes = visit.notes if isinstance(visit.notes, dict) else {}
    texts = [str(notes[code]).strip() for code in codes if isinstance(notes.get(code), str) and notes[code]]
    return "".join(sheets.sentence(text) for text in [*texts, visit.remark.strip()] if text)


def _returns(visit_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """For each record that was struck out: who sent it back and why, and what was answered. The latest."""
    rows = (
        LineReturn.objects.filter(line__visit_id__in=visit_ids)
        .select_related("by", "line")
        .order_by("at", "pk")
    )
    found = {}
    for row in rows:
        back = f"{row.by.name}{_day(row.at)}退回：“{row.reason}”"
        answer = f"{_day(row.answered_at)}补写：{sheets.sentence(row.answer)}" if row.answered_at else ""
        found[row.line.visit_id] = (back, answer)
    return found  # type: ignore[return-value]


def _day(moment: Any) -> str:
    local = timezone.localtime(moment)
    return f"{local.month}月{local.day}日"


def _missed_lines(sheet: Sheet, on: date, reached: set[int]) -> list[Line]:
    """Everybody whose item ended in the quarter, is over on `on`, and was not done."""
    listed = (
        standing()
        .exclude(sheet_id=sheet.pk or 0)
        .filter(sheet__village_id=sheet.village_id, sheet__period=sheet.period, visit=None)
    )
    items = (
        DueItem.objects.counting()
        .filter(village_id=sheet.village_id, period_end__range=(sheet.period_start, sheet.period_end))
        # P8: whoever died or moved is on no list any more; what was missed stays in the figures.
        .filter(done_on=None, due_on__lt=on, person__left_on=None, person__merged_into=None)
        .exclude(person_id__in=reached)
        .exclude(person_id__in=listed.values("person_id"))
        .select_related("person")
        .order_by("person_id", "opens_on")
    )
    owed: dict[int, list[DueItem]] = defaultdict(list)
    for item in items:
        owed[item.person_id].append(item)
    tries = _attempts(sheet, owed)
    groups = group_words(owed.keys(), sheet.period_start, sheet.period_end)
    lines = []
    for person_id, rows in owed.items():
        content = _base(rows[0].person, groups) | _missed_content(rows, tries.get(person_id, []))
        lines.append(Line(person_id, None, True, content))
    return lines


def _attempts(sheet: Sheet, owed: dict[int, list[DueItem]]) -> dict[int, list[Attempt]]:
    if not owed:
        return {}
    since = {person_id: min(item.opens_on for item in rows) for person_id, rows in owed.items()}
    rows = (
        Attempt.objects.of_files(owed)
        .filter(tried_on__range=(min(since.values()), sheet.period_end))
        .order_by("tried_on", "pk")
    )
    found: dict[int, list[Attempt]] = defaultdict(list)
    for row in rows:
        if row.tried_on >= since[row.file_id]:  # type: ignore[attr-defined]
            found[row.file_id].append(row)  # type: ignore[attr-defined]
    return found


def _missed_content(items: list[DueItem], tries: list[Attempt]) -> dict[str, Any]:
    made_up = max((item.made_up_on for item in items if item.made_up_on), default=None)
    outcomes = list(dict.fromkeys(Attempt.Outcome(row.outcome).label for row in tries))
    notes = [row.note for row in tries if row.note]
    following = max((row.next_on for row in tries if row.next_on), default=None)
    after = f"约定{following.month}月{following.day}日再去。" if following else ""
    return {
        "kind": TRIED if tries else LATE,
        "dates": [str(row.tried_on) for row in tries],
        "mode": tries[-1].mode if tries else "",
        "times": len(tries),
        "excused": any(item.stored == DueItem.Stored.EXCUSED for item in items),
        "words": ("、".join(outcomes) + "。" if outcomes else "")
        + "".join(sheets.sentence(note) for note in notes),
        "done": f"{made_up.month}月{made_up.day}日补访。" if made_up else after,
        "visitor": tries[-1].visitor_id if tries else 0,
    }
