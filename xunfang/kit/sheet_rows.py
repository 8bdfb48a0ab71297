"""The rows of a large sheet, written as they come.

xlsxwriter keeps each cell as an object, asks it what it is and puts its XML together from parts, which takes as long as
reading the people from the database. The rows of a list are all alike: what stands around a value is the same in a
whole column, and is put into words once.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

# What can't stand in the XML as it is, and what a spreadsheet would read as an escape of its own.
_SPECIAL = re.compile(r"[&<>\s]|_x[0-9A-Fa-f]{4}_")
_ESCAPE = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
LONGEST = 32_767  # characters of a cell, counted as spreadsheets do
# Villages, classes and visitors come again and again; names hardly ever do.
_REMEMBERED = 1000


class Rows(Worksheet):
    """A sheet of a workbook in constant memory. Cells above and below are written in the usual way, in the order of
    their rows."""

    def write_rows(
        self,
        first: int,
        rows: Iterable[Sequence[Any]],
        columns: Sequence[tuple[str, Any]],
        plain: Callable[[Any], str],
    ) -> int:
        """Write `rows` from row `first` on (0 is the top). `columns`: kind (text, number, date) and format of each;
        None and "" leave a cell empty; `plain` makes text of a value. Returns the row behind the last."""
        self._write_single_row(first)  # what is still held of the rows above
        cells: list[tuple[str, Callable[[Any], str], dict[Any, str], bool]] = [
            (f'<c r="{xl_col_to_name(number)}', self._drawn(kind, form, plain), {}, kind == "text")
            for number, (kind, form) in enumerate(columns)
        ]
        row, write = first, self.fh.write
        for values in rows:
            row += 1
            name = str(row)
            line = [f'<row r="{name}">']
            for (begin, drawn, known, words), value in zip(cells, values, strict=True):
                if value is None or value == "":
                    continue
                if words and type(value) is not str:
                    value = str(value)  # 1 and True are one key and two texts
                said = known.get(value)
                if said is None:
                    if len(known) >= _REMEMBERED:
                        known.clear()
                    said = known[value] = drawn(value)
                line.append(begin + name + said)
            line.append("</row>")
            write("".join(line))
        if row > first:
            # The sheet says in its head how far it goes; and nothing may be written above any more.
            self._check_dimensions(first, 0)
            self._check_dimensions(row - 1, max(len(columns) - 1, 0))
            self.previous_row = row - 1
        return row

    def _drawn(self, kind: str, form: Any, plain: Callable[[Any], str]) -> Callable[[Any], str]:
        """What stands in a cell of this column behind the number of its row."""
        style = f'" s="{form._get_xf_index()}"'
        if kind == "text":
            return lambda value: f'{style} t="inlineStr"><is>{_text(plain(value))}</is></c>'
        if kind == "date":
            return lambda value: f"{style}><v>{self._convert_date_time(value):.16G}</v></c>"
        return lambda value: f"{style}><v>{value:.16G}</v></c>"


def _text(text: str) -> str:
    if len(text) <= LONGEST // 2 and not _SPECIAL.search(text):
        return f"<t>{text}</t>"
    if len(text) > LONGEST // 2:
        text = text.encode("utf-16-le")[: LONGEST * 2].decode("utf-16-le", "ignore")
    kept = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    text = _ESCAPE.sub(r"_x005F_\1", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A bare carriage return would be read as a line feed.
    return f"<t{kept}>{text.replace(chr(13), '_x000D_')}</t>"
