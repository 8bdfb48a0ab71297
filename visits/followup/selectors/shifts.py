"""值班表: who is on duty when, and the days on which nobody is."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from visits.core.holidays import Holiday
from visits.followup.duty_lines import MORNING, NIGHT
from visits.followup.models import DutyShift
from visits.roster.selectors.duty import OnDuty
from xunfang.kit.prepared import Prepared

TAKES = timedelta(minutes=15)


# A page about a person asks for a township and its county.
_LIVE = Prepared[DutyShift](
    lambda *, first, second, at: (
        DutyShift.objects.of_units([first, second]).live(at).order_by("region_id", "place")
    )
)


def on_duty(unit_ids: Collection[int], at: datetime) -> list[OnDuty]:
    """Who answers for these units now. For `roster.selectors.duty.on_duty`."""
    units = sorted(set(unit_ids))
    rows = [
        row
        for pk in range(0, len(units), 2)
        for row in _LIVE.all(first=units[pk], second=units[min(pk + 1, len(units) - 1)], at=at)
    ]
    return [OnDuty(row.region_id, row.place, row.name, row.phone) for row in rows]


def people_now(county_id: int, township_id: int | None, at: datetime) -> list[DutyShift]:
    """In the order in which they are told: the township's first, then the county's, by place."""
    units = [pk for pk in (township_id, county_id) if pk]
    rows = DutyShift.objects.of_units(units).live(at).select_related("region", "user")
    return list(rows.order_by("-region__level", "place", "pk"))


def turn(reported_at: datetime, at: datetime, people: int) -> int:
    """Whose turn it is to acknowledge, as an index: the next one every fifteen minutes, the last one stays."""
    return min(int((at - reported_at) / TAKES), people - 1) if people else 0


def moment(day: date, at: time = time.min) -> datetime:
    """A wall-clock time here, aware."""
    return timezone.make_aware(datetime.combine(day, at))


def of_month(unit_id: int, first: date, after: date) -> list[DutyShift]:
    """Standing shifts that begin in [first, after)."""
    rows = DutyShift.objects.of_units([unit_id]).standing()
    rows = rows.filter(starts_at__gte=moment(first), starts_at__lt=moment(after)).select_related("user")
    return list(rows.order_by("starts_at", "place", "pk"))


def gaps(
    unit_ids: Collection[int], spans: Sequence[tuple[date, datetime, datetime]]
) -> dict[int, list[date]]:
    """Unit → the days whose span [from, to) has a minute on which nobody is on duty; a unit without any is left out."""
    if not spans:
        return {}
    rows = DutyShift.objects.of_units(unit_ids).meeting(
        min(first for _, first, _ in spans), max(last for _, _, last in spans)
    )
    held: dict[int, list[tuple[datetime, datetime]]] = {pk: [] for pk in unit_ids}
    for unit_id, first, last in rows.order_by("starts_at").values_list("region_id", "starts_at", "ends_at"):
        held[unit_id].append((first, last))
    found = {
        pk: [day for day, first, last in spans if not _covered(first, last, own)] for pk, own in held.items()
    }
    return {pk: days for pk, days in found.items() if days}


def _covered(first: datetime, last: datetime, held: Sequence[tuple[datetime, datetime]]) -> bool:
    """Whether what is held, in order, leaves no gap between `first` and `last`."""
    reached = first
    for start, end in held:
        if start > reached:
            break
        reached = max(reached, end)
    return reached >= last


def live_of_unit(unit_id: int, at: datetime) -> list[DutyShift]:
    """Who answers for one unit now, in the order in which they are called."""
    rows = DutyShift.objects.of_units([unit_id]).live(at).select_related("region")
    return list(rows.order_by("place", "pk"))


def spans_of(holiday: Holiday) -> list[tuple[date, datetime, datetime]]:
    """What must be covered so that somebody answers from the end of the last working day to the beginning of the next:
    the night before, then each day of the holiday with its night."""
    spans = [(day, moment(day, MORNING), moment(day + timedelta(days=1), MORNING)) for day in holiday.days]
    eve = holiday.first - timedelta(days=1)
    return [(eve, moment(eve, NIGHT), moment(holiday.first, MORNING)), *spans]
