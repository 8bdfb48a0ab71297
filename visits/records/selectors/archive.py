"""县已存、乡未存: how the two cabinets stand to each other and to what was recorded. Reads only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import Region
from accounts.models.region import Level as UnitLevel
from accounts.scoping import COLUMN
from visits.records.models import ArchiveDeposit, Sheet, SheetLine, Visit

# domain 五(一)-8: one office has it and the other has not after these days: it is said.
ONE_SIDED_FOR = timedelta(days=30)
NONE, BEHIND, WHOLE = "none", "behind", "whole"
WORDS = {NONE: "没存", BEHIND: "要补存", WHOLE: "存了"}
LEVELS = ("township", "county")


@dataclass
class Standing:
    """One village in one year. `more`: by office, how many records are new, voided or put right since its receipt."""

    village: Region
    records: int
    newest: Mapping[str, ArchiveDeposit]
    more: Mapping[str, int] = field(default_factory=dict)

    def state(self, level: str) -> str:
        """none, behind or whole; whole as well when there is nothing to keep."""
        if level not in self.newest:
            return NONE if self.records else WHOLE
        return BEHIND if self.more.get(level) else WHOLE

    def one_sided(self, today: date) -> str:
        """县已存、乡未存 or the reverse, when it has been so for more than thirty days; else nothing."""
        held = [level for level in LEVELS if level in self.newest]
        if len(held) != 1 or today - self.newest[held[0]].kept_on <= ONE_SIDED_FOR:
            return ""
        return "县已存、乡未存" if held[0] == "county" else "乡已存、县未存"


def villages_of(user: Any) -> Any:
    """Villages of one's units whose archive one may look at, in their order."""
    units = user.duty.units(frozenset(role for role in user.duty.roles))
    condition = Q(pk__in=[])
    for level, ids in units.items():
        if level == UnitLevel.CITY:
            condition |= Q()
        elif level == UnitLevel.VILLAGE:
            condition |= Q(pk__in=ids)
        else:
            condition |= Q(**{f"{COLUMN[UnitLevel(level)]}__in": ids})
    rows = Region.objects.filter(level=UnitLevel.VILLAGE, replaced_by=None).filter(condition)
    return rows.order_by("county_id", "township_id", "position", "pk")


def standings(villages: Collection[Region], year: int) -> list[Standing]:
    """How each village stands, in the given order. Four queries, whatever their number."""
    ids = [village.pk for village in villages]
    deposits: dict[int, dict[str, ArchiveDeposit]] = {}
    rows = ArchiveDeposit.objects.valid().filter(village_id__in=ids, year=year).defer("digest")
    for row in rows.order_by("supplement"):
        deposits.setdefault(row.village_id, {})[row.level] = row
    visits = Visit.objects.valid().filter(village_id__in=ids, visited_on__year=year)
    counts = dict(visits.order_by().values_list("village_id").annotate(n=Count("pk")))
    kept = [village for village in deposits if deposits[village]]
    now: dict[int, set[tuple[int, int]]] = {}
    for village, pk, version in visits.filter(village_id__in=kept).values_list("village_id", "pk", "version"):
        now.setdefault(village, set()).add((pk, version))
    return [
        Standing(
            village,
            counts.get(village.pk, 0),
            deposits.get(village.pk, {}),
            {
                level: len(_changed(row, now.get(village.pk, set())))
                for level, row in deposits.get(village.pk, {}).items()
            },
        )
        for village in villages
    ]


def approved_tables(village_ids: Collection[int], year: int) -> dict[int, int]:
    """How many tables of the year the county has received with its approval (decisions 15), by village."""
    rows = Sheet.objects.filter(
        village_id__in=village_ids, period_start__year=year, state=Sheet.State.APPROVED
    )
    return dict(rows.order_by().values_list("village_id").annotate(n=Count("pk")))


def unsigned(village_id: int, year: int) -> int:
    """How many valid records of the year stand on no table with three names."""
    signed = [Sheet.State.SIGNED, Sheet.State.APPROVED]
    lines = SheetLine.objects.filter(visit=OuterRef("pk"), returned=None, sheet__state__in=signed)
    rows = Visit.objects.valid().filter(village_id=village_id, visited_on__year=year)
    return rows.exclude(Exists(lines)).count()


def _changed(row: ArchiveDeposit, now: set[tuple[int, int]]) -> set[int]:
    """Records that are not in the cabinet as they are now: new ones, voided ones, others of another version."""
    return {pk for pk, _ in now ^ {(pk, version) for pk, version in row.content}}
