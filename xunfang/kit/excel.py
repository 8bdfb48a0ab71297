"""Workbooks out: text stays text (id numbers keep their eighteen digits, nothing is a formula), rows stream
through a file, the last line says whose copy it is. Workbooks in: `xunfang.kit.sheets`, by the same names.
"""

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from xunfang.kit.sheet_rows import Rows
from xunfang.kit.sheets import AGAIN, CannotRead, Cell, Sheet, decode, guard, read, read_apart, text_of

__all__ = [
    "AGAIN",
    "CONTENT_TYPE",
    "CannotRead",
    "Cell",
    "Column",
    "Sheet",
    "Table",
    "decode",
    "guard",
    "plain",
    "read",
    "read_apart",
    "text_of",
    "write",
]

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    """A column of a sheet to be written. `kind`: text, number or date. `choices` become a drop-down that
    warns but lets other text pass. `must`: the head is marked as required."""

    title: str
    width: int = 12
    kind: str = "text"
    choices: Sequence[str] = ()
    must: bool = False


@dataclass(frozen=True)
class Table:
    """A sheet to be written: its columns, its rows (streamed), and lines of plain text instead of columns."""

    name: str
    columns: Sequence[Column] = ()
    rows: Iterable[Sequence[Any]] = ()
    lines: Sequence[str] = ()
    # Empty rows below that are ready for typing: text format and drop-downs reach so far.
    spare: int = 0


@dataclass
class _Formats:
    text: Any
    head: Any
    must: Any
    number: Any
    date: Any
    note: Any
    lists: dict[tuple[str, ...], str] = field(default_factory=dict)


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Also in full width: some spreadsheets read them the same when a CSV comes back.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def plain(value: Any) -> str:
    """Text no spreadsheet takes for a formula, also after it was saved as CSV."""
    text = str(value)
    if not text.isprintable():  # three times as fast as the pattern, and almost always true
        text = _UNPRINTABLE.sub("", text)
    return f"'{text}" if text[:1] in _FORMULA else text


def write(tables: Sequence[Table], *, footer: str = "", top: str = "") -> bytes:
    """A workbook. `footer`: one line under each table and on each printed page: who made it, when, what
    may be done with it. `top`: the same above, as the first line of each sheet and the head of each page."""
    with tempfile.TemporaryFile() as out:
        book = xlsxwriter.Workbook(
            out,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        formats = _formats(book)
        for table in tables:
            _write_table(book, formats, table, footer, top)
        _write_lists(book, formats)
        book.close()
        out.seek(0)
        return out.read()


def _formats(book: Any) -> _Formats:
    head = {"bold": True, "bg_color": "#e3f0ee", "border": 1, "text_wrap": True, "valign": "vcenter"}
    return _Formats(
        text=book.add_format({"num_format": "@"}),
        head=book.add_format(head),
        must=book.add_format({**head, "font_color": "#8a1c1c"}),
        number=book.add_format({"num_format": "0.##"}),
        date=book.add_format({"num_format": "yyyy-mm-dd"}),
        note=book.add_format({"font_color": "#555555", "text_wrap": False}),
    )


def _write_table(book: Any, formats: _Formats, table: Table, footer: str, top: str = "") -> None:
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", table.name)[:31] or None, Rows)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if footer:
        sheet.set_footer(f"&L{footer.replace('&', '＆')[:200]}&R第&P页，共&N页")
    head = 0
    if top:
        sheet.set_header(f"&L{top.replace('&', '＆')[:200]}")
        sheet.write_string(0, 0, plain(top), formats.note)
        head = 1
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, column.width, formats.text if column.kind == "text" else None)
    row = head
    if table.columns:
        sheet.freeze_panes(head + 1, 0)
        sheet.repeat_rows(head)
        for number, column in enumerate(table.columns):
            title = f"{column.title}*" if column.must else column.title
            sheet.write_string(head, number, title, formats.must if column.must else formats.head)
        row = head + 1
    else:
        sheet.set_column(0, 0, 90)
    for line in table.lines:
        sheet.write_string(row, 0, plain(line))
        row += 1
    forms = {"number": formats.number, "date": formats.date}
    columns = [(column.kind, forms.get(column.kind, formats.text)) for column in table.columns]
    row = sheet.write_rows(row, table.rows, columns, plain)
    _add_choices(sheet, formats, table, row, head + 1)
    if footer and not table.spare:
        sheet.write_string(row, 0, f"※ {footer}", formats.note)


def _add_choices(sheet: Any, formats: _Formats, table: Table, row: int, first: int) -> None:
    last = max(row, 1) + table.spare
    for number, column in enumerate(table.columns):
        if not column.choices:
            continue
        key = tuple(column.choices)
        letters = _letters(len(formats.lists)) if key not in formats.lists else ""
        formats.lists.setdefault(key, f"=选项!${letters}$1:${letters}${len(key)}")
        sheet.data_validation(
            first, number, last, number,
            {
                "validate": "list",
                "source": formats.lists[key],
                "error_type": "information",
                "error_title": "请核对",
                "error_message": "下拉里没有这一项。属于几类的可以用顿号隔开。",
            },
        )  # fmt: skip


def _write_lists(book: Any, formats: _Formats) -> None:
    """The drop-downs' words on a hidden sheet of their own: a list in the rule itself holds 255 characters."""
    if not formats.lists:
        return
    sheet = book.add_worksheet("选项")
    columns = list(formats.lists)
    for row in range(max(len(words) for words in columns)):
        for number, words in enumerate(columns):
            if row < len(words):
                sheet.write_string(row, number, plain(words[row]))
    sheet.hide()


def _letters(number: int) -> str:
    return chr(65 + number)
