"""Every number of the list of emergencies is its rows and a plain recount, for every narrowing, up to the city."""

import re
import uuid
from collections.abc import Iterator
from itertools import product

import pytest
import time_machine

from tests.cast import Cast, make_person, signed_in
from tests.visits.followup.casework import DAY, at, on_duty
from visits.followup.models import Emergency
from visits.followup.selectors import emergencies as selectors
from visits.followup.services import emergencies as services

WORDS = {
    "open": "还没结束",
    "waiting": "等值班的接",
    "details": "还没写经过",
    "closed": "已结束",
    "false": "虚惊",
    "all": "全部",
}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(at(DAY, 18), tick=False):
        yield


def part_of(row: Emergency) -> set[str]:
    """In which filters a row stands, said in plain Python."""
    found = {"all"}
    if row.state != "closed":
        found |= (
            {"open"}
            | ({"waiting"} if row.state == "reported" else set())
            | (set() if row.details else {"details"})
        )
    else:
        found.add("false" if row.false_alarm else "closed")
    return found


def test_every_filter_is_its_rows_and_a_recount(cast: Cast) -> None:
    for n, (village, by) in enumerate(
        product((cast.village, cast.other_county_village), ("take", "close", "false", ""))
    ):
        clerk = cast.township_clerk if village == cast.village else cast.neighbour
        boss = cast.county_officer if village == cast.village else cast.neighbour
        row, _ = services.report(
            key=uuid.uuid4(), person_id=make_person(cast, village=village).pk, kind=("ill", "fire")[n % 2], words="",
            by=on_duty(clerk, DAY), at=at(),
        )  # fmt: skip
        if by:
            services.acknowledge(emergency_id=row.pk, by=on_duty(boss, DAY), at=at(DAY, 11))
        if by in ("close", "false"):
            services.close(
                emergency_id=row.pk, outcome="好了", details="都写了", false_alarm=by == "false",
                by=on_duty(boss, DAY), at=at(DAY, 12),
            )  # fmt: skip
    cast.refresh(DAY)
    client, rows = signed_in(cast.city_supervisor), list(Emergency.objects.all())
    for county, kind in product((None, cast.county.pk, cast.other_county.pk), ("", "ill", "fire")):
        chosen = {name: value for name, value in (("county", county), ("kind", kind)) if value}
        here = [row for row in rows if county in (None, row.county_id) and kind in ("", row.kind)]
        said = selectors.counts(cast.city_supervisor, chosen)
        for which in WORDS:
            n = sum(which in part_of(row) for row in here)
            assert said[which] == n == selectors.listed(cast.city_supervisor, which, chosen).count(), (
                chosen,
                which,
            )
        if not kind:
            page = client.get("/emergencies/", {"which": "all", **chosen}).content.decode()
            assert page.count('<th scope="row">') == len(here)
            for which, word in WORDS.items():
                assert re.search(rf"{word} {said[which]}\b", page), (word, said[which])
