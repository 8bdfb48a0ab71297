"""What overviews add up from is what a recount gives: after every change at once, and again when it was counted."""

import datetime as dt
import random
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import LogEntry, Post, User
from tests.cast import make_person, signed_in
from tests.visits.desk.test_figures import recount
from tests.visits.desk.world import TODAY, item, random_world, rule, villages_of, visit
from tests.visits.test_random_lives import PERIODS as SEASONS
from tests.visits.test_random_lives import START, Lives
from visits.desk import scope, selectors
from visits.desk.models import Tally, TallyCheck, TallyMark, TallyPeriod, TallyShared
from visits.desk.tallies import checking, folding, reading
from visits.desk.tallies.counting import View
from visits.records.models import Fulfilment, LineReturn, Sheet, SheetLine, Visit
from visits.roster.models import Membership, Person
from visits.schedule import services
from visits.schedule.models import DueItem
from visits.schedule.periods import HalfYear, Quarter

pytestmark = pytest.mark.django_db
PERIODS = [Quarter(2026, 4), Quarter(2026, 3), HalfYear(2026, 2)]
AT = timezone.make_aware(dt.datetime(2026, 11, 24, 3, 50))


def live(units, period, today, column):
    """The same as `reading.counts` with nothing kept."""
    found = reading._people(reading._Kept(), units, View(period), today, column)
    reading._roster(reading._Kept(), units, today, column, found)
    return found


def tidy(found):
    """Without zeros: a unit of nobody is no unit."""
    some = {unit: {code: n for code, n in own.items() if n} for unit, own in found.items()}
    return {unit: own for unit, own in some.items() if own}


def agree(regions, period, today=TODAY):
    """These units, each with what lies below it."""
    for region in regions:
        units = scope.units_of(region)
        for column in {None, scope.BELOW.get(region.level)}:
            said = tidy(reading.counts(units, period, today, column))
            assert said == tidy(live(units, period, today, column)), (region.name, period.key, column)
            then = View(period, period.start + dt.timedelta(54))
            for view, on in ((View(period), today), (then, then.day)):
                said = tidy(reading.people(view, units, on, column, how=True))
                plain = reading._people(reading._Kept(), units, view, on, column, how=True)
                assert said == tidy(plain), (region.name, view.key, column)
            said = tidy(reading.weeks(units, period, today, column))
            by_week = View(period, weeks=True)
            assert said == tidy(reading._people(reading._Kept(), units, by_week, today, column)), region.name


