"""What the day's digest says about deadlines and visits: counts, by what the reader's posts answer for."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time

from django.db.models import Count

from accounts.roles import Role
from visits.core.notice_words import KINDS
from visits.core.sending.digests import Reader
from visits.core.workdays import SHANGHAI
from visits.followup.deadlines import SOURCES, open_by_unit
from visits.followup.models import Subject
from visits.schedule.models import DueItem

CLERK, HEAD = Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD
OFFICER, COUNTY_HEAD, CITY = Role.COUNTY_OFFICER, Role.COUNTY_HEAD, Role.CITY_SUPERVISOR
# Whose day a subject's last day is; everybody else of these hears of what is over.
FIRST: dict[str, tuple[str, ...]] = {
    Subject.REPORT: (CLERK,),
    Subject.CASE: (OFFICER, COUNTY_HEAD),
    Subject.SUPPLEMENT: (CLERK,),
    Subject.MEASURE: (CLERK,),
    Subject.SUMMARY: (CLERK,),
    Subject.EMERGENCY: (CLERK, OFFICER),
    Subject.SIGNING: (CLERK, HEAD),
}
AFTER: dict[str, tuple[str, ...]] = {
    Subject.REPORT: (HEAD, OFFICER, COUNTY_HEAD, CITY),
    Subject.CASE: (CITY,),
    Subject.SUPPLEMENT: (HEAD, OFFICER),
    Subject.MEASURE: (OFFICER,),
    Subject.SUMMARY: (HEAD,),
    Subject.EMERGENCY: (COUNTY_HEAD,),
    Subject.SIGNING: (OFFICER,),
}
COUNTY_ROLES, TOWNSHIP_ROLES = frozenset({OFFICER, COUNTY_HEAD}), frozenset({CLERK, HEAD})
Count2 = tuple[int, int]


def lines(readers: Sequence[Reader], on: date) -> Mapping[str, list[str]]:
    """Reader's key → sentences: what is over before what ends today, emergencies first, visits last."""
    if not readers:
        return {}
    now = datetime.combine(on, time(8, 30), SHANGHAI)
    found: dict[str, list[str]] = defaultdict(list)
    for source in sorted(SOURCES, key=lambda source: source.subject != Subject.EMERGENCY):
        counted = _by_post(open_by_unit(source, on, now))
        for reader in readers:
            if said := _said(source.subject.value, reader, counted):
                found[reader.key].append(said)
    for key, said in _visits(readers, on).items():
        found[key].append(said)
    return found


def _by_post(rows: list[dict[str, int]]) -> Callable[[str, int], Count2]:
    """(role, unit) → late, today."""
    sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        for place in (("county", row["county"]), ("township", row["township"]), ("city", 0)):
            sums[place][0] += row["late"]
            sums[place][1] += row["today"]

    def of(role: str, unit: int) -> Count2:
        level = "county" if role in COUNTY_ROLES else "township"
        late, today = sums.get(("city", 0) if role == CITY else (level, unit), (0, 0))
        return late, today

    return of


def _said(subject: str, reader: Reader, counted: Callable[[str, int], Count2]) -> str:
    """One sentence for all posts of a reader: a unit that two posts answer for is counted once."""
    late = today = 0
    seen: set[tuple[bool, int]] = set()
    for role, unit in sorted(reader.posts):
        first = role in FIRST[subject]
        if not first and role not in AFTER[subject]:
            continue
        place = (role in COUNTY_ROLES, unit)
        if place in seen:
            continue
        seen.add(place)
        found = counted(role, unit)
        late += found[0]
        today += found[1] if first else 0
    parts = [f"{late}件超时" if late else "", f"{today}件今天24:00前" if today else ""]
    said = "，".join(part for part in parts if part)
    return f"{KINDS[subject].name}：{said}" if said else ""


def _visits(readers: Sequence[Reader], on: date) -> dict[str, str]:
    """People whose visit is overdue: never one by one, a sentence for each reader."""
    late = DueItem.objects.to_do(on).filter(due_on__lt=on).order_by()
    people = Count("person_id", distinct=True)
    by_village = {
        row["person__village_id"]: (row["person__township_id"], row["n"])
        for row in late.values("person__village_id", "person__township_id").annotate(n=people)
    }
    own = dict(late.values_list("person__assignee_id").annotate(n=people))
    by_township: dict[int, int] = defaultdict(int)
    for township, n in by_village.values():
        by_township[township] += n
    found = {}
    for reader in readers:
        units = {unit for role, unit in reader.posts if role in TOWNSHIP_ROLES}
        n = sum(by_township.get(unit, 0) for unit in units)
        villages = {unit for role, unit in reader.posts if role in (Role.VILLAGE_HEAD, Role.LIAISON)}
        n += sum(
            by_village[unit][1]
            for unit in villages
            if unit in by_village and by_village[unit][0] not in units
        )
        if not units and not villages and any(role == Role.VISITOR for role, _ in reader.posts):
            n = own.get(reader.user_id, 0)
        if n:
            found[reader.key] = f"待访：{n}人逾期还没访"
    return found
