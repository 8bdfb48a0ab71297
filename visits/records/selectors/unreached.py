"""Who may be in danger and was not found (1-E E7): derived from tries and dates, with no timer behind it.

Taken as such, from what is at hand: who is 80 or more and lives alone (the class, or 独居 ticked), under 18, or
gravely ill (突发困难 by illness, or the last record says illness at 需处理 or worse). Asked after from the first
try that found nobody, until somebody was met, or a try, an absence or the clerk's answer says where they are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from visits.records.models import Attempt, OfflineVisit, Visit
from visits.records.outcomes import SETTLES, UNREACHED
from visits.roster.models import Absence, Membership, Person, Review
from xunfang.kit.prepared import Prepared

WITHIN = timedelta(hours=24)
LOOK_BACK = timedelta(days=92)  # a quarter: what nobody answered for that long is in the next figures
OLD, MINOR = 80, 18
ILL_FROM = 2  # 需处理
# When half a day is over: the clock never starts later than that, whenever it was typed.
ENDS = {"am": time(12, 0), "pm": time(18, 0), "": time(18, 0)}


@dataclass(frozen=True)
class Unreached:
    """Somebody who is to be found by `until` (exclusive); `tries`: how many found nobody since; `first`: the id of
    the first of them."""

    person: Person
    first: int
    since: datetime
    until: datetime
    why: str
    tries: int

    def over(self, now: datetime) -> bool:
        return now >= self.until


def unreached(user: Any, now: datetime) -> list[Unreached]:
    """Those in the user's scope, the most urgent first. Two queries, whatever their number."""
    return _read(Attempt.objects.visible_to(user), now)


def unreached_person(person: Person, now: datetime) -> Unreached | None:
    """The same of one person."""
    today = timezone.localtime(now).date()
    return next(iter(_sorted(_OF_PERSON.all(today, person=person.pk), today)), None)


def unreached_among(person_ids: Collection[int], now: datetime) -> dict[int, Unreached]:
    """Person id → the same, of these people. One query."""
    found = _read(Attempt.objects.filter(person_id__in=person_ids), now)
    return {one.person.pk: one for one in found}


def _read(attempts: QuerySet, now: datetime) -> list[Unreached]:
    today = timezone.localtime(now).date()
    return _sorted(_open(attempts, today).order_by("submitted_at", "pk"), today)


_OF_PERSON = Prepared[Any](
    lambda today, *, person: _open(Attempt.objects.filter(person_id=person), today).order_by(
        "submitted_at", "pk"
    )
)


def _sorted(rows: Iterable[Any], today: date) -> list[Unreached]:
    first: dict[int, Attempt] = {}
    tries: dict[int, int] = {}
    for row in rows:
        first.setdefault(row.person_id, row)
        tries[row.person_id] = tries.get(row.person_id, 0) + 1
    found = [
        Unreached(row.person, row.pk, since, since + WITHIN, _why(row, today), tries[row.person_id])
        for row in first.values()
        for since in [begins(row)]
    ]
    return sorted(found, key=lambda one: (one.until, one.person.pk))


def begins(row: Attempt) -> datetime:
    """When the clock begins: when the try was typed, but not later than the half of the day it was made in."""
    end = timezone.make_aware(datetime.combine(row.tried_on, ENDS.get(row.part_of_day, ENDS[""])))
    return min(row.submitted_at, end)


def _open(attempts: QuerySet, today: date) -> QuerySet:
    same = {"person_id": OuterRef("person_id")}
    later = Attempt.objects.filter(outcome__in=SETTLES, submitted_at__gt=OuterRef("submitted_at"), **same)
    met = Visit.objects.valid().filter(
        visited_on__gte=OuterRef("tried_on"), submitted_at__gt=OuterRef("submitted_at"), **same
    )
    # 别的系统已走访 (P19): met there, entered here.
    elsewhere = OfflineVisit.objects.filter(
        voided_at=None,
        visited_on__gte=OuterRef("tried_on"),
        recorded_at__gt=OuterRef("submitted_at"),
        **same,
    )
    away = Absence.objects.filter(voided_at=None, noted_at__gt=OuterRef("submitted_at"), **same)
    answered = Review.objects.filter(
        kind=Review.Kind.ABSENT_TOLD, outcome="found", settled_at__gt=OuterRef("submitted_at"), **same
    )
    return (
        attempts.filter(
            outcome__in=UNREACHED, tried_on__gte=today - LOOK_BACK,
            person__status=Person.Status.LIVE, person__merged_into=None,
        )
        .filter(~Exists(later), ~Exists(met), ~Exists(elsewhere), ~Exists(away), ~Exists(answered))
        .annotate(**_facts(today))
        .filter(
            Q(person__birth_date__gt=_years_before(today, MINOR))
            | Q(person__birth_date__lte=_years_before(today, OLD), alone=True)
            | Q(ill=True)
            | Q(illness__gte=ILL_FROM, illness__lte=3)
        )
        .select_related("person")
    )  # fmt: skip


def _facts(today: date) -> dict[str, Any]:
    """Of the person of each try: alone, ill by class, and how the last record puts the illness."""
    member = Membership.objects.live(today).filter(person_id=OuterRef("person_id"))
    last = Visit.objects.valid().filter(person_id=OuterRef("person_id")).order_by("-visited_on", "-pk")
    return {
        "alone": Exists(member.filter(group_id="old_alone")) | Q(person__lives_alone=True),
        "ill": Exists(member.filter(group_id="sudden", event=Membership.Event.ILLNESS)),
        "illness": Subquery(last.annotate(level=F("illness") % 10).values("level")[:1]),
    }


def _why(row: Any, today: date) -> str:
    if row.person.age(today) < MINOR:
        return "未成年人"
    if row.person.age(today) >= OLD and row.alone:
        return "80岁以上独居"
    return "有重病"


def _years_before(today: date, years: int) -> date:
    """Whoever was born after that day is younger than so many years."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 2, 28)
