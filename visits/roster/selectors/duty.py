"""The night telephones that stand in the emergency strip (J4)."""

from collections.abc import Iterable

from accounts.models import Region

KINDS = ("街道", "镇", "乡", "县", "区", "市")


def duty_phones(*unit_ids: int | None) -> list[dict[str, str]]:
    """Label and number of each of these units that has one, the nearest unit first. One query."""
    units = Region.objects.filter(pk__in=[pk for pk in unit_ids if pk]).exclude(duty_phone="")
    return phones_of(units.order_by("-level"))


def phones_of(units: Iterable[Region]) -> list[dict[str, str]]:
    """The same of units that were read already, in their order."""
    return [
        {"label": f"{_kind(unit.name)}值班室", "number": unit.duty_phone} for unit in units if unit.duty_phone
    ]


def _kind(name: str) -> str:
    return next((word for word in KINDS if name.endswith(word)), name)
