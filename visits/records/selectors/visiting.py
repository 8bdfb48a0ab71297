"""Reading visits: the one before, those of a person, what waits for the township."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from visits.records.models import Attempt, AttemptQuerySet, Draft, Visit
from visits.roster.models import Departure, Membership, Person
from visits.schedule.models import DueItem
from visits.schedule.selectors import DuePerson, cards


def last_visit(person_id: int, on: date, besides: object = None) -> Visit | None:
    """The newest valid visit up to that day (that day included), leaving out the record `besides` (a uuid)."""
    rows = (
        Visit.objects.valid().of_files([person_id]).filter(visited_on__lte=on).select_related("form_version")
    )
    if besides:
        rows = rows.exclude(uuid=besides)
    return rows.order_by("-visited_on", "-pk").first()


def record_of(person: Person, uuid: object) -> Visit | None:
    """The valid record of this person with that uuid."""
    return Visit.objects.valid().of_files([person.pk]).filter(uuid=uuid).first()


def is_minor(person: Person, on: date) -> bool:
    """Whether the questions about minors are asked: under 18 on that day."""
    return person.age(on) < 18


def is_tekun(person: Person, on: date) -> bool:
    """Whether the six indicators of self-care are asked (特困人员认定办法 21)."""
    return Membership.objects.live(on).filter(person=person, group_id="tekun").exists()


def draft_of(person: Person, author: Any) -> Draft | None:
    """What this author was typing about the person; nobody else ever sees it."""
    return Draft.objects.filter(person=person, author=author, together=False).first()


def attempts_since(person: Person, since: date) -> AttemptQuerySet:
    """Tries in vain from that day on, oldest first."""
    return Attempt.objects.of_files([person.pk]).filter(tried_on__gte=since).order_by("tried_on", "pk")


def reported_gone(user: Any) -> AttemptQuerySet:
    """People of the user's units of whom a visitor said that they died or moved, and whose file still says
    otherwise: the township's list to settle."""
    return (
        Attempt.objects.visible_to(user)
        .filter(
            outcome__in=[Attempt.Outcome.DIED, Attempt.Outcome.MOVED],
            person__status=Person.Status.LIVE,
            person__merged_into=None,
        )
        # Noted with the try and taken back since: somebody knows better.
        .exclude(
            Exists(Departure.objects.filter(person=OuterRef("person"), noted_at=OuterRef("submitted_at")))
        )
        .select_related("person", "visitor")
        .order_by("-tried_on", "-pk")
    )


def owed(person: Person, user: Any, today: date) -> DuePerson | None:
    """The most urgent thing owed to this person, in words for the user; or None."""
    items = DueItem.objects.filter(person=person).to_do(today).with_state(today).order_by("due_on", "pk")
    return next(iter(cards(items[:1], today, user)), None)


def nothing_owed(person: Person, today: date) -> list[str]:
    """What stands where the reason to go would: that nobody has to, and when somebody was there last."""
    last = last_visit(person.pk, today)
    words = ["现在没有到期要访的"]
    return [*words, f"上次{last.visited_on.month}月{last.visited_on.day}日"] if last else words
