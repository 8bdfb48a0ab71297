"""What visits to many people of a village are asked about: the same facts as `asking.asked_of`, in few queries."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import Region
from visits.records.asking import TYPED_LATER, Asked, AskedRound, known_facts, visitors_of, windows_of
from visits.records.assessment import load
from visits.records.models import FormVersion, Visit
from visits.records.selectors.known import known_by_person
from visits.records.selectors.visiting import is_minor
from visits.roster.models import Dwelling, Membership, Person
from visits.schedule.models import DueItem


def asked_many(people: Sequence[Person], user: Any, now: datetime) -> dict[int, Asked]:
    """Person id → the facts of the form, as of this moment. The same number of queries for ten and a hundred
    people of one village. What is open from before is left out: a typed row does not ask for it."""
    local = timezone.localtime(now)
    today, ids = local.date(), [person.pk for person in people]
    form = load(FormVersion.live(today).definition)
    last = {
        visit.file_id: visit
        for visit in Visit.objects.valid()
        .of_files(ids)
        .filter(visited_on__lte=today)
        .select_related("form_version")
        .order_by("file_id", "-visited_on", "-pk")
        .distinct("file_id")
    }
    live = Membership.objects.live(today).filter(person__in=ids).select_related("group")
    groups: dict[int, list[Membership]] = defaultdict(list)
    for row in live:
        groups[row.person_id].append(row)
    rounds, known = rounds_of(ids, today), known_by_person(ids)
    houses = {row.person_id: row for row in Dwelling.objects.filter(person__in=ids)}
    places: dict[tuple[int, int | None], tuple[Any, Any]] = {}
    units = Region.objects.in_bulk({person.village_id for person in people})
    found = {}
    for person in people:
        place = (person.village_id, person.entrusted_to_id)
        if place not in places:
            places[place] = (windows_of(units[person.village_id], today), visitors_of(person, user, today))
        windows, visitors = places[place]
        found[person.pk] = Asked(
            form=form,
            today=today,
            afternoon=local.hour >= 12,
            windows=windows,
            last=last.get(person.pk),
            minor=is_minor(person, today),
            tekun=any(row.group_id == "tekun" for row in groups[person.pk]),
            self_only=any(row.group.alone for row in groups[person.pk]),
            institution=any(row.care == "institution" for row in groups[person.pk]),
            visitors=visitors,
            rounds=rounds.get(person.pk, ()),
            known=known_facts(known.get(person.pk, ()), today, last.get(person.pk)),
            care=person.care_arrangement,
            dwelling=houses.get(person.pk),
        )
    return found


def rounds_of(ids: Sequence[int], today: date) -> dict[int, tuple[AskedRound, ...]]:
    """By person, the rounds in which they have something open, or had until a few days ago: papers are typed later."""
    waiting = Q(done_on=None, stored__in=["", DueItem.Stored.EXCUSED], closes_on__gte=today - TYPED_LATER)
    items = (
        DueItem.objects.filter(waiting, person__in=ids, cause=DueItem.Cause.ROUND, opens_on__lte=today)
        .select_related("round")
        .order_by("due_on", "pk")
    )
    found: dict[int, list[AskedRound]] = defaultdict(list)
    for item in items:
        if item.round is not None:
            found[item.person_id].append(
                AskedRound(
                    uuid=str(item.round.uuid),
                    name=item.round.name,
                    block=item.round.block,
                    questions=tuple(item.round.questions),
                    say=item.round.say,
                    opens_on=item.opens_on,
                    closes_on=item.closes_on,
                )
            )
    return {pk: tuple(rows) for pk, rows in found.items()}
