"""A workbook of visits made elsewhere: given, read, registered row by row; wrong rows go back with the reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from accounts.scoping import duty_of
from visits.records import offline_sheets as sheets
from visits.records.models import OfflineList, OfflineVisit
from visits.records.offline_sheets import Filled, Row, Wrong
from visits.records.selectors import offline as reads
from visits.records.services import offline
from visits.records.services.offline import CannotRegister, Entry
from visits.roster.imports.matching import VillageIndex, squeeze
from visits.roster.imports.workbooks import footer
from visits.roster.models import Person
from xunfang.kit import excel, files, jobs
from xunfang.kit.crypto import blind_index
from xunfang.kit.models import StoredFile

KEEP_DAYS = 7  # decisions 26: such sources hold full id numbers
BATCH = 100
State = OfflineList.State


@transaction.atomic
def start(
    *, township_id: int, kind: str, programme: str, content: bytes, file_name: str, by: User, at: datetime
) -> OfflineList:
    """Keep the workbook, encrypted and for its owner only, and have it registered. Raises CannotRegister."""
    if township_id not in by.duty.unit_ids(Role.TOWNSHIP_CLERK):  # type: ignore[attr-defined]
        raise CannotRegister("这个乡镇（街道）的线下巡访不归您登记。")
    if (
        kind == OfflineVisit.Kind.BEFORE_START
        and offline.go_live(township_id, timezone.localtime(at).date()) is None
    ):
        raise CannotRegister(offline.NO_START)
    unit = Region.objects.get(pk=township_id, level=Level.TOWNSHIP)
    stored = files.store(
        content, name=file_name, content_type="application/octet-stream", kind="offline_list", owner_id=by.pk,
        encrypted=True, private=True, keep_days=KEEP_DAYS, at=at, county_id=unit.county_id, township_id=unit.pk,
    )  # fmt: skip
    made = OfflineList.objects.create(
        county_id=unit.county_id, township_id=unit.pk, kind=kind, programme=programme, file=stored,
        created_by=by, created_at=at,
    )  # fmt: skip
    made.job = jobs.enqueue(
        "records.offline_list", {"list_id": made.pk}, title="登记线下已访", owner_id=by.pk
    )
    made.save(update_fields=["job"])
    audit.record(
        "offline_list_given", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=made, sha256=stored.sha256
    )
    return made


def read(*, list_id: int, at: datetime, progress: jobs.Progress) -> None:
    """Register what the workbook says, a hundred rows at a time. Run again after a fall it goes through from the
    beginning: what is there already adds nothing."""
    batch = OfflineList.objects.select_related("file", "created_by").get(pk=list_id)
    if batch.state != State.READING:
        return
    by = batch.created_by
    duty_of(by, timezone.localtime(at).date())
    try:
        progress(0, 1, "正在读表")
        filled = sheets.read(files.read(batch.file))
        matcher = _Matcher.of(batch, timezone.localtime(at).date())
        done = _register(batch, filled, matcher, by, at, progress)
    except (excel.CannotRead, sheets.CannotUse, files.FileGone, CannotRegister) as error:
        OfflineList.objects.filter(pk=batch.pk).update(
            state=State.REFUSED, refusal=str(error)[:200], finished_at=at
        )
        return
    batch.counts = {
        "rows": len(filled.rows), "blank": filled.blank, "made": done.made, "again": done.again,
        "counted": done.counted, "changed": done.changed, "wrong": len(done.wrong),
    }  # fmt: skip
    batch.errors_file = _errors_file(batch, filled, done.wrong, at)
    batch.state, batch.finished_at = State.DONE, at
    batch.save(update_fields=["counts", "errors_file", "state", "finished_at"])
    progress(len(filled.rows), len(filled.rows), "登记好了")


@dataclass
class _Done:
    made: int = 0
    again: int = 0
    counted: int = 0
    changed: int = 0
    wrong: list[Wrong] = field(default_factory=list)


def _register(
    batch: OfflineList, filled: Filled, matcher: "_Matcher", by: User, at: datetime, progress: jobs.Progress
) -> _Done:
    done, total = _Done(), len(filled.rows)
    for begin in range(0, total, BATCH):
        entries: dict[int, Row] = {}
        ready: list[Entry] = []
        for row in filled.rows[begin : begin + BATCH]:
            found = matcher.entry(row)
            if isinstance(found, Wrong):
                done.wrong.append(found)
            else:
                entries[id(found)] = row
                ready.append(found)
        outcome = offline.register(
            township_id=batch.township_id, kind=batch.kind, programme=batch.programme, entries=ready, by=by,
            at=at, partly=True,
        )  # fmt: skip
        done.made += len(outcome.made)
        done.again += outcome.again
        done.counted += outcome.counted
        done.changed += sum(row.changed for row in outcome.made)
        done.wrong += [Wrong(entries[id(one.entry)], one.reason, one.remedy) for one in outcome.refused]
        progress(min(begin + BATCH, total), total, "正在登记")
    done.wrong.sort(key=lambda one: one.row.number)
    return done


def _errors_file(
    batch: OfflineList, filled: Filled, wrong: Sequence[Wrong], at: datetime
) -> StoredFile | None:
    if not wrong:
        return None
    unit = Region.objects.get(pk=batch.township_id)
    return files.store(
        sheets.errors(filled.heads, wrong, footer=footer(unit.name, batch.created_by.name, at)),
        name=f"有错的{len(wrong)}行.xlsx", content_type=excel.CONTENT_TYPE, kind="offline_errors",
        owner_id=batch.created_by_id, encrypted=True, private=True, keep_days=KEEP_DAYS, at=at,
        county_id=batch.county_id, township_id=batch.township_id,
    )  # fmt: skip


class _Matcher:
    """Whom a row means: by file number, by id, or by name and village (with the tail where two share it)."""

    def __init__(
        self, township: Region, people: Sequence[Person], villages: VillageIndex, users: Sequence[User]
    ):
        self.township = township
        self.people = {person.pk: person for person in people}
        self.by_file = {person.file_no: person for person in people}
        self.by_index = {bytes(person.id_index): person for person in people if person.id_index is not None}
        self.by_name: dict[str, list[Person]] = {}
        for person in people:
            self.by_name.setdefault(squeeze(person.name), []).append(person)
        self.villages = villages
        self.users: dict[str, list[User]] = {}
        for user in users:
            self.users.setdefault(squeeze(user.name), []).append(user)

    @classmethod
    def of(cls, batch: OfflineList, today: date) -> "_Matcher":
        township = Region.objects.select_related("parent").get(pk=batch.township_id)
        people = Person.objects.filter(township_id=township.pk, merged_into=None).exclude(status="voided")
        units = Region.objects.live(today).filter(level=Level.VILLAGE, township_id=township.pk)
        names = (township.parent.name if township.parent else "", township.name)
        index = VillageIndex.of(units.values_list("pk", "name", "source_name"), names)
        return cls(township, list(people.select_related("assignee")), index, reads.visitors(township, today))

    def entry(self, row: Row) -> Entry | Wrong:
        """The visit of a row, or what is wrong with it."""
        found = self._person(row)
        if isinstance(found, tuple):
            return Wrong(row, *found)
        if row.day is None:
            return Wrong(row, "日期看不懂", "写成2026-11-24这样")
        mode, met = sheets.mode_of(row.cells.get("mode", "")), sheets.met_of(row.cells.get("met", ""))
        if mode is None:
            return Wrong(row, "方式看不懂", "填：上门、电话、视频、微信、机构内、医院内")
        if met is None:
            return Wrong(row, "“见到谁”看不懂", "填：见到本人、家人代述、在外务工或就学")
        change, place = sheets.change_of(row.cells.get("change", "")), row.cells.get("paper", "")
        visitor = row.cells.get("visitor", "") or (found.assignee.name if found.assignee else "")
        for words, head, most in (
            (change, "有无变化", 100),
            (place, "纸在哪里", 60),
            (visitor, "巡访人", 40),
        ):
            if len(words) > most:
                return Wrong(row, f"“{head}”太长", f"最多{most}个字")
        named = self.users.get(squeeze(visitor), [])
        return Entry(
            person_id=found.pk, visited_on=row.day, mode=mode, met=met, visitor_name=visitor,
            visitor_id=named[0].pk if len(named) == 1 else None, change_note=change, paper_place=place,
        )  # fmt: skip

    def _person(self, row: Row) -> Person | tuple[str, str]:
        cells = row.cells
        number = squeeze(cells.get("id_number", "")).upper().lstrip("'")
        name, file_no = squeeze(cells.get("name", "")), squeeze(cells.get("file_no", ""))
        if re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
            person = self.by_index.get(blind_index(number, "person.id_number"))
            if person is None:
                return (
                    f"{self.township.name}的名单上没有这个身份证号",
                    "先把这个人导入或建档；不是本镇的删掉这一行",
                )
        elif number:
            return "身份证号不是18位", "照身份证改正，或者删掉号码，写姓名和村"
        elif file_no:
            person = self.by_file.get(file_no)
            if person is None:
                return "没有这个档案号", "档案号不要改；删掉档案号，写姓名和村"
        else:
            return self._named(name, cells)
        if name and squeeze(person.name) != name:
            return "姓名和档案里的不一样", "核对是不是写错了行"
        return person

    def _named(self, name: str, cells: Mapping[str, str]) -> Person | tuple[str, str]:
        village_text, tail = cells.get("village", ""), squeeze(cells.get("tail", "")).upper()
        people = self.by_name.get(name, [])
        if not people:
            return f"{self.township.name}的名单上没有这个人", "核对姓名；新的对象先导入或建档"
        if not village_text:
            return "没有写村", "补上户籍所在的村，或者写身份证号"
        village = self.villages.find(village_text)
        if village is None:
            near = self.villages.alike(village_text)
            return f"{self.township.name}没有这个村", f"改成“{near[0]}”" if near else "核对村名"
        here = [person for person in people if person.village_id == village]
        if not here:
            return "这个村的名单上没有这个人", "核对村名和姓名"
        if tail and len(here) > 1:
            here = [person for person in here if person.id_tail == tail.zfill(4)]
        if len(here) != 1:
            return "村里有几个同名的", "补上身份证号"
        return here[0]
