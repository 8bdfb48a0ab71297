"""How old the lists under the figures are (practice P7): every number says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from accounts.models import Region
from accounts.models.region import Level
from accounts.scoping import COLUMN
from visits.roster.models import RosterImport


@dataclass(frozen=True)
class Freshness:
    """`months`: township id → the first day of the month of its newest list (None: never brought in)."""

    months: dict[int, date | None]
    above: dict[int, int]

    @property
    def newest(self) -> date | None:
        return max((month for month in self.months.values() if month), default=None)

    @property
    def stale(self) -> int:
        """Townships whose list is older than the newest one here."""
        return sum(month != self.newest for month in self.months.values())

    @property
    def words(self) -> str:
        if self.newest is None:
            return "还没有导入过名单，下面的数只算手工录入的人。"
        if not self.stale:
            return f"名单截至{month_words(self.newest)}。"
        if len(self.months) == 1:
            return f"名单截至{month_words(self.newest)}。"
        return f"名单截至{month_words(self.newest)}；{self.stale}个乡镇（街道）还没更新到这个月。"

    def of(self, unit_id: int) -> date | None:
        """The oldest list among a unit's townships that have one."""
        months = [self.months[t] for t, up in self.above.items() if unit_id in (t, up)]
        return min((month for month in months if month), default=None)

    def lag(self, unit_id: int) -> int:
        """How many months a unit's oldest list is behind the newest one here."""
        own, newest = self.of(unit_id), self.newest
        if own is None or newest is None:
            return 0
        return (newest.year - own.year) * 12 + newest.month - own.month


def month_words(month: date) -> str:
    return f"{month.month}月"


def of(region: Region, today: date) -> Freshness:
    """The townships of a unit and their newest lists (of a village: its township). Two queries."""
    units = Region.objects.filter(level=Level.TOWNSHIP)
    if region.level == Level.VILLAGE:
        units = units.filter(pk=region.township_id)
    elif region.level != Level.CITY:
        units = units.filter(**{COLUMN[Level(region.level)]: region.pk})
    above = dict(units.live(today).values_list("pk", "county_id"))
    return Freshness(_newest(above), above)


def _newest(townships: Iterable[int]) -> dict[int, date | None]:
    rows = (
        RosterImport.objects.filter(state=RosterImport.State.DONE)
        .order_by()
        .values_list("township_id")
        .annotate(Max("month"))
    )
    months = dict(rows)
    return {pk: months.get(pk) for pk in townships}
