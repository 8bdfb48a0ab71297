"""Tables come into being: when a quarter is over, when a clerk asks for one, when a record is signed by itself."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.regions import Place as UnitPlace
from accounts.roles import Role
from visits.core.models import UnitSetting
from visits.core.options import OPTIONS, option_of
from visits.records import sheet_rows
from visits.records.models import LineReturn, Sheet, SheetStep, Visit
from visits.records.services.steps import note
from visits.records.services.visiting import Submission
from visits.schedule.periods import Quarter, parse

TOGETHER, EACH = "together", "each"
#: A table that comes late gets these days, and never fewer than the county's day gives.
LATE_DAYS = 10
#: How many ended quarters are looked through for visits that stand in no table.
LOOK_BACK = 4
#: Why a table of one record is voided with it.
RECORD_GONE = "这份记录作废了"


class CannotDraft(Exception):
    """No table can be made; the text says why and is shown."""


def sign_by(end: date, day_of_month: int, on: date) -> date:
    """practice P2: that day of the month after the period; ten days from `on` when it is over by then."""
    month = (end.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    wanted = month.replace(day=min(max(day_of_month, 1), last.day))
    return wanted if wanted >= on else on + timedelta(days=LATE_DAYS)


@dataclass(frozen=True)
class Place:
    """Where a table belongs, as its columns."""

    county_id: int
    township_id: int
    village_id: int

    @classmethod
    def of(cls, row: Region | Visit | Sheet) -> "Place":
        return cls(row.county_id, row.township_id, row.village_id)  # type: ignore[arg-type]

    @property
    def columns(self) -> dict[str, int]:
        return {"county_id": self.county_id, "township_id": self.township_id, "village_id": self.village_id}


def days_of_month(places: Collection[Place], on: date) -> dict[int, int]:
    """The day of the month for each of these villages: the nearest decision, in one query."""
    ids = {pk for place in places for pk in place.columns.values()}
    city = Region.objects.filter(level=1).values_list("pk", flat=True)
    rows = UnitSetting.objects.live(on).filter(region_id__in=[*ids, *city], key="sign_by_day")
    told = dict(rows.values_list("region_id", "value"))
    default = next((told[pk] for pk in city if pk in told), OPTIONS["sign_by_day"].default)
    return {
        place.village_id: next(
            (told[pk] for pk in (place.village_id, place.township_id, place.county_id) if pk in told), default
        )
        for place in places
    }


def batches_of(village_ids: Collection[int], period: str) -> dict[int, int]:
    rows = Sheet.objects.filter(village_id__in=village_ids, period=period, kind=Sheet.Kind.VILLAGE)
    return dict(rows.values_list("village_id").annotate(last=Max("batch_no")))


def table(place: Place, quarter: Quarter, batch: int, until: date, replaces: Sheet | None = None) -> Sheet:
    return Sheet(
        kind=Sheet.Kind.VILLAGE,
        period=quarter.key,
        period_start=quarter.start,
        period_end=quarter.end,
        batch_no=batch,
        sign_by=until,
        replaces=replaces,
        **place.columns,
    )


@transaction.atomic
def draft_sheet(*, village_id: int, period_key: str, by: User, at: datetime) -> Sheet:
    """先出本期确认表: the village's open table of a quarter, made if there is none. A township clerk's.

    Raises CannotDraft when it is not the clerk's village, when nothing is to be signed, or when a returned
    table of the quarter waits for an answer."""
    on = timezone.localtime(at).date()
    village = Region.objects.filter(pk=village_id, level=4).first()
    if village is None or village.township_id not in by.duty.unit_ids(Role.TOWNSHIP_CLERK):  # type: ignore[attr-defined]
        raise CannotDraft("这个村不归您管，请核对")
    quarter = parse(period_key)
    if not isinstance(quarter, Quarter) or quarter.start > on:
        raise CannotDraft("这一期还没有开始")
    tables = Sheet.objects.filter(village_id=village_id, period=quarter.key, kind=Sheet.Kind.VILLAGE)
    running = tables.filter(state__in=[Sheet.State.OPEN, Sheet.State.SIGNING]).first()
    if running is not None:
        return running
    back = tables.filter(state=Sheet.State.RETURNED, replaced_by=None).first()
    if back is not None:
        raise CannotDraft(f"第{back.batch_no}批退回了，还没有办。请打开它，接着签或另出一版")
    place = Place.of(village)
    sheet = table(
        place,
        quarter,
        batches_of([village_id], quarter.key).get(village_id, 0) + 1,
        sign_by(quarter.end, days_of_month([place], on)[village_id], on),
    )
    if not sheet_rows.live(sheet, on):
        raise CannotDraft("这个村这一期没有要签的巡访")
    try:
        with transaction.atomic():
            sheet.save(force_insert=True)
    except IntegrityError:  # somebody else made it at the same moment
        return tables.get(state__in=[Sheet.State.OPEN, Sheet.State.SIGNING])
    _log(sheet, by, at)
    return sheet


def _log(sheet: Sheet, by: User, at: datetime) -> None:
    role = by.duty.role_for(sheet, set(Role)) or ""  # type: ignore[attr-defined]
    audit.record("sheet_drafted", at=at, by_id=by.pk, role=role, target=sheet, kind=sheet.kind)


UNLISTED = """
SELECT v.county_id, v.township_id, v.village_id,
       date_trunc('quarter', v.visited_on::timestamp)::date AS quarter
  FROM visits_records_visit v
 WHERE v.voided_at IS NULL AND v.visited_on >= %(since)s AND v.visited_on < %(until)s
   AND NOT EXISTS (SELECT 1 FROM visits_records_sheetline l
                     JOIN visits_records_sheet s ON s.id = l.sheet_id
                     LEFT JOIN visits_records_sheet n ON n.replaces_id = s.id
                    WHERE l.visit_id = v.id AND s.kind = 'village' AND s.state <> 'voided' AND n.id IS NULL)
   AND NOT (v.county_id = ANY(%(each)s) AND EXISTS
            (SELECT 1 FROM visits_records_sheet g
              WHERE g.visit_id = v.id AND g.kind = 'single' AND g.state <> 'voided'))
   AND NOT EXISTS (SELECT 1 FROM visits_records_sheet o
                    WHERE o.village_id = v.village_id AND o.kind = 'village'
                      AND o.period_start = date_trunc('quarter', v.visited_on::timestamp)::date
                      AND (o.state IN ('open', 'signing') OR o.state = 'returned' AND NOT EXISTS
                           (SELECT 1 FROM visits_records_sheet p WHERE p.replaces_id = o.id)))
 GROUP BY 1, 2, 3, 4
 UNION
