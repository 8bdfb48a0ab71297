"""责任区 from a later day: no gap, no two at once; whoever follows the place follows on that day."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from tests.cast import Cast, make_person, signed_in
from tests.visits.schedule.test_areas import DAY, NOON, give, later, other, put_on_file, visitor_of
from visits.schedule import areas_ahead, services
from visits.schedule.assigning import Place
from visits.schedule.models import Area
from visits.schedule.tasks import generate

pytestmark = pytest.mark.django_db
FROM = dt.date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def spans() -> list[tuple[str, dt.date, dt.date | None]]:
    return list(Area.objects.order_by("starts_on").values_list("visitor__name", "starts_on", "ends_on"))


def plan(cast: Cast, to: object, on: dt.date = FROM) -> None:
    wishes = {Place(cast.village.pk): to.pk}  # type: ignore[attr-defined]
    shown = areas_ahead.mark(areas_ahead.changes(wishes, on), on)
    areas_ahead.plan(wishes=wishes, starts_on=on, shown=shown, by=cast.township_clerk, at=timezone.now())


def test_until_that_day_nothing_changes_and_then_people_follow_but_not_who_was_given_by_name(
    cast: Cast,
) -> None:
    new, third = other(cast, 1), other(cast, 2)
    follows, named = make_person(cast), make_person(cast)
    give(cast, cast.visitor)
    services.assign(person_ids=[named.pk], to_id=third.pk, by=cast.township_clerk, at=timezone.now())
    plan(cast, new)
    assert spans() == [("VISITOR", DAY, dt.date(2026, 11, 30)), ("谢依水1", FROM, None)]
    joined = put_on_file(cast)
    generate()
    assert [visitor_of(one) for one in (follows, named, joined)] == ["VISITOR", "谢依水2", "VISITOR"]
    with later(cast, FROM + dt.timedelta(days=1)):  # the night itself was missed
        generate()
        generate()
        assert [visitor_of(one) for one in (follows, named, joined)] == ["谢依水1", "谢依水2", "谢依水1"]


def test_who_gets_the_place_before_that_day_has_it_until_then_and_a_plan_can_be_changed(cast: Cast) -> None:
    new, third = other(cast, 1), other(cast, 2)
    plan(cast, new)
    give(cast, cast.visitor)
    assert spans() == [("VISITOR", DAY, dt.date(2026, 11, 30)), ("谢依水1", FROM, None)]
    plan(cast, third)
    assert spans() == [("VISITOR", DAY, dt.date(2026, 11, 30)), ("谢依水2", FROM, None)]


def test_the_table_takes_a_day_shows_what_it_changes_and_refuses_one_that_is_over(cast: Cast) -> None:
    make_person(cast)
    give(cast, cast.visitor)
    new, client = other(cast), signed_in(cast.township_clerk)
    wish = {"which": "all", f"v{cast.village.pk}": new.pk}
    refused = client.post("/due/assign", wish | {"act": "apply", "starts_on": "2026-11-23"})
    assert refused.status_code == 422
    assert "从今天起，一年以内" in refused.content.decode()
    look = client.post("/due/assign", wish | {"act": "look", "starts_on": "2026-12-01"}, follow=True)
    html = look.content.decode()
    assert "12月1日 周二起换人" in html
    assert "跟着责任区走的1人" in html
    assert "VISITOR → <b>谢依水1</b>" in html
    yes = wish | {"act": "apply", "starts_on": "2026-12-01", "shown": look.context["shown"]}
    assert client.post("/due/assign", yes | {"shown": "x"}).status_code == 409
    page = client.post("/due/assign", yes, follow=True).content.decode()
    assert "2026年12月1日 周二起归谢依水1" in page
    assert spans()[-1] == ("谢依水1", FROM, None)
