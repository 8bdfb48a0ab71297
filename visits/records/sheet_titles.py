"""What the three signers are called in a county (practice P27)."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q

from accounts.models import Region
from accounts.models.region import Level
from visits.core.models import UnitSetting
from visits.core.options import OPTIONS, option_of, options
from visits.records import workflow
from visits.records.models import SLOT_ROLES

KEYS = {slot: f"title_{role.value}" for slot, role in SLOT_ROLES.items()}


def titles_of(village: Region, on: date) -> dict[int, str]:
    """By slot."""
    words = options(tuple(KEYS.values()), village, on)
    return {slot: words[key] for slot, key in KEYS.items()}


def titles_of_many(rows: Collection[Any], on: date) -> dict[int, dict[int, str]]:
    """By village and slot, for rows with the three unit columns: the nearest decision. One query."""
    ids = {pk for row in rows for pk in (row.county_id, row.township_id, row.village_id)}
    found = UnitSetting.objects.live(on).filter(
        Q(region_id__in=ids) | Q(region__level=Level.CITY), key__in=KEYS.values()
    )
    told = {
        (pk if level != Level.CITY else 0, key): value
        for pk, level, key, value in found.values_list("region_id", "region__level", "key", "value")
    }
    return {
        row.village_id: {
            slot: next(
                (
                    told[pk, key]
                    for pk in (row.village_id, row.township_id, row.county_id, 0)
                    if (pk, key) in told
                ),
                OPTIONS[key].default,
            )
            for slot, key in KEYS.items()
        }
        for row in rows
    }


def in_county_words(text: str, row: Any, on: date) -> str:
    """A sentence of the table of states, with the county's own words for the three posts."""
    for slot in workflow.SLOTS:
        if slot.title in text:
            text = text.replace(slot.title, option_of(KEYS[slot.number], row, on))
    return text
