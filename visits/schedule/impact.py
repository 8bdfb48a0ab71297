"""What a rule would cost before it is saved: how many people, how many visits a year more. One statement."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Region
from accounts.models.region import Level
from accounts.scoping import COLUMN
from visits.roster.models import CareGroup, Membership, Person
from visits.schedule.models import FrequencyRule
from visits.schedule.strictness import Demand, yearly

# Higher rooms append one: of these people (in one of these classes) how many were visited in these days, both inclusive,
# yet not as the demand wants it.
visited_short: list[Callable[[QuerySet, Collection[str], Demand, date, date], int]] = []

WEEKS = 52
# Visits a week for one visitor, four on each working day: more than that is asked about.
HEAVY = 20


@dataclass(frozen=True)
class Impact:
    """`people` who fall under the rule, `more_people` of them with more visits than now; `visits` and `home`: how
    many more in a year, all together. `yearly`: visits to them in a year then, the present ones included;
    `visitors`: how many visit them now."""

    people: int
    more_people: int
    visits: int
    home: int
    yearly: int
    visitors: int

    @property
    def weekly(self) -> int:
        return -(-self.yearly // WEEKS)

    @property
    def each(self) -> int:
        """Visits a week for each visitor; for all together where nobody visits them yet."""
        return -(-self.yearly // (WEEKS * max(1, self.visitors)))

    @property
    def heavy(self) -> bool:
        return self.each > HEAVY


# For everybody in the area and in one of the classes: the visits, and home visits, that the rules of their
# units ask for in a year now; people are counted by that pair. One visit does for all rules: the greatest.
HELD = """
WITH rule AS (
  SELECT * FROM unnest(%(regions)s::bigint[], %(codes)s::text[], %(visits)s::int[], %(homes)s::int[])
         AS r(region_id, code, visits, home)
), touched AS (
  SELECT p.id, p.county_id, p.township_id, p.village_id, p.assignee_id
    FROM visits_roster_person p
   WHERE p.status = 'live' AND p.merged_into_id IS NULL
     AND (%(city)s OR p.county_id = %(region)s OR p.township_id = %(region)s)
     AND EXISTS (SELECT 1 FROM visits_roster_membership m
                  WHERE m.person_id = p.id AND m.voided_at IS NULL AND m.group_id = ANY(%(touches)s::text[])
                    AND m.starts_on <= %(on)s AND (m.ends_on IS NULL OR m.ends_on >= %(on)s))
), held AS (
  SELECT t.id, coalesce(max(r.visits), 0) AS visits, coalesce(max(r.home), 0) AS home
    FROM touched t
    JOIN visits_roster_membership m ON m.person_id = t.id AND m.voided_at IS NULL
         AND m.starts_on <= %(on)s AND (m.ends_on IS NULL OR m.ends_on >= %(on)s)
    LEFT JOIN rule r ON r.code = m.group_id AND r.region_id IN (0, t.county_id, t.township_id, t.village_id)
   GROUP BY t.id
)
SELECT visits, home, count(*), (SELECT count(DISTINCT assignee_id) FROM touched) FROM held GROUP BY visits, home
"""


def demand_of(rule: FrequencyRule) -> Demand:
    return Demand(rule.kind, frozenset(rule.modes), rule.min_home)  # type: ignore[arg-type]


def codes_of(tier: str | None, group_id: str | None) -> list[str]:
    """The classes that a rule for this tier or group is about."""
    groups = CareGroup.objects.filter(pk=group_id) if group_id else CareGroup.objects.filter(tier=tier)
    return list(groups.order_by("position").values_list("pk", flat=True))


def impact(*, region: Region, codes: Collection[str], demand: Demand, starts_on: date, on: date) -> Impact:
    """What `demand` adds for the people of today, beside the rules that hold on the day it starts."""
    rules = [
        (0 if row.region.level == Level.CITY else row.region_id, code, *yearly(demand_of(row)))
        for row in FrequencyRule.objects.live(starts_on).select_related("region")
        for code in codes_of(row.tier, row.group_id)
    ]
    parameters = {
        "regions": [row[0] for row in rules],
        "codes": [row[1] for row in rules],
        "visits": [row[2] for row in rules],
        "homes": [row[3] for row in rules],
        "city": region.level == Level.CITY,
        "region": region.pk,
        "touches": list(codes),
        "on": on,
    }
    with connection.cursor() as cursor:
        cursor.execute(HELD, parameters)
        rows = cursor.fetchall()
    people = more_people = visits = home = in_a_year = visitors = 0
    wanted = yearly(demand)
    for has, has_home, n, visitors in rows:  # noqa: B007
        people += n
        more_people += n if wanted[0] > has or wanted[1] > has_home else 0
        visits += n * max(0, wanted[0] - has)
        home += n * max(0, wanted[1] - has_home)
        in_a_year += n * max(wanted[0], has)
    return Impact(people, more_people, visits, home, in_a_year, visitors)


def again(*, region: Region, codes: Collection[str], demand: Demand, since: date, on: date) -> int:
    """Of the people of today: how many were visited from `since` on, and have to be visited once more all the same."""
    member = Membership.objects.live(on).filter(person=OuterRef("pk"), group_id__in=codes)
    people = Person.objects.filter(Exists(member), status=Person.Status.LIVE, merged_into=None)
    if region.level != Level.CITY:
        people = people.filter(**{COLUMN[Level(region.level)]: region.pk})
    return sum(ask(people, codes, demand, since, on) for ask in visited_short)
