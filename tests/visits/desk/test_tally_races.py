"""Changes and counting at the same moment, on two connections: nobody waits, nothing is lost."""

import datetime as dt
import threading

from django.db import connection, transaction

from tests.cast import make_cast, make_person
from tests.visits.desk.world import TODAY, item
from visits.desk import scope, selectors
from visits.desk.models import TallyMark
from visits.desk.tallies import checking, folding
from visits.schedule.models import DueItem
from visits.schedule.periods import Quarter

PERIODS = [Quarter(2026, 4)]


def test_a_change_that_is_not_committed_yet_is_counted_when_it_is(committed):
    cast = make_cast()
    owed = item(make_person(cast), dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    folding.count_all(today=TODAY)
    began, go_on = threading.Event(), threading.Event()

    def visited() -> None:
        with transaction.atomic():
            DueItem.objects.filter(pk=owed.pk).update(done_on=TODAY, done_mode="home", done_met="self")
            began.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=visited)
    thread.start()
    began.wait(20)
    units = scope.units_of(cast.city)
    folding.fold(today=TODAY)  # waits for nobody
    assert selectors.figures(units, PERIODS[0], TODAY).done == 0
    go_on.set()
    thread.join(20)
    assert TallyMark.objects.count() == 1
    assert selectors.figures(units, PERIODS[0], TODAY).done == 1
    folding.fold(today=TODAY)
    assert selectors.figures(units, PERIODS[0], TODAY).done == 1
    assert checking.differing("2026Q4", on=TODAY) == set()


def test_two_who_change_the_same_village_wait_for_nobody_and_both_are_counted(committed):
    cast = make_cast()
    owed = [item(make_person(cast), dt.date(2026, 10, 1), dt.date(2026, 12, 31)) for _ in range(8)]
    folding.count_all(today=TODAY)
    gate = threading.Barrier(3)

    def work(own: list[DueItem]) -> None:
        gate.wait(20)
        for one in own:
            DueItem.objects.filter(pk=one.pk).update(done_on=TODAY, done_mode="home", done_met="self")
        connection.close()

    threads = [threading.Thread(target=work, args=(owed[half::2],)) for half in (0, 1)]
    for thread in threads:
        thread.start()
    gate.wait(20)
    for _ in range(4):
        folding.fold(today=TODAY)
    for thread in threads:
        thread.join(20)
    folding.fold(today=TODAY)
    assert selectors.figures(scope.units_of(cast.village), PERIODS[0], TODAY).done == 8
    assert checking.differing("2026Q4", on=TODAY) == set()
