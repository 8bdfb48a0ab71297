"""Workbooks in: what a stranger's file may do to us.

The content decides what a file is, never its name; macros, passwords, broken files and archives that unpack
to more than they should are refused with a sentence. `read_apart` reads in a process of its own that may use
only so much memory and time. This module imports nothing of ours, because that process runs it by its path.
"""

import codecs
import csv
import datetime as dt
import gc
import io
import pickle
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MAX_UNPACKED = 400 * 1024 * 1024  # decisions 32
MAX_RATIO = 100
# Small archives of much the same text compress better than this and harm nobody.
RATIO_MATTERS_FROM = 4 * 1024 * 1024
MAX_CELLS = 20_000_000  # a reader lays a sheet out as a full rectangle: one far cell is enough to fill memory
MAX_ROWS = 200_000
MAX_SPAN = 1000  # of a cell in a web page
# Of the process that reads (bytes of address space; seconds of processor and of waiting).
MEMORY = 2 * 1024 * 1024 * 1024
SECONDS = 60
AGAIN = "请用WPS另存为.xlsx再传"
BROKEN = f"这个文件坏了，打不开，{AGAIN}"
TOO_BIG = "这个文件太大，读它要的内存太多。请只留名单，去掉图片和多余的格式，另存为.xlsx再传"

_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
# A cell beyond column Z or row 99,999: only then is every cell's place looked at.
_FAR = (re.compile(rb' r="(?:[A-Z]{2,3}\d|[A-Z]\d{6})'), re.compile(rb" r='(?:[A-Z]{2,3}\d|[A-Z]\d{6})"))
_CHUNK = 1 << 20
_TAIL = 24  # longer than any cell address, so that none is cut in two by a chunk
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# An .xls says in this record that its days are counted from 1904.
_XLS_1904 = b"\x22\x00\x02\x00\x01\x00"
_XLSX_1904 = re.compile(rb"""date1904=["'](1|true)["']""")

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Range = tuple[tuple[int, int], tuple[int, int]]


class CannotRead(Exception):
    """The file is refused; the text says why and what to do, and is shown."""


@dataclass(frozen=True)
class Sheet:
    """A sheet as rows of cells; the first of `rows` is row 1 of the sheet, empty cells at the end of a row are
    left out. `merges`: joined cells as ((row, column), (row, column)), both inclusive, from 0. `from_1904`:
    its day numbers count from 1904."""

    name: str
    rows: list[list[Cell]]
    merges: Sequence[Range] = ()
    from_1904: bool = False


# ── what it is ───────────────────────────────────────────────────────────────────────────────────


def guard(content: bytes, *, count: bool = True) -> str:
    """What the bytes are: "xlsx", "xls", "html" or "csv". Raises `CannotRead` for everything else, for macros,
    passwords and archives that unpack to too much. Reads through the archive without keeping it; with `count`
    False believes the sizes it declares."""
    if not content.strip(b"\0 \t\r\n"):
        raise CannotRead(f"这个文件是空的，{AGAIN}")
    if content.startswith(b"PK"):
        _guard_archive(content, count)
        return "xlsx"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        _guard_compound(content)
        return "xls"
    if content.startswith(_PICTURES) and b"\0" in content:
        raise CannotRead(f"这个文件是图片，不是表格。请把名单打成表格，{AGAIN}")
    text = decode(content)
    start = text.lstrip("\ufeff \t\r\n")[:400].lower()
    if start.startswith("<"):
        if "<table" not in text.lower():
            raise CannotRead(f"这个文件其实是网页，里面没有表格，{AGAIN}")
        return "html"
    if start.startswith(("%pdf", "{\\rtf", "mime-version")) or "\0" in text:
        raise CannotRead(f"这个文件不是表格，{AGAIN}")
    return "csv"


def decode(content: bytes) -> str:
    """The text of a CSV in UTF-8 (with or without mark), GB18030 or marked UTF-16. Raises `CannotRead`."""
    marked = [encoding for mark, encoding in _MARKS if content.startswith(mark)]
    for encoding in (*marked, "utf-8-sig", "gb18030"):
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


