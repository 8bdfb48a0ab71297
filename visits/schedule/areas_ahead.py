"""责任区 that begin on a later day (五(一)-4): said today, without a gap and without two at once; whoever follows the
place follows on that day (`begin`, before the day's list is written)."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from accounts.models import Region, User
from visits.roster.models import Person
from visits.schedule import areas
from visits.schedule.assigning import Changed, Place
from visits.schedule.models import Area, AreaMember

# A beginning that an outage hid is made good for so long.
REMEMBERED = timedelta(days=14)


def changes(wishes: Mapping[Place, int], starts_on: date) -> list[areas.Change]:
    """Which areas these choices begin on that day. “没写自然村” is no place."""
    spots = {
        (place.village_id, place.hamlet or ""): to_id
        for place, to_id in wishes.items()
        if place.hamlet is None or place.hamlet
    }
    return areas.changes(spots, only_nobody=False, on=starts_on)


def followers(found: Collection[areas.Change], on: date) -> int:
    """How many people follow these places as they are today: not those who were given to somebody by name."""
    spots = {spot for change in found for spot in (change.spot, *change.drops)}
    rows = (
        AreaMember.objects.filter(area__in=Area.objects.live(on).filter(village_id__in={s[0] for s in spots}))
        .filter(person__assignee_id=F("area__visitor_id"))
        .values_list("area__village_id", "area__hamlet")
        .annotate(n=Count("pk"))
    )
    return sum(n for village_id, hamlet, n in rows if (village_id, hamlet) in spots)


def mark(found: Collection[areas.Change], starts_on: date) -> str:
    """Seals what was shown."""
    parts = [f"{one.spot}:{one.was_id}:{one.to_id}:{one.drops}" for one in found]
    return hashlib.sha256(",".join([starts_on.isoformat(), *parts]).encode()).hexdigest()[:32]


@transaction.atomic
def plan(
    *, wishes: Mapping[Place, int], starts_on: date, shown: str, by: User, at: datetime
) -> list[areas.Change]:
    """Do what was shown. What was planned from a still later day stays. Raises `Changed`."""
    villages = sorted({place.village_id for place in wishes})
    units = Region.objects.filter(pk__in=villages).order_by("pk")
    list(units.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    found = changes(wishes, starts_on)
    if mark(found, starts_on) != shown:
        raise Changed
    areas.give_place(found, by=by, at=at, on=starts_on)
    return found


def begin(*, on: date, at: datetime) -> int:
    """Whoever follows a place whose area began as it was planned follows its new visitor. Safe to run twice, or late.
    Returns how many got another visitor."""
    rows = Area.objects.live(on).filter(starts_on__gt=on - REMEMBERED)
    villages = {row.village_id for row in rows if timezone.localtime(row.made_at).date() < row.starts_on}
    if not villages:
        return 0
    people = Person.objects.on_roster().filter(village_id__in=villages).order_by("pk")
    return areas.settle(list(people.values_list("pk", flat=True)), at=at, on=on)
