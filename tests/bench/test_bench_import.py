"""Goal 13: a list of 100,000 from file to people, beside the bare `COPY` and upsert of the same rows."""

import os
import time
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.bench import report
from tests.cast import make_cast
from tests.visits.roster.lists import row, xlsx
from visits.roster.imports import services as imports
from visits.roster.models import Household, Listed, Membership, MissingRow, Person

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
GOAL = 2.0
# Some 40,000 different names, as a city's people have.
NAMES = [
    f"{one}{two}{three}"
    for one in "林陈黄郑吴张李王刘鄢檀卓"
    for two in "依阿水细宝国文小大金玉秀美春秋月桂兰英明建志永长德福寿财发清云海山石木火土田禾米花草树木林森江河湖溪泉"
    for three in "妹金官英国华芳珠香仙娇莲钗凤容贞淑惠珍琴瑞祥兴旺贵荣富强勇军平安康宁和顺利成功名望龙虎马牛羊生根源"
]
TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
TABLES = (Household, Person, Membership)
NOTE = (
    "Base: the finished rows (people, households, memberships; already checked and encrypted) copied into "
    "staging tables and upserted from there, with the same constraints, indexes and history triggers. Ours: the "
    "whole way: the workbook decrypted and read in its own process, every row checked, held against the files, kept "
    "encrypted for the preview, then decrypted, locked, held against the files again and loaded. What it does beyond the "
    "base, besides the checking: the workbook's XML, 100,000 encrypted rows that wait for the confirmation, and for "
    "everybody the month of the newest list that names them. "
)


def _step(*_: object) -> None:
    """Progress nobody watches."""


def _bring(cast: Any, content: bytes, **what: Any) -> tuple[float, float]:
    """Seconds for reading and checking, and for loading."""
    batch = imports.start(
        content=content, file_name="名单.xlsx", default_start=date(2026, 10, 1), township_id=cast.township.pk,
        by=cast.township_clerk, at=AT, **{"month": TODAY, **what},
    )  # fmt: skip
    begun = time.perf_counter()
    imports.read(import_id=batch.pk, today=TODAY, at=AT, progress=_step)
    read = time.perf_counter()
    imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)
    imports.load(import_id=batch.pk, today=TODAY, at=AT, progress=_step)
    return read - begun, time.perf_counter() - read


def _rows() -> list[dict[str, Any]]:
    return [
        row(n, name=NAMES[n * 7 % len(NAMES)], phone="13900001127", head_name="林陈黄郑吴"[n // 3 % 5] + "阿水", hamlet="上坂",
            find_me="祠堂后第二家", residence="大埕厝3号", contact_name="林国文", contact_phone="0591-24760001",
            certificate_no=f"闽{n // 3:06d}", starts="2024-05", alone="否")
        for n in range(1, ROWS + 1)
    ]  # fmt: skip


def _take_out(folder: Any) -> dict[str, Any]:
    """The loaded rows as files, and the tables empty again."""
    kept = {}
    Listed.objects.all().delete()
    with connection.cursor() as cursor:
        for model in TABLES:
            table = model._meta.db_table
            kept[table] = folder / table
            with kept[table].open("wb") as out:
                cursor.copy_expert(f"COPY {table} TO STDOUT", out)
        for model in reversed(TABLES):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    connection.commit() if not connection.in_atomic_block else None
    return kept


def _base(kept: dict[str, Any]) -> float:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for table, path in kept.items():
            cursor.execute(f"CREATE TEMP TABLE stage (LIKE {table})")
            with path.open("rb") as rows:
                cursor.copy_expert("COPY stage FROM STDIN", rows)
            cursor.execute(
                f"INSERT INTO {table} SELECT * FROM stage ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id"
            )
            cursor.execute("DROP TABLE stage")
    return time.perf_counter() - begun


@pytest.mark.bench
def test_a_list_of_a_hundred_thousand_beside_copy_and_upsert_alone(committed, tmp_path) -> None:
    cast = make_cast()
    rows = _rows()
    read, load = _bring(cast, xlsx(rows))
    assert Person.objects.count() == Membership.objects.count() == ROWS
    kept = _take_out(tmp_path)
    base = _base(kept)
    assert Person.objects.count() == ROWS
    parts = (
        f"Reading and checking {read:.1f} s, loading {load:.1f} s, {ROWS / (read + load):,.0f} rows a second."
    )
    print(f"\n{ROWS} rows: base {base:.1f} s, read and checked {read:.1f} s, loaded {load:.1f} s")
    new = read + load
    changed = [{**one, "hamlet": "下坂"} for one in rows]
    read, load = _bring(cast, xlsx(changed))
    print(f"{ROWS} changed rows: read and checked {read:.1f} s, loaded {load:.1f} s")
    assert Person.objects.filter(hamlet="下坂").count() == ROWS
    parts += f" The same rows with one field changed: {read:.1f} s and {load:.1f} s."
    report.record(report.Line("13", f"import of {ROWS:,} new rows", base, new, GOAL, NOTE + parts))


@pytest.mark.bench
def test_the_next_months_full_list_asks_about_those_who_are_not_on_it(committed) -> None:
    """A township's ten thousand: nothing changes for most, four hundred are on it no longer."""
    cast, count = make_cast(), 10_000
    rows = [row(n, phone="13900001127", hamlet="上坂", starts="2024-05") for n in range(1, count + 1)]
    full = {"group_id": "dibao", "coverage": "full"}
    _bring(cast, xlsx(rows), month=date(2026, 10, 1), **full)
    read, load = _bring(cast, xlsx(rows[:-400]), **full)
    print(f"\nfull list of {count - 400}, 400 missing: read and checked {read:.1f} s, loaded {load:.1f} s")
    assert MissingRow.objects.count() == 400
    assert Listed.objects.count() == count
    report.record(report.Line("lists", "full list of 9,600, 400 missing", None, read + load, 15))
