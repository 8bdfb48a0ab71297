"""How old the lists under the figures are (practice P7): one definition, said above every number.

A class is a group, and of 低保 also 城 or 乡 where lists are kept apart. Its list is of the month of the last
full list that was loaded; a supplement makes nothing fresher. Units are measured class by class against the
newest list of the same class in the same scope, so that a class with a list once a quarter makes nobody late.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import Q

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import CASES, OVERVIEW
from accounts.scoping import COLUMN, once
from visits.roster.selectors.labels import level_of, levels_of, levels_upto
from xunfang.kit.compiled import Compiled, compiled

AREAS = {"urban": "城市", "rural": "农村"}


class ListClass(NamedTuple):
    """What a list is of. `position` and `short` are the group's."""

    position: int
    group: str
    area: str
    short: str

    @property
    def words(self) -> str:
        return f"{AREAS.get(self.area, '')}{self.short}"


def month_words(month: date, today: date | None = None) -> str:
    """“11月”; with its year when that is not today's."""
    year = f"{month.year}年" if today is not None and month.year != today.year else ""
    return f"{year}{month.month}月"


def months_between(older: date, newer: date) -> int:
    return (newer.year - older.year) * 12 + newer.month - older.month


@dataclass(frozen=True)
class Freshness:
    """`lists`: township id → class → the first day of the month of its last full list. `above`: township →
    county. `others`: townships that brought lists, none of them full."""

    lists: Mapping[int, Mapping[ListClass, date]]
    above: Mapping[int, int]
    today: date
    others: frozenset[int] = field(default_factory=frozenset)

    @cached_property
    def newest_of(self) -> dict[ListClass, date]:
        """Class → its newest list here, in the guideline's order."""
        found: dict[ListClass, date] = {}
        for own in self.lists.values():
            for kind, month in own.items():
                found[kind] = max(month, found.get(kind, month))
        return dict(sorted(found.items()))

    @property
    def newest(self) -> date | None:
        return max(self.newest_of.values(), default=None)

    def behind(self, township_id: int) -> dict[ListClass, int]:
        """Classes of a township whose list is older than the newest one of that class here → by how many
        months."""
        newest = self.newest_of
        own = self.lists.get(township_id, {})
        return {kind: lag for kind, month in own.items() if (lag := months_between(month, newest[kind]))}

    @property
    def stale(self) -> int:
        """Townships with a list that is older than others have it, or without any full list."""
        newest = self.newest_of
        count = 0
        for pk in self.above:
            own = self.lists.get(pk, {})
            count += not own or any(month != newest[kind] for kind, month in own.items())
        return count

    @property
    def words(self) -> str:
        """The sentence above the numbers."""
        newest = self.newest_of
        if not newest:
            if self.others:
                return "只导入过补充名单，还没有哪一类的全部名单。"
            return "还没有导入过名单，下面的数只算手工录入的人。"
        behind = f"；{self.stale}个乡镇（街道）还没更新到这个月" if len(self.above) > 1 and self.stale else ""
        return f"名单截至{_by_month(newest, self.today)}{behind}。"

    @property
    def short(self) -> str:
        """The same for a line on paper: from which month to which."""
        months = sorted(set(self.newest_of.values()))
        if not months:
            return "没有全部名单"
        first = f"{month_words(months[0], self.today)}至" if len(months) > 1 else ""
        return f"名单截至{first}{month_words(months[-1], self.today)}"

    def of(self, unit_id: int) -> date | None:
        """The oldest list among a unit's townships that have one."""
        return self._by_unit[unit_id][0] if unit_id in self._by_unit else None

    def lag(self, unit_id: int) -> int:
        """How many months the list of a unit that is furthest behind its class is behind."""
        return self._by_unit[unit_id][1] if unit_id in self._by_unit else 0

    @cached_property
    def _by_unit(self) -> dict[int, tuple[date, int]]:
        """Township or county → its oldest list, and by how many months the one furthest behind is: a table of many
        units asks for each of them."""
        newest = self.newest_of
        found: dict[int, tuple[date, int]] = {}
        for pk, up in self.above.items():
            for kind, month in self.lists.get(pk, {}).items():
                behind = months_between(month, newest[kind])
                for unit in (pk, up):
                    oldest, most = found.get(unit, (month, behind))
                    found[unit] = (min(oldest, month), max(most, behind))
        return found

    @property
    def old(self) -> dict[ListClass, date]:
        """Classes whose newest list here is older than last month's."""
        return {kind: m for kind, m in self.newest_of.items() if months_between(m, self.today) > 1}


