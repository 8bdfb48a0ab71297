"""The tables of the overviews and the draft return as workbooks: numbers by unit, never a person's name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Region, User
from accounts.roles import OVERVIEW
from visits.desk import comparing, overview, quarterly, tables
from visits.desk.overview import Overview
from visits.desk.quarterly import ReturnDraft, Row
from visits.roster.exports.workbook import watermark
from xunfang.kit import excel_forms
from xunfang.kit.excel_forms import Form, Head, Line

SIGNED = ("填报人：", "审核人：", "负责人：", "（公章）", "填报日期：　　年　月　日")


def _value(text: str) -> int | float | str:
    """A number of the page as a number of the sheet; anything else as text."""
    digits = text.replace(",", "")
    try:
        return float(digits) if "." in digits else int(digits)
    except ValueError:
        return text


def _sheet(page: Overview, name: str, heat: dict[str, Any], note: str) -> Form:
    return Form(
        sheet=name,
        title=f"{page.region.name}困难群众巡访情况（{name}）",
        marks=[(f"单位：{page.region.name}", page.period.label), (page.fresh_words(None), f"算到{overview.until(page)}")],
        first=heat["name"],
        heads=[Head(column["word"], width=8.5) for column in heat["columns"]],
        lines=[
            *(Line(row["name"], [_value(cell["text"]) for cell in row["cells"]]) for row in heat["rows"]),
            Line("合计", [_value(cell["text"]) for cell in heat["total"]], strong=True),
        ],
        below=[note],
    )  # fmt: skip


def of_overview(page: Overview) -> list[Form]:
    """Every table of an overview, a sheet each."""
    forms = [
        _sheet(page, "总表", overview.heat(page, "1"), "按行政区划顺序，不排名。户完成率按户，其余按人。")
    ]
    for make in tables.MAKERS.values():
        table = make(page)
        forms.append(_sheet(page, table.title, tables.heat(page, table, "1"), table.say))
    then = comparing.table(page)
    if then is not None:
        forms.append(
            Form(
                sheet="和以前比",
                title=f"{page.region.name}困难群众巡访情况（和以前比）",
                marks=[(f"单位：{page.region.name}", page.period.label)],
                first="哪一项",
                heads=[Head(column["word"], width=20) for column in then["columns"][1:]],
                lines=[
                    Line(row["cells"][0]["text"], [_value(cell["text"]) for cell in row["cells"][1:]])
                    for row in then["rows"]
                ],
            )
        )
    return forms


def of_return(draft: ReturnDraft) -> Form:
    """表一 of the draft return on one sheet: what is signed for, in the order of the guideline's classes."""
    columns, visits = quarterly.class_columns(draft), quarterly.visit_columns(draft)
    heads = [Head(one.head, one.over or ("名单上的人" if one is columns[0] else "")) for one in columns]
    heads += [Head(head, over) for _, head, over, _ in visits]

    def values(row: Row) -> list[int]:
        return [row.people.get(one.code, 0) for one in columns] + [
            row.visits.get(one[0], 0) for one in visits
        ]

    lines: list[Line] = []
    for row in draft.rows:
        if not row.bare:
            lines.append(Line(row.region.name, values(row), strong=bool(draft.below)))
            lines += [
                Line(f"　{one.region.name}", values(one))
                for one in draft.below.get(row.region.pk, [])
                if not one.bare
            ]
    without = [row.region.name for row in draft.rows if row.bare]
    below = [
        f"{quarterly.DRAFT}。人数单位：人；低保另列户数。属于几类的人各类都算，合计只算一次。",
        "应访＝已访＋未访成＋未到期＋逾期；已访＝上门＋电话等＋受托＋线下。换过村的人，两个单位各有一次的都算，上级只算一次。",
        draft.fresh.words,
    ]
    if without:
        below.append(f"还没有名单和应访的{len(without)}个：{'、'.join(without)}。")
    return Form(
        sheet="表一",
        title=f"{draft.region.name}困难群众巡访工作季报表（表一）",
        marks=[
            (f"填报单位：{draft.region.name}", f"{draft.quarter.label}"),
            (draft.day_words, "单位：人、户"),
        ],
        first="单位",
        heads=heads,
        lines=[*lines, Line("合计", values(draft.whole), strong=True)],
        below=below,
        signed=SIGNED,
        first_width=14,
    )


@transaction.atomic
def write(forms: Sequence[Form], *, what: str, region: Region, period: str, by: User, at: datetime) -> bytes:
    """The workbook, with whose copy it is on every page. What is taken out is written to the log: a number of a small
    village can be about one person. `what`: overview or return."""
    audit.record(
        "figures_exported", at=at, by_id=by.pk, role=by.duty.role_for(region, OVERVIEW) or "",  # type: ignore[attr-defined]
        target=region, what=what, period=period,
    )  # fmt: skip
    return excel_forms.write(forms, mark=watermark(by, at))
