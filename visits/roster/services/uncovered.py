"""漏访: who stands on another office's list and has no file here, on the way to one."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from visits.roster.imports import columns
from visits.roster.imports.known import words_of
from visits.roster.models import Comparison, ComparisonRow, Discovery
from visits.roster.services.common import CannotChange
from visits.roster.services.comparisons import content_of, lock, missing_rows
from xunfang.kit import excel

HEADS = ("name", "id_number", "village", "group", "phone", "residence")


def key_of(found: Comparison, row: ComparisonRow) -> uuid.UUID:
    """The same row is told of once."""
    return uuid.uuid5(found.uuid, str(row.pk))


def told_rows(found: Comparison, rows: Collection[ComparisonRow]) -> set[int]:
    """Ids of the rows that were told of already."""
    keys = {key_of(found, row): row.pk for row in rows}
    there = Discovery.objects.filter(key__in=keys, township_id=found.township_id)
    return {keys[key] for key in there.values_list("key", flat=True)}


@transaction.atomic
def tell_missing(
    *, comparison_id: int, row_ids: Collection[int] | None, by: User, at: datetime
) -> tuple[int, int]:
    """Put these rows (None: all) on the list of discoveries. Returns how many were put there, and how many name
    no village of the township and must be brought in as a list. Raises `CannotChange`."""
    found = lock(comparison_id, by)
    rows = missing_rows(found, row_ids)
    if not rows:
        raise CannotChange("没有可以报的人，请刷新后再看")
    villages = words_of(found.township_id, by.duty.on).villages  # type: ignore[attr-defined]
    done = told_rows(found, rows)
    made, without = [], 0
    for row in rows:
        content = content_of(row)
        village = villages.find(content.get("village", "")) if content.get("village") else None
        if row.pk in done:
            continue
        if village is None:
            without += 1
            continue
        made.append(_discovery(found, row, content, village, by, at))
    Discovery.objects.bulk_create(made, batch_size=500)
    audit.record(
        "discovery_told", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=found, people=len(made)
    )
    return len(made), without


def _discovery(
    found: Comparison, row: ComparisonRow, content: dict[str, str], village_id: int, by: User, at: datetime
) -> Discovery:
    birth_year = content.get("birth_year")
    return Discovery(
        key=key_of(found, row),
        county_id=found.county_id,
        township_id=found.township_id,
        village_id=village_id,
        name=content["name"],
        age=max(found.month.year - int(birth_year), 0) if birth_year else None,
        phone=content.get("phone", "")[:20],
        where=content.get("residence", "")[:60],
        group_id=found.group_id,
        why=f"{found.month.year}年{found.month.month}月底数名单上有，系统里没有",
        told_by=by,
        told_at=at,
    )


@transaction.atomic
def missing_workbook(*, comparison_id: int, by: User, at: datetime, footer: str) -> bytes:
    """The 漏访 in the columns of the list template, ready to be brought in. Full id numbers: for whoever brought
    the list only, and written to the log. Raises `CannotChange`."""
    found = lock(comparison_id, by)
    if found.created_by_id != by.pk:
        raise CannotChange("名单里有完整身份证号，只有传名单的人能下载")
    rows = missing_rows(found)
    if not rows:
        raise CannotChange("比对满7天，名单内容已经删了，请重新传")
    assert found.group is not None
    table = excel.Table(
        "名单",
        [
            excel.Column(columns.BY_KEY[key].title, columns.BY_KEY[key].width, must=columns.BY_KEY[key].must)
            for key in HEADS
        ],
        [[{**content_of(row), "group": found.group.short}.get(key, "") for key in HEADS] for row in rows],
    )
    audit.record(
        "missing_downloaded", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=found, people=len(rows)
    )
    return excel.write([table], footer=footer)
