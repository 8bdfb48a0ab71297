"""The records of a year go out by the roster's door, with its rules (decisions 23): ids by their tail, and what is not
to be known in the village not at all (practice P17)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP
from visits.records.assessment import URGENT, Form, level_of, load
from visits.records.forms.archiving import RecordsFilter
from visits.records.models import Visit, VisitQuerySet
from visits.records.selectors.archive import villages_of
from visits.records.services.visiting import values_of
from visits.records.sheet_rows import file_of
from visits.records.visit_rows import PARTS, said
from visits.roster.exports.books import KEY, Book, books
from visits.roster.selectors import groups_of
from visits.templatetags.xf import LEVEL_WORDS
from xunfang.kit.excel import Column

NAME = "visits"
CHUNK = 500
NOTE = "已经迁到别处的人，档案跟着人走，不在这张表上。"
COLUMNS = {
    "record_no": Column("记录号", 8, "number"),
    "name": Column("姓名", 10),
    "tail": Column("身份证尾号", 10),
    "village": Column("村（居）", 12),
    "hamlet": Column("自然村", 12),
    "groups": Column("类别", 18),
    "visited_on": Column("哪天", 12, "date"),
    "part": Column("上午或下午", 10),
    "mode": Column("怎么访的", 10),
    "met": Column("见到谁", 14),
    "visitor": Column("巡访人", 10),
    "companions": Column("同行人", 14),
    "recorder": Column("录入人", 10),
    "level": Column("最要紧的", 10),
    "seen": Column("看到的情况", 40),
    "reportable": Column("有应报的变化", 12),
    "remark": Column("写几句", 40),
    "private": Column("另有情况已报", 12),
}
USUAL = ("record_no", "name", "tail", "village", "visited_on", "mode", "met", "visitor", "level", "seen")


def _kept(filters: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in RecordsFilter(filters).chosen().items()}


def url_of(year: int, *, township: int | None = None, village: int | None = None) -> str:
    """Where these records are taken out."""
    units = {key: pk for key, pk in (("township", township), ("village", village)) if pk}
    return f"{reverse('visits_roster:export')}?{urlencode({KEY: NAME, 'year': year, **units})}"


def _records(user: Any, filters: Mapping[str, Any], today: date) -> VisitQuerySet:
    """Records of the year in the villages of the page whose people are the reader's today."""
    chosen = RecordsFilter(filters).chosen()
    villages = villages_of(user)
    if township := chosen.get("township"):
        villages = villages.filter(township_id=township)
    if village := chosen.get("village"):
        villages = villages.filter(pk=village)
    found = Visit.objects.visible_to(user).valid()
    return found.filter(
        visited_on__year=chosen.get("year") or today.year, village_id__in=villages.order_by().values("pk")
    )


def _count(user: Any, filters: Mapping[str, Any], today: date) -> int:
    return _records(user, filters, today).count()


def _rows(
    user: Any, filters: Mapping[str, Any], today: date, keys: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """The records village by village in the order of their numbers; memory does not grow with them."""
    found = _records(user, filters, today).select_related(
        "person__merged_into", "visitor", "recorder", "form_version"
    )
    # SECURITY: no whole id number is even read.
    found = found.defer("person__id_number", "person__merged_into__id_number")
    source = found.order_by("township_id", "village_id", "record_no").iterator(chunk_size=CHUNK)
    forms: dict[int, Form] = {}
    while chunk := list(islice(source, CHUNK)):
        for line in _lines(chunk, user, today, forms):
            yield tuple(line[key] for key in keys)


def _lines(
    chunk: Sequence[Visit], user: Any, today: date, forms: dict[int, Form]
) -> Iterator[dict[str, Any]]:
    groups = groups_of([file_of(row).pk for row in chunk], today, user)
    places = dict(Region.objects.filter(pk__in={row.village_id for row in chunk}).values_list("pk", "name"))
    for row in chunk:
        if row.form_version_id not in forms:
            forms[row.form_version_id] = load(row.form_version.definition)
        person = file_of(row)
        yield {
            "record_no": row.record_no,
            "name": person.name,
            "tail": person.id_tail or person.temporary_no or "",
            "village": places.get(row.village_id, ""),
            "hamlet": person.hamlet,
            "groups": "、".join(groups.get(person.pk, ())),
            "visited_on": row.visited_on,
            "part": PARTS[row.part_of_day],
            "mode": row.get_mode_display(),
            "met": row.get_met_display(),
            "visitor": row.visitor.name,
            "companions": row.companions,
            "recorder": row.recorder.name,
            "level": LEVEL_WORDS[row.max_level],
            "seen": _seen(row, forms[row.form_version_id]),
            "reportable": "有" if row.reportable else "",
            "remark": row.remark,
            # SECURITY: what it says stays in the house; a workbook goes from hand to hand.
            "private": "有" if row.private_note else "",
        }


def _seen(row: Visit, form: Form) -> str:
    """What is not as it should be, in the words of that day: “用电：线路老化、裸露、私拉（厨房）”."""
    values, notes = values_of(row), row.notes or {}
    items = [item for area in form.areas for item in area.items] + list(form.minor)
    parts = []
    for item in items:
        value = values.get(item.code, 0)
        if 0 < level_of(value) <= URGENT:
            note = f"（{notes[item.code]}）" if notes.get(item.code) else ""
            parts.append(f"{item.label}：{said(form, item.code, value)}{note}")
    return "；".join(parts)


def _words(user: Any, filters: Mapping[str, Any]) -> str:
    """2026年、嵩口镇: which records."""
    chosen = RecordsFilter(filters).chosen()
    units = [chosen[key] for key in ("township", "village") if key in chosen]
    names = villages_of(user).filter(pk__in=units).values_list("name", flat=True)
    over = Region.objects.filter(pk__in=units, level=Level.TOWNSHIP).values_list("name", flat=True)
    year = chosen.get("year") or user.duty.on.year
    return "、".join([f"{year}年的巡访记录", *over, *names])


def _back(filters: Mapping[str, Any]) -> str:
    """The volume of a village, or the archive of a township or of all."""
    chosen = RecordsFilter(filters).chosen()
    if "village" in chosen and "year" in chosen:
        return reverse("visits_records:archive_village", args=[chosen["village"], chosen["year"]])
    return f"{reverse('visits_records:archive')}?{urlencode(_kept(filters))}"


def register() -> None:
    """Called when the application starts."""
    books[NAME] = Book(
        "巡访记录",
        "份",
        COLUMNS,
        USUAL,
        _kept,
        _count,
        _rows,
        _words,
        "visits_records:archive",
        COUNTY | TOWNSHIP,
        NOTE,
        same=False,
        back=_back,
    )
