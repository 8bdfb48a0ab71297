"""Workbooks we give out: 名单模板, and the wrong rows with what is wrong."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from visits.roster.imports import columns
from visits.roster.imports.judging import Judged
from visits.roster.imports.reading import RawRow
from xunfang.kit import excel

SPARE_ROWS = 2000


def footer(unit: str, name: str, at: datetime) -> str:
    """Whose copy it is, on every page and under every table."""
    when = timezone.localtime(at)
    return f"{unit}　{name}　{when.year}年{when.month}月{when.day}日下载　有个人信息，用完请删除"


def template(*, villages: Sequence[str], groups: Sequence[str]) -> bytes:
    """名单模板.xlsx: our columns with drop-downs, and how to fill them."""
    choices = {"village": villages, "group": groups, "sex": ("男", "女"), "alone": ("是", "否"),
               "care": ("集中供养", "分散供养")}  # fmt: skip
    table = excel.Table(
        "名单",
        [
            excel.Column(field.title, field.width, choices=choices.get(field.key, ()), must=field.must)
            for field in columns.FIELDS
        ],
        spare=SPARE_ROWS,
    )
    lines = [
        "怎么填",
        "带*的四列必填，其余的知道多少填多少；空着的格不会抹掉系统里已有的内容。",
        "一人一行。同一个人属于几类的，写在同一格，用顿号隔开，例如：低保、80岁以上独居。",
        "电话、自然村、怎么找、住址、联系人，如果在系统里手工改过，以改过的为准，名单不会覆盖。",
        "不要填银行账号，系统不读也不存。",
        "列的先后可以换，不用的列可以删。",
        "不用这张模板也行：办公室里现成的表，有标题行、两行表头、合并的格、几张表，都能读；拿不准的会先问您，问一次就记住。",
        "",
        *(f"{field.title}：{field.help}" for field in columns.FIELDS),
    ]
    return excel.write([table, excel.Table("填写说明", lines=lines)])


def errors(rows: Sequence[Judged], titles: dict[str, list[str]], *, footer: str) -> bytes:
    """The wrong rows, a sheet for each sheet they came from, their own columns first; can be brought in
    again as it is once it is mended. A line that holds two people stands there once."""
    by_sheet: dict[str, dict[int, list[Judged]]] = {}
    for row in rows:
        if row.raw is not None:
            by_sheet.setdefault(row.raw.origin, {}).setdefault(row.number, []).append(row)
    tables = []
    for sheet in titles:
        lines = by_sheet.get(sheet)
        if not lines:
            continue
        raw = next(iter(lines.values()))[0].raw
        assert raw is not None
        heads = _heads(raw)
        # The village that the sheet's title says would be lost: the title does not go back.
        village = (
            "" if any(column.key == "village" for column in raw.kept) else columns.BY_KEY["village"].title
        )
        titled = [*heads.values(), *([village] if village else []), columns.REASON, columns.REMEDY]
        tables.append(
            excel.Table(
                sheet or "名单",
                [excel.Column(head, 22 if "证" in head or head in titled[-2:] else 12) for head in titled],
                [_line(own, heads, bool(village)) for own in lines.values()],
            )
        )
    return excel.write(tables, footer=footer)


def _heads(raw: RawRow) -> dict[str, str]:
    """Label → the head it goes back under: its own when that alone says which column it is, else our word."""
    labels = [column.label for column in raw.kept]
    found: dict[str, str] = {}
    for column in raw.kept:
        sure = columns.read_as((column.label,)) == (column.key or None, True)
        title = columns.BY_KEY[column.key].title if column.key else column.label
        if column.beside:
            found[column.label] = column.beside
        elif column.key == columns.SKIP:
            # A head we were told not to read, though it sounds like one of ours.
            heard = columns.read_as((column.label,))[0] is not None
            found[column.label] = f"{columns.UNREAD}{column.label}" if heard else column.label
        else:
            found[column.label] = column.label if sure or title in labels else title
    return found


def _line(rows: Sequence[Judged], heads: dict[str, str], village: bool) -> list[str]:
    raw = rows[0].raw
    assert raw is not None
    texts = raw.texts
    faults = [(row.raw.who if row.raw else "", fault) for row in rows for fault in row.faults]
    return [
        *(texts.get(label, "") for label in heads),
        *([excel.text_of(raw.cells.get("village"))] if village else []),
        "；".join(dict.fromkeys(f"{who}：{fault.reason}" if who else fault.reason for who, fault in faults)),
        "；".join(dict.fromkeys(fault.remedy for _, fault in faults)),
    ]
