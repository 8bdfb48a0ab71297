"""Workbooks: what is refused and why, what is read as it stands, what is written so that it stays text."""

import datetime as dt
import io
import os
import pickle
import re
import time
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.xls_files import compound, xls
from xunfang.kit import excel, sheets
from xunfang.kit.sheet_rows import Rows

HEAD = ["姓名", "身份证号", "村"]
ROWS = [["林依妹", "350125194305069005", "月洲村"], ["鄢依仙", "350125193805069012", "溪口村"]]


def book(rows: list[list[object]], name: str = "名单", **cells: object) -> bytes:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    sheet = workbook.add_worksheet(name)
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    for address, value in cells.items():
        sheet.write(address, value)
    workbook.close()
    return out.getvalue()


def repacked(content: bytes, **more: bytes) -> bytes:
    """The archive with entries added; `__` in a name stands for a slash, `_dot_` for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
        for name, data in more.items():
            new.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return out.getvalue()


def test_a_modern_workbook_is_read_with_the_rows_where_they_stand() -> None:
    sheets = excel.read(book([[], HEAD, *ROWS]))
    assert [sheet.name for sheet in sheets] == ["名单"]
    assert sheets[0].rows[1] == HEAD
    assert sheets[0].rows[3][1] == "350125193805069012"


def test_an_old_workbook_is_known_by_its_content_and_read() -> None:
    content = xls("低保", [HEAD, *ROWS, ["小计", "", 2.0]])
    assert excel.guard(content) == "xls"
    (sheet,) = excel.read(content)
    assert sheet.name == "低保"
    assert sheet.rows[1] == ROWS[0]
    assert excel.text_of(sheet.rows[3][2]) == "2"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_read_in_the_encodings_that_offices_use(encoding: str, delimiter: str) -> None:
    text = "\r\n".join(delimiter.join(row) for row in [HEAD, *ROWS])
    content = text.encode(encoding)
    assert excel.guard(content) == "csv"
    assert excel.read(content)[0].rows == [HEAD, *ROWS]


def test_a_quoted_line_break_in_a_csv_stays_one_cell() -> None:
    content = '姓名,住址\r\n林依妹,"大埕厝\n3号"\r\n'.encode()
    assert excel.read(content)[0].rows[1] == ["林依妹", "大埕厝\n3号"]


REFUSED = {
    "an empty file": (b"", "空的"),
    "only blanks": (b" \r\n\0 ", "空的"),
    "a web page without a table": ("<html><p>姓名</p>".encode(), "网页"),
    "a web page with an empty table": (b"<html><table><tr><td> </td></tr></table>", "网页"),
    "a picture named .xls": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40, "图片"),
    "a photograph named .xlsx": (b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 40, "图片"),
    "a web page after a mark": ("\ufeff\n <!DOCTYPE html>".encode(), "网页"),
    "a PDF": (b"%PDF-1.7 abc", "不是表格"),
    "half an archive": (book([HEAD])[:900], "坏了"),
    "half an old workbook": (xls("a", [HEAD])[:700], "坏了"),
    "an old file without a workbook": (compound({"WordDocument": b"x"}), "坏了"),
    "bytes that are no text": (b"\x81\x00\xff\xff\x00\x01\x02" * 20, "认不出来|不是表格"),
    "another kind of archive": (repacked(b"PK\x05\x06" + b"\0" * 18, a_dot_txt=b"a"), "不是.xlsx"),
    "a modern workbook with macros": (repacked(book([HEAD]), xl__vbaProject_dot_bin=b"x"), "带宏"),
    "an old workbook with macros": (xls("a", [HEAD]) + "_VBA_PROJECT".encode("utf-16-le"), "带宏"),
    "a workbook with a password": (compound({"EncryptedPackage": b"x"}), "密码"),
}


@pytest.mark.parametrize(("content", "word"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_workbook_is_refused_with_what_to_do(content: bytes, word: str) -> None:
    with pytest.raises(excel.CannotRead) as caught:
        excel.read(content)
    assert re.search(word, str(caught.value))
    assert "再传" in str(caught.value)


def test_an_archive_that_unpacks_to_a_hundred_times_its_size_is_refused() -> None:
    bomb = repacked(book([HEAD]), xl__media__a_dot_bin=b"\0" * (30 * 1024 * 1024))
    assert len(bomb) < 100_000
    with pytest.raises(excel.CannotRead, match="太大"):
        excel.guard(bomb)


def test_an_archive_that_lies_about_its_sizes_is_counted_not_believed() -> None:
    bomb = bytearray(repacked(book([HEAD]), xl__media__a_dot_bin=b"\0" * (30 * 1024 * 1024)))
    true, small = (30 * 1024 * 1024).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    at = bomb.rindex(true)
    bomb[at : at + 4] = small
    with pytest.raises(excel.CannotRead):
        excel.guard(bytes(bomb))


def test_more_than_the_whole_limit_is_refused_before_it_is_unpacked(monkeypatch) -> None:
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 2000)
    with pytest.raises(excel.CannotRead, match="太大"):
        excel.guard(book([HEAD, *ROWS]))


def test_one_far_cell_does_not_fill_the_memory() -> None:
    with pytest.raises(excel.CannotRead, match="最后一格很远"):
        excel.read(book([HEAD], XFD1048576="x"))


def test_a_damaged_sheet_inside_a_sound_archive_is_refused() -> None:
    sound = book([HEAD, *ROWS])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, data[:200] if "sheet1" in entry.filename else data)
    with pytest.raises(excel.CannotRead, match="坏了"):
        excel.read(out.getvalue())


def test_too_many_rows_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    with pytest.raises(excel.CannotRead, match="分成几个文件"):
        excel.read(b"a,b\n1,2\n1,2\n1,2\n")
    with pytest.raises(excel.CannotRead, match="分成几个文件"):
        excel.read(book([HEAD] * 5))


def refusal(content: bytes) -> str | None:
    """The sentence with which a file is refused; None: it is read."""
    try:
        excel.read(content)
    except excel.CannotRead as error:
        return str(error)
    return None


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=3000))
def test_whatever_is_given_is_read_or_refused_and_nothing_else(content: bytes) -> None:
    assert re.search("再传|分成|^None$", str(refusal(content)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.integers(0, 255))
def test_one_changed_byte_in_a_workbook_is_read_or_refused_and_nothing_else(at: int, byte: int) -> None:
    content = bytearray(book([HEAD, *ROWS]))
    content[at % len(content)] = byte
    assert refusal(bytes(content)) != ""


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (3.0, "3"),
        (13800000101.0, "13800000101"),
        (3.50125194305069e17, "3.50125194305069e+17"),
        (2.5, "2.5"),
        (True, "是"),
        (dt.date(2026, 11, 1), "2026-11-01"),
        (dt.datetime(2026, 11, 1), "2026-11-01"),
        (" 林依妹 ", "林依妹"),
        (None, ""),
    ],
)
def test_a_cell_reads_as_what_a_person_sees(cell: object, text: str) -> None:
    assert excel.text_of(cell) == text


COLUMNS = [
    excel.Column("姓名", must=True),
    excel.Column("身份证号", 22),
    excel.Column("人数", kind="number"),
    excel.Column("日期", kind="date"),
]


def test_what_is_written_is_read_back_and_ids_keep_eighteen_digits() -> None:
    rows = [("林依妹", "350125194305069005", 3, dt.date(2026, 11, 24)), ("鄢依仙", "", None, None)]
    (sheet,) = excel.read(excel.write([excel.Table("名单", COLUMNS, rows)], footer="嵩口镇 郑晓琳 11月24日"))
    assert sheet.rows[0] == ["姓名*", "身份证号", "人数", "日期"]
    assert sheet.rows[1] == ["林依妹", "350125194305069005", 3.0, dt.date(2026, 11, 24)]
    assert sheet.rows[2][0] == "鄢依仙"
    assert sheet.rows[-1][0] == "※ 嵩口镇 郑晓琳 11月24日"


@pytest.mark.parametrize("text", ["=1+1", "+86 139", "-2", "@SUM(A1)", "\t=1", '=HYPERLINK("http://a","b")'])
def test_nothing_that_was_typed_becomes_a_formula(text: str) -> None:
    content = excel.write([excel.Table("名单", [excel.Column("姓名")], [(text,)])])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml
    assert b"hyperlink" not in xml
    assert excel.read(content)[0].rows[1][0].startswith("'")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_written_and_read_again(text: str) -> None:
    content = excel.write([excel.Table("名单", [excel.Column("a"), excel.Column("b")], [("x", text)])])
    row = excel.read(content)[0].rows[1]
    cell = row[1] if len(row) > 1 else ""
    assert str(cell).replace("\r", "\n").strip() == excel.plain(text).replace("\r", "\n").strip()


def _xml(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


cells_of_rows = st.lists(
    st.tuples(
        st.text(max_size=12) | st.sampled_from(["<b>&", " 前后 ", "a\nb", "_x000D_", "a\rb", "长" * 33_000, "x" * 20_000, ""]),
        st.none() | st.integers(-5, 10**9) | st.floats(-1e6, 1e6), st.none() | st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
        st.sampled_from([1, True, "1", None, "林"]),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(cells_of_rows, st.booleans())
def test_rows_written_at_one_go_are_what_the_library_writes_cell_by_cell(rows, above: bool) -> None:
    kinds = ("text", "number", "date", "text")

    def made(way) -> str:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False}) as workbook:
            forms = [workbook.add_format({"num_format": form}) for form in ("@", "0.##", "yyyy-mm-dd", "@")]
            numbers = [
                form._get_xf_index() for form in forms
            ]  # given as they are first used: the same for both
            assert len(set(numbers)) == 3
            sheet = workbook.add_worksheet("名单", Rows)
            if above:
                sheet.write_string(0, 0, "上面", forms[0])
            last = way(sheet, list(zip(kinds, forms, strict=True)), int(above))
            sheet.write_string(last, 0, "下面", forms[0])
        return _xml(out.getvalue())

    def cell_by_cell(sheet, columns, first: int) -> int:
        write = {"text": sheet.write_string, "number": sheet.write_number, "date": sheet.write_datetime}
        for row, values in enumerate(rows, start=first):
            for column, ((kind, form), value) in enumerate(zip(columns, values, strict=True)):
                if value not in (None, ""):
                    write[kind](row, column, excel.plain(value) if kind == "text" else value, form)
        return first + len(rows)

    whole = made(lambda sheet, columns, first: sheet.write_rows(first, rows, columns, excel.plain))
    # An empty row is no row there and an empty one here, within what the sheet says of its size; and blanks before and
    # behind a text are kept more often.
    trifles = re.compile(r'<row r="\d+"></row>|<dimension ref="[A-Z\d:]+"/>| xml:space="preserve"')
    assert trifles.sub("", whole) == trifles.sub("", made(cell_by_cell))


def test_choices_reach_the_empty_rows_and_stand_on_a_hidden_sheet() -> None:
    words = [f"类别{number}" for number in range(120)]
    table = excel.Table("名单", [excel.Column("类别", choices=words)], spare=500)
    content = excel.write([table, excel.Table("说明", lines=["第一行", "=第二行"])])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        book_xml = archive.read("xl/workbook.xml").decode()
    assert 'sqref="A2:A502"' in sheet
    assert "$A$1:$A$120" in sheet
    assert 'name="选项"' in book_xml
    assert 'state="hidden"' in book_xml
    assert excel.read(content)[1].rows[1][0] == "'=第二行"


def test_memory_stays_flat_while_many_rows_are_written() -> None:
    import tracemalloc

    def rows():
        for number in range(20_000):
            yield (f"林依妹{number}", "350125194305069005")

    tracemalloc.start()
    content = excel.write([excel.Table("名单", COLUMNS[:2], rows())])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(content) + 30 * 1024 * 1024


# ── apart ────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_read_apart_is_what_is_read_here() -> None:
    content = book([HEAD, [*ROWS[0][:2], dt.date(2026, 11, 1)], []])
    for given_ in (content, xls("低保", [HEAD, *ROWS]), "姓名\t村\n林\t月洲".encode("utf-16")):
        assert excel.read_apart(given_) == excel.read(given_)


@pytest.mark.parametrize(("content", "word"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_here_is_refused_apart_within_seconds(content: bytes, word: str) -> None:
    begun = time.monotonic()
    with pytest.raises(excel.CannotRead, match=word):
        excel.read_apart(content)
    assert time.monotonic() - begun < 15


def test_a_file_that_wants_more_memory_than_it_may_have_ends_the_reader_not_us() -> None:
    with pytest.raises(excel.CannotRead, match=r"太大.*再传"):
        excel.read_apart(book([["x" * 50, n] for n in range(3000)], ZZ900="x"), memory=60 << 20)


def test_a_bomb_is_refused_apart_also_when_it_was_not_counted_again() -> None:
    bomb = repacked(book([HEAD]), xl__media__a_dot_bin=b"\0" * (30 * 1024 * 1024))
    with pytest.raises(excel.CannotRead, match="太大"):
        excel.read_apart(bomb, count=False)


def test_nothing_but_plain_values_comes_back_from_the_reader() -> None:
    evil = pickle.dumps(os.system)
    with pytest.raises(pickle.UnpicklingError):
        sheets._Plain(io.BytesIO(evil)).load()


PAGE = """<table><tr><td rowspan=2>村<td colspan=2>人</tr><tr><td>姓名<td>号</tr>
<tr><td>月洲<td>林 <b>依</b>妹<td>&#49;2</table><script>var a = "<td>x"</script>"""


def test_a_web_page_is_read_with_its_joined_cells() -> None:
    (sheet,) = excel.read(PAGE.encode())
    assert sheet.rows == [["村", "人"], ["", "姓名", "号"], ["月洲", "林 依妹", "12"]]
    assert sheet.merges == (((0, 0), (1, 0)), ((0, 1), (0, 2)))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(
    ["<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<td rowspan=9999 colspan=9999>", "<td colspan=x>", "林", "<",
     "<script>", "<!--", "&#0;", "\ud7ff", "<br>", "</script>"]), max_size=25))  # fmt: skip
def test_any_web_page_is_read_or_refused_and_nothing_else(parts: list[str]) -> None:
    assert re.search("再传|分成|^None$", str(refusal(("<html>" + "".join(parts)).encode())))


def test_a_workbook_says_whether_its_days_count_from_1904() -> None:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"date_1904": True})
    made.add_worksheet("a").write(0, 0, 1)
    made.close()
    assert excel.read(out.getvalue())[0].from_1904
    assert not excel.read(book([HEAD]))[0].from_1904
