"""People on the list by class, on a day: the first half of 表一 (practice P26), as the guideline orders the classes.

Somebody in two classes stands in both; the total counts everybody once. A class that may not be named in what is about
a unit of this level (practice P17) is not counted there either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q
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
    """Unit id one level below `level` (0: all together) → code → how many. Two queries."""
    column = f"person__{BELOW[level]}" if level is not None else None  # type: ignore[index]
    home = Coalesce("person__household_id", -F("person_id"))
    wanted = {
        one.code: Count(home if one.homes else "person_id", distinct=True, filter=_condition(one))
        for one in chosen
        if one.group
    }
    total = {TOTAL.code: Count("person_id", distinct=True)}
    found: dict[int, dict[str, int]] = {}
    for rows, counted in (
        (_members(region, units, day), wanted),
        (_members(region, units, day, TOTAL), total),
    ):
        grouped = (
            rows.order_by().values(*([column] if column else [])).annotate(**counted) if column else None
        )
        for row in grouped if grouped is not None else [rows.aggregate(**counted)]:
            found.setdefault(row.pop(column) if column else 0, {}).update(row)
    blank = {TOTAL.code: 0, **dict.fromkeys(wanted, 0)}
    return {pk: {**blank, **values} for pk, values in found.items()}


HEADS = """SELECT (array_agg(p.id ORDER BY p.relation <> '户主', p.id))[1]
  FROM visits_roster_person p WHERE p.id IN ({people}) GROUP BY coalesce(p.household_id, -p.id)"""


def people(region: Region, units: Units, day: date, one: Class) -> PersonQuerySet:
    """Exactly the people that `counts` counted; one for each household where households are counted."""
    members = _members(region, units, day, one).filter(person_id=OuterRef("pk"))
    found = _listed(units, day).filter(Exists(members))
    if one.homes:
        sql, parameters = found.order_by().values("pk").query.sql_with_params()
        found = Person.objects.filter(pk__in=RawSQL(HEADS.format(people=sql), parameters))
    return found.order_by("township_id", "village_id", "hamlet", "pk")
