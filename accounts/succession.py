"""Units that were merged: whose frozen figures are a unit's (decisions 6)."""

from accounts.models import Region
from accounts.models.region import Level


def units_of(region: Region) -> dict[int, set[int]]:
    """Level → ids whose frozen figures are this unit's: its own and those of units it replaced."""
    if region.level == Level.CITY:
        return {Level.CITY: {region.pk}}
    units: dict[int, set[int]] = {region.level: {region.pk}}
    found = {region.pk}
    while found:
        rows = Region.objects.filter(replaced_by_id__in=found).values_list("pk", "level")
        found = {pk for pk, level in rows if pk not in units.get(level, set())}
        for pk, level in rows:
            units.setdefault(level, set()).add(pk)
    return units


def ends(level: int) -> dict[int, int]:
    """Each unit of a level that was merged → the unit its chain ends in."""
    gone = dict(
        Region.objects.filter(level=level).exclude(replaced_by=None).values_list("pk", "replaced_by_id")
    )
    found: dict[int, int] = {}
    for unit in gone:
        last, seen = gone[unit], {unit}
        while last in gone and last not in seen:
            seen.add(last)
            last = gone[last]
        found[unit] = last
    return found
