"""A village that was merged into another, one that was renamed: every number still leads to as many people, a row says what
its own page says, and the comparison with before counts both."""

from datetime import date

import pytest

from accounts import regions
from tests.cast import make_person, signed_in
from tests.visits.desk.test_homes import page
from tests.visits.desk.test_overview import anchors, length, numbers
from tests.visits.desk.world import TODAY, item, visit
from tests.visits.followup.casework import at
from visits.desk import overview, quarterly, scope, selectors
from visits.desk.selectors import figures
from visits.schedule.periods import Quarter

pytestmark = pytest.mark.django_db
NOW, BEFORE = Quarter(2026, 4), Quarter(2026, 3)


@pytest.fixture
def merged(cast):
    """Two in each village, visited this quarter and the last; then theirs becomes part of ours. What is closed keeps its
    place, what is open follows the people. One person had moved between them: once in the sum."""
    for village in (cast.village, cast.other_village):
        for n in range(2):
            person = make_person(cast, village=village, name=f"{village.name[:2]}{n}")
            for quarter, day in ((BEFORE, date(2026, 8, 3)), (NOW, date(2026, 11, 2))):
                owed = item(person, quarter.start, quarter.end)
                if n == 0 or quarter == BEFORE:
                    visit(person, day, cast.visitor, items=[owed])
    both = make_person(cast, name="两边都有")
    for village, start in ((cast.village, NOW.start), (cast.other_village, date(2026, 11, 1))):
        owed = item(both, start, NOW.end, village_id=village.pk)
        visit(both, date(2026, 11, 2), cast.visitor, items=[owed])
    regions.merge(
        region_id=cast.other_village.pk, into_id=cast.village.pk, starts_on=TODAY, by=cast.city_business,
        at=at(TODAY, 9), on=TODAY,
    )  # fmt: skip
    regions.rename(
        region_id=cast.village.pk, name="月洲新村", by=cast.city_business, at=at(TODAY, 9), on=TODAY
    )
    cast.village.refresh_from_db()
    cast.refresh()
    return cast.village


def test_every_number_of_the_township_and_of_the_village_leads_to_as_many_people(cast, merged):
    client, seen = signed_in(cast.township_clerk), set()
    for unit, period, table in (
        (cast.township, NOW, ""), (cast.township, NOW, "&t=how"), (cast.township, BEFORE, ""), (merged, NOW, "&t=how"),
    ):  # fmt: skip
        text = page(client, f"/overview?unit={unit.pk}&period={period.key}{table}")
        assert "月洲新村" in text
        for url, number in set(numbers(text)) - seen:
            assert length(client, url) == number, (table, period.key, url)
        seen |= set(numbers(text))
    assert len(seen) > 40


def test_the_row_says_what_the_unit_s_own_page_says_and_the_old_one_has_none(cast, merged):
    read = overview.read(cast.township, NOW, TODAY, cast.township_clerk)
    (row,) = [one for one in read.rows if one.figures.due]
    assert row.region.pk == merged.pk
    assert row.figures == figures(scope.units_of(merged), NOW, TODAY)
    assert (row.figures.due, row.figures.done) == (5, 3)
    assert read.whole.due == 5
    draft = quarterly.read(cast.township, NOW, TODAY, cast.township_clerk.duty)
    (line,) = [one for one in draft.rows if one.visits["due"]]
    assert (line.region.pk, line.visits["due"], line.visits["done"]) == (merged.pk, 5, 3)
    assert line.visits == draft.whole.visits


def test_the_comparison_with_before_counts_both_villages(cast, merged):
    units = scope.units_of(merged)
    then = selectors.figures_then(units, BEFORE, date(2026, 8, 24))
    assert (then.due, then.done) == (4, 4)
    text = page(signed_in(cast.township_clerk), f"/overview?unit={merged.pk}")
    part = text[text.index("和以前比") :]
    assert "2026年第三季度，8月24日" in part
    part = part[: part.index("催办文字")]
    cells = [(url, int(said)) for url, said in anchors(part) if said.isdigit()]
    assert len(cells) >= 6
    client = signed_in(cast.township_clerk)
    for url, number in cells:
        assert length(client, url) == number, url
