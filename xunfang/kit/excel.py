"""Workbooks in and out: what a stranger's file may do to us, and what ours may do to a reader.

In: the content decides what a file is, never its name; macros, passwords, broken files and archives that
unpack to more than they should are refused with a sentence. Out: text stays text (id numbers keep their
eighteen digits, nothing is a formula), rows stream through a file, the last line says whose copy it is.
"""

import csv
import datetime as dt
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_UNPACKED = 400 * 1024 * 1024  # decisions 32
MAX_RATIO = 100
# Small archives of much the same text compress better than this and harm nobody.
RATIO_MATTERS_FROM = 4 * 1024 * 1024
MAX_CELLS = 20_000_000  # a reader lays a sheet out as a full rectangle: one far cell is enough to fill memory
MAX_ROWS = 200_000
AGAIN = "请用WPS另存为.xlsx再传"

_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_CHUNK = 1 << 20
_TAIL = 24  # longer than any cell address, so that none is cut in two by a chunk

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta


class CannotRead(Exception):
    """The file is refused; the text says why and what to do, and is shown."""


@dataclass(frozen=True)
class Sheet:
    """A sheet as rows of cells. The first row of `rows` is row 1 of the sheet."""

    name: str
    rows: list[list[Cell]]


# ── in ───────────────────────────────────────────────────────────────────────────────────────────


def guard(content: bytes) -> str:
    """What the bytes are: "xlsx", "xls" or "csv". Raises `CannotRead` for everything else, for macros,
    passwords and archives that unpack to too much. Reads through the archive without keeping it."""
    if not content.strip(b"\0 \t\r\n"):
        raise CannotRead(f"这个文件是空的，{AGAIN}")
    if content.startswith(b"PK"):
        _guard_archive(content)
        return "xlsx"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        _guard_compound(content)
        return "xls"
    text = decode(content)
    start = text.lstrip()[:200].lower()
    if start.startswith("<"):
        raise CannotRead(f"这个文件其实是网页，不是表格，{AGAIN}")
    if start.startswith(("%pdf", "{\\rtf")) or "\0" in text:
        raise CannotRead(f"这个文件不是表格，{AGAIN}")
    return "csv"


def decode(content: bytes) -> str:
    """The text of a CSV in UTF-8 (with or without mark) or GB18030. Raises `CannotRead`."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CannotRead(f"这个文件认不出来，{AGAIN}")


def _guard_compound(content: bytes) -> None:
    """An old .xls: names of streams are kept as UTF-16 in its directory."""
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise CannotRead("这个文件带宏，不能收。请用WPS另存为不带宏的.xlsx再传")
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise CannotRead("这个文件设了密码，请去掉密码，另存为.xlsx再传")


def _guard_archive(content: bytes) -> None:
    # SECURITY: the sizes an archive declares are its own claim; every entry is unpacked and counted.
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename.lower() for entry in entries}
            if any("vbaproject" in name for name in names):
                raise CannotRead("这个文件带宏，不能收。请用WPS另存为不带宏的.xlsx再传")
            if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
                raise CannotRead(f"这个文件不是.xlsx表格，{AGAIN}")
            if any(entry.flag_bits & 1 for entry in entries):
                raise CannotRead("这个文件设了密码，请去掉密码，另存为.xlsx再传")
            _within(sum(entry.file_size for entry in entries), len(content))
            total = 0
            for entry in entries:
                total = _count(archive, entry, total, len(content))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise CannotRead(f"这个文件坏了，打不开，{AGAIN}") from error


def _within(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_MATTERS_FROM and unpacked > MAX_RATIO * packed):
        raise CannotRead(f"这个文件解开以后太大，不能收。请只留名单，{AGAIN}")


def _count(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, total: int, packed: int) -> int:
    """Unpack one entry without keeping it; `total` plus its size. A sheet's farthest cell is looked at too."""
    is_sheet = entry.filename.lower().startswith("xl/worksheets/")
    tail, rows, columns = b"", 0, 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            total += len(chunk)
            _within(total, packed)
            if is_sheet:
                for letters, row in _CELL.findall(tail + chunk):
                    rows, columns = max(rows, int(row)), max(columns, _column(letters))
                tail = chunk[-_TAIL:]
    if rows * columns > MAX_CELLS:
        raise CannotRead("表格拉得太大（最后一格很远），请把名单复制到新表，另存为.xlsx再传")
    return total


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def read(content: bytes) -> list[Sheet]:
    """All sheets with their rows, hidden ones too. Raises `CannotRead` (guards first)."""
    if guard(content) == "csv":
        return [Sheet("", _read_csv(decode(content)))]
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [
            Sheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for name in book.sheet_names
        ]
    # calamine raises its own errors, and Rust's panics come as a BaseException that is no exit.
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise CannotRead(f"这个文件坏了，打不开，{AGAIN}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise CannotRead(f"这个文件坏了，打不开，{AGAIN}") from error
    if sum(len(sheet.rows) for sheet in sheets) > MAX_ROWS:
        raise CannotRead(f"表格超过{MAX_ROWS}行，请分成几个文件传")
    return sheets


def _read_csv(text: str) -> list[list[Cell]]:
    head = text.split("\n", 1)[0]
    delimiter = max(",\t;，", key=head.count)
    rows: list[list[Cell]] = []
    try:
        # The csv module splits quoted newlines itself; NUL was refused before.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(list(row))
            if len(rows) > MAX_ROWS:
                raise CannotRead(f"表格超过{MAX_ROWS}行，请分成几个文件传")
    except csv.Error as error:
        raise CannotRead(f"这个文件坏了，读不全，{AGAIN}") from error
    return rows


def text_of(cell: Cell | None) -> str:
    """What stands in a cell as text: whole numbers without “.0”, dates as 2026-11-24, stripped."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else ("是" if cell else "否")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell).strip()


# ── out ──────────────────────────────────────────────────────────────────────────────────────────


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
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", table.name)[:31] or None)
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
    writers = [(number, _writer(sheet, formats, column.kind)) for number, column in enumerate(table.columns)]
    for values in table.rows:
        for (number, write_cell), value in zip(writers, values, strict=True):
            if value is not None and value != "":
                write_cell(row, number, value)
        row += 1
    _add_choices(sheet, formats, table, row, head + 1)
    if footer and not table.spare:
        sheet.write_string(row, 0, f"※ {footer}", formats.note)


def _writer(sheet: Any, formats: _Formats, kind: str) -> Callable[[int, int, Any], object]:
    """What writes a cell of a column: chosen once for the column, called for each row."""
    if kind == "number":
        return lambda row, number, value: sheet.write_number(row, number, value, formats.number)
    if kind == "date":
        return lambda row, number, value: sheet.write_datetime(row, number, value, formats.date)
    text = formats.text
    return lambda row, number, value: sheet.write_string(row, number, plain(value), text)


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
