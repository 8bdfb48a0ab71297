"""今日: a season that is about to begin, and the round that runs, before everything else."""

import datetime as dt
import uuid

import pytest
import time_machine

from tests.cast import Cast, make_cast, make_person, signed_in
from tests.world import evening, visit
from visits.core.models import UnitSetting
from visits.records.assessment import Window, coming, season
from visits.schedule.rounds import services
from visits.schedule.rounds.services import Plan

OVER_NEW_YEAR = Window("winter", (12, 20), (1, 10))
TO_LEAP = Window("winter", (12, 1), (2, 29))
ONE_DAY = Window("flood", (5, 1), (5, 1))


@pytest.mark.parametrize(
    ("day", "window", "inside"),
    [
        (dt.date(2026, 12, 19), OVER_NEW_YEAR, False),
        (dt.date(2026, 12, 20), OVER_NEW_YEAR, True),
        (dt.date(2026, 12, 31), OVER_NEW_YEAR, True),
        (dt.date(2027, 1, 1), OVER_NEW_YEAR, True),
        (dt.date(2027, 1, 10), OVER_NEW_YEAR, True),
        (dt.date(2027, 1, 11), OVER_NEW_YEAR, False),
        (dt.date(2027, 2, 28), TO_LEAP, True),
        (dt.date(2027, 3, 1), TO_LEAP, False),
        (dt.date(2028, 2, 29), TO_LEAP, True),
        (dt.date(2028, 3, 1), TO_LEAP, False),
        (dt.date(2027, 4, 30), ONE_DAY, False),
        (dt.date(2027, 5, 1), ONE_DAY, True),
        (dt.date(2027, 5, 2), ONE_DAY, False),
    ],
    ids=str,
)
def test_the_first_and_the_last_day_belong_to_the_season(day: dt.date, window: Window, inside: bool) -> None:
    assert (season(day, [window]) is not None) is inside


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (dt.date(2026, 11, 23), None),
        (dt.date(2026, 11, 24), ("winter", dt.date(2026, 12, 1))),
        (dt.date(2026, 11, 30), ("winter", dt.date(2026, 12, 1))),
        (dt.date(2026, 12, 1), None),
        (dt.date(2026, 12, 31), None),
        (dt.date(2027, 3, 24), None),
        (dt.date(2027, 3, 25), ("flood", dt.date(2027, 4, 1))),
    ],
    ids=str,
)
def test_a_season_is_announced_in_the_seven_days_before_it(day: dt.date, found: tuple | None) -> None:
    assert coming(day) == found


def test_a_window_that_begins_on_a_leap_day_begins_in_march_in_other_years() -> None:
    window = Window("flood", (2, 29), (10, 15))
    assert coming(dt.date(2028, 2, 25), [window]) == ("flood", dt.date(2028, 2, 29))
    assert coming(dt.date(2027, 2, 25), [window]) == ("flood", dt.date(2027, 3, 1))


def test_two_seasons_the_nearest_is_said() -> None:
    windows = [Window("flood", (6, 5), (6, 9)), Window("winter", (6, 3), (6, 4))]
    assert coming(dt.date(2027, 6, 1), windows) == ("winter", dt.date(2027, 6, 3))


@pytest.fixture
def cast(db) -> Cast:
    return make_cast(dt.date(2026, 11, 25))


def _at(day: dt.date) -> time_machine.travel:
    return time_machine.travel(dt.datetime(day.year, day.month, day.day, 4, tzinfo=dt.UTC), tick=False)


def test_today_says_when_a_season_begins_by_the_countys_own_window(cast: Cast) -> None:
    with _at(dt.date(2026, 11, 25)):
        for user in (cast.visitor, cast.township_clerk, cast.county_officer):
            assert "冬季12月1日 周二开始" in signed_in(user).get("/").content.decode()
        UnitSetting.objects.create(
            region=cast.county, key="winter", value=["12-15", "02-29"], starts_on=dt.date(2026, 1, 1),
            decided_by=cast.county_head, decided_at=evening(cast.on),
        )  # fmt: skip
        assert "冬季12月" not in signed_in(cast.visitor).get("/").content.decode()
    with _at(dt.date(2026, 12, 15)):
        assert "冬季12月" not in signed_in(cast.visitor).get("/").content.decode()


def test_today_begins_with_the_round_and_whom_to_ring(cast: Cast) -> None:
    with _at(cast.on):
        people = [make_person(cast, name=f"林{n}", phone=f"1380000222{n}", hamlet="上洋") for n in range(3)]
        plan = Plan(
            "cold",
            "寒潮专项巡访",
            cast.on,
            cast.on + dt.timedelta(1),
            ("home", "phone"),
            "winter",
            ("all",),
            say="先打电话",
        )
        row, _ = services.make(
            key=uuid.uuid4(), plan=plan, unit_id=cast.township.pk, by=cast.township_clerk, at=evening(cast.on)
        )
        answers = {"code": "winter", "answers": {"warmth": 0, "heating": [20]}}
        visit(people[0], cast.visitor, cast.on, season=answers)
        cast.refresh(cast.on)
        client = signed_in(cast.visitor)
        page = client.get("/")
        first = page.context["today"]["lines"][0]
        assert first["link"] == "寒潮专项巡访：还有2人没访到"
        assert client.get(first["url"]).context["people"]["pager"]["count"] == 2
        (group,) = page.context["calls"]
        assert [one["name"] for one in group["people"]] == ["林1", "林2"]
        assert group["count"] == client.get(group["all_url"]).context["total"] == 2
        assert 'href="tel:13800002221"' in page.content.decode()
        for user in (cast.township_clerk, cast.township_head, cast.county_officer):
            lines = signed_in(user).get("/").context["today"]["lines"]
            assert lines[0]["link"] == "寒潮专项巡访：还有2人没访到", user.name
            assert len(lines) <= 3
        services.call_off(round_id=row.pk, reason="不冷了", by=cast.township_clerk, at=evening(cast.on))
        assert signed_in(cast.visitor).get("/").context["calls"] == []
