"""The clerk answered: keep it for the next month, and have the list read."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.roster.imports import columns
from visits.roster.imports.asking import SKIPPED
from visits.roster.models import ListLayout, RosterImport, VillageAlias
from visits.roster.services.common import CannotChange, clerk_townships
from xunfang.kit import jobs

Columns = Mapping[str, Mapping[str, str]]


@transaction.atomic
def answer(
    *,
    import_id: int,
    columns_of: Columns,
    villages: Mapping[str, int],
    sheets: Mapping[str, int],
    group_id: str | None,
    area: str,
    by: User,
    at: datetime,
) -> RosterImport:
    """Take the answers and read on. `columns_of`: signature → head → our column; `villages`, `sheets`: text →
    village id, 0 for “none of ours”. Raises `CannotChange`."""
    batch = (
        RosterImport.objects.filter(pk=import_id, township_id__in=clerk_townships(by))
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if batch is None:
        raise CannotChange("这份名单不归您处理，请刷新后再看")
    if batch.state != RosterImport.State.ASKING:
        raise CannotChange("这份名单已经对过了，请刷新后再看")
    ours = _ours(batch, {*villages.values(), *sheets.values()})
    said = batch.group_id
    if group_id and said is None:
        batch.group_id, batch.area = group_id, area
    # Kept for both ways in which the next month's upload may name the class.
    _remember_columns(batch, {said, batch.group_id}, columns_of, by, at)
    _remember_villages(batch, {**sheets, **villages}, ours, by, at)
    batch.layout = {
        **batch.layout,
        "columns": {signature: dict(chosen) for signature, chosen in columns_of.items()},
        "villages": dict(villages),
        "sheets": dict(sheets),
        "answered": True,
    }
    batch.state = RosterImport.State.READING
    batch.job = jobs.enqueue(
        "roster.read", {"import_id": batch.pk}, title="读名单", owner_id=batch.created_by_id
    )
    batch.save(update_fields=["layout", "state", "job", "group", "area"])
    audit.record(
        "roster_answered", at=at, by_id=by.pk, role=Role.TOWNSHIP_CLERK, target=batch,
        columns=len(columns_of), villages=len(villages), sheets=len(sheets),
    )  # fmt: skip
    return batch


def _ours(batch: RosterImport, ids: set[int]) -> set[int]:
    """Those of the ids that are villages of the list's township. Raises `CannotChange` for others."""
    wanted = ids - {SKIPPED}
    ours = set(
        Region.objects.filter(pk__in=wanted, level=Level.VILLAGE, township_id=batch.township_id).values_list(
            "pk", flat=True
        )
    )
    if wanted - ours:
        raise CannotChange("有的村不在这个乡镇，请从列表里选")
    return ours


def _remember_columns(
    batch: RosterImport, groups: set[str | None], columns_of: Columns, by: User, at: datetime
) -> None:
    keys = {*columns.BY_KEY, columns.SKIP}
    for signature, chosen in columns_of.items():
        for group in groups:
            ListLayout.objects.update_or_create(
                township_id=batch.township_id,
                group_id=group,
                signature=signature,
                defaults={
                    "columns": {label: key for label, key in chosen.items() if key in keys},
                    "updated_by": by,
                    "updated_at": at,
                },
            )


def _remember_villages(
    batch: RosterImport, villages: Mapping[str, int], ours: set[int], by: User, at: datetime
) -> None:
    for text, village in villages.items():
        if village in ours and text and not _generic(text):
            VillageAlias.objects.update_or_create(
                township_id=batch.township_id,
                text=text[:40],
                defaults={"village_id": village, "created_by": by, "created_at": at},
            )


def _generic(text: str) -> bool:
    """Sheet1 is the name of every first sheet."""
    return text.lower().startswith(("sheet", "工作表", "第"))