def _by_month(newest: Mapping[ListClass, date], today: date) -> str:
    """11月; or 11月（农村低保、特困）、9月（留守儿童）: newest month first."""
    months: dict[date, list[str]] = {}
    for kind, month in newest.items():
        months.setdefault(month, []).append(kind.words)
    if len(months) == 1:
        return month_words(next(iter(months)), today)
    return "、".join(
        f"{month_words(month, today)}（{'、'.join(words)}）"
        for month, words in sorted(months.items(), reverse=True)
    )


def of(region: Region, today: date) -> Freshness:
    """The townships of a unit and their lists (of a village: its township). Three queries."""
    named = levels_upto(level_of(region))
    if region.level == Level.VILLAGE:
        return _read(Q(pk=region.township_id), today, named)
    if region.level == Level.CITY:
        return _read(Q(), today, named)
    return _read(Q(**{COLUMN[Level(region.level)]: region.pk}), today, named)


def of_user(user: Any, today: date) -> Freshness:
    """The same for all units in which a user's posts stand. The page and the line above it ask once."""
    return once(user, ("freshness", today), lambda: _of_user(user, today))


def _of_user(user: Any, today: date) -> Freshness:
    condition = Q(pk__in=[])
    for post in user.duty.posts:
        if post.role not in CASES | OVERVIEW:
            continue
        if post.level == Level.CITY:
            condition = Q()
            break
        condition |= Q(pk=post.township_id) if post.township_id else Q(county_id=post.county_id)
    return _read(condition, today, levels_of(user))


# The townships, and beside each every class of which it has a full list, with the newest month; last, whether any
# list of it was loaded.
# SECURITY: a list of a class that the reader may not read (practice P17) is not named.
STATEMENT = """
SELECT unit.id, unit.county_id, g.position, g.code, l.area, g.short, max(l.month), coalesce(bool_or(l.state = 'done'), FALSE)
  FROM ({units}) unit (id, county_id)
  LEFT JOIN visits_roster_rosterimport l ON l.township_id = unit.id
  LEFT JOIN visits_roster_caregroup g
         ON g.code = l.group_id AND g.visible_from = ANY(%s) AND l.coverage = 'full'
        AND (l.state = 'done' OR l.counts -> 'loaded' ? 'same')  -- RosterImportQuerySet.full
 GROUP BY unit.id, unit.county_id, g.position, g.code, l.area, g.short
"""


def _read(condition: Q, today: date, levels: tuple[str, ...]) -> Freshness:
    above: dict[int, int] = {}
    lists: dict[int, dict[ListClass, date]] = {}
    others: set[int] = set()
    for township, county, position, group, area, short, month, any_list in _statement(
        condition, today, levels
    ).rows():
        above[township] = county
        if group is not None:
            lists.setdefault(township, {})[ListClass(position, group, area, short)] = month
        elif any_list:
            others.add(township)
    return Freshness(lists, above, today, frozenset() if lists else frozenset(others))


@lru_cache(maxsize=512)
def _statement(condition: Q, today: date, levels: tuple[str, ...]) -> Compiled:
    units = Region.objects.live(today).filter(condition, level=Level.TOWNSHIP).order_by()
    made = compiled(units.values_list("pk", "county_id"))
    return Compiled(STATEMENT.format(units=made.sql), (*made.values, list(levels))) if made.sql else made
