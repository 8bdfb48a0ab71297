"""People as the pure definition sees them: what `due.items_for` needs, read for many at once in three queries."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from accounts.models import Region
from accounts.models.region import Level
from visits.roster.models import Absence, CareGroup, Membership, Person
from visits.schedule import generation
from visits.schedule.due import Life, Rule, Span
from visits.schedule.models import FrequencyRule

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Owner:
    """A person: the life, the present units and visitor, the day of being put on file. `merged`: the file was
    merged into another, so that nothing is owed under it."""

    life: Life
    county_id: int
    township_id: int
    village_id: int
    assignee_id: int | None
    entrusted_to_id: int | None
    on_file: date
    merged: bool

    @property
    def place(self) -> tuple[int, int, int, int | None, int | None]:
        """What an open item takes from its person."""
        return (self.county_id, self.township_id, self.village_id, self.assignee_id, self.entrusted_to_id)


def read(ids: Collection[int]) -> dict[int, Owner]:
    """Person id → owner."""
    spans: dict[int, list[Span]] = {}
    away: dict[int, list[tuple[date, date | None]]] = {}
    members = Membership.objects.filter(person_id__in=ids, voided_at=None)
    for pk, group, start, end in members.values_list("person_id", "group_id", "starts_on", "ends_on"):
        spans.setdefault(pk, []).append(Span(group, start, end))
    absent = Absence.objects.suspending().filter(person_id__in=ids)
    for pk, start, end in absent.values_list("person_id", "starts_on", "ends_on"):
        away.setdefault(pk, []).append((start, end))
    people = Person.objects.filter(pk__in=ids).order_by("pk")
    columns = (
        "pk", "left_on", "on_roster_before", "county_id", "township_id", "village_id", "assignee_id", "entrusted_to_id",
        "created_at", "merged_into_id",
    )  # fmt: skip
    return {
        pk: Owner(
            Life(tuple(spans.get(pk, ())), left, before, tuple(away.get(pk, ()))),
            county, township, village, assignee, entrusted, made.astimezone(SHANGHAI).date(), into is not None,
        )
        for pk, left, before, county, township, village, assignee, entrusted, made, into in people.values_list(*columns)
    }  # fmt: skip


class Rulebook:
    """All rules by the unit they hold in, read once."""

    def __init__(self) -> None:
        self.by_id = {rule.id: rule for rule in generation.rules()}
        cities = set(Region.objects.filter(level=Level.CITY).values_list("pk", flat=True))
        self._by_unit: dict[int, list[Rule]] = {}
        for pk, region_id in FrequencyRule.objects.values_list("pk", "region_id"):
            if pk in self.by_id:
                unit = 0 if region_id in cities else region_id
                self._by_unit.setdefault(unit, []).append(self.by_id[pk])
        self.tiers = dict(CareGroup.objects.values_list("code", "tier"))
        self.of = cache(self._of)

    def _of(self, county_id: int, township_id: int, village_id: int) -> tuple[Rule, ...]:
        """The rules that hold for whoever is in these units."""
        units: Iterable[int] = (0, county_id, township_id, village_id)
        return tuple(rule for unit in units for rule in self._by_unit.get(unit, ()))

    def tier(self, life: Life, opens_on: date, until: date) -> str:
        """重点 when in any such group on one of these days, both inclusive; as the generation says it."""
        key = any(
            self.tiers.get(span.group) == CareGroup.Tier.KEY
            and span.starts_on <= until
            and (span.ends_on is None or span.ends_on >= opens_on)
            for span in life.spans
        )
        return CareGroup.Tier.KEY if key else CareGroup.Tier.GENERAL