SELECT d.county_id, d.township_id, d.village_id, %(last)s
  FROM visits_schedule_dueitem d
 WHERE d.cause = 'rule' AND d.period_end BETWEEN %(last)s AND %(until)s - 1
   AND d.done_on IS NULL AND d.due_on < %(on)s AND d.stored NOT IN ('superseded', 'dropped')
   AND NOT EXISTS (SELECT 1 FROM visits_records_sheet o
                    WHERE o.village_id = d.village_id AND o.kind = 'village' AND o.period_start = %(last)s)
 GROUP BY 1, 2, 3
 ORDER BY 4, 3
"""


def draft_due_sheets(on: date) -> int:
    """An open table for every village and ended quarter with visits that stand in none, and for villages
    where the last quarter was owed and nobody went. Safe to run twice, late, or by two at once.

    Returns how many were made."""
    running = Quarter.containing(on)
    last = since = running.previous()
    for _ in range(LOOK_BACK - 1):
        since = since.previous()
    with connection.cursor() as cursor:
        span = {"since": since.start, "until": running.start, "last": last.start, "on": on}
        cursor.execute(UNLISTED, span | {"each": sheet_rows.counties_signing_each(on)})
        rows = cursor.fetchall()
    wanted: dict[Quarter, list[Place]] = {}
    for county_id, township_id, village_id, start in rows:
        wanted.setdefault(Quarter.containing(start), []).append(Place(county_id, township_id, village_id))
    return sum(_draft_all(quarter, places, on) for quarter, places in sorted(wanted.items()))


def _draft_all(quarter: Quarter, places: Iterable[Place], on: date) -> int:
    # A village that was moved within the quarter stands with its newest unit: one table, not two.
    by_village = {place.village_id: place for place in places}
    batches = batches_of(by_village, quarter.key)
    days = days_of_month(list(by_village.values()), on)
    tables = [
        table(place, quarter, batches.get(pk, 0) + 1, sign_by(quarter.end, days[pk], on))
        for pk, place in by_village.items()
    ]
    before = Sheet.objects.filter(period=quarter.key).count()
    Sheet.objects.bulk_create(tables, ignore_conflicts=True, batch_size=500)
    return Sheet.objects.filter(period=quarter.key).count() - before


def single_sheet(visit: Visit, on: date, replaces: Sheet | None = None) -> Sheet:
    """The table of one record alone, made if there is none."""
    there = Sheet.objects.filter(visit=visit, kind=Sheet.Kind.SINGLE).exclude(
        state__in=[Sheet.State.VOIDED, Sheet.State.RETURNED]
    )
    found = there.first()
    if found is not None:
        return found
    quarter = Quarter.containing(visit.visited_on)
    place = Place.of(visit)
    return Sheet.objects.create(
        kind=Sheet.Kind.SINGLE,
        visit=visit,
        period=quarter.key,
        period_start=quarter.start,
        period_end=quarter.end,
        batch_no=1,
        sign_by=sign_by(quarter.end, days_of_month([place], on)[place.village_id], on),
        replaces=replaces,
        **place.columns,
    )


def sign_singly(submission: Submission) -> None:
    """After a visit was submitted: a change, a level 3 or a correction of something signed is signed by itself
    (practice P1), unless the county lets it go with the table; where the county signs 逐份, every record is."""
    visit, on = submission.visit, timezone.localtime(submission.at).date()
    corrected = _corrected(submission)
    if corrected is None:
        decided = submission.before.signing_decided
        how = option_of("sign_exceptions", visit, on) if decided else OPTIONS["sign_exceptions"].default
        special = visit.reportable or visit.max_level >= 3 or visit.returned
        if how == TOGETHER or (how != EACH and not special):
            return
    else:
        Visit.objects.filter(pk=visit.pk).update(returned=True)
        visit.returned = True
        LineReturn.objects.filter(line__visit=corrected, answered_at=None).update(
            answered_at=submission.at, answer=f"已重新填写，见第{visit.record_no}号"
        )
    old = None
    if corrected is not None:
        old = Sheet.objects.filter(visit=corrected, kind=Sheet.Kind.SINGLE, replaced_by=None).last()
    single_sheet(visit, on, replaces=old)


def _corrected(submission: Submission) -> Visit | None:
    """The signed record that this submission took the place of, in the same transaction."""
    if not submission.replaces:
        return None
    return (
        Visit.objects.of_files([submission.person.pk])
        .filter(voided_at=submission.at, sheet_lines__isnull=False)
        .order_by("pk")
        .last()
    )


def void_singles(visit: Visit, by: User, at: datetime) -> None:
    """After a record was taken back: nothing is left to sign under it. What the county has stays there."""
    for sheet in Sheet.objects.select_for_update(of=("self",), no_key=True).filter(
        visit=visit,
        state__in=[Sheet.State.OPEN, Sheet.State.SIGNING, Sheet.State.SIGNED, Sheet.State.RETURNED],
    ):
        Sheet.objects.filter(pk=sheet.pk).update(state=Sheet.State.VOIDED)
        note(sheet, SheetStep.Kind.VOIDED, RECORD_GONE, by=by, role="", at=at)
        audit.record("sheet_voided", at=at, by_id=by.pk, target=sheet, kind=sheet.kind)


def follow_units(places: Mapping[int, UnitPlace], *, by: User | None, at: datetime) -> None:
    """A moved village takes along the tables that nobody has signed yet. A merged village's open table is
    left to be voided: its people stand on the other village's next table. Signed tables stay (decisions 6)."""
    for unit_id, place in places.items():
        if place.village_id is None:
            continue
        open_ = Sheet.objects.filter(village_id=unit_id, state=Sheet.State.OPEN, seal=None)
        if place.village_id == unit_id:
            open_.update(county_id=place.county_id, township_id=place.township_id)
        else:
            open_.filter(kind=Sheet.Kind.VILLAGE).update(state=Sheet.State.VOIDED)
            open_.filter(kind=Sheet.Kind.SINGLE).update(
                county_id=place.county_id, township_id=place.township_id, village_id=place.village_id
            )
