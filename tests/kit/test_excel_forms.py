"""An office's form as a workbook: it prints on A4 landscape, one page wide, its heads on every page, its numbers numbers."""

import io
import re
import zipfile
from xml.etree import ElementTree

from xunfang.kit.excel_forms import Form, Head, Line, write

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORM = Form(
    sheet="表一",
    title="福州市困难群众巡访工作季报表（表一）",
    marks=[("填报单位：福州市", "2026年第四季度")],
    first="单位",
    heads=[
        Head("合计", "名单上的人"),
        Head("与重度残疾子女同住", "老年人"),
        Head("应访"),
        Head("见到本人率"),
    ],
    lines=[Line(f"第{n}个乡镇", [n, 3, 12000 + n, 97.5]) for n in range(200)]
    + [Line("合计", [1, 2, 3, 50.0], strong=True)],
    below=["草表，" + "应访＝已访＋未访成＋未到期＋逾期；" * 12],
    signed=("填报人：", "审核人：", "（公章）"),
)


def parts() -> tuple[ElementTree.Element, ElementTree.Element, ElementTree.Element]:
    """The sheet, the book, the styles."""
    with zipfile.ZipFile(io.BytesIO(write([FORM], mark="陈志强　11月24日取出"))) as book:
        names = ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml")
        sheet, whole, styles = (ElementTree.fromstring(book.read(name)) for name in names)
    return sheet, whole, styles


def rows_of(sheet: ElementTree.Element) -> list[ElementTree.Element]:
    return list(sheet.iter(f"{S}row"))


def test_it_prints_on_a4_landscape_one_page_wide_with_its_heads_on_every_page() -> None:
    sheet, book, _ = parts()
    setup = sheet.find(f"{S}pageSetup")
    assert setup is not None
    assert (setup.get("paperSize"), setup.get("orientation")) == ("9", "landscape")
    assert (setup.get("fitToWidth") or "1", setup.get("fitToHeight")) == ("1", "0")
    fit = sheet.find(f"{S}sheetPr/{S}pageSetUpPr")
    assert fit is not None
    assert fit.get("fitToPage") == "1"
    names = {one.get("name"): one.text for one in book.iter(f"{S}definedName")}
    assert names["_xlnm.Print_Titles"] == "表一!$1:$4"
    last = rows_of(sheet)[-1].get("r")
    assert names["_xlnm.Print_Area"] == f"表一!$A$1:$E${last}"
    footer = sheet.find(f"{S}headerFooter/{S}oddFooter")
    assert footer is not None
    assert "第&P页，共&N页" in str(footer.text)


def test_what_is_longer_than_a_cell_is_wrapped_in_a_row_that_is_high_enough() -> None:
    sheet, _, _ = parts()
    heights = {int(str(row.get("r"))): float(row.get("ht") or 0) for row in rows_of(sheet)}
    assert heights[4] > 40  # 与重度残疾子女同住: three lines
    merged = [str(one.get("ref")) for one in sheet.iter(f"{S}mergeCell")]
    note = next(row for row, height in heights.items() if row > 200 and height > 60)
    assert f"A{note}:E{note}" in merged
    assert all(re.fullmatch(r"[A-E]\d+:[A-E]\d+", one) for one in merged), "nothing stands beside the table"


def test_numbers_are_numbers_and_a_whole_one_has_no_point() -> None:
    sheet, _, styles = parts()
    formats = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{S}numFmt")}
    used = [one.get("numFmtId") for one in styles.find(f"{S}cellXfs") or []]
    first = next(row for row in rows_of(sheet) if row.get("r") == "5")
    cells = list(first.iter(f"{S}c"))
    assert [cell.get("t") for cell in cells] == ["s", None, None, None, None]
    shown = [used[int(str(cell.get("s")))] for cell in cells[1:]]
    assert shown[:3] == ["1", "1", "1"]  # 0
    assert formats[shown[3]] == "0.0"
