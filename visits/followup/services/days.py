"""The day's summary compiles itself and is confirmed on the next working day (practice P22)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from accounts.regions import Place
from accounts.roles import TOWNSHIP
from visits.core.calendar import load as load_calendar
from visits.followup import summing
from visits.followup.models import DaySummary, Subject
from visits.followup.services import hooks
from visits.roster.services.common import CannotChange

MOST = 62  # days confirmed in one press


@transaction.atomic
def compile_days(*, today: date, at: datetime, since: date | None = None) -> int:
    """Write the days that are over and not written yet. Safe to run twice, late, and twice at once. Returns how many.

    Without `since` from the newest day that was ever written on, so that an outage is made good; the first time
    only yesterday: nobody is asked to confirm days of before there were summaries."""
    last = summing.yesterday(today)
    first = since or DaySummary.objects.aggregate(newest=Max("on"))["newest"] or last
    calendar = load_calendar()
    known = set(DaySummary.objects.filter(on__range=(first, last)).values_list("township_id", "on"))
    rows = [
        DaySummary(
            county_id=day.county_id,
            township_id=day.township_id,
            on=day.on,
            visits=day.visits,
            attempts=day.attempts,
            changes=day.changes,
            urgent=day.urgent,
            findings=day.findings,
            report_ids=list(day.report_ids),
            compiled_at=at,
            confirm_by=summing.confirm_by(calendar, day.on),
        )
        for day in summing.days(first, last)
        if (day.township_id, day.on) not in known
    ]
    DaySummary.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    for row in DaySummary.objects.filter(compiled_at=at, on__range=(first, last)).only("pk"):
        hooks.started(Subject.SUMMARY, row.pk, at)
    return len(rows)


@transaction.atomic
def confirm(*, summary_ids: Collection[int], by: User, at: datetime, note: str = "") -> int:
    """The township has looked at the day, or at several after a long holiday. Those that somebody confirmed meanwhile
    stay as they are. Returns how many. Raises `CannotChange` with the field."""
    if not summary_ids:
        raise CannotChange("请先勾要确认的日子", "day")
    if len(summary_ids) > MOST:
        raise CannotChange(f"一次最多确认{MOST}天", "day")
    mine = by.duty.units(TOWNSHIP)  # type: ignore[attr-defined]
    townships = {pk for ids in mine.values() for pk in ids}
    rows = list(
        DaySummary.objects.visible_to(by)
        .filter(pk__in=summary_ids)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    if len(rows) != len(set(summary_ids)) or any(row.township_id not in townships for row in rows):
        raise CannotChange("有的日子不归您这里确认，请刷新后再看")
    waiting = [row for row in rows if row.confirmed_at is None]
    if not waiting:
        raise CannotChange("已经确认过了，不用再点")
    for row in waiting:
        row.confirmed_by, row.confirmed_at, row.note = by, at, note.strip()
        row.save(update_fields=["confirmed_by", "confirmed_at", "note"])
        hooks.stopped(Subject.SUMMARY, row.pk, at)
    audit.record_many("summary_confirmed", waiting, at=at, by_id=by.pk)
    return len(waiting)


def follow_units(places: Mapping[int, Place], *, by: User | None, at: datetime) -> None:
    """A township is managed from another county: that one reads the days that are not confirmed yet."""
    for unit_id, place in places.items():
        if place.village_id is None and place.township_id == unit_id and place.county_id is not None:
            DaySummary.objects.filter(township_id=unit_id, confirmed_at=None).update(
                county_id=place.county_id
            )
