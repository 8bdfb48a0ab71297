"""A class that is for offices: no page, paper or table of a village names it; sentences about lists don't either."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from tests.cast import make_cast, make_person
from visits.roster.models import CareGroup, RosterImport
from visits.roster.selectors import classes, freshness
from visits.roster.selectors.labels import groups_upto, level_of
from xunfang.kit import files

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))


@pytest.fixture
def hidden(db):
    cast = make_cast(TODAY)
    for level, code in (("township", "added_50"), ("county", "added_51")):
        group = CareGroup.objects.create(
            code=code, name=f"{level}的一类", short=f"石榴{level}", clause="二", tier="general", position=50,
            visible_from=level,
        )  # fmt: skip
        stored = files.store(b"x", name="a.xlsx", content_type="application/pdf", kind="paper", owner_id=None)
        RosterImport.objects.create(
            county_id=cast.county.pk, township_id=cast.township.pk, group=group, coverage="full", file=stored,
            month=date(2026, 10, 1), default_start=TODAY, state="done",
            created_by=cast.township_clerk,
        )  # fmt: skip
        make_person(cast, groups=(code,))
    return cast


def test_how_old_the_lists_are_is_said_without_a_name_the_reader_may_not_read(hidden) -> None:
    def named(fresh) -> set[str]:
        return {kind.short for kind in fresh.newest_of}

    assert named(freshness.of_user(hidden.visitor, TODAY)) == set()
    assert named(freshness.of_user(hidden.township_clerk, TODAY)) == {"石榴township"}
    assert named(freshness.of_user(hidden.county_officer, TODAY)) == {"石榴township", "石榴county"}
    assert named(freshness.of(hidden.village, TODAY)) == set()
    assert named(freshness.of(hidden.township, TODAY)) == {"石榴township"}


def test_figures_by_class_leave_out_what_the_place_may_not_read(hidden) -> None:
    assert [row.kind.short for row in classes.classes(hidden.township, TODAY)] == ["石榴township"]
    assert classes.classes(hidden.village, TODAY) == []
    assert "石榴county" not in {kind.short for kind in classes.kinds(hidden.township_clerk)}


def test_levels_include_those_below(hidden) -> None:
    found = {unit.level: {g.pk for g in groups_upto(level_of(unit))} & {"added_50", "added_51"}
             for unit in (hidden.county, hidden.township, hidden.village)}  # fmt: skip
    assert found == {2: {"added_50", "added_51"}, 3: {"added_50"}, 4: set()}
