"""抽查: draw a sample by lot, write down what the people said, and how the record stands to it."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import COUNTY
from visits.records import sampling
from visits.records.models import Sample, SampledRecord, Visit
from visits.schedule.periods import Quarter, parse


class CannotSample(Exception):
    """Refused; the text says why and is shown at `field`."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def records_of(county_id: int, township_id: int | None, quarter: Quarter) -> "QuerySet[Visit]":
    """The valid records of a quarter from which is drawn."""
    rows = Visit.objects.valid().filter(visited_on__range=(quarter.start, quarter.end), county_id=county_id)
    return rows if township_id is None else rows.filter(township_id=township_id)


@transaction.atomic
def draw(
    *,
    county_id: int,
    township_id: int | None,
    period_key: str,
    percent: int | None,
    size: int | None,
    seed: str = "",
    by: User,
    at: datetime,
) -> Sample:
    """Draw `size` records, or so many percent, of a quarter, of the county or of one township. `seed`: drawn in
    public; empty: given by chance. A county's own officers only. Raises CannotSample."""
    if county_id not in by.duty.unit_ids(*COUNTY):  # type: ignore[attr-defined]
        raise CannotSample("这个县（市、区）不归您管")
    town = Region.objects.filter(pk=township_id, level=Level.TOWNSHIP, county_id=county_id).first()
    if township_id is not None and town is None:
        raise CannotSample("这个乡镇（街道）不在本县（市、区）", "township")
    quarter = parse(period_key)
    if not isinstance(quarter, Quarter):
        raise CannotSample("请选哪一期", "period")
    rows = list(records_of(county_id, township_id, quarter).values_list("pk", "village_id", "record_no"))
    if not rows:
        raise CannotSample("这一期还没有巡访记录，没有可以抽的", "period")
    villages = dict(Region.objects.filter(pk__in={row[1] for row in rows}).values_list("pk", "key"))
    visits = {sampling.key(villages[village], number): pk for pk, village, number in rows}
    wanted = sampling.size_of(len(visits), percent) if percent else min(size or 1, len(visits), sampling.MOST)
    # The number of the day is as good as any: what matters is that it is kept and printed.
    seed = seed.strip() or f"{secrets.randbelow(10**8):08d}"
    made = Sample.objects.create(
        county_id=county_id, township_id=township_id, period=quarter.key, seed=seed, drawn_from=sorted(visits),
        digest=sampling.digest(visits), total=len(visits), size=wanted, by=by, at=at,
    )  # fmt: skip
    SampledRecord.objects.bulk_create(
        SampledRecord(sample=made, place=place, visit_id=visits[one])
        for place, one in enumerate(sampling.chosen(seed, visits, wanted), start=1)
    )
    role = by.duty.role_for(made, COUNTY)  # type: ignore[attr-defined]
    audit.record(
        "sample_drawn", at=at, by_id=by.pk, role=role or "", target=made, period=made.period, total=made.total,
        size=made.size,
    )  # fmt: skip
    return made


def _lock(record_id: int, by: User) -> tuple[SampledRecord, str]:
    rows = SampledRecord.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    row = rows.select_related("sample").filter(pk=record_id).first()
    role = by.duty.role_for(row.sample, COUNTY) if row else None  # type: ignore[attr-defined]
    if row is None or role is None:
        raise CannotSample("没有找到这一份，可能已经不归您查")
    return row, role


@transaction.atomic
def note_heard(
    *, record_id: int, how: str, heard: str, words: str = "", by: User, at: datetime
) -> SampledRecord:
    """What the person said, before the record is looked at. Whoever was not reached is done with for now, and may
    be asked again. Raises CannotSample."""
    row, role = _lock(record_id, by)
    if row.asked_at is not None and row.result != SampledRecord.Result.UNREACHED:
        raise CannotSample(f"{row.asked_by.name if row.asked_by else ''}已经问过了，不能改。请接着对记录")
    row.how, row.heard, row.heard_words = how, heard, words.strip()
    row.asked_by, row.asked_at = by, at
    unreached = heard == SampledRecord.Heard.UNREACHED
    row.result = SampledRecord.Result.UNREACHED if unreached else ""
    row.judged_by, row.judged_at = (by, at) if unreached else (None, None)
    row.note = ""
    row.save()
    audit.record("sample_asked", at=at, by_id=by.pk, role=role, target=row.sample, row=row.place, heard=heard)
    return row


@transaction.atomic
def judge(*, record_id: int, result: str, note: str = "", by: User, at: datetime) -> SampledRecord:
    """How the record stands to what was said. Raises CannotSample."""
    row, role = _lock(record_id, by)
    if row.asked_at is None:
        raise CannotSample("请先问本人，再对记录")
    if row.result == SampledRecord.Result.UNREACHED:
        raise CannotSample("还没有联系上本人，请先再问一次")
    if result == SampledRecord.Result.WRONG and not note.strip():
        raise CannotSample("请写哪里不符", "note")
    row.result, row.note, row.judged_by, row.judged_at = result, note.strip(), by, at
    row.save()
    audit.record(
        "sample_judged", at=at, by_id=by.pk, role=role, target=row.sample, row=row.place, result=result
    )
    return row


def next_open(sample: Sample, after: int) -> SampledRecord | None:
    """The record to ask about after this place, beginning anew at the end; None when all are done."""
    rows = SampledRecord.objects.filter(sample=sample, result="")
    rows = rows.order_by("place")
    return rows.filter(place__gt=after).first() or rows.first()