def _guard_archive(content: bytes, count: bool) -> None:
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
            for entry in entries if count else ():
                total = _count(archive, entry, total, len(content))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise CannotRead(BROKEN) from error


def _within(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_MATTERS_FROM and unpacked > MAX_RATIO * packed):
        raise CannotRead(f"这个文件解开以后太大，不能收。请只留名单，{AGAIN}")


def _count(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, total: int, packed: int) -> int:
    """Unpack one entry without keeping it; `total` plus its size. A sheet with cells far out is looked at
    again, cell by cell."""
    is_sheet = entry.filename.lower().startswith("xl/worksheets/")
    far = False
    for chunk, joined in _chunks(archive, entry):
        total += len(chunk)
        _within(total, packed)
        far = far or (is_sheet and any(pattern.search(joined) for pattern in _FAR))
    if far:
        rows, columns = 0, 0
        for _, joined in _chunks(archive, entry):
            for letters, row in _CELL.findall(joined):
                rows, columns = max(rows, int(row)), max(columns, _column(letters))
        if rows * columns > MAX_CELLS:
            raise CannotRead("表格拉得太大（最后一格很远），请把名单复制到新表，另存为.xlsx再传")
    return total


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, bytes]]:
    """Each piece of an entry, alone and with the end of the one before."""
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk, tail + chunk
            tail = chunk[-_TAIL:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def read(content: bytes, *, count: bool = True) -> list[Sheet]:
    """All sheets with their rows, hidden ones too. Raises `CannotRead` (guards first)."""
    kind = guard(content, count=count)
    if kind == "csv":
        return [Sheet("", _trim(_read_csv(decode(content))))]
    if kind == "html":
        return _read_html(decode(content))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        from_1904 = _counts_from_1904(content, kind)
        sheets = []
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = _trim(sheet.to_python(skip_empty_area=False))
            sheets.append(Sheet(name, rows, tuple(sheet.merged_cell_ranges or ()), from_1904))
    # calamine raises its own errors, and Rust's panics come as a BaseException that is no exit.
    except (
        CalamineError,
        OSError,
        ValueError,
        IndexError,
        KeyError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise CannotRead(BROKEN) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise CannotRead(BROKEN) from error
    if sum(len(sheet.rows) for sheet in sheets) > MAX_ROWS:
        raise CannotRead(f"表格超过{MAX_ROWS}行，请分成几个文件传")
    return sheets


def _counts_from_1904(content: bytes, kind: str) -> bool:
    if kind == "xls":
        return _XLS_1904 in content[: 1 << 16]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = next(name for name in archive.namelist() if name.lower() == "xl/workbook.xml")
        return _XLSX_1904.search(archive.read(book)) is not None


def _trim(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Without the empty cells at the end of rows and the empty rows at the end."""
    for row in rows:
        while row and row[-1] in ("", None):
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _read_csv(text: str) -> list[list[Cell]]:
    head = "".join(text.split("\n", 20)[:20])
    delimiter = max(",\t;，", key=head.count)
    rows: list[list[Cell]] = []
    try:
        # The csv module splits quoted newlines itself; NUL was refused before.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            # ="350125…" is how some systems keep Excel from making a number of an id.
            rows.append(
                [cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell for cell in row]
            )
            if len(rows) > MAX_ROWS:
                raise CannotRead(f"表格超过{MAX_ROWS}行，请分成几个文件传")
    except csv.Error as error:
        raise CannotRead(f"这个文件坏了，读不全，{AGAIN}") from error
    return rows


class _Tables(HTMLParser):
    """The tables of a web page as grids; a cell over several places stands in its first, with a range."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[list[list[Cell]], list[Range]]] = []
        self.held: dict[tuple[int, int], None] = {}
        self.row = -1
        self.span = (1, 1)
        self.text: list[str] | None = None
        self.mute = 0
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.mute += 1
        elif tag == "table":
            self._end_cell()
            self.tables.append(([], []))
            self.held, self.row = {}, -1
        elif tag == "tr" and self.tables:
            self._end_cell()
            self._next_row()
        elif tag in ("td", "th") and self.tables:
            self._end_cell()
            if self.row < 0:
                self._next_row()
            found = dict(attrs)
            self.span = (_span(found.get("rowspan")), _span(found.get("colspan")))
            self.text = []
        elif tag in ("br", "p", "div") and self.text:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.mute = max(0, self.mute - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.mute:
            self.text.append(data)

    def _next_row(self) -> None:
        self.row += 1
        rows = self.tables[-1][0]
        rows.append([])
        if sum(len(table[0]) for table in self.tables) > MAX_ROWS:
            raise CannotRead(f"表格超过{MAX_ROWS}行，请分成几个文件传")

    def _end_cell(self) -> None:
        if self.text is None:
            return
        text, self.text = re.sub(r"\s+", " ", "".join(self.text)).strip(), None
        rows, merges = self.tables[-1]
        line, column = rows[self.row], 0
        while (self.row, column) in self.held or column < len(line):
            column += 1
        high, wide = self.span
        self.cells += high * wide
        if self.cells > MAX_CELLS // 10:
            raise CannotRead(TOO_BIG)
        line.extend([""] * (column - len(line)))
        line.append(text)
        if high * wide > 1:
            merges.append(((self.row, column), (self.row + high - 1, column + wide - 1)))
            for below in range(high):
                for beside in range(wide):
                    self.held[self.row + below, column + beside] = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), MAX_SPAN) if text and text.strip().isdecimal() else 1


def _read_html(text: str) -> list[Sheet]:
    parser = _Tables()
    parser.feed(text)
    parser.close()
    parser._end_cell()
    sheets = [Sheet("", _trim(rows), tuple(merges)) for rows, merges in parser.tables]
    sheets = [sheet for sheet in sheets if sheet.rows]
    if not sheets:
        raise CannotRead(f"这个文件其实是网页，表格里什么也没有，{AGAIN}")
    if len(sheets) > 1:
        sheets = [
            Sheet(f"第{number}张表", sheet.rows, sheet.merges) for number, sheet in enumerate(sheets, start=1)
        ]
    return sheets


def text_of(cell: Cell | None) -> str:
    """What stands in a cell as text: whole numbers without “.0”, dates as 2026-11-24, stripped."""
    if type(cell) is str:
        return cell.strip()
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else ("是" if cell else "否")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell).strip()


# ── in a process of its own ──────────────────────────────────────────────────────────────────────


def read_apart(
    content: bytes, *, count: bool = True, memory: int = MEMORY, seconds: int = SECONDS
) -> list[Sheet]:
    """`read`, in a process that may use only so much memory and time: a file that makes the reader run wild
    ends that process and not the worker. `count` False: the bytes were guarded when they were given, and the
    limits of the process are enough. Raises `CannotRead`."""
    command = [sys.executable, "-I", __file__, str(memory), str(seconds), str(int(count))]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds * 2, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotRead(TOO_BIG) from error
    if done.returncode:
        raise CannotRead(TOO_BIG)
    answer = _Plain(io.BytesIO(done.stdout)).load()
    if isinstance(answer, str):
        raise CannotRead(answer)
    return [Sheet(*parts) for parts in answer]


class _Plain(pickle.Unpickler):
    """SECURITY: what comes back was made by a process that read a stranger's file: plain values and dates only."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in ("date", "datetime", "time", "timedelta"):
            return getattr(dt, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def _told(answer: list[tuple]) -> bytes:
    """The sheets as bytes. Without looking for the same cell twice: no two of a million are one object."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol=5)
    pickler.fast = True
    pickler.dump(answer)
    return out.getvalue()


def _child(memory: int, seconds: int, count: bool) -> None:
    import resource

    # Cells hold no cycles, and this process ends when it has told them.
    gc.disable()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer: str | list[tuple]
    try:
        sheets = read(sys.stdin.buffer.read(), count=count)
        answer = [(sheet.name, sheet.rows, sheet.merges, sheet.from_1904) for sheet in sheets]
        out = _told(answer)
    except CannotRead as error:
        out = pickle.dumps(str(error))
    except MemoryError:
        out = pickle.dumps(TOO_BIG)
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    _child(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1")
