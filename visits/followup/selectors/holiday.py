"""What a long holiday leaves open: deadlines that fall into it or right behind it, and who needs a look before."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP
from visits.core.holidays import Holiday
from visits.core.models import CalendarDay
from visits.core.workdays import Calendar, YearNotLoaded
from visits.followup.models import Case, CaseQuerySet, ChangeReport, ChangeReportQuerySet, Emergency
from visits.followup.selectors import shifts
from visits.records.models import Visit
from visits.records.selectors.unreached import ILL_FROM, OLD
from visits.roster.models import Membership, Person, PersonQuerySet
from visits.schedule.models import DueItemQuerySet
from visits.schedule.selectors import urgent_items

BEHIND = 2  # working days after a holiday whose deadlines have to be met before it
URGENT = 3


def until(calendar: Calendar, holiday: Holiday) -> date:
    """The last day of the deadlines that are to be looked at: the second working day behind the holiday, or its last
    day when the days behind it are not known."""
    try:
        return calendar.add_workdays(holiday.last, BEHIND)
    except YearNotLoaded:
        return holiday.last


def changes(user: Any) -> ChangeReportQuerySet:
    """Changes that the county has not been told of."""
    rows = ChangeReport.objects.visible_to(user).filter(state=ChangeReport.State.NOTED)
    return rows.select_related("person").order_by(F("due_on").asc(nulls_last=True), "pk")


def cases(user: Any) -> CaseQuerySet:
    """Cases that the county has not answered; then those that are carried out."""
    rows = (
        Case.objects.visible_to(user).exclude(state=Case.State.CLOSED).select_related("person__merged_into")
    )
    return rows.order_by(F("due_on").asc(nulls_last=True), "pk")


def emergencies(user: Any) -> int:
    return Emergency.objects.visible_to(user).unsettled().count()


def due(user: Any, today: date, last: date) -> DueItemQuerySet:
    """People to be visited whose day lies between today and `last`, both inclusive."""
    return urgent_items(user, today).filter(due_on__gte=today, due_on__lte=last)


def in_need(user: Any, today: date) -> PersonQuerySet:
    """Who should not be without a look for so long: 80 or more and alone, or gravely ill (1-E E7). With `alone`, `ill`."""
    member = Membership.objects.live(today).filter(person_id=OuterRef("pk"))
    last = Visit.objects.valid().filter(person_id=OuterRef("pk")).order_by("-visited_on", "-pk")
    rows = Person.objects.visible_to(user).on_roster().filter(status=Person.Status.LIVE, merged_into=None)
    born = _years_before(today, OLD)
    return (
        rows.annotate(
            alone=Q(birth_date__lte=born)
            & (Exists(member.filter(group_id="old_alone")) | Q(lives_alone=True)),
            ill=Exists(member.filter(group_id="sudden", event=Membership.Event.ILLNESS)),
            illness=Subquery(last.annotate(level=F("illness") % 10).values("level")[:1]),
        )
        .filter(Q(alone=True) | Q(ill=True) | Q(illness__gte=ILL_FROM, illness__lte=URGENT))
        .order_by("village_id", "hamlet", "pk")
    )


def _years_before(today: date, years: int) -> date:
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 2, 28)


def gaps(user: Any, holiday: Holiday) -> list[tuple[Region, list[date]]]:
    """The reader's own offices, and for a county its townships, with the days on which nobody answers; units that are
    covered are left out. In the order of the tree."""
    own = user.duty.units(TOWNSHIP | COUNTY)
    units = Region.objects.live(user.duty.on).filter(
        Q(pk__in=own.get(Level.TOWNSHIP, set()), level=Level.TOWNSHIP)
        | Q(county_id__in=own.get(Level.COUNTY, set()), level__in=[Level.COUNTY, Level.TOWNSHIP])
    )
    found = {unit.pk: unit for unit in units.order_by("level", "position", "pk")}
    bare = shifts.gaps(list(found), shifts.spans_of(holiday))
    return [(unit, bare[pk]) for pk, unit in found.items() if pk in bare]


def name_of(holiday: Holiday) -> str:
    """国庆节, as the calendar calls it; 假期 when it names none."""
    span = (holiday.first - timedelta(days=1), holiday.last)
    names = CalendarDay.objects.filter(day__range=span, kind="off").values_list("name", flat=True)
    return next((name for name in names if name), "假期")
