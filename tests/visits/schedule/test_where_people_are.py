"""Every item knows where its person is now: who may see it is asked of the item alone (docs/adr/0022)."""

import datetime as dt
import random
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from accounts.models import Region, User
from accounts.regions import Place
from accounts.scoping import visible
from tests.cast import Cast, make_cast, make_person, make_user
from visits.roster.models import Grant, Person
from visits.roster.services import moves
from visits.schedule import generation, selfcheck, services
from visits.schedule.models import DueItem

DAY = dt.date(2026, 11, 24)
NIGHT = dt.datetime(2026, 11, 24, 18, 0, tzinfo=dt.UTC)
UNITS = ("county_id", "township_id", "village_id")


def through_the_person(user: User) -> set[int]:
    """The definition: by the row of the person, whatever the item says."""
    granted = Q(person_id__in=Grant.open_to(user))
    found = visible(DueItem.objects.all(), user, prefix="person__", granted=granted)
    return set(found.values_list("pk", flat=True))


def of_the_item(user: User) -> set[int]:
    return set(DueItem.objects.visible_to(user).values_list("pk", flat=True))


def place_of(village: Region) -> dict[str, int | None]:
    return {"county_id": village.county_id, "township_id": village.township_id, "village_id": village.pk}


def frozen(item: DueItem) -> tuple[int, int, int]:
    item.refresh_from_db()
    return item.county_id, item.township_id, item.village_id


