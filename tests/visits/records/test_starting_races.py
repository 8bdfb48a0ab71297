"""Two at the same moment on two connections: one entry for a visit, and a day that fits what was entered."""

import datetime as dt
import threading
from typing import Any

from django.db import connection

from tests.cast import make_cast, make_person
from tests.visits.records.test_starting import AT, DAY, begin, entry, put
from visits.core.start import go_live
from visits.records.models import OfflineVisit
from visits.records.services import starting
from visits.records.services.offline import CannotRegister
from visits.records.services.starting import CannotStart
from visits.schedule import services as schedule


def _both(*calls: Any) -> list[Any]:
    gate, got = threading.Barrier(len(calls)), []

    def work(call: Any) -> None:
        gate.wait()
        try:
            got.append(call())
        except (CannotStart, CannotRegister) as error:
            got.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return got


def test_two_clerks_who_tick_the_same_village_make_one_entry_each(committed) -> None:
    cast = make_cast(DAY)
    people = [make_person(cast) for _ in range(5)]
    begin(cast)
    schedule.generate(on=DAY)

    def tick(order: int) -> Any:
        return lambda: put(cast, *(entry(one, dt.date(2026, 10, 12)) for one in people[::order]))

    got = _both(tick(1), tick(-1))
    assert sorted((len(one.made), one.again) for one in got) == [(0, 5), (5, 0)]
    assert OfflineVisit.objects.count() == 5


def test_a_day_moved_forward_and_an_entry_at_the_same_moment_do_not_contradict(committed) -> None:
    cast = make_cast(DAY)
    person = make_person(cast)
    begin(cast)
    got = _both(
        lambda: put(cast, entry(person, dt.date(2026, 11, 20))),
        lambda: starting.set_go_live(
            township_id=cast.township.pk, day=dt.date(2026, 11, 15), by=cast.township_clerk, at=AT
        ),
    )
    assert sum(isinstance(one, Exception) for one in got) == 1
    entered = OfflineVisit.objects.filter(visited_on__gte=go_live(cast.township.pk, DAY))
    assert not entered.exists()
