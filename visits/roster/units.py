"""A township or village as people write it, found among the units: “嵩口镇月洲村”, “永泰县嵩口镇”."""

import re
import unicodedata
from collections.abc import Mapping

from accounts.models import Region
from accounts.models.region import Level

_SHOWN = 4


class BadPlace(ValueError):
    """No such unit, or more than one; the text says how to mend it."""


def full_name(unit: Region, known: Mapping[int, str] | None = None) -> str:
    """永泰县嵩口镇月洲村: without the city. `known`: names by id, where they were read already."""
    ids = [int(part) for part in unit.path.split("/") if part][1:]
    names = known or {}
    if not names.keys() >= set(ids):
        names = dict(Region.objects.filter(pk__in=ids).values_list("pk", "name"))
    return "".join(names[pk] for pk in ids)


def townships(but: int) -> list[str]:
    """The full names of all living townships except one, by county, in their order."""
    units = Region.objects.filter(level__in=(Level.COUNTY, Level.TOWNSHIP), valid_to=None, active=True)
    rows = list(units.order_by("level", "position", "pk"))
    names = {row.pk: row.name for row in rows}
    place = {pk: at for at, pk in enumerate(names)}
    found = [row for row in rows if row.level == Level.TOWNSHIP and row.pk != but and row.county_id in names]
    return [full_name(row, names) for row in sorted(found, key=lambda row: place[row.county_id])]


def find_unit(text: str) -> Region:
    """The one living township or village that is written so, from its own name up to the county's. Raises
    `BadPlace`."""
    wanted = (
        re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).removeprefix("福建省").removeprefix("福州市")
    )
    units = {unit.pk: unit for unit in Region.objects.filter(valid_to=None, active=True)}
    named = {}
    for unit in units.values():
        if unit.level in (Level.TOWNSHIP, Level.VILLAGE):
            ids = [int(part) for part in unit.path.split("/") if part][1:]
            if all(pk in units for pk in ids):
                named[unit.pk] = "".join(units[pk].name for pk in ids)
    exact = [pk for pk, name in named.items() if name.endswith(wanted) and len(wanted) >= len(units[pk].name)]
    if len(exact) == 1:
        return units[exact[0]]
    near = exact or [pk for pk, name in named.items() if len(wanted) >= 2 and wanted in name]
    if not near:
        raise BadPlace("本市没有找到这个乡镇或村，请写全，例如“嵩口镇月洲村”；市外的空着")
    shown = "、".join(named[pk] for pk in sorted(near, key=lambda pk: (units[pk].level, pk))[:_SHOWN])
    raise BadPlace(f"请写清楚是哪一个：{shown}{'等' if len(near) > _SHOWN else ''}")
