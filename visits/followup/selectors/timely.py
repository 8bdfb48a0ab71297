"""In time or not: one definition for the numbers of a unit and month and for the lists behind them (五(三)-8, -10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    BigIntegerField,
    Count,
    DateField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models import Case as Choice
from django.db.models.expressions import Combinable
from django.db.models.functions import Extract, TruncMonth

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import OVERVIEW
from accounts.scoping import COLUMN, counted
from accounts.succession import ends, units_of
from visits.core.workdays import SHANGHAI
from visits.followup.models import UNANSWERED, Case, CaseMeasure, ChangeReport, DaySummary
from visits.followup.planning import add_months

IN_TIME, DONE_LATE, OVERDUE, WAITING = "in_time", "done_late", "overdue", "waiting"
PARTS = (IN_TIME, DONE_LATE, OVERDUE, WAITING)
REPORTS, CASES = "reports", "cases"
BELOW = {Level.CITY: "county_id", Level.COUNTY: "township_id", Level.TOWNSHIP: "village_id"}
MONTHS = 6


class Median(Aggregate):
    """The middle of a group's values."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def report_part(part: str, today: date) -> Q:
    """Of the reports that were not withdrawn."""
    filed = Q(state=ChangeReport.State.FILED)
    late = Q(due_on__isnull=False, filed_at__date__gt=F("due_on"))
    over = Q(state=ChangeReport.State.NOTED, due_on__lt=today)
    return {
        IN_TIME: filed & ~late,
        DONE_LATE: filed & late,
        OVERDUE: over,
        WAITING: Q(state=ChangeReport.State.NOTED) & ~over,
    }[part]


def case_part(part: str, today: date) -> Q:
    """An answer counts when the head has approved it (docs/adr on the county's clock)."""
    answered = Q(approved_at__isnull=False)
    late = Q(due_on__isnull=False, approved_at__date__gt=F("due_on"))
    over = Q(state__in=UNANSWERED, due_on__lt=today)
    return {
        IN_TIME: answered & ~late,
        DONE_LATE: answered & late,
        OVERDUE: over,
        WAITING: Q(state__in=UNANSWERED) & ~over,
    }[part]


def midnight(on: date) -> datetime:
    return datetime.combine(on, time.min, tzinfo=SHANGHAI)


def reports_between(first: date, until: date) -> QuerySet:
    """Found from `first` on and before `until`."""
    rows = ChangeReport.objects.exclude(state=ChangeReport.State.WITHDRAWN)
    return rows.filter(found_on__gte=first, found_on__lt=until)


def cases_between(first: date, until: date) -> QuerySet:
    """Received from `first` on and before `until`."""
    return Case.objects.filter(received_at__gte=midnight(first), received_at__lt=midnight(until))


def of_unit(rows: QuerySet, region: Region | None) -> QuerySet:
    """By the ids frozen on the row: the old township keeps the figure, until it is merged itself (decisions 6)."""
    return rows if region is None else counted(rows, units_of(region))


def _below(level: int) -> Combinable:
    """The unit below as it is called today: a merged one stands in the figures of the unit it ended in."""
    column = BELOW[Level(level)]
    merged = [When(**{column: old}, then=Value(new)) for old, new in sorted(ends(level + 1).items())]
    return Choice(*merged, default=F(column), output_field=BigIntegerField()) if merged else F(column)


@dataclass
class Line:
    """The numbers of one unit or month. `hours`: in the middle, from known to filed, from received to answered."""

    in_time: int = 0
    done_late: int = 0
    overdue: int = 0
    waiting: int = 0
    hours: float | None = None

    @property
    def all(self) -> int:
        return self.in_time + self.done_late + self.overdue + self.waiting

    @property
    def rate(self) -> float | None:
        """Of what is due by now: what still has time says nothing."""
        due = self.in_time + self.done_late + self.overdue
        return self.in_time / due if due else None


def _lines(rows: QuerySet, part_of: Any, key: Any, since: str, until: str, today: date) -> dict[Any, Line]:
    span = ExpressionWrapper(F(until) - F(since), output_field=DurationField())
    found = (
        rows.order_by()
        .annotate(place=key)
        .values("place")
        .annotate(
            hours=Median(Extract(span, "epoch"), filter=Q(**{f"{until}__isnull": False})),
            **{part: Count("pk", filter=part_of(part, today)) for part in PARTS},
        )
    )
    return {
        row["place"]: Line(
            **{part: row[part] for part in PARTS}, hours=None if row["hours"] is None else row["hours"] / 3600
        )
        for row in found
    }


