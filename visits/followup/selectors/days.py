"""Reading 当日汇总: the list of days, and behind each number of a day exactly its rows."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q
from django.db.models.functions import Coalesce

from accounts.models import Region
from accounts.roles import COUNTY, TOWNSHIP
from visits.core.workdays import SHANGHAI
from visits.followup.models import ChangeReport, DaySummary, DaySummaryQuerySet, FindingStep
from visits.records.models import Attempt, Visit

SEEN = (FindingStep.Kind.FOUND, FindingStep.Kind.REOPENED)
LATE_DAYS = 60  # so far back the list names days that only have what was typed in later


def townships(user: Any) -> list[Region]:
    """The townships whose days somebody reads, in code order."""
    units = user.duty.units(TOWNSHIP | COUNTY)
    rows = Region.objects.filter(level=3).filter(
        Q(pk__in=units.get(3, set())) | Q(county_id__in=units.get(2, set()))
    )
    return list(rows.order_by("position", "pk"))


def days(user: Any, chosen: Mapping[str, Any]) -> DaySummaryQuerySet:
    """`chosen`: which (open: not confirmed; all), township. The newest first; what waits, the oldest first."""
    rows = DaySummary.objects.visible_to(user)
    if chosen.get("township"):
        rows = rows.filter(township_id=chosen["township"])
    if chosen.get("which") == "all":
        return rows.order_by("-on", "township_id")
    return rows.filter(confirmed_at=None).order_by("on", "township_id")


def counts(user: Any, chosen: Mapping[str, Any]) -> dict[str, int]:
    rows = days(user, {**chosen, "which": "all"}).order_by()
    return rows.aggregate(open=Count("pk", filter=Q(confirmed_at=None)), all=Count("pk"))


def waiting(user: Any, today: date) -> dict[str, Any]:
    """What 今日 says: how many days wait for the township's word, how many of them too long."""
    rows = DaySummary.objects.visible_to(user).filter(confirmed_at=None).order_by()
    return rows.aggregate(
        n=Count("pk"), late=Count("pk", filter=Q(confirm_by__lt=today)), nearest=Min("confirm_by")
    )


def midnight(on: date) -> datetime:
    """24:00 of a day."""
    return datetime.combine(on + timedelta(days=1), time.min, tzinfo=SHANGHAI)


def later(rows: Collection[DaySummary]) -> Counter[tuple[int, date]]:
    """(township, day) → how many rows 后来补录 has: typed in after its 24:00. Four queries."""
    found: Counter[tuple[int, date]] = Counter()
    if not rows:
        return found
    townships, on_days = {row.township_id for row in rows}, {row.on for row in rows}
    for kept, day, typed in _kept(Q(on__in=on_days), townships):
        for township_id, on, at in kept.values_list("at_township", day, typed):
            if at.astimezone(SHANGHAI).date() > on:
                found[township_id, on] += 1
    return found


def _kept(when: Q, townships: Collection[int]) -> list[tuple[Any, str, str]]:
    """What a day consists of, as `rows_of` has it: rows with the township they count for (`at_township`), the name of
    their day, and that of the moment at which they were typed."""
    reports = ChangeReport.objects.annotate(
        at_township=Coalesce("visit__township_id", "offline__township_id", "township_id"), on=F("found_on")
    )
    steps = FindingStep.objects.filter(kind__in=SEEN).annotate(at_township=F("visit__township_id"))
    visits = Visit.objects.valid().annotate(at_township=F("township_id"), on=F("visited_on"))
    attempts = Attempt.objects.annotate(at_township=F("township_id"), on=F("tried_on"))
    found = ((visits, "submitted_at"), (attempts, "submitted_at"), (reports, "noted_at"), (steps, "at"))
    return [(rows.filter(when, at_township__in=townships).order_by(), "on", at) for rows, at in found]  # type: ignore[attr-defined]


def only_later(township_ids: Collection[int], today: date) -> list[tuple[int, date, int]]:
    """Days of the last weeks that had nothing at their 24:00 and have something now: township, day, how many."""
    span = Q(on__range=(today - timedelta(days=LATE_DAYS), today - timedelta(days=1)))
    counted: Counter[tuple[int, date]] = Counter()
    for kept, day, _ in _kept(span, township_ids):
        for township_id, on, n in kept.values_list("at_township", day).annotate(n=Count("pk")):
            counted[township_id, on] += n
    have = set(DaySummary.objects.filter(township_id__in=township_ids).values_list("township_id", "on"))
    first = DaySummary.objects.filter(township_id__in=township_ids).aggregate(first=Min("on"))["first"]
    newest = sorted(counted.items(), key=lambda one: (-one[0][1].toordinal(), one[0][0]))
    return [(pk, on, n) for (pk, on), n in newest if first and on >= first and (pk, on) not in have]


@dataclass
class Part:
    """What was known at 24:00, and what was typed in later, of one kind."""

    then: list[Any] = field(default_factory=list)
    later: list[Any] = field(default_factory=list)


@dataclass
class DayRows:
    """The lists behind the numbers of one day."""

    visits: Part
    attempts: Part
    changes: Part
    findings: Part


def rows_of(township_id: int, on: date) -> DayRows:
    """The rows of a day, by whether they were there at its 24:00. Four queries. What was taken back by then is left
    out; what was taken back later stands with its word."""
    end = midnight(on)
    stood = Q(voided_at=None) | Q(voided_at__gte=end)
    visits = (
        Visit.objects.filter(stood, township_id=township_id, visited_on=on)
        .select_related("person", "visitor")
        .order_by("village_id", "pk")
    )
    attempts = (
        Attempt.objects.filter(township_id=township_id, tried_on=on)
        .select_related("person", "visitor")
        .order_by("pk")
    )
    reports = (
        ChangeReport.objects.filter(found_on=on)
        .filter(Q(visit__township_id=township_id) | Q(offline__township_id=township_id) | Q(visit=None, offline=None, township_id=township_id))
        .exclude(visit__voided_at__lt=end)
        .exclude(offline__voided_at__lt=end)
        .select_related("person", "visit__visitor", "offline", "noted_by", "case")
        .order_by("-urgent", "pk")
    )  # fmt: skip
    steps = (
        FindingStep.objects.filter(
            kind__in=SEEN,
            on=on,
            visit__township_id=township_id,
        )
        .exclude(visit__voided_at__lt=end)
        .select_related("finding__person", "visit__visitor")
        .order_by("pk")
    )
    return DayRows(
        _split(visits, "submitted_at", end, drop_voided=True),
        _split(attempts, "submitted_at", end),
        _split(reports, "noted_at", end),
        _split(steps, "at", end),
    )


def _split(rows: Any, column: str, end: datetime, *, drop_voided: bool = False) -> Part:
    part = Part()
    for row in rows:
        late = getattr(row, column) >= end
        if late and drop_voided and row.voided_at is not None:
            continue
        (part.later if late else part.then).append(row)
    return part
