"""What was found, by area of the form: people with something that is not right, seen in a period (四(二)-3).

A state that lasts is no finding (practice P15): counted is what was new, worse, or seen again in these days.
"""

from django.db.models import Count, Q

from visits.desk.measures import Measure
from visits.desk.scope import BELOW, Units
from visits.followup.ledger import SIGHTINGS
from visits.followup.models import FindingStep
from visits.records.items import AREAS, ITEM_CODES
from visits.roster.models import Person, PersonQuerySet
from visits.schedule.periods import Period

WORDS = {
    "any": "有发现的人",
    "family": "家庭状况",
    "health": "健康状况",
    "mind": "精神状态",
    "safety": "安全情况",
    "hygiene": "卫生状况",
    "dwelling": "居住环境",
    "other": "季节和专门内容",
}
FOUND: dict[str, Measure] = {
    f"found_{area}": Measure(
        word,
        "",
        "这一期巡访看到有“需处理”或“紧急”情况的人，新发现的、变差的、又看到的都算；已知的长期状况不算。"
        + {"any": "几个方面都有的只算一次。", "other": "汛期、冬季和未成年人等专门内容。"}.get(area, ""),
    )
    for area, word in WORDS.items()
}


def _condition(code: str) -> Q:
    area = code.removeprefix("found_")
    if area == "any":
        return Q()
    return Q(finding__code__in=AREAS[area]) if area in AREAS else ~Q(finding__code__in=ITEM_CODES)


def _seen(units: Units, period: Period):  # type: ignore[no-untyped-def]
    names = {1: "", 2: "finding__county_id", 3: "finding__township_id", 4: "finding__village_id"}
    here = Q(pk__in=[])
    for level, ids in units.items():
        here |= Q(**{f"{names[level]}__in": ids}) if names[level] else Q()
        if not names[level]:
            here = Q()
            break
    return FindingStep.objects.filter(
        here,
        kind__in=SIGHTINGS,
        on__range=(period.start, period.end),
        visit__voided_at=None,
        visit__isnull=False,
    ).exclude(finding__state="voided")


def counts(units: Units, period: Period, level: int | None = None) -> dict[int, dict[str, int]]:
    """Unit id one level below `level` (0: all together) → code → people. One query."""
    column = f"finding__{BELOW[level]}" if level is not None else None  # type: ignore[index]
    rows = _seen(units, period).order_by()
    counted = {code: Count("finding__person_id", distinct=True, filter=_condition(code)) for code in FOUND}
    if column is None:
        return {0: rows.aggregate(**counted)}
    return {row.pop(column): row for row in rows.values(column).annotate(**counted)}


def people(units: Units, period: Period, code: str) -> PersonQuerySet:
    """Exactly the people that `counts` counted. Raises KeyError for a measure that does not exist."""
    FOUND[code]
    ids = _seen(units, period).filter(_condition(code)).order_by().values("finding__person_id")
    return Person.objects.filter(pk__in=ids).order_by("township_id", "village_id", "hamlet", "pk")
