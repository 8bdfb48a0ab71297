"""时限情况 of units that were merged, moved or renamed: the sum, as somebody would count it by hand."""

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

import pytest
import time_machine
from django.urls import reverse

from accounts import regions
from accounts.models import Region
from accounts.roles import Role
from accounts.succession import units_of
from tests.cast import Cast, make_user, signed_in
from tests.visits.followup.casework import at, on_duty, proposed, somebody, told
from visits.followup import services
from visits.followup.models import Case, ChangeReport, DaySummary
from visits.followup.rows.timely import week_words
from visits.followup.selectors import timely
from visits.followup.services import cases, days

TODAY, FIRST = date(2026, 11, 24), date(2026, 11, 1)
COUNTY, TOWNSHIP = 2, 3


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(at(TODAY, 18), tick=False):
        yield


@pytest.fixture
def two(cast: Cast) -> list[Region]:
    """Our township and its neighbour with what happened in November: told, filed in time or late or never, answered
    or not."""
    dice = random.Random(7)
    village = Region.objects.filter(level=4, parent=cast.other_township).earliest("position")
    clerk = make_user("那边经办", "13800000601", Role.TOWNSHIP_CLERK, cast.other_township)
    for place, by in ((cast.village, cast.township_clerk), (village, clerk)):
        for _ in range(6):
            on = date(2026, 11, dice.choice([9, 10, 17, 23]))
            report = told(cast, somebody(cast, village=place), on=on, by=by)
            if dice.random() < 0.7:
                late = on + timedelta(days=dice.choice([0, 0, 6]))
                day = min(late, TODAY)
                report = services.file(
                    change_id=report.pk, by=on_duty(by, day), at=at(day, 17), late_reason="山路断了"
                )
                if report.case is not None and dice.random() < 0.6:
                    row = proposed(cast, report.case, on=day, answer="no_effect", late_reason="核对户籍")
                    cases.approve(
                        seen={row.pk: cases.stamp(row)}, by=on_duty(cast.county_head, day), at=at(day, 19)
                    )
    days.compile_days(today=date(2026, 11, 24), at=at(TODAY, 0, 3))
    cast.refresh(TODAY)
    return [cast.township, cast.other_township]


def by_hand(ids: set[int]) -> dict[str, timely.Line]:
    """The two lines of these townships together, row by row."""
    reports, answers = timely.Line(), timely.Line()
    waited: dict[str, list[float]] = {"reports": [], "cases": []}
    for kind, line, rows, done in (
        ("reports", reports, ChangeReport.objects.exclude(state="withdrawn"), "filed_at"),
        ("cases", answers, Case.objects.all(), "approved_at"),
    ):
        for row in rows.filter(township_id__in=ids):
            ended = getattr(row, done)
            if ended is None:
                part = "overdue" if row.due_on < TODAY else "waiting"
            else:
                part = "in_time" if ended.date() <= row.due_on else "done_late"
                begun = row.noted_at if kind == "reports" else row.received_at
                waited[kind].append((ended - begun).total_seconds() / 3600)
            setattr(line, part, getattr(line, part) + 1)
        line.hours = median(waited[kind]) if waited[kind] else None
    return {"reports": reports, "cases": answers}


def merge(cast: Cast, gone: Region, into: Region) -> None:
    regions.merge(
        region_id=gone.pk, into_id=into.pk, starts_on=TODAY, by=cast.city_business, at=at(TODAY, 9), on=TODAY
    )
    cast.refresh(TODAY)


def test_a_merged_township_s_figures_are_those_of_both(cast: Cast, two: list[Region]) -> None:
    ours, theirs = two
    each = {one.pk: by_hand({one.pk}) for one in two}
    units = {COUNTY: {cast.county.pk}}
    for kind in (timely.REPORTS, timely.CASES):
        assert timely.by_unit(kind, units, COUNTY, FIRST, TODAY) == {
            pk: lines[kind] for pk, lines in each.items()
        }
    before = timely.week(units, date(2026, 11, 23), TODAY)
    merge(cast, theirs, ours)
    ours.refresh_from_db()
    whole = by_hand({ours.pk, theirs.pk})
    assert sum(one["reports"].all for one in each.values()) == whole["reports"].all == 12
    for kind in (timely.REPORTS, timely.CASES):
        assert timely.by_unit(kind, units, COUNTY, FIRST, TODAY) == {ours.pk: whole[kind]}
        below = timely.by_unit(kind, units_of(ours), TOWNSHIP, FIRST, TODAY)
        assert sum(line.all for line in below.values()) == whole[kind].all
        assert timely.by_month(kind, units_of(ours), FIRST, TODAY)[FIRST] == whole[kind]
    assert timely.week(units, date(2026, 11, 23), TODAY) == before
    own = timely.week(units_of(ours), date(2026, 11, 23), TODAY)
    assert own == before  # the two are all there is in this county
    assert own["visits"] == sum(
        DaySummary.objects.filter(on__gte=date(2026, 11, 23)).values_list("visits", flat=True)
    )
    late = sum(1 for _, n in timely.reasons(units_of(ours), FIRST) for _ in range(n))
    assert late == sum(rows.exclude(late_reason="").count() for rows in (ChangeReport.objects, Case.objects))


def test_the_page_and_the_list_behind_each_number_say_the_same(cast: Cast, two: list[Region]) -> None:
    ours, theirs = two
    merge(cast, theirs, ours)
    whole = by_hand({ours.pk, theirs.pk})
    officer, clerk = signed_in(cast.county_officer), signed_in(cast.township_clerk)
    page = officer.get(reverse("visits_followup:timely")).content.decode()
    assert theirs.name not in page
    words = "".join(
        week_words(
            ours.name, date(2026, 11, 23), timely.week(units_of(ours), date(2026, 11, 23), TODAY), TODAY
        )
    )
    own = clerk.get(reverse("visits_followup:timely")).content.decode()
    assert words in own
    for name, kind, unit in (("changes", "reports", "份"), ("cases", "cases", "个")):
        for part in timely.PARTS:
            n = getattr(whole[kind], part)
            query = {"which": "all", "unit": ours.pk, "month": "2026-11", "part": part}
            for client in (officer, clerk):
                listed = client.get(reverse(f"visits_followup:{name}"), query).content.decode()
                found = re.search(rf"共(\d+){unit}", listed)
                assert (int(found[1]) if found else 0) == n, (name, part)


def test_a_village_that_moved_away_leaves_its_figures_and_no_way_in(cast: Cast, two: list[Region]) -> None:
    """A renamed one keeps everything; it is the same unit."""
    ours, _ = two
    regions.rename(region_id=ours.pk, name="嵩口古镇", by=cast.city_business, at=at(TODAY, 9), on=TODAY)
    regions.move(
        region_id=ours.pk, to_id=cast.other_county.pk, starts_on=TODAY, document_no="榕政〔2026〕9号",
        by=cast.city_business, at=at(TODAY, 9), on=TODAY,
    )  # fmt: skip
    cast.refresh(TODAY)
    answered = Case.objects.filter(township_id=ours.pk, county_id=cast.county.pk).count()
    line = timely.by_unit(timely.CASES, {COUNTY: {cast.county.pk}}, COUNTY, FIRST, TODAY)[ours.pk]
    assert line.all == answered > 0
    page = signed_in(cast.county_officer).get(reverse("visits_followup:timely")).content.decode()
    assert "嵩口古镇" in page
    assert f"unit={ours.pk}" not in page
