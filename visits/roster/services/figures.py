"""官方数: how many of a class the other system has, set beside ours (practice P7)."""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.roster.models import CareGroup, OfficialFigure
from visits.roster.services.common import CannotChange

WRITERS = frozenset({Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICER})


@transaction.atomic
def note_figure(
    *,
    township_id: int,
    group_id: str,
    area: str,
    month: date,
    people: int,
    by: User,
    at: datetime,
    households: int | None = None,
) -> OfficialFigure:
    """Write down the official number of people (and households) of a class in a month; a second one of the
    same month replaces the first, and the history keeps it. Raises `CannotChange`."""
    unit = Region.objects.filter(pk=township_id, level=Level.TOWNSHIP).first()
    role = by.duty.role_for(unit, WRITERS) if unit else None  # type: ignore[attr-defined]
    if unit is None or role is None:
        raise CannotChange("这个乡镇的数不归您记", "township")
    if not CareGroup.objects.filter(pk=group_id).exists():
        raise CannotChange("没有这个类别，请从名单里选", "kind")
    if month > by.duty.on:  # type: ignore[attr-defined]
        raise CannotChange("这个月还没到，请核对", "month")
    if households is not None and households > people:
        raise CannotChange("户数比人数多，请核对", "households")
    # The database decides between two who write the same figure at once; the later one stands.
    figure, _ = OfficialFigure.objects.update_or_create(
        township_id=unit.pk,
        group_id=group_id,
        area=area if group_id == "dibao" else "",
        month=month.replace(day=1),
        defaults={
            "county_id": unit.county_id,
            "people": people,
            "households": households,
            "noted_by": by,
            "noted_at": at,
        },
    )
    audit.record(
        "figure_noted", at=at, by_id=by.pk, role=role, target=figure,
        group=group_id, area=figure.area, month=figure.month.isoformat(), people=people,
    )  # fmt: skip
    return figure
