"""Workbooks we give out: 名单模板, and the wrong rows with what is wrong."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from visits.roster.imports import columns
from visits.roster.imports.judging import Judged
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
        "表头不要改，列的先后可以换，不用的列可以删。",
        "",
        *(f"{field.title}：{field.help}" for field in columns.FIELDS),
    ]
    return excel.write([table, excel.Table("填写说明", lines=lines)])


def errors(rows: Sequence[Judged], titles: dict[str, list[str]], *, footer: str) -> bytes:
    """The wrong rows, a sheet for each sheet they came from, their own columns first; can be brought in
    again as it is once it is mended."""
    tables = []
    for sheet, heads in titles.items():
        own = [row for row in rows if row.sheet == sheet[:40]]
        if not own:
            continue
        kinds = [*heads, columns.REASON, columns.REMEDY]
        tables.append(
            excel.Table(
                sheet or "名单",
                [excel.Column(head, 22 if "证" in head or head in kinds[-2:] else 12) for head in kinds],
                [
                    [
                        *(row.texts.get(head, "") for head in heads),
                        "；".join(fault.reason for fault in row.faults),
                        "；".join(dict.fromkeys(fault.remedy for fault in row.faults)),
                    ]
                    for row in own
                ],
            )
        )
    return excel.write(tables, footer=footer)