def changes(cast, dice: random.Random) -> list[Callable[[], object]]:
    """Whatever may happen behind the figures, by statement: no service is asked."""
    items = list(DueItem.objects.order_by("pk"))
    people = list(Person.objects.order_by("pk"))
    owed, person = dice.choice(items), dice.choice(people)
    village = dice.choice(villages_of(cast))
    place = {"county_id": village.county_id, "township_id": village.township_id, "village_id": village.pk}
    of_item = DueItem.objects.filter(pk=owed.pk)
    of_person = Person.objects.filter(pk=person.pk)
    done = {"done_on": owed.opens_on, "done_mode": "home", "done_met": dice.choice(["self", "proxy"])}
    undone = {"done_on": None, "done_mode": "", "done_met": "", "done_via": ""}

    def again() -> None:
        start = dt.date(2026, dice.choice([7, 10]), 1)
        of_item_key = {"person": person, "rule": owed.rule, "period_start": start}
        if not DueItem.objects.filter(**of_item_key).exists():
            item(person, start, Quarter.containing(start).end, by=owed.rule, **place)

    def returned() -> None:
        line = SheetLine.objects.filter(returned=None).order_by("?").first()
        if line is not None:
            LineReturn.objects.create(
                line=line, by=cast.liaison, by_title="-", reason="缺一句", at=timezone.now()
            )

    def sheets() -> None:
        for one in Sheet.objects.filter(kind="village").order_by("pk"):
            if dice.random() < 0.4:
                Sheet.objects.filter(pk=one.pk).update(
                    state=dice.choice(["signed", "signing"]), seal=b"-", frozen_at=timezone.now(), approved_by=None,
                    approved_at=None, return_reason="",
                )  # fmt: skip

    def merged() -> None:
        Person.objects.filter(pk=person.pk).update(merged_into=None if person.merged_into_id else people[0])

    return [
        lambda: of_item.update(**place),
        lambda: of_item.update(**done, stored="", made_up_on=None),
        lambda: of_item.update(**undone),
        lambda: of_item.update(stored=dice.choice(["", "dropped", "superseded", "excused"])),
        lambda: of_item.update(made_up_on=TODAY) if owed.done_on is None else None,
        lambda: of_item.delete() if not Fulfilment.objects.filter(due_item=owed).exists() else None,
        again,
        lambda: of_person.update(**place),
        lambda: of_person.update(household=dice.choice(people).household),
        lambda: of_person.update(birth_date=dt.date(dice.choice([1950, 2012]), 1, 1)),
        lambda: of_person.update(assignee=dice.choice([None, cast.visitor, cast.liaison])),
        lambda: of_person.update(status="dead", left_on=TODAY) if person.status == "live" else None,
        merged if person.pk != people[0].pk else sheets,
        sheets,
        returned,
        lambda: Visit.objects.filter(pk=dice.choice(list(Visit.objects.all())).pk).update(
            voided_at=dice.choice([None, timezone.now()])
        ),
        lambda: Membership.objects.filter(person=person).update(ends_on=dice.choice([None, TODAY - dt.timedelta(3)])),
        lambda: Post.objects.filter(user=cast.visitor).update(ends_on=dice.choice([None, TODAY - dt.timedelta(3)])),
        lambda: User.objects.filter(pk=cast.liaison.pk).update(is_active=dice.choice([True, False])),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_kept_numbers_are_the_live_ones_after_every_change(cast, seed):
    random_world(cast, seed)
    folding.count_all(today=TODAY)
    assert set(TallyPeriod.objects.values_list("period", flat=True)) >= {
        "2026Q3",
        "2026Q4",
        "2026H2",
        "2026Q3@54",
        "2026Q3w",
        "2026H2w",
        "list",
    }
    dice = random.Random(seed)
    for _ in range(18):
        for _ in range(dice.choice([1, 1, 3])):
            try:
                with transaction.atomic():
                    dice.choice(changes(cast, dice))()
            except Exception as error:
                if "constraint" not in str(error):  # the house refuses: it did not happen
                    raise
        agree((cast.city, cast.township, dice.choice(villages_of(cast))), dice.choice(PERIODS))
        if dice.random() < 0.6:
            folding.fold(today=TODAY)
            for key in TallyPeriod.objects.exclude(period="all").values_list("period", flat=True):
                assert checking.differing(key, on=TODAY) == set(), key
    folding.fold(today=TODAY)
    assert not TallyMark.objects.exists()
    for period in PERIODS:
        agree((cast.city, cast.county, cast.other_county, cast.other_township, *villages_of(cast)), period)


def test_kept_numbers_follow_random_lives(cast):
    world = Lives(cast, 7)
    world.on(START)
    services.generate(on=START)
    folding.count_all(today=START)
    while world.day < dt.date(2026, 10, 20):
        world.on(world.day + dt.timedelta(days=world.dice.randint(4, 16)))
        for _ in range(world.dice.randint(1, 4)):
            world.step()
        services.generate(on=world.day)
        agree((cast.city, cast.other_township), world.dice.choice(SEASONS), world.day)
        if world.dice.random() < 0.5:
            folding.fold(today=world.day)
            assert all(
                not checking.differing(key, on=world.day) for key in ("2026Q3", "2026Q4", "2026H2", "list")
            )
    for region in (cast.city, cast.township, cast.other_township):
        units = scope.units_of(region)
        plain = recount(units, SEASONS[0], world.day)
        said = selectors.figures(units, SEASONS[0], world.day)
        assert {code: said.of(code) for code in plain} == {code: len(found) for code, found in plain.items()}


def test_what_is_open_is_late_the_next_day_without_anybody_counting(cast):
    person = make_person(cast)
    item(person, dt.date(2026, 10, 1), dt.date(2026, 12, 31), due_on=dt.date(2026, 11, 24))
    folding.count_all(today=TODAY)
    units = scope.units_of(cast.township)
    with CaptureQueriesContext(connection) as asked:
        today = selectors.figures(units, PERIODS[0], TODAY)
    assert (today.open, today.late) == (1, 0)
    assert not any("visits_roster_membership" in query["sql"] for query in asked)  # nothing is counted live
    tomorrow = selectors.figures(units, PERIODS[0], TODAY + dt.timedelta(1))
    assert (tomorrow.open, tomorrow.late, tomorrow.roster) == (0, 1, 1)


def test_somebody_with_items_in_two_villages_is_noted_and_counts_once_above(cast):
    person = make_person(cast)
    first = item(person, dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    folding.count_all(today=TODAY)
    item(
        person, dt.date(2026, 7, 1), dt.date(2026, 12, 31), by=rule("half"), village_id=cast.other_village.pk
    )
    assert TallyShared.objects.filter(person_id=person.pk).exists()
    for _ in range(2):
        below = selectors.figures_below(scope.units_of(cast.township), 3, PERIODS[2], TODAY)
        assert {pk: row.due for pk, row in below.items() if row.due} == {
            cast.village.pk: 1,
            cast.other_village.pk: 1,
        }
        assert selectors.figures(scope.units_of(cast.township), PERIODS[2], TODAY).due == 1
        folding.fold(today=TODAY)
    first.delete()
    folding.fold(today=TODAY)
    assert not TallyShared.objects.exists()
    assert selectors.figures(scope.units_of(cast.village), PERIODS[2], TODAY).due == 0


def test_weeks_and_the_wall_count_nothing_live_and_what_was_never_counted_by_week_is_counted(cast):
    for start, end in (
        (dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
        (dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
    ):
        person = make_person(cast)
        visit(person, start + dt.timedelta(20), cast.visitor, items=[item(person, start, end)])
    folding.count_all(today=TODAY)
    Tally.objects.filter(period__endswith="w").delete()  # as kept by the version before
    TallyPeriod.objects.filter(period__endswith="w").delete()
    client = signed_in(cast.city_supervisor)
    for n in range(2):
        for query in ("t=weeks", "t=weeks&period=2026H2", "screen=1"):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(f"/overview?{query}").status_code == 200
            live = [one for one in asked if "WITH item" in one["sql"]]
            assert bool(live) is (n == 0), query
        folding.fold(today=TODAY)
    with CaptureQueriesContext(connection) as asked:
        folding.fold(today=TODAY)
    assert not any("WITH item" in one["sql"] for one in asked)  # nothing is left to be counted


def test_drift_is_found_mended_and_told(cast, caplog, time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), tick=False)
    for _ in range(3):
        item(make_person(cast), dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    made = checking.check(on=TODAY, at=AT)
    assert (made.wrong, made.periods) == (0, 3)
    Tally.objects.filter(period="2026Q4", level=4).update(due=17)
    made = checking.check(on=TODAY, at=AT)
    assert made.wrong == 1
    assert made.sample == [f"2026Q4 {cast.county.pk}/{cast.township.pk}/{cast.village.pk}"]
    told = LogEntry.objects.filter(action="tallies_checked").values_list("detail", flat=True)
    assert {"periods": 3, "wrong": 1} in told
    assert "differ from a recount" in caplog.text
    assert "1个单位的数不一致，已经重新数过" in signed_in(cast.city_business).get("/").content.decode()
    assert selectors.figures(scope.units_of(cast.village), PERIODS[0], TODAY).due == 3
    assert checking.check(on=TODAY, at=AT).wrong == 0
    assert TallyCheck.objects.count() == 3
