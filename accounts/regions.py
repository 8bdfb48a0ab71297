"""Changing the tree of units: seeding, importing a newer list, moving, merging. History is kept by dates."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.region_source import Difference, Held, SourceUnit, compare

ID_COLUMN = {Level.COUNTY: "county_id", Level.TOWNSHIP: "township_id", Level.VILLAGE: "village_id"}


class CannotChange(Exception):
    """The tree can't be changed like this; the text says why and is shown."""


def held() -> dict[str, Held]:
    """The tree as it stands, for comparing."""
    rows = Region.objects.values_list("key", "name", "source_name", "parent__key", "valid_to")
    return {key: Held(name, source, parent, end is not None) for key, name, source, parent, end in rows}


def difference(units: Iterable[SourceUnit]) -> Difference:
    return compare(units, held())


def _place(region: Region, parent: Region | None) -> None:
    """Path and unit columns from the parent; the region must have its id."""
    region.path = f"{parent.path if parent else '/'}{region.pk}/"
    for level, column in ID_COLUMN.items():
        value = getattr(parent, column) if parent else None
        setattr(region, column, region.pk if region.level == level else value)


def load(units: Iterable[SourceUnit], *, valid_from: date) -> int:
    """Add the units that are not there yet, level by level. Safe to run again. Returns how many."""
    made = 0
    with transaction.atomic():
        there = {region.key: region for region in Region.objects.all()}
        for level in Level:
            fresh = [unit for unit in units if unit.level == level and unit.key not in there]
            rows = [_new(unit, there, valid_from) for unit in fresh]
            Region.objects.bulk_create(rows)
            for row in rows:
                _place(row, row.parent)
                there[row.key] = row
            Region.objects.bulk_update(rows, ["path", *ID_COLUMN.values()], batch_size=1000)
            made += len(rows)
    return made


def _new(unit: SourceUnit, there: dict[str, Region], valid_from: date) -> Region:
    parent = there[unit.parent] if unit.parent else None
    inactive = unit.inactive or (parent.inactive_reason if parent else "")
    return Region(
        key=unit.key,
        code=unit.code,
        name=unit.name,
        source_name=unit.source_name,
        level=unit.level,
        parent=parent,
        path="",
        active=not inactive,
        inactive_reason=inactive,
        valid_from=valid_from,
        position=unit.position,
    )


@transaction.atomic
def apply(units: list[SourceUnit], *, end_gone: bool, by: User, at: datetime, on: date) -> Difference:
    """Bring a newer list in: add what is new, rename, and end what is gone only if that was ticked."""
    change = difference(units)
    load(units, valid_from=on)
    for unit, _ in change.renamed:
        Region.objects.filter(key=unit.key).update(name=unit.name, source_name=unit.source_name)
    if end_gone:
        Region.objects.filter(key__in=change.gone, code__isnull=False).update(valid_to=on - timedelta(days=1))
    audit.record(
        "units_imported",
        at=at,
        by_id=by.pk,
        object_type="region",
        new=len(change.new),
        renamed=len(change.renamed),
        gone=len(change.gone) if end_gone else 0,
    )
    return change
