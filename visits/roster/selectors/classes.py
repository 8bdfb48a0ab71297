"""The classes of a unit side by side: how old the list is, how many were on it, how many we have, and how many
the other system has (practice P7)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from accounts.models import Region
from accounts.models.region import Level
from accounts.scoping import COLUMN
from visits.roster.models import Membership, MissingRow, OfficialFigure, Person, RosterImport
from visits.roster.selectors.freshness import ListClass
from visits.roster.selectors.labels import groups_upto, level_of, readable_groups

Key = tuple[str, str]


@dataclass(frozen=True)
class ClassRow:
    """One class of a unit. `listed`: people on the last full list; `count`: people in the class today, exactly
    those of the list of people; `open`: on the list no longer and not yet explained."""

    kind: ListClass
    batch: RosterImport | None
    count: int
    figure: OfficialFigure | None
    open: int

    @property
    def month(self) -> date | None:
        return self.batch.month if self.batch else None

    @property
    def listed(self) -> int | None:
        return int(self.batch.counts.get("rows", 0)) if self.batch else None

    @property
    def wrong(self) -> int:
        return int(self.batch.counts.get("wrong", 0)) if self.batch else 0

    @property
    def difference(self) -> int | None:
        """How many more we have than the other system; None without its figure."""
        return self.count - self.figure.people if self.figure else None


def classes(region: Region, today: date) -> list[ClassRow]:
    """A township's classes (or a village's, without lists of its own: those of its township), in the
    guideline's order: those that have a list, a figure or people. Six queries."""
    lists = _lists(region.township_id)
    figures = _figures(region.pk) if region.level == Level.TOWNSHIP else {}
    here = Q(**{f"person__{COLUMN[Level(region.level)]}": region.pk})
    by_area, by_group = _counts(here, today)
    missing = _open(here)
    groups = {group.code: group for group in groups_upto(level_of(region))}
    said = {*lists, *figures}
    keys = said | {key for key in by_area if key[0] not in {group for group, _ in said}}
    found = []
    for code, area in keys:
        if code not in groups:
            continue  # not named here (practice P17)
        own = {key for key in {*by_area, *missing} if key[0] == code and area in ("", key[1])}
        found.append(
            ClassRow(
                ListClass(groups[code].position, code, area, groups[code].short),
                lists.get((code, area)),
                by_area.get((code, area), 0) if area else by_group.get(code, 0),
                figures.get((code, area)),
                sum(missing.get(key, 0) for key in own),
            )
        )
    return sorted(found, key=lambda row: row.kind)


def _lists(township_id: int | None) -> dict[Key, RosterImport]:
    rows = RosterImport.objects.full().filter(township_id=township_id)
    rows = rows.order_by("group_id", "area", "-month", "-pk").distinct("group_id", "area")
    return {(str(row.group_id), row.area): row for row in rows}


def _figures(township_id: int) -> dict[Key, OfficialFigure]:
    rows = OfficialFigure.objects.filter(township_id=township_id)
    rows = rows.order_by("group_id", "area", "-month").distinct("group_id", "area").select_related("noted_by")
    return {(row.group_id, row.area): row for row in rows}


def _counts(here: Q, today: date) -> tuple[dict[Key, int], dict[str, int]]:
    rows = Membership.objects.live(today).filter(
        here, person__status=Person.Status.LIVE, person__merged_into=None
    )
    people = Count("person_id", distinct=True)
    by_area = rows.order_by().values_list("group_id", "area").annotate(n=people)
    by_group = rows.order_by().values_list("group_id").annotate(n=people)
    return {(group, area): n for group, area, n in by_area}, dict(by_group)


def _open(here: Q) -> dict[Key, int]:
    rows = MissingRow.objects.open().filter(here).order_by()
    found = rows.values_list("membership__group_id", "membership__area").annotate(n=Count("pk"))
    return {(group, area): n for group, area, n in found}


def kinds(user: Any) -> list[ListClass]:
    """What a figure may be of: every class the user may read, and 低保 by 城 and 乡."""
    found = []
    for group in readable_groups(user).filter(active=True):
        areas = ("rural", "urban", "") if group.code == "dibao" else ("",)
        found += [ListClass(group.position, group.code, area, group.short) for area in areas]
    return found
