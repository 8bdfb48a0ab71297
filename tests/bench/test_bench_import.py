"""How long a city's list takes from file to people (docs: 10,000 rows read, checked and loaded in 15 s)."""

import time
from datetime import date, datetime

import pytest
from django.utils import timezone

from tests.visits.roster.lists import row, xlsx
from visits.roster.imports import services as imports
from visits.roster.models import Membership, Person

ROWS = 10_000
LIMIT = 15.0
TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))


def _step(*_: object) -> None:
    """Progress nobody watches."""


def _bring(cast, content: bytes) -> tuple[float, float]:
    begun = time.perf_counter()
    batch = imports.start(
        content=content, file_name="名单.xlsx", month=TODAY, default_start=date(2026, 10, 1),
        township_id=cast.township.pk, by=cast.township_clerk, at=AT,
    )  # fmt: skip
    imports.read(import_id=batch.pk, today=TODAY, at=AT, progress=_step)
    read = time.perf_counter()
    imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)
    imports.load(import_id=batch.pk, today=TODAY, at=AT, progress=_step)
    return read - begun, time.perf_counter() - read


@pytest.mark.bench
def test_ten_thousand_rows_are_read_checked_and_loaded_within_fifteen_seconds(cast) -> None:
    rows = [
        row(n, phone="13900001127", head_name="林陈黄郑吴"[n // 3 % 5] + "阿水", hamlet="上坂",
            find_me="祠堂后第二家", residence="大埕厝3号", contact_name="林国文", contact_phone="0591-24760001",
            certificate_no=f"闽{n // 3:06d}", starts="2024-05", alone="否")
        for n in range(1, ROWS + 1)
    ]  # fmt: skip
    read, load = _bring(cast, xlsx(rows))
    print(f"\n{ROWS} new rows: read and checked {read:.1f} s, loaded {load:.1f} s")
    assert Person.objects.count() == Membership.objects.count() == ROWS
    changed = [{**one, "hamlet": "下坂"} for one in rows]
    read_again, load_again = _bring(cast, xlsx(changed))
    print(f"{ROWS} changed rows: read and checked {read_again:.1f} s, loaded {load_again:.1f} s")
    assert read + load < LIMIT
    assert read_again + load_again < LIMIT
