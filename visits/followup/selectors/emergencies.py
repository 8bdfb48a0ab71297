"""Reading emergencies: what is open, what waits for whom, and how long it took until somebody had it in hand."""

from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Q, Value, When

from visits.followup.models import Emergency, EmergencyQuerySet
from visits.records.models import Visit
from visits.roster.models import Person
from visits.roster.selectors.looking import masked

State = Emergency.State
OPEN, WAITING, DETAILS, CLOSED, FALSE, ALL = "open", "waiting", "details", "closed", "false", "all"
WHICH: dict[str, Q] = {
    OPEN: ~Q(state=State.CLOSED),
    WAITING: Q(state=State.REPORTED),
    DETAILS: ~Q(state=State.CLOSED) & Q(details=""),
    CLOSED: Q(state=State.CLOSED, false_alarm=False),
    FALSE: Q(state=State.CLOSED, false_alarm=True),
    ALL: Q(),
}
YEAR = timedelta(days=365)
SHOWN = 20


def scope(user: Any) -> EmergencyQuerySet:
    """What the list counts for this reader: at the city all, with masked names (practice P30)."""
    return Emergency.objects.all() if masked(user) else Emergency.objects.visible_to(user)


def narrowed(user: Any, chosen: dict[str, Any]) -> EmergencyQuerySet:
    """`chosen`: kind, and the county, township or village it is narrowed to, as far as they are given."""
    rows = scope(user)
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    for name in ("county", "township", "village"):
        if chosen.get(name):
            rows = rows.filter(**{f"{name}_id": chosen[name]})
    return rows


def listed(user: Any, which: str, chosen: dict[str, Any]) -> EmergencyQuerySet:
    """The open ones first, of these those that wait for somebody; then the newest."""
    rows = narrowed(user, chosen).filter(WHICH[which])
    order = {State.REPORTED: 0, State.ACKNOWLEDGED: 1, State.CLOSED: 2}
    step = Case(
        *(When(state=state, then=Value(n)) for state, n in order.items()), output_field=IntegerField()
    )
    waits = Case(When(state=State.CLOSED, then=None), default=F("reported_at"))
    return rows.select_related("person__merged_into", "reported_by", "acknowledged_by").order_by(
        step, waits.asc(nulls_last=True), "-reported_at", "-pk"
    )


def counts(user: Any, chosen: dict[str, Any]) -> dict[str, int]:
    """How many each filter shows."""
    made = {
        name: Count("pk", filter=condition) if condition else Count("pk") for name, condition in WHICH.items()
    }
    return narrowed(user, chosen).order_by().aggregate(**made)


def to_acknowledge(user: Any, chosen: dict[str, Any], at: datetime) -> tuple[int, float | None]:
    """How many of the last year somebody else than the reporter took, and the median of the minutes until then."""
    rows = narrowed(user, chosen).filter(acknowledged_at__isnull=False, reported_at__gte=at - YEAR)
    rows = rows.exclude(acknowledged_by=F("reported_by"))
    minutes = [
        (end - start).total_seconds() / 60
        for start, end in rows.values_list("reported_at", "acknowledged_at")
    ]
    return len(minutes), median(minutes) if minutes else None


def visit_of(person: Person | None, uuid: UUID | None) -> Visit | None:
    """The record an emergency is written down from, if it is one of this person (who was fetched by scope)."""
    if person is None or uuid is None:
        return None
    visits = Visit.objects.of_files([person.pk]).filter(uuid=uuid, voided_at=None)
    return visits.select_related("form_version").first()


def unsettled(user: Any) -> list[Emergency]:
    """What 今日 shows: those that wait for somebody first."""
    rows = Emergency.objects.visible_to(user).unsettled().select_related("person", "visit", "acknowledged_by")
    return list(rows.order_by("-state", "reported_at", "pk")[:SHOWN])


def of_person(person: Person, user: Any) -> list[Emergency]:
    """All of the person that this reader may read, of the file and of those merged into it, the newest first."""
    files = Person.objects.of_files([person.pk]).values("pk")
    rows = Emergency.objects.visible_to(user).filter(person__in=files)
    return list(rows.select_related("reported_by", "acknowledged_by").order_by("-reported_at", "-pk"))


def open_of(person: Person, user: Any) -> list[Emergency]:
    """Those of the person that are not over, as far as this reader may read them."""
    rows = Emergency.objects.visible_to(user).unsettled().filter(person=person).select_related("person")
    return list(rows.order_by("-reported_at", "-pk"))


def hidden_days(person: Person, user: Any) -> list[datetime]:
    """practice P17: when something was told of this person that this reader does not read."""
    files = Person.objects.of_files([person.pk]).values("pk")
    seen = Emergency.objects.visible_to(user).values("pk")
    return list(
        Emergency.objects.filter(person__in=files).exclude(pk__in=seen).values_list("reported_at", flat=True)
    )
