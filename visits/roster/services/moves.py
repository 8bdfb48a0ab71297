"""Units move, merge and end: people go with them, in the same transaction (docs/adr on units)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from accounts.models import User
from accounts.regions import CannotChange, Place
from visits.roster.models import Household, Person, RosterImport, Transition
from visits.roster.services.common import after_people_change


def follow(places: Mapping[int, Place], *, by: User | None, at: datetime) -> None:
    """People and households of a moved village carry its new units; what is owed to them follows at once.

    Of a list that waits for confirmation only the township matters."""
    moved: list[int] = []
    for unit_id, place in places.items():
        if place.village_id is None:
            if place.township_id is not None:
                RosterImport.objects.filter(township_id=unit_id).update(
                    county_id=place.county_id, township_id=place.township_id
                )
                moved += _follow_transitions(unit_id, place)
            continue
        people = (
            Person.objects.filter(village_id=unit_id)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        moved += people.values_list("pk", flat=True)
        values = {
            "county_id": place.county_id,
            "township_id": place.township_id,
            "village_id": place.village_id,
        }
        Person.objects.filter(village_id=unit_id).update(**values)
        Household.objects.filter(village_id=unit_id).update(**values)
    if moved:
        for react in after_people_change:
            react(sorted(moved))


def _follow_transitions(unit_id: int, place: Place) -> list[int]:
    """What is open between two townships goes on under the new unit; one that would then lie within a single
    township stays as it is written. Returns the people whose visitors' township changed."""
    open_ = Transition.objects.open()
    values = {"county_id": place.county_id, "township_id": place.township_id}
    for side, other in (("from", "to"), ("to", "from")):
        rows = open_.filter(**{f"{side}_township_id": unit_id})
        if place.township_id != unit_id:
            rows = rows.exclude(**{f"{other}_township_id": place.township_id})
        rows.update(**{f"{side}_{name}": value for name, value in values.items()})
    entrusted = Person.objects.filter(entrusted_to_id=unit_id)
    ids = list(entrusted.values_list("pk", flat=True)) if place.township_id != unit_id else []
    entrusted.update(entrusted_to_id=place.township_id)
    return ids


def refuse_while_inhabited(unit_ids: Collection[int]) -> None:
    """A unit with people on the roster can't end; raises `CannotChange` with their number."""
    people = Person.objects.on_roster()
    count = (
        people.filter(village_id__in=unit_ids)
        | people.filter(township_id__in=unit_ids)
        | people.filter(county_id__in=unit_ids)
    ).count()
    if count:
        raise CannotChange(f"里面还有{count}人在册，请先把他们移到别的村，或把这个单位并到别处")
