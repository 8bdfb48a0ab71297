"""The papers of a volume: 盒脊, 卷内目录, 一人一年一页登记卡, 备考表 (practice P28). Made by a worker; full id numbers,
one logged reason for the batch."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import audit
from accounts.models import Region, User
from visits.records import documents
from visits.records.assessment import Form, level_of, load
from visits.records.models import Met, Mode, SheetLine, Visit
from visits.records.services import archiving
from visits.records.services.archiving import CannotArchive, content_of
from visits.records.services.archiving import level_of as office_of
from visits.records.sheet_rows import file_of
from visits.records.sheets import MET_SHORT, MODE_WORDS
from visits.records.visit_rows import said
from visits.roster.models import Person
from visits.schedule.periods import Quarter
from visits.templatetags.xf import day_year, dayshort
from xunfang.kit import files, jobs, pdf
from xunfang.kit.models import Job
from xunfang.kit.pdf_many import CHUNK, render_chunks

KIND = "records.archive_pdf"
KEEP_DAYS = 7
LEVELS = {0: "", 1: "①", 2: "②", 3: "③"}


@transaction.atomic
def ask(*, village_id: int, year: int, reason: str, whole: bool = False, by: User, at: datetime) -> Job:
    """Have the volume of a village's year made as one PDF. `reason`: why full id numbers are printed, a code that
    goes to the log with the batch. `whole`: with every record behind the cards. Raises `CannotArchive`."""
    village = Region.objects.get(pk=village_id)
    level = office_of(by, village)
    if level is None:
        raise CannotArchive("这个村（居）的档案不归您这里存。")
    found = content_of(village_id, year)
    if not found.rows:
        raise CannotArchive(f"{village.name}{year}年还没有巡访记录，没有可以打印的。")
    audit.record(
        "archive_printed", at=at, by_id=by.pk, role=archiving.KEEPS[level], object_type="archivedeposit",
        object_id=f"{village_id}-{year}", reason=reason, people=found.people, records=len(found.rows),
    )  # fmt: skip
    return jobs.enqueue(
        KIND,
        {"user_id": by.pk, "village_id": village_id, "year": year, "whole": whole},
        title=f"打印{year}年档案",
        owner_id=by.pk,
    )


def make(
    user: User, village: Region, year: int, today: date, progress: jobs.Progress, *, whole: bool = False
) -> str:
    """Lay the volume out and store it, encrypted, for whoever asked; gives its address. Raises `jobs.JobRefused`."""
    people = people_of(village.pk, year)
    if not people:
        raise jobs.JobRefused("这一年没有巡访记录，没有可以打印的")
    visits = [visit for _, one in people for visit in one] if whole else []
    total = 2 + _chunks(len(people)) + _chunks(len(visits))
    progress(0, total, "正在排版")

    def pages() -> Iterator[str]:
        head = cover(user, village, year, people, today)
        yield render_to_string("pdf/archive_head.html", head | {"screen": False})
        for start in range(0, len(people), CHUNK):
            chunk = people[start : start + CHUNK]
            cards = [
                card(person, visits, year, start + n) for n, (person, visits) in enumerate(chunk, start=1)
            ]
            yield render_to_string("pdf/archive_cards.html", {"cards": cards, "year": year, "screen": False})
        for start in range(0, len(visits), CHUNK):
            records = [documents.visit_context(visit, today) for visit in visits[start : start + CHUNK]]
            yield render_to_string("pdf/records.html", {"records": records, "screen": False})
        yield render_to_string("pdf/archive_end.html", head | {"screen": False})

    try:
        data = render_chunks(pages(), lambda done: progress(min(done, total), total, "正在排版"))
    except pdf.PdfUnavailable as error:
        raise jobs.JobRefused(str(error)) from None
    stored = files.store(
        data, name=f"{village.name}{year}年巡访档案.pdf", content_type="application/pdf", kind="archive_pdf",
        owner_id=user.pk, encrypted=True, keep_days=KEEP_DAYS,
    )  # fmt: skip
    more = f"和{len(visits)}份记录" if visits else ""
    progress(total, total, f"{len(people)}人的档案{more}排好了，打开就能打印。7天以后自动删掉。")
    return reverse("accounts:file", args=[stored.uuid])


def _chunks(count: int) -> int:
    return -(-count // CHUNK)


def people_of(village_id: int, year: int) -> list[tuple[Person, list[Visit]]]:
    """Everybody with a valid record made in that village and year, by file number, with the records in order; those
    of a merged file stand under the one it is kept in."""
    rows = (
        Visit.objects.valid()
        .filter(village_id=village_id, visited_on__year=year)
        .select_related("person__merged_into", "visitor", "recorder", "form_version")
        .prefetch_related("photos")
        .order_by(Coalesce("person__merged_into__file_no", "person__file_no"), "visited_on", "pk")
    )
    found: dict[int, tuple[Person, list[Visit]]] = {}
    for row in rows:
        person = file_of(row)
        found.setdefault(person.pk, (person, []))[1].append(row)
    return list(found.values())


def cover(
    user: User, village: Region, year: int, people: list[tuple[Person, list[Visit]]], today: date
) -> dict[str, Any]:
    """For the spine, the list and the note at the end."""
    units = Region.objects.in_bulk([village.county_id, village.township_id])
    level = office_of(user, village)
    held = archiving.latest(village.pk, year, level) if level else None
    return {
        "place": "".join(units[pk].name for pk in (village.county_id, village.township_id) if pk) + village.name,
        "office": units[village.township_id if level == "township" else village.county_id].name,
        "village": village.name,
        "year": year,
        "box": held.box_no if held else "",
        "volume": held.volume_no if held else "",
        "people": [
            {"row": n, "file": person.file_no, "name": person.name, "id": person.id_number or person.temporary_no,
             "records": len(visits), "page": n}
            for n, (person, visits) in enumerate(people, start=1)
        ],
        "total": len(people),
        "records": sum(len(visits) for _, visits in people),
        "printed": day_year(today),
        "by": user.name,
    }  # fmt: skip


def card(person: Person, visits: list[Visit], year: int, number: int) -> dict[str, Any]:
    """One page: eighteen lines by the four quarters; of several visits of a quarter the last, and wherever another
    found something worse, that with its day (practice P28: exceptions in full)."""
    quarters: dict[int, list[Visit]] = {}
    for visit in visits:
        quarters.setdefault((visit.visited_on.month - 1) // 3 + 1, []).append(visit)
    shown = {n: group[-1] for n, group in quarters.items()}
    forms = {visit.pk: load(visit.form_version.definition) for visit in visits}
    form = forms[max(shown.values(), key=lambda visit: visit.visited_on).pk]
    signed = _signed(shown.values())
    heads = [
        ("哪天", [dayshort(v.visited_on) if (v := shown.get(n)) else "" for n in range(1, 5)]),
        ("怎么访、见到谁", [_how(shown.get(n)) for n in range(1, 5)]),
        ("巡访人", [v.visitor.name if (v := shown.get(n)) else "" for n in range(1, 5)]),
    ]
    return {
        "number": number,
        "file": person.file_no,
        "name": person.name,
        "sex": person.get_sex_display(),
        "born": f"{person.birth_date.year}年{person.birth_date.month}月",
        "id": person.id_number or person.temporary_no,
        "quarters": [Quarter(year, n).label.removeprefix(f"{year}年") for n in range(1, 5)],
        "heads": heads,
        "areas": [
            {
                "name": area.label,
                "rows": [
                    {
                        "name": item.label,
                        "cells": [_answer(forms, quarters.get(n, []), item.code) for n in range(1, 5)],
                    }
                    for item in area.items
                ],
            }
            for area in form.areas
        ],
        "notes": [_notes(quarters.get(n, [])) for n in range(1, 5)],
        "signed": [signed.get(v.pk, "没有签") if (v := shown.get(n)) else "" for n in range(1, 5)],
    }


def _how(visit: Visit | None) -> str:
    if visit is None:
        return ""
    mode, met = Mode(visit.mode), Met(visit.met)
    return f"{MODE_WORDS.get(mode, mode.label)} {MET_SHORT.get(met, met.label)}"


def _answer(forms: dict[int, Form], visits: list[Visit], code: str) -> str:
    """The last answer of the quarter; if an earlier one was worse, that one with its day."""
    if not visits:
        return ""
    last = visits[-1]
    worst = max(visits, key=lambda visit: (_weight(forms[visit.pk], visit, code), visit is last))
    value = getattr(worst, code)
    when = f"（{dayshort(worst.visited_on)}）" if worst is not last else ""
    return f"{LEVELS.get(level_of(value), '')}{said(forms[worst.pk], code, value)}{when}"


def _weight(form: Form, visit: Visit, code: str) -> int:
    """How much an answer asks for: its level, and more if it is one that is reported."""
    value = getattr(visit, code)
    level = level_of(value)
    option = form.item(code).option(value)
    return (level * 2 if level <= 3 else 0) + bool(option and "reportable" in option.flags)


def _notes(visits: list[Visit]) -> str:
    """What was written, never what is not for the village; how often that quarter, and where the rest stands."""
    if not visits:
        return ""
    last, others = visits[-1], [visit for visit in visits[:-1] if visit.exceptional]
    parts = [last.remark, "另有情况已报。" if any(visit.private_note for visit in visits) else ""]
    if len(visits) > 1:
        parts.append(f"这一季访了{len(visits)}次，写的是最后一次，更重的写明哪天。")
    if others:
        words = "、".join(f"{dayshort(visit.visited_on)}第{visit.record_no}号" for visit in others[-3:])
        more = f"等{len(others)}份" if len(others) > 3 else ""
        parts.append(f"有情况的还有{words}{more}。")
    return "".join(part for part in parts if part)


def _signed(visits: Any) -> dict[int, str]:
    """Where the three names stand: 第3批第12行."""
    lines = SheetLine.objects.filter(
        visit_id__in=[visit.pk for visit in visits], sheet__state__in=["signed", "approved"]
    ).select_related("sheet")
    return {line.visit_id: f"第{line.sheet.batch_no}批第{line.row}行" for line in lines}