def by_unit(kind: str, units: dict[int, set[int]], level: int, first: date, today: date) -> dict[int, Line]:
    """Unit below → its month. `units`: those of `accounts.succession.units_of`. Two queries."""
    column = _below(level)
    until = add_months(first, 1)
    if kind == REPORTS:
        rows = counted(reports_between(first, until), units)
        return _lines(rows, report_part, column, "noted_at", "filed_at", today)
    rows = counted(cases_between(first, until), units)
    return _lines(rows, case_part, column, "received_at", "approved_at", today)


def by_month(kind: str, units: dict[int, set[int]], first: date, today: date) -> dict[date, Line]:
    """The month and the five before it. One query."""
    start, until = add_months(first, 1 - MONTHS), add_months(first, 1)
    if kind == REPORTS:
        rows = counted(reports_between(start, until), units)
        month = TruncMonth("found_on")
        return _lines(rows, report_part, month, "noted_at", "filed_at", today)
    rows = counted(cases_between(start, until), units)
    month = TruncMonth("received_at", output_field=DateField(), tzinfo=SHANGHAI)
    return _lines(rows, case_part, month, "received_at", "approved_at", today)


def reasons(units: dict[int, set[int]], first: date) -> list[tuple[str, int]]:
    """Why it was late, in the words of whoever was, the most frequent first; counted, with nobody's name."""
    until = add_months(first, 1)
    found: dict[str, int] = {}
    for rows in (counted(reports_between(first, until), units), counted(cases_between(first, until), units)):
        said = rows.exclude(late_reason="").order_by().values_list("late_reason").annotate(n=Count("pk"))
        for words, n in said:
            found[words] = found.get(words, 0) + n
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))[:20]


def week(units: dict[int, set[int]], monday: date, today: date) -> dict[str, Any]:
    """What happened in a week, as numbers."""
    until = monday + timedelta(days=7)
    days = DaySummary.objects.filter(on__gte=monday, on__lt=until)
    if Level.CITY not in units:
        condition = Q(pk__in=[])
        for level, ids in units.items():
            if level in (Level.COUNTY, Level.TOWNSHIP):
                condition |= Q(**{f"{COLUMN[Level(level)]}__in": ids})
        days = days.filter(condition)
    reports = counted(reports_between(monday, until), units)
    cases = counted(cases_between(monday, until), units)
    given = CaseMeasure.objects.filter(
        advance=True,
        voided_at=None,
        done_on__gte=monday,
        done_on__lt=until,
        case__in=counted(Case.objects.all(), units),
    )
    return {
        **days.order_by().aggregate(visits=Sum("visits"), attempts=Sum("attempts"), findings=Sum("findings")),
        "reports": reports.order_by().aggregate(
            urgent=Count("pk", filter=Q(urgent=True)),
            **{part: Count("pk", filter=report_part(part, today)) for part in PARTS},
        ),
        "cases": cases.order_by().aggregate(
            **{part: Count("pk", filter=case_part(part, today)) for part in PARTS}
        ),
        **given.order_by().aggregate(advances=Count("pk"), fen=Sum("amount")),
    }


def unit_of(user: Any, pk: int | None) -> Region | None:
    """The unit of the address if the user oversees it, or their own highest one; None for neither."""
    if pk is None:
        own = min(
            (post for post in user.duty.posts if post.role in OVERVIEW), key=lambda p: p.level, default=None
        )
        pk = own.region_id if own else None
    region = Region.objects.filter(pk=pk, level__lte=Level.TOWNSHIP).first()
    return region if region is not None and user.duty.role_for(region, OVERVIEW) else None


def narrowed(rows: QuerySet, kind: str, chosen: Mapping[str, Any], today: date) -> QuerySet:
    """The rows behind a number. `chosen`: unit (Region), month (its first day), part."""
    rows = of_unit(rows, chosen.get("unit"))
    if first := chosen.get("month"):
        until = add_months(first, 1)
        between = (
            {"found_on__gte": first, "found_on__lt": until}
            if kind == REPORTS
            else {"received_at__gte": midnight(first), "received_at__lt": midnight(until)}
        )
        rows = rows.filter(**between)
    if part := chosen.get("part"):
        rows = rows.filter((report_part if kind == REPORTS else case_part)(part, today))
    return rows
