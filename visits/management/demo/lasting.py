"""What is known of people in the demo: lasting states with who cares, and where their houses stand (P13, P15)."""

from datetime import date, timedelta

from accounts.models import User
from visits.management.demo.history import at_evening, on_duty
from visits.management.demo.staff import Staff, Village
from visits.records.models import Visit
from visits.records.services.knowing import note_known
from visits.roster.membership import add_months
from visits.roster.models import Person
from visits.roster.services import open_reviews
from visits.roster.services.dwelling import Facts, note_dwelling

STATES = (
    ("mobility", 1, "儿媳照料，每天送饭"),
    ("mobility", 2, "女儿照料，白天都在"),
    ("thinking", 2, "老伴看着，门上挂了铃"),
    ("speech", 2, "侄子懂手语，每周来两次"),
)
HOUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("stream", "low"), "村小学"),
    ((), ""),
    (("slope",), "村部二楼"),
    (("slope", "geohazard"), "村小学"),
    ((), "村部二楼"),
    (("unsafe",), "女儿家"),
)


def make(staff: Staff, people: dict[int, list[Person]], today: date) -> None:
    """States in every village, some to be looked at again by now; houses of two thirds, the rest not looked at."""
    for village in staff.villages:
        live = [
            person
            for person in Person.objects.filter(pk__in=[one.pk for one in people[village.region.pk]])
            .select_related("assignee")
            .order_by("pk")
            if person.status == Person.Status.LIVE
        ]
        for number, person in enumerate(live):
            _house(village, person, number, today)
            if number % 2 == 1 and person.age(today) >= 55:
                _state(village, person, number // 5, today)
    open_reviews(on=today, at=at_evening(today))


def _by(village: Village, person: Person, day: date) -> User:
    return on_duty(person.assignee or village.head, day)


def _house(village: Village, person: Person, number: int, today: date) -> None:
    if number % 3 == 2:
        return
    risks, refuge = HOUSES[number % len(HOUSES)]
    day = today - timedelta(days=60 + number)
    helper = village.head.name if risks else ""
    phone = str(village.head.phone) if risks else ""
    note_dwelling(
        person_id=person.pk, facts=Facts(risks, helper, phone, refuge), on=day, by=_by(village, person, day),
        at=at_evening(day),
    )  # fmt: skip


def _state(village: Village, person: Person, number: int, today: date) -> None:
    """Every fifth is to be looked at by now; noted with the last visit where there was one."""
    code, value, care = STATES[number % len(STATES)]
    last = Visit.objects.valid().filter(person=person).order_by("-visited_on", "-pk").first()
    due = number % 5 == 0
    day = add_months(today, -6) - timedelta(days=2) if due else today - timedelta(days=20)
    if last is not None and last.ratings[code] > value:
        return
    note_known(
        person_id=person.pk, code=code, value=value, care=care, on=day, by=_by(village, person, day),
        at=at_evening(day),
    )  # fmt: skip
