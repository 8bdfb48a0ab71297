"""The people of the demo get their files the way real ones do: each township's clerk brings a list in."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.scoping import duty_of
from visits.management.demo.people import Invented, Maker
from visits.management.demo.staff import Staff, Village
from visits.roster import tasks as roster_tasks
from visits.roster.imports import services as imports
from visits.roster.models import Person, RosterImport
from visits.roster.services import edit_contact, share
from visits.roster.services.people import VISITOR_FIELDS
from visits.schedule import tasks as schedule_tasks
from xunfang.kit import jobs
from xunfang.kit.crypto import blind_index
from xunfang.kit.models import Job

# The list is older than this system: files that were opened today would owe nothing for the past.
FILED = timedelta(days=700)
# Two in a hundred are given to nobody yet, so that 未落实巡访人员 has something to show.
UNASSIGNED_EVERY = 41
# Imported for their handlers: jobs find them by name.
HANDLERS = (roster_tasks, schedule_tasks)
COLUMNS = (
    "姓名", "身份证号", "村", "类别", "电话", "与户主关系", "户主姓名", "低保证号", "自然村", "怎么找", "联系人",
    "联系人电话", "起始年月", "独居", "供养方式", "巡访人手机号",
)  # fmt: skip
WORDS = {
    "tekun": "特困",
    "sudden": "突发困难",
    "old_alone": "80岁以上独居",
    "old_with_disabled_child": "与重残子女同住",
    "old_childless": "子女不在本市独居",
    "minor_kin": "亲戚监护未成年人",
    "left_behind": "留守儿童",
}


def fill(staff: Staff, today: date) -> dict[int, list[Person]]:
    """Village id → its people, in the order of the lists."""
    maker = Maker(today)
    lists: dict[int, list[list[str]]] = {}
    invented: dict[int, list[Invented]] = {}
    number = 0
    for village in staff.villages:
        people = maker.village(village.region.code[:6], village.size, urban=village.urban)
        invented[village.region.pk] = people
        for person in people:
            number += 1
            lists.setdefault(village.region.township_id, []).append(
                _row(person, village, today, assigned=bool(number % UNASSIGNED_EVERY))
            )
    for township_id, rows in lists.items():
        # Two months ago, before the full lists of each class (`snapshots`).
        month = (today.replace(day=1) - timedelta(days=35)).replace(day=1)
        bring(
            rows, staff.clerks[township_id], township_id, today,
            load=True, month=month, default_start=month, file_name=f"{month.month}月名单.csv",
        )  # fmt: skip
    Person.objects.update(created_at=datetime.now(UTC) - FILED)
    made = {pk: [_file_of(person) for person in people] for pk, people in invented.items()}
    _mind(invented, made, staff, today)
    return {pk: [_file_of(person) for person in people] for pk, people in invented.items()}


def _file_of(person: Invented) -> Person:
    return Person.objects.get(id_index=blind_index(person.id_number, "person.id_number"))


def _row(person: Invented, village: Village, today: date, *, assigned: bool) -> list[str]:
    """A person as the office writes them into a list."""
    dibao = "城市低保" if person.area == "urban" else "农村低保"
    visitor = village.visitors[0 if person.hamlet in ("祠堂边", "上洋") else 1]
    return [
        person.name,
        person.id_number,
        village.region.name,
        "、".join(dibao if code == "dibao" else WORDS[code] for code in person.groups),
        person.phone,
        person.relation,
        person.head,
        f"DB{today.year - 2}{person.household:05d}" if person.household else "",
        "" if village.urban else person.hamlet,
        person.find_me,
        person.contact_name,
        person.contact_phone,
        f"{person.since:%Y-%m-%d}",
        "是" if person.alone else "",
        {"institution": "集中供养", "home": "分散供养"}.get(person.care, ""),
        str(visitor.phone) if assigned else "",
    ]


def bring(
    rows: list[list[str]], clerk: User, township_id: int, today: date, *, load: bool, **what: Any
) -> RosterImport:
    """Upload, read, and (with `load`) confirm and load a list; its jobs are done here and now. `what`: what the
    list is of, as in `imports.start`."""
    duty_of(clerk, today)
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    batch = imports.start(
        content=text.getvalue().encode("utf-8-sig"),
        township_id=township_id,
        by=clerk,
        at=timezone.now(),
        **{
            "file_name": f"{today.month}月名单.csv",
            "month": today.replace(day=1),
            "default_start": today.replace(day=1),
            **what,
        },
    )
    _work()
    if load:
        imports.confirm(import_id=batch.pk, by=clerk, at=timezone.now())
        _work()
    return batch


def _work() -> None:
    while job := Job.objects.filter(state=Job.State.NEW).order_by("pk").first():
        jobs.run(job.pk)


def _mind(
    invented: dict[int, list[Invented]], made: dict[int, list[Person]], staff: Staff, today: date
) -> None:
    """What visitors noted at the door: no list knows it."""
    for village in staff.villages:
        for person, file in zip(invented[village.region.pk], made[village.region.pk], strict=True):
            if person.mind and file.assignee is not None:
                duty_of(file.assignee, today)
                values = {name: getattr(file, name) for name in VISITOR_FIELDS} | {"mind": person.mind}
                edit_contact(
                    person_id=file.pk,
                    version=file.version,
                    values=values,
                    by=file.assignee,
                    at=timezone.now(),
                )


def leave_open(staff: Staff, people: dict[int, list[Person]], today: date) -> None:
    """Work that waits: a list before its confirmation, with wrong rows; a file shared with a colleague."""
    village = staff.villages[0]
    maker = Maker(today, seed=11)
    maker.serial, maker.phones = 320, 8000
    rows = [_row(person, village, today, assigned=True) for person in maker.village("350125", 4)]
    broken = [*rows[0]]
    broken[1] = broken[1][:-1] + ("1" if broken[1][-1] != "1" else "2")
    unknown = [*rows[1]]
    unknown[2] = "大喜洋"
    clerk = staff.clerks[village.region.township_id]
    bring([broken, unknown, *rows[2:]], clerk, village.region.township_id, today, load=False)
    _doubtful(rows, clerk, village, today)
    other = next(user for pk, user in staff.clerks.items() if pk != village.region.township_id)
    share(
        person_id=people[village.region.pk][0].pk,
        to_id=other.pk,
        reason="住到女儿家去了，请当地帮着看望",
        until=today + timedelta(days=30),
        by=clerk,
        at=timezone.now(),
    )


def _doubtful(rows: list[list[str]], clerk: User, village: Village, today: date) -> None:
    """A list of another office, with a title, no class, and a column nobody named: its head is to be looked at."""
    text = io.StringIO()
    lines = [[row[0], row[1], "月洲洋" if at < 3 else row[2], row[4]] for at, row in enumerate(rows)]
    csv.writer(text).writerows(
        [[f"{today.year}年80岁以上独居老人摸底表"], ["姓名", "", "所在村居", "联系方式"], *lines]
    )
    duty_of(clerk, today)
    imports.start(
        content=text.getvalue().encode("gb18030"),
        file_name="独居老人摸底.csv",
        month=today.replace(day=1),
        default_start=today.replace(day=1),
        township_id=village.region.township_id,
        by=clerk,
        at=timezone.now(),
    )
    _work()
