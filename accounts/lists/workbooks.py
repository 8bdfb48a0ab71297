"""Workbooks we give out: the empty list, and the wrong rows with what is wrong."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from accounts.lists import columns
from accounts.lists.judging import Judged
from xunfang.kit import excel

SPARE_ROWS = 2000


def footer(name: str, at: datetime) -> str:
    """Whose copy it is, under every table."""
    when = timezone.localtime(at)
    return f"{name}　{when.year}年{when.month}月{when.day}日下载　有个人信息，用完请删除"


def template(*, villages: Sequence[str], roles: Sequence[str]) -> bytes:
    """账号名单模板.xlsx: our columns with drop-downs, and how to fill them."""
    choices = {"village": villages, "role": roles}
    table = excel.Table(
        "账号名单",
        [
            excel.Column(field.title, field.width, choices=choices.get(field.key, ()), must=field.must)
            for field in columns.FIELDS
        ],
        spare=SPARE_ROWS,
    )
    lines = [
        "怎么填",
        "一人一行；一个人有两个任职的写两行，姓名和手机号照样写。",
        "带*的必填；“角色”和“职务”至少填一个。",
        "传上去先核对给您看，您确认了才开账号。同一张表再传一遍，不会重复开。",
        "不用写密码：开好以后打印开通单，本人扫码自己设。",
        "",
        *(f"{field.title}：{field.help}" for field in columns.FIELDS),
    ]
    return excel.write([table, excel.Table("填写说明", lines=lines)])


def errors(rows: Sequence[Judged], titles: dict[str, list[str]], *, footer: str) -> bytes:
    """The wrong rows with their own columns first; can be brought in again as it is once it is mended."""
    tables = []
    for sheet, heads in titles.items():
        own = [row for row in rows if row.sheet == sheet]
        if not own:
            continue
        kinds = [*heads, columns.REASON, columns.REMEDY]
        tables.append(
            excel.Table(
                sheet or "账号名单",
                [excel.Column(head, 30 if head in kinds[-2:] else 14) for head in kinds],
                [[*(row.texts.get(head, "") for head in heads), row.reason, row.remedy] for row in own],
            )
        )
    return excel.write(tables, footer=footer)
