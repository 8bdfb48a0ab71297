"""覆盖率: who should be on the roster, by the lists of other offices, against who is (domain 一(三)-1).

The newest base list of a township and class counts; one that is held as too short says nothing. What it found is
of its day, except 在册 and 应核, which are of today: those are lists that can be opened and worked off.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform

from accounts.models import Region
from accounts.models.region import Level
from accounts.scoping import COLUMN
from visits.roster.models import (
    Comparison,
    ComparisonRow,
    Membership,
    Person,
    Review,
    ReviewQuerySet,
)
from visits.roster.selectors.labels import readable, readable_groups
from visits.roster.services.comparisons import ELSEWHERE, NO_CLASS

Cell = tuple[int, str]


@dataclass
class Coverage:
    """Numbers of one township and class, or of several together. `both` of `listed` people of the lists are in
    the class here; `missing` have no file (漏访), `unplaced` have one that is not in the class or lies in another
    township; `here`: in the class today; `check`: not on the list, and not looked at yet (应核)."""

    here: int = 0
    both: int = 0
    missing: int = 0
    unplaced: int = 0
    check: int = 0
    held: bool = False
    latest: Comparison | None = None
    compared: int = 0

    @property
    def listed(self) -> int:
        return self.both + self.missing + self.unplaced

    @property
    def rate(self) -> float | None:
        """覆盖率 in percent: both ÷ listed; None when no list counts."""
        return self.both * 100 / self.listed if self.listed else None

    def add(self, other: "Coverage") -> None:
        for name in ("here", "both", "missing", "unplaced", "check", "compared"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Table:
    """`cells`: (township, class) → numbers, where a list was compared or somebody is on the roster; `names`:
    class → its short name, in the guideline's order."""

    cells: dict[Cell, Coverage] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def total(self, townships: Iterable[int] | None = None, group: str | None = None) -> Coverage:
        """Of these townships (None: all), of one class or all, over what was compared."""
        wanted = None if townships is None else set(townships)
        found = Coverage()
        for (township, code), cell in self.cells.items():
            if cell.compared and (wanted is None or township in wanted) and group in (None, code):
                found.add(cell)
        return found


def table(region: Region, user: Any, today: date) -> Table:
    """A city's, county's or township's numbers for this reader. Four queries, however many units there are."""
    inside = {} if region.level == Level.CITY else {COLUMN[Level(region.level)]: region.pk}
    groups = dict(readable_groups(user).values_list("code", "short"))
    found = Table(names=groups)
    lists = Comparison.objects.filter(
        kind=Comparison.Kind.BASE, state=Comparison.State.DONE, group__in=groups, **inside
    )
    newest = lists.order_by("township_id", "group_id", "-month", "-pk").distinct("township_id", "group_id")
    for row in newest:
        found.cells[row.township_id, str(row.group_id)] = _of(row)
    for township, group, count in _here(inside, user, today):
        if group in groups:
            found.cells.setdefault((township, group), Coverage()).here = count
    people = {f"person__{name}": value for name, value in inside.items()}
    waiting = check_rows().filter(**people).annotate(group=KeyTextTransform("group", "detail"))
    for township, group, count in (
        waiting.order_by().values_list("person__township_id", "group").annotate(n=Count("pk"))
    ):
        if (township, group) in found.cells:
            found.cells[township, group].check = count
    return found


def _of(row: Comparison) -> Coverage:
    counts = row.counts
    if counts.get("held"):
        return Coverage(held=True, latest=row)
    return Coverage(
        both=counts.get("both", 0),
        missing=counts.get("missing", 0),
        unplaced=counts.get("no_class", 0) + counts.get("elsewhere", 0),
        latest=row,
        compared=1,
    )


def _here(inside: dict[str, int], user: Any, today: date) -> Iterable[tuple[int, str, int]]:
    people = {f"person__{name}": value for name, value in inside.items()}
    rows = Membership.objects.live(today).filter(
        readable(user), person__status=Person.Status.LIVE, person__merged_into=None, **people
    )
    rows = rows.order_by().values_list("person__township_id", "group_id")
    return rows.annotate(n=Count("person_id", distinct=True))


def check_rows() -> ReviewQuerySet:
    """应核: in a class here, not on the list that was compared, and not looked at yet."""
    return Review.objects.waiting().filter(
        kind=Review.Kind.BASE_ONLY_HERE, person__status=Person.Status.LIVE, person__merged_into=None
    )


def check_of(found: Comparison) -> ReviewQuerySet:
    rows = check_rows().filter(person__township_id=found.township_id, detail__group=found.group_id)
    return rows.select_related("person").order_by("person__village_id", "person__hamlet", "pk")


def missing_of(found: Comparison) -> QuerySet[ComparisonRow]:
    """漏访: without a file here when it was compared."""
    rows = found.rows.filter(verdict=ComparisonRow.Verdict.ONLY_LIST, person=None, reason="")
    return rows.select_related("person").order_by("pk")


def unplaced_of(found: Comparison) -> QuerySet[ComparisonRow]:
    """With a file that is not in the class, or lies in another township."""
    rows = found.rows.filter(verdict=ComparisonRow.Verdict.ONLY_LIST, reason__in=(NO_CLASS, ELSEWHERE))
    return rows.select_related("person").order_by("reason", "pk")
