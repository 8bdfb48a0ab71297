"""名单.xlsx: the columns that were chosen, whose copy it is above and below, text that is no formula."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

from django.utils import timezone

from accounts.marks import mark_of
from accounts.models import User
from visits.roster.exports.lines import Line
from xunfang.kit import excel

COLUMNS: dict[str, excel.Column] = {
    "name": excel.Column("姓名", 10),
    "sex": excel.Column("性别", 6),
    "age": excel.Column("年龄", 6, kind="number"),
    "birth_year": excel.Column("出生年", 8, kind="number"),
    "tail": excel.Column("身份证尾号", 12),
    "number": excel.Column("身份证号", 22),
    "village": excel.Column("村（居）", 14),
    "hamlet": excel.Column("自然村", 12),
    "groups": excel.Column("类别", 22),
    "phone": excel.Column("电话", 15),
    "residence": excel.Column("现在住哪里", 24),
    "find_me": excel.Column("怎么找", 20),
    "head": excel.Column("户主", 10),
    "relation": excel.Column("与户主关系", 10),
    "assignee": excel.Column("巡访人", 10),
    "contact": excel.Column("联系不上时找谁", 16),
    "contact_phone": excel.Column("联系人电话", 15),
    "alone": excel.Column("独居", 6),
    "status": excel.Column("状态", 8),
    "file_no": excel.Column("档案号", 15),
}
# The whole number comes of itself when it was agreed to, and never otherwise.
CHOICES = {key: column.title for key, column in COLUMNS.items() if key not in ("tail", "number")}
USUAL = ("name", "sex", "age", "village", "hamlet", "groups", "phone", "relation", "head", "assignee")


def watermark(by: User, at: datetime) -> str:
    """林建忠（手机尾号0205）2026-11-24 09:12导出: whose copy it is and of when."""
    which = f"工号{by.staff_no}" if by.staff_no else f"手机尾号{str(by.phone)[-4:]}"
    if letter := mark_of(by, timezone.localtime(at).date()):  # an outside inspection: by which letter
        which += f"，外部检查{letter['document']}"
    return f"{by.name}（{which}）{timezone.localtime(at):%Y-%m-%d %H:%M}导出，只限工作使用，不得转发"


def columns(chosen: Sequence[str], *, full: bool) -> list[str]:
    """The chosen columns in their order, with the id's tail or the id itself."""
    wanted = {*(key for key in chosen if key in CHOICES), "number" if full else "tail", "name"}
    return [key for key in COLUMNS if key in wanted]


def make(rows: Iterable[Sequence[Any]], *, columns: Sequence[excel.Column], title: str, mark: str) -> bytes:
    """The workbook. `mark` stands on every sheet, above, below and on each printed page."""
    return excel.write([excel.Table(title, columns, rows)], footer=mark, top=mark)


def cells(lines: Iterable[Line], keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The wanted columns of people's lines."""
    places = [Line._fields.index(key) for key in keys]
    take = itemgetter(*places) if len(places) > 1 else attrgetter(keys[0])
    return map(take, lines)
