"""Keeping a village's year in two cabinets (五(一)-8): a receipt for each, and what came after it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level as UnitLevel
from accounts.roles import Role
from visits.records import canonical
from visits.records.models import ArchiveDeposit, Visit

FIRST_YEAR = 2018
#: The highest number of a volume.
MOST = 99_999
Level = ArchiveDeposit.Level
KEEPS = {Level.TOWNSHIP: Role.TOWNSHIP_CLERK, Level.COUNTY: Role.COUNTY_OFFICER}


class CannotArchive(Exception):
    """This can't be kept so; the text says why and what to do, and is shown at `field`."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Content:
    """The valid records of a village and a year: [[id, version], …] and how many people."""

    rows: list[list[int]]
    people: int

    @property
    def digest(self) -> bytes:
        return canonical.digest(self.rows)


def content_of(village_id: int, year: int) -> Content:
    """What a volume of that village and year holds now; a record stays where it was made (decisions 6)."""
    rows = list(
        Visit.objects.valid()
        .filter(village_id=village_id, visited_on__year=year)
        .order_by("pk")
        .values_list("pk", "version", Coalesce("person__merged_into_id", "person_id"))
    )
    return Content([[pk, version] for pk, version, _ in rows], len({person for _, _, person in rows}))


def level_of(user: User, village: Region) -> Level | None:
    """For which of the two offices somebody keeps the archive of this village; None: for neither."""
    duty = user.duty  # type: ignore[attr-defined]
    if village.township_id in duty.unit_ids(Role.TOWNSHIP_CLERK):
        return Level.TOWNSHIP
    return Level.COUNTY if village.county_id in duty.unit_ids(Role.COUNTY_OFFICER) else None


def latest(village_id: int, year: int, level: str) -> ArchiveDeposit | None:
    """The newest receipt that holds."""
    rows = ArchiveDeposit.objects.valid().filter(village_id=village_id, year=year, level=level)
    return rows.order_by("-supplement").first()


def next_volume(village: Region, year: int, level: str) -> int:
    """The number after the last one that was given in this office and year; past the highest that can be given,
    the first that is free."""
    unit = (
        {"township_id": village.township_id} if level == Level.TOWNSHIP else {"county_id": village.county_id}
    )
    used = ArchiveDeposit.objects.valid().filter(year=year, level=level, **unit)
    given = set(used.values_list("volume_no", flat=True))
    following = max(given, default=0) + 1
    return following if following <= MOST else next(n for n in range(1, MOST + 2) if n not in given)


@transaction.atomic
def deposit(
    *,
    village_id: int,
    year: int,
    box_no: str,
    volume_no: int,
    medium: str,
    pages: int,
    place: str,
    keeper: str,
    kept_on: date,
    by: User,
    at: datetime,
) -> ArchiveDeposit:
    """A receipt: this office has the village's year, as it is now, in that box. The first is the volume of the year,
    each one after it a supplement. Raises `CannotArchive`."""
    village, level = _lock(village_id, by)
    _check_days(year, kept_on, timezone.localtime(at).date())
    found, last = content_of(village.pk, year), latest(village.pk, year, level)
    if not found.rows:
        raise CannotArchive(f"{village.name}{year}年还没有巡访记录，没有可以存的。")
    if last is not None and bytes(last.digest) == found.digest:
        raise CannotArchive("上次存档以后没有新的记录，也没有更正，不用再存。")
    made = ArchiveDeposit(
        county_id=village.county_id, township_id=village.township_id, village_id=village.pk, level=level, year=year,
        supplement=0 if last is None else last.supplement + 1, box_no=box_no.strip(), volume_no=volume_no,
        medium=medium, pages=pages, place=place.strip(), keeper=keeper.strip(), kept_on=kept_on,
        records=len(found.rows), people=found.people, content=found.rows, digest=found.digest, made_by=by, made_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise CannotArchive(
            f"{year}年{box_no.strip()}盒第{volume_no}卷已经有了，请换一个号", "volume_no"
        ) from None
    audit.record(
        "archive_kept", at=at, by_id=by.pk, role=KEEPS[level], target=made, year=year, level=level,
        records=made.records, supplement=made.supplement,
    )  # fmt: skip
    return made


def _lock(village_id: int, by: User) -> tuple[Region, Level]:
    """One receipt of a village at a time: the two offices may write at the same moment."""
    locked = Region.objects.select_for_update(of=("self",), no_key=True)
    village = locked.filter(pk=village_id, level=UnitLevel.VILLAGE).first()
    level = level_of(by, village) if village is not None else None
    if village is None or level is None:
        raise CannotArchive("这个村（居）的档案不归您这里存。")
    return village, level


def _check_days(year: int, kept_on: date, today: date) -> None:
    if not FIRST_YEAR <= year <= today.year:
        raise CannotArchive(f"年份从{FIRST_YEAR}年到今年", "year")
    if not date(year, 1, 1) <= kept_on <= today:
        raise CannotArchive(f"存档日期要在{year}年1月1日到今天之间", "kept_on")


@transaction.atomic
def void(*, deposit_id: int, reason: str, by: User, at: datetime) -> ArchiveDeposit:
    """A receipt that was written wrongly: taken back by the office that wrote it, the newest first. Raises
    `CannotArchive`."""
    row = (
        ArchiveDeposit.objects.visible_to(by)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=deposit_id)
        .first()
    )
    if row is None or level_of(by, Region.objects.get(pk=row.village_id)) != row.level:
        raise CannotArchive("没有这一份，或者不是您这里存的。")
    if row.voided_at is not None:
        raise CannotArchive("这一份已经作废了，不用再作废。")
    if not reason.strip():
        raise CannotArchive("请写为什么作废。", "reason")
    if latest(row.village_id, row.year, row.level) != row:
        raise CannotArchive("后面还有补存的，请从最后一份作废起。")
    row.voided_at, row.voided_by, row.void_reason = at, by, reason.strip()
    row.save(update_fields=["voided_at", "voided_by", "void_reason"])
    audit.record(
        "archive_voided", at=at, by_id=by.pk, role=KEEPS[Level(row.level)], target=row, year=row.year
    )
    return row
