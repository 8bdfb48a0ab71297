"""Lists to bring in, made for tests: rows as dictionaries, files as bytes. All people are invented."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from visits.core.idnumber import check_char
from visits.roster.imports.columns import FIELDS
from xunfang.kit import excel

TITLES = {field.key: field.title for field in FIELDS}
MUST = ("name", "id_number", "village", "group")


def number(serial: int, birth: date | None = None, sex: str = "F") -> str:
    """A made-up number; different for every serial up to 250,000."""
    born = (birth or date(1940, 1, 1)) + timedelta(days=0 if birth else serial % 5000)
    stem = f"350125{born:%Y%m%d}{(serial // 5000 % 50) * 20 + (1 if sex == 'M' else 0):03d}"
    return stem + check_char(stem)


def row(serial: int = 1, **values: Any) -> dict[str, Any]:
    """One right row; give what should be different."""
    return {
        "name": f"林{'依阿水细宝'[serial % 5]}{'妹金官英国'[serial // 5 % 5]}",
        "id_number": number(serial),
        "village": "月洲村",
        "group": "低保",
        **values,
    }


def grid(rows: list[dict[str, Any]], keys: tuple[str, ...] = ()) -> list[list[Any]]:
    keys = keys or tuple(dict.fromkeys([*MUST, *(key for one in rows for key in one)]))
    return [[TITLES[key] for key in keys], *([one.get(key, "") for key in keys] for one in rows)]


def xlsx(rows: list[dict[str, Any]]) -> bytes:
    head, *body = grid(rows)
    return excel.write([excel.Table("名单", [excel.Column(title) for title in head], body)])


def as_csv(rows: list[dict[str, Any]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(grid(rows))
    return out.getvalue().encode(encoding)
