"""覆盖率: each number against the list behind it, who may see which, and what it costs."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cast import make_cast, make_person, signed_in
from tests.visits.roster.test_comparisons import base, line
from visits.roster.models import Comparison, Person, Review
from visits.roster.selectors import coverage as reading
from visits.roster.services import comparisons, settle_review

COVERAGE = reverse("visits_roster:coverage")


@pytest.fixture
def cast(db):
    return make_cast(timezone.localdate())


def compared(cast) -> Comparison:
    """Three on both, two without a file, one in no class, one of another township; two of ours not on it."""
    both = [make_person(cast, name=f"林两边{n}") for n in range(3)]
    for n in range(2):
        make_person(cast, name=f"陈应核{n}")
    unplaced = make_person(cast, name="黄没列入", groups=("tekun",))
    away = make_person(cast, name="郑别镇", village=cast.other_county_village)
    strangers = [make_person(cast, name=f"吴漏访{n}") for n in range(2)]
    rows = [line(person) for person in (*both, *strangers, unplaced, away)]
    Person.objects.filter(pk__in=[one.pk for one in strangers]).update(merged_into=None)
    for one in strangers:
        one.memberships.all().delete()
        one.delete()
    return base(cast, rows)


def links(page: str) -> dict[str, str]:
    """Which list each number of the page leads to."""
    import re

    return {
        url.rsplit("/", 1)[-1]: url for url in re.findall(r'href="(/roster/coverage/[0-9a-f-]+/\w+)"', page)
    }


def test_each_number_is_that_of_the_list_behind_it(cast) -> None:
    found = compared(cast)
    client = signed_in(cast.township_clerk)
    numbers = reading.table(cast.township, cast.township_clerk, cast.on).cells[cast.township.pk, "dibao"]
    assert (numbers.both, numbers.missing, numbers.unplaced, numbers.check) == (3, 2, 2, 2)
    assert (numbers.here, numbers.listed) == (5, 7)
    page = client.get(COVERAGE).content.decode()
    assert "42.8%" in page  # 3 of 7 is 42.857: never rounded up
    assert "3÷7" in page
    urls = links(page)
    for which, names in {
        "missing": ("吴漏访0", "吴漏访1"), "unplaced": ("黄没列入", "郑别镇"), "check": ("陈应核0", "陈应核1"),
    }.items():  # fmt: skip
        behind = client.get(urls[which]).content.decode()
        assert f"{len(names)}人" in behind
        assert all(name in behind for name in names)
        assert behind.count("<tr>") == len(names) + 1
    people = client.get(reverse("visits_roster:people") + "?group=dibao").content.decode()
    assert f"共{numbers.here}人" in people
    assert found.counts["only_roster"] == numbers.check


def test_what_is_looked_at_leaves_the_number_and_the_list(cast) -> None:
    found = compared(cast)
    asked = Review.objects.filter(kind="base_only_here").first()
    settle_review(
        review_id=asked.pk, outcome="stays", note="名单漏了", by=cast.township_clerk, at=timezone.now()
    )
    numbers = reading.table(cast.township, cast.township_clerk, cast.on).cells[cast.township.pk, "dibao"]
    assert numbers.check == reading.check_of(found).count() == 1


def test_the_numbers_add_up_from_the_township_to_the_city(cast) -> None:
    compared(cast)
    totals = [
        reading.table(region, user, cast.on).total()
        for region, user in (
            (cast.township, cast.township_clerk), (cast.county, cast.county_officer), (cast.city, cast.city_supervisor),
        )
    ]  # fmt: skip
    assert {(one.here, one.listed, one.both, one.missing, one.unplaced, one.check) for one in totals} == {
        (5, 7, 3, 2, 2, 2)
    }
    county = signed_in(cast.county_officer).get(COVERAGE).content.decode()
    assert cast.township.name in county
    assert "3÷7" in county
    assert "3÷7" in signed_in(cast.city_supervisor).get(COVERAGE).content.decode()


def test_the_city_reads_numbers_and_opens_no_names(cast) -> None:
    found = compared(cast)
    client = signed_in(cast.city_supervisor)
    page = client.get(f"{COVERAGE}?unit={cast.township.pk}").content.decode()
    assert "3÷7" in page
    assert not links(page)
    for which in ("missing", "unplaced", "check"):
        url = reverse("visits_roster:coverage_list", args=[found.uuid, which])
        assert client.get(url).status_code == 403
        assert signed_in(cast.neighbour).get(url).status_code == 404
        assert signed_in(cast.county_officer).get(url).status_code == 200
    assert signed_in(cast.neighbour).get(f"{COVERAGE}?unit={cast.township.pk}").status_code == 404
    url = reverse("visits_roster:coverage_list", args=[found.uuid, "both"])
    assert signed_in(cast.county_officer).get(url).status_code == 404


def test_the_newest_list_of_a_class_counts_and_a_short_one_does_not(cast) -> None:
    compared(cast)
    Comparison.objects.update(month=date(2026, 1, 1))
    short = base(cast, [line(make_person(cast, name="一人", groups=("dibao",)))])
    assert short.counts["held"]
    cell = reading.table(cast.township, cast.township_clerk, cast.on).cells[cast.township.pk, "dibao"]
    assert (cell.held, cell.rate) == (True, None)
    page = signed_in(cast.township_clerk).get(COVERAGE).content.decode()
    assert "名单太短，民政办还没确认，先不算" in page


def test_names_that_were_deleted_are_said_to_be(cast) -> None:
    found = compared(cast)
    comparisons.forget(at=timezone.now() + timedelta(days=8))
    page = signed_in(cast.county_officer).get(COVERAGE + f"?unit={cast.township.pk}").content.decode()
    assert "3÷7" in page
    url = reverse("visits_roster:coverage_list", args=[found.uuid, "missing"])
    assert "名单内容7天后已经删除" in signed_in(cast.county_officer).get(url).content.decode()


def test_one_township_or_many_cost_the_same(cast) -> None:
    found = compared(cast)
    client = signed_in(cast.county_officer)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(COVERAGE).status_code == 200
        return len(queries)

    cost()
    few = cost()
    from accounts.models import Region

    for unit in Region.objects.filter(level=3, county_id=cast.county.pk).exclude(pk=cast.township.pk)[:12]:
        Comparison.objects.create(
            county_id=cast.county.pk, township_id=unit.pk, kind="base", group_id="tekun", month=found.month,
            file=found.file, state="done", created_by=found.created_by, created_at=found.created_at, counts=found.counts,
        )  # fmt: skip
    assert cost() == few