class World:
    """People, their items of several periods in every state, and whatever may happen to them."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.dice = cast, random.Random(seed)
        self.villages = [cast.village, cast.other_village, cast.other_county_village]
        self.villages += Region.objects.filter(level=4, parent=cast.other_township).order_by("pk")[:1]
        for number in range(6):
            made = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
            make_person(cast, name=f"林{number}", village=self.dice.choice(self.villages), created_at=made)
        for day in (dt.date(2026, 5, 1), dt.date(2026, 8, 1), DAY):
            generation.bring_up_to_date(day)
            self.settle()

    @property
    def person(self) -> Person:
        return self.dice.choice(list(Person.objects.order_by("pk")))

    def settle(self) -> None:
        """Some are done, some tried in vain, some made up for, some left to be missed."""
        for item in DueItem.objects.filter(stored="", done_on=None).order_by("pk"):
            how = self.dice.choice([{}, {}, {"stored": "excused"}, {"stored": "dropped"}, {"made_up_on": DAY},
                                    {"done_on": item.due_on, "done_mode": "home", "done_met": "self"}])  # fmt: skip
            if how:
                DueItem.objects.filter(pk=item.pk).update(**how)

    def a_village_moves(self) -> None:
        village, there = self.dice.sample(self.villages, 2)
        moves.follow({village.pk: Place(**place_of(there))}, by=None, at=NIGHT)

    def somebody_moves(self) -> None:
        person, there = self.person, self.dice.choice(self.villages)
        Person.objects.filter(pk=person.pk).update(**place_of(there))
        if self.dice.random() < 0.5:  # whoever forgets to say so changes nothing about who sees what
            services.refresh(person_ids=[person.pk], on=DAY)

    def somebody_is_saved(self) -> None:
        person, there = self.person, self.dice.choice(self.villages)
        person.county_id, person.township_id, person.village_id = place_of(there).values()
        person.save()

    def an_item_goes_over(self) -> None:
        items = DueItem.objects.filter(cause="discharge").order_by("pk")
        if items:
            DueItem.objects.filter(pk=self.dice.choice(items).pk).update(person=self.person)

    def an_item_is_written(self) -> None:
        start = DAY - dt.timedelta(self.dice.randrange(400))
        if not DueItem.objects.filter(cause="discharge", period_start=start).exists():
            DueItem.objects.create(
                person=self.person, cause="discharge", period_start=start, period_end=start, opens_on=start, due_on=start,
                closes_on=start, tier="key", **place_of(self.dice.choice(self.villages)),
            )  # fmt: skip

    def the_visitor_changes(self) -> None:
        Person.objects.filter(pk=self.person.pk).update(
            assignee=self.dice.choice([None, self.cast.visitor, self.cast.village_head])
        )

    def the_night_comes(self) -> None:
        generation.bring_up_to_date(DAY)


EVENTS = (
    World.a_village_moves, World.somebody_moves, World.somebody_is_saved, World.an_item_goes_over,
    World.an_item_is_written, World.the_visitor_changes, World.the_night_comes, World.settle,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_the_items_own_columns_open_what_the_person_opens_whatever_happens(cast: Cast, seed: int) -> None:
    world = World(cast, seed)
    readers = [user for name, user in cast.users.items() if name != "nobody"]
    for _ in range(14):
        world.dice.choice(EVENTS)(world)
        for reader in readers:
            assert of_the_item(reader) == through_the_person(reader)
    assert generation.astray(list(Person.objects.values_list("pk", flat=True))) == []


def test_who_moves_takes_the_file_along_and_leaves_the_figure(cast: Cast) -> None:
    person = make_person(cast, created_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    generation.bring_up_to_date(dt.date(2026, 8, 1))
    missed = DueItem.objects.get(closes_on__lt=DAY)
    was = frozen(missed)
    there = place_of(cast.other_county_village)
    Person.objects.filter(pk=person.pk).update(**there)
    services.refresh(person_ids=[person.pk], on=DAY)
    assert frozen(missed) == was
    assert missed.pk in of_the_item(cast.neighbour)
    assert of_the_item(cast.county_officer) == set()


def test_a_row_without_the_place_is_refused_when_there_is_no_such_person(cast: Cast) -> None:
    start = {"period_start": DAY, "period_end": DAY, "opens_on": DAY, "due_on": DAY, "closes_on": DAY}
    with pytest.raises(IntegrityError), transaction.atomic():
        DueItem.objects.create(
            person_id=1_000_000, cause="discharge", tier="key", **start, **place_of(cast.village)
        )


def test_the_night_finds_and_mends_a_row_that_has_gone_astray(cast: Cast) -> None:
    person = make_person(cast)
    services.generate(on=DAY)
    DueItem.objects.filter(person=person).update(at_village_id=cast.other_village.pk)
    found = selfcheck.check(on=DAY, at=NIGHT)
    assert (found.wrong, found.mended, found.sample) == (1, 1, [person.pk])
    assert not DueItem.objects.exclude(at_village_id=F("person__village_id")).exists()


def test_somebody_who_moves_while_the_list_is_written_is_found_there(committed) -> None:
    """The generation has read the old unit and not yet committed: the move waits for it, then takes its rows along."""
    cast = make_cast()
    cast.users["clerk"] = make_user("别镇经办", "13800000777", "township_clerk", cast.other_township)
    cast.refresh()
    person = make_person(cast)
    there = Region.objects.filter(level=4, parent=cast.other_township).order_by("pk").first()
    assert there is not None
    written, moving = threading.Event(), threading.Event()

    def move() -> None:
        try:
            written.wait(10)
            with transaction.atomic():
                Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
                Person.objects.filter(pk=person.pk).update(**place_of(there))
                moving.set()
                services.refresh(person_ids=[person.pk], on=DAY)
        finally:
            moving.set()
            connection.close()

    thread = threading.Thread(target=move)
    thread.start()
    with transaction.atomic():
        assert generation.bring_up_to_date(DAY) > 0
        # As after an outage: of a period whose window is over nothing follows but where the person is.
        DueItem.objects.update(closes_on=DAY - dt.timedelta(1), due_on=DAY - dt.timedelta(1))
        written.set()
        assert moving.wait(10)
    thread.join(30)
    assert (
        of_the_item(cast.clerk)
        == through_the_person(cast.clerk)
        == set(DueItem.objects.values_list("pk", flat=True))
    )
    assert of_the_item(cast.township_clerk) == set()
