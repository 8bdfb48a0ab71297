"""启用日期: the day on which a township begins (practice P4). Read here, decided in the records room, which knows
what would contradict another day."""

import json
from collections.abc import Collection
from datetime import date
from functools import lru_cache

from visits.core.models import UnitSetting
from xunfang.kit.compiled import GIVEN, Compiled, compiled

KEY = "go_live"
DONE_KEY = "before_start_done"


def go_live(township_id: int, on: date) -> date | None:
    """The day that a township decided on, as it stands on `on`; None: not yet decided."""
    return go_lives([township_id], on).get(township_id)


def go_lives(township_ids: Collection[int], on: date) -> dict[int, date]:
    """Township id → its day; townships without one are missing. One query."""
    days = ((pk, json.loads(value)) for pk, value in _days(on).rows(township_ids))
    return {pk: date.fromisoformat(day) for pk, day in days if day}


@lru_cache(maxsize=16)
def _days(on: date) -> Compiled:
    rows = UnitSetting.objects.live(on).filter(key=KEY, region_id__in=GIVEN).order_by()
    return compiled(rows.values_list("region_id", "value"))


def before_start_done(township_id: int, on: date) -> bool:
    """Whether the township said that all visits made before its start are entered."""
    return UnitSetting.objects.live(on).filter(key=DONE_KEY, region_id=township_id, value=True).exists()


def decide(*, township_id: int, key: str, value: object, on: date) -> None:
    """Put a decision in force from `on`, in the caller's transaction; the one before it ends the day before.
    Twice on a day: the later one counts."""
    row = (
        UnitSetting.objects.select_for_update(no_key=True)
        .filter(region_id=township_id, key=key, ends_on=None)
        .first()
    )
    if row is not None and row.starts_on >= on:
        row.value = value
        row.save(update_fields=["value"])
        return
    if row is not None:
        row.ends_on = date.fromordinal(on.toordinal() - 1)
        row.save(update_fields=["ends_on"])
    UnitSetting.objects.create(region_id=township_id, key=key, value=value, starts_on=on)
