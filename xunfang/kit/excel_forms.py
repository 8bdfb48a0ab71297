"""A workbook laid out like an office's form: a title, whose it is and of when, heads over heads, a total, the lines to
be signed. Text stays text; the last line says whose copy it is, as in `xunfang.kit.excel`."""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from xunfang.kit.excel import plain

# A Chinese character is about as wide as two units of a column's width at 10 pt; a line is so high in points.
WIDE, HIGH = 2.0, 13.5


@dataclass(frozen=True)
class Head:
    """A column of a form. `over`: the head above it, shared with neighbours of the same word; "" for none."""

    word: str
    over: str = ""
    width: float = 6.5


@dataclass(frozen=True)
class Line:
    """A row: its name, its numbers or texts; `strong` for sums."""

    name: str
    values: Sequence[Any]
    strong: bool = False


@dataclass(frozen=True)
class Form:
    """A sheet. `marks`: lines under the title (left and right); `first`: the head of the first column; `below`: notes
    under the table; `signed`: what is to be filled in by hand."""

    sheet: str
    title: str
    marks: Sequence[tuple[str, str]]
    first: str
    heads: Sequence[Head]
    lines: Sequence[Line]
    below: Sequence[str] = ()
    signed: Sequence[str] = ()
    first_width: float = 16


def write(forms: Sequence[Form], *, mark: str) -> bytes:
    """A workbook of forms, A4 landscape: one page wide, as many pages as its rows need, the heads on each. `mark`: whose
    copy it is."""
    with tempfile.TemporaryFile() as out:
        book = xlsxwriter.Workbook(
            out, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        formats = _formats(book)
        for form in forms:
            _write(book, formats, form, mark)
        book.close()
        out.seek(0)
        return out.read()


def _formats(book: Any) -> dict[str, Any]:
    cell = {"border": 1, "valign": "vcenter", "font_name": "宋体", "font_size": 10}
    middle = {**cell, "align": "center", "text_wrap": True}
    text = {"font_name": "宋体", "font_size": 10, "num_format": "@"}
    return {
        "title": book.add_format({"font_name": "宋体", "font_size": 18, "bold": True, "align": "center"}),
        "left": book.add_format(text),
        "right": book.add_format({**text, "align": "right"}),
        "head": book.add_format({**middle, "bold": True, "bg_color": "#ececec"}),
        "name": book.add_format({**cell, "num_format": "@"}),
        "number": book.add_format({**cell, "align": "center", "num_format": "0"}),
        "share": book.add_format({**cell, "align": "center", "num_format": "0.0"}),
        "text": book.add_format({**cell, "align": "center", "num_format": "@"}),
        "name strong": book.add_format({**cell, "bold": True, "num_format": "@", "bg_color": "#f4f4f4"}),
        "number strong": book.add_format(
            {**cell, "align": "center", "bold": True, "num_format": "0", "bg_color": "#f4f4f4"}
        ),
        "share strong": book.add_format(
            {**cell, "align": "center", "bold": True, "num_format": "0.0", "bg_color": "#f4f4f4"}
        ),
        "text strong": book.add_format(
            {**cell, "align": "center", "bold": True, "num_format": "@", "bg_color": "#f4f4f4"}
        ),
        "note": book.add_format(
            {"font_name": "宋体", "font_size": 9, "font_color": "#555555", "text_wrap": True, "valign": "top"}
        ),
    }


def _write(book: Any, formats: dict[str, Any], form: Form, mark: str) -> None:
    sheet = book.add_worksheet(form.sheet[:31])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_footer(f"&L{mark.replace('&', '＆')[:200]}&R第&P页，共&N页")
    last = len(form.heads)
    sheet.set_column(0, 0, form.first_width)
    for number, head in enumerate(form.heads, start=1):
        sheet.set_column(number, number, head.width)
    _merge(sheet, 0, 0, 0, last, plain(form.title), formats["title"])
    sheet.set_row(0, 30)
    row = 1
    for left, right in form.marks:
        sheet.write_string(row, 0, plain(left), formats["left"])
        if right:
            sheet.write_string(row, last, plain(right), formats["right"])
        row += 1
    row = _heads(sheet, formats, form, row)
    for line in form.lines:
        _line(sheet, formats, line, row)
        row += 1
    for note in form.below:
        _note(sheet, formats, form, row, note)
        row += 1
    if form.signed:
        row += 1
        step = max(1, (last + 1) // len(form.signed))
        for number, word in enumerate(form.signed):
            right = last if number + 1 == len(form.signed) else number * step + step - 1
            _merge(sheet, row, number * step, row, max(right, number * step), plain(word), formats["left"])
        row += 2
    _note(sheet, formats, form, row, f"※ {mark}")
    # What runs over the last column would make the page wider than its table.
    sheet.print_area(0, 0, row, last)


def _note(sheet: Any, formats: dict[str, Any], form: Form, row: int, text: str) -> None:
    """A sentence over the whole width, as high as its lines."""
    width = form.first_width + sum(head.width for head in form.heads)
    _merge(sheet, row, 0, row, len(form.heads), plain(text), formats["note"])
    sheet.set_row(row, HIGH * max(1, math.ceil(len(text) * WIDE / width)))


def _merge(sheet: Any, top: int, left: int, bottom: int, right: int, text: str, style: Any) -> None:
    """A range of one cell can't be merged: it is just written."""
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, text, style)
    else:
        sheet.merge_range(top, left, bottom, right, "", style)
        sheet.write_string(top, left, text, style)


def _heads(sheet: Any, formats: dict[str, Any], form: Form, row: int) -> int:
    """The heads, in two rows where one stands over others; gives the row below."""
    style, two = formats["head"], any(head.over for head in form.heads)
    bottom = row + (1 if two else 0)
    sheet.freeze_panes(bottom + 1, 1)
    sheet.repeat_rows(0, bottom)
    lines = max((math.ceil(len(head.word) * WIDE / head.width) for head in form.heads), default=1)
    sheet.set_row(bottom, max(30, HIGH * lines + 3))
    _merge(sheet, row, 0, bottom, 0, plain(form.first), style)
    number = 0
    while number < len(form.heads):
        head = form.heads[number]
        until = number + 1
        if not head.over:
            _merge(sheet, row, number + 1, bottom, number + 1, plain(head.word), style)
        else:
            while until < len(form.heads) and form.heads[until].over == head.over:
                until += 1
            _merge(sheet, row, number + 1, row, until, plain(head.over), style)
            for at in range(number, until):
                sheet.write_string(bottom, at + 1, plain(form.heads[at].word), style)
        number = until
    return bottom + 1


def _line(sheet: Any, formats: dict[str, Any], line: Line, row: int) -> None:
    strong = " strong" if line.strong else ""
    sheet.write_string(row, 0, plain(line.name), formats[f"name{strong}"])
    for number, value in enumerate(line.values, start=1):
        if isinstance(value, int | float):
            kind = "share" if isinstance(value, float) else "number"
            sheet.write_number(row, number, value, formats[f"{kind}{strong}"])
        else:
            sheet.write_string(row, number, plain(value), formats[f"text{strong}"])
