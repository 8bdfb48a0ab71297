"""People on the list by class, on a day: the first half of 表一 (practice P26), as the guideline orders the classes.

Somebody in two classes stands in both; the total counts everybody once. A class that may not be named in what is about
a unit of this level (practice P17) is not counted there either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import BitOr
from django.db import connection
from django.db.models import Case, Exists, F, Min, OuterRef, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts.models import Region
from visits.desk.scope import BELOW, Units
from visits.roster.models import Membership, Person, PersonQuerySet
from visits.roster.selectors.labels import groups_upto, level_of, upto

DIBAO, TEKUN = "dibao", "tekun"
CARES = (("institution", "集中"), ("home", "分散"), ("", "没写"))


@dataclass(frozen=True)
class Class:
    """A column: people of a group, of 低保 also its households, of 特困 by 供养方式. `over`: the head above several."""

    code: str
    group: str
    head: str
    over: str
    word: str
    homes: bool = False
    care: str | None = None

    @property
    def unit(self) -> str:
        return "户" if self.homes else "人"

    @property
    def explained(self) -> str:
        if self.homes:
            return "那一天在列的低保人员所在的户，一起生活的算一户。每户列一人，先列户主。"
        return "那一天在名单上、属于这一类的人。属于几类的，各类都算；合计里只算一次。"


def classes(region: Region) -> list[Class]:
    """The columns of a unit, in the guideline's order."""
    found = []
    for group in groups_upto(level_of(region)).filter(active=True):
        if group.code == DIBAO:
            found.append(Class("class-dibao-homes", DIBAO, "户", group.short, f"{group.short}户", homes=True))
            found.append(Class("class-dibao", DIBAO, "人", group.short, f"{group.short}人员"))
        elif group.code == TEKUN:
            for care, word in CARES:
                code = f"class-tekun-{care or 'unsaid'}"
                found.append(Class(code, TEKUN, word, group.short, f"{group.short}（{word}）", care=care))
        else:
            found.append(Class(f"class-{group.code}", group.code, group.short, "", group.short))
    return found


TOTAL = Class("class-all", "", "合计", "", "名单上的人")


def find(code: str, region: Region) -> Class | None:
    """The column of a code in a unit, or None."""
    return next((one for one in (TOTAL, *classes(region)) if one.code == code), None)


def _listed(units: Units, day: date) -> PersonQuerySet:
    """Everybody on the list that day by dates; today these are the people of `selectors.on_roster`."""
    gone = Q(left_on__isnull=False, left_on__lte=day)
    here = Person.objects.filter(merged_into=None).exclude(status=Person.Status.VOIDED).exclude(gone)
    return here.counted_in(units)


def _members(region: Region, units: Units, day: date, one: Class | None = None):  # type: ignore[no-untyped-def]
    rows = Membership.objects.live(day).filter(person__in=_listed(units, day).order_by().values("pk"))
    if one is None:
        return rows.filter(upto(level_of(region)))
    return _of(rows.filter(upto(level_of(region))), one) if one.group else rows


def _of(rows, one: Class):  # type: ignore[no-untyped-def]
    return rows.filter(_condition(one))


def _condition(one: Class) -> Q:
    condition = Q(group_id=one.group)
    return condition if one.care is None else condition & Q(care=one.care)


def counts(
    region: Region, units: Units, day: date, chosen: Sequence[Class], level: int | None = None
) -> dict[int, dict[str, int]]:
    """Unit id one level below `level` (0: all together) → code → how many. One query."""
    whole, below = counts_and_below(region, units, day, chosen, level)
    return {0: whole} if level is None else below


COUNTS = "SELECT unit_id, grouping(unit_id) = 1, {counts} FROM ({people}) one GROUP BY GROUPING SETS ((unit_id), ())"


def counts_and_below(
    region: Region, units: Units, day: date, chosen: Sequence[Class], level: int | None
) -> tuple[dict[str, int], dict[int, dict[str, int]]]:
    """All together, and by the units one level below `level` (None: of none). One query: each person once, with the
    classes they are in, so that nothing but households must be told apart."""
    asked = [one for one in chosen if one.group]
    # Households and people of a class are those of the same memberships: no two of these hold of one.
    bits = {(one.group, one.care): one for one in asked}
    place = {key: 1 << n for n, key in enumerate(bits)}
    named = Case(
        *(When(_condition(one), then=Value(place[key])) for key, one in bits.items()), default=Value(0)
    )
    unit = Min(f"person__{BELOW[level]}") if level is not None else Value(0)  # type: ignore[index]
    people = (
        _members(region, units, day, TOTAL)
        .order_by()
        .values("person_id")
        .annotate(
            unit_id=unit,
            home=Min(Coalesce("person__household_id", -F("person_id"))),
            classes=BitOr(Case(When(upto(level_of(region)), then=named), default=Value(0))),
        )
    )
    sql, parameters = people.query.sql_with_params()
    counted = ["count(*)"] + [
        f"count({'DISTINCT home' if one.homes else '*'}) FILTER (WHERE classes & {place[one.group, one.care]} > 0)"
        for one in asked
    ]
    codes = [TOTAL.code, *(one.code for one in asked)]
    whole, below = dict.fromkeys(codes, 0), {}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(counts=", ".join(counted), people=sql), parameters)
        for unit_id, every, *row in cursor.fetchall():
            if every:
                whole = dict(zip(codes, row, strict=True))
            else:
                below[unit_id] = dict(zip(codes, row, strict=True))
    return whole, below if level is not None else {}


HEADS = """SELECT (array_agg(p.id ORDER BY p.relation <> '户主', p.id))[1]
  FROM visits_roster_person p WHERE p.id IN ({people}) GROUP BY coalesce(p.household_id, -p.id)"""


def people(region: Region, units: Units, day: date, one: Class, near: Q | None = None) -> PersonQuerySet:
    """Exactly the people that `counts` counted; one for each household where households are counted. `near`: of these
    people only."""
    members = _members(region, units, day, one).filter(person_id=OuterRef("pk"))
    found = _listed(units, day).filter(Exists(members))
    if near is not None:
        found = found.filter(near)
    if one.homes:
        sql, parameters = found.order_by().values("pk").query.sql_with_params()
        found = Person.objects.filter(pk__in=RawSQL(HEADS.format(people=sql), parameters))
    return found.order_by("township_id", "village_id", "hamlet", "pk")
