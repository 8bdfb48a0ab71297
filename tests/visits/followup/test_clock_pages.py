"""The deadlines on the pages of those who must meet them, at the hours and days on which counting goes wrong: compared
with a plain count of days."""

import re
from datetime import date, datetime, time, timedelta

import chinese_calendar
import pytest
import time_machine
from django.urls import reverse

from tests.cast import Cast, signed_in
from tests.visits.followup.casework import SHANGHAI, at, filed, somebody, told
from visits.core.models import CalendarDay, CalendarYear
from visits.followup.services import days

LATE, EARLY = time(23, 59), time(0, 1)
NEW_YEAR = date(2027, 1, 1)
MOMENTS = [
    (date(2026, 11, 24), date(2026, 11, 26), LATE, "a minute before the end of the last day"),
    (date(2026, 11, 24), date(2026, 11, 27), EARLY, "a minute after it"),
    (date(2026, 11, 25), date(2026, 11, 25), LATE, "a minute before the day that counts first"),
    (date(2026, 10, 9), date(2026, 10, 10), EARLY, "a make-up Saturday has begun"),
    (date(2026, 10, 9), date(2026, 10, 10), LATE, "a make-up Saturday ends"),
    (date(2026, 9, 29), date(2026, 10, 1), EARLY, "a long holiday has begun"),
    (date(2026, 12, 30), date(2026, 12, 31), LATE, "a minute before the New Year"),
    (date(2026, 12, 30), NEW_YEAR, EARLY, "a minute after it, on a day off"),
    (date(2026, 12, 30), date(2027, 1, 5), EARLY, "the first minute too late of the new year"),
]


def works(day: date) -> bool:
    if day.year == 2027:
        return day.isoweekday() < 6 and day != NEW_YEAR
    return bool(chinese_calendar.is_workday(day))


def after(day: date, n: int) -> date:
    """The n-th working day after, on the fingers."""
    while n:
        day += timedelta(days=1)
        n -= works(day)
    return day


def between(today: date, due: date) -> int:
    return sum(works(today + timedelta(days=n)) for n in range(1, (due - today).days + 1))


def said(day: date, today: date) -> str:
    year = f"{day.year}年" if day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"


def left(today: date, due: date) -> str:
    n = between(today, due)
    return f"还剩{n}个工作日" if n else "今天到期"


def load_2027(status: str) -> None:
    CalendarYear.objects.create(year=2027, status=status, document="通知")
    CalendarDay.objects.create(day=NEW_YEAR, kind="off", name="元旦")


def page(user: object, url: str, **query: str) -> str:
    """The text as it is read."""
    html = signed_in(user).get(url, query).content.decode()  # type: ignore[arg-type]
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", "", html, flags=re.S))


@pytest.mark.parametrize(("found", "today", "hour", "_why"), MOMENTS, ids=[row[3] for row in MOMENTS])
def test_every_page_says_the_day_and_what_is_left_of_it(
    cast: Cast, found: date, today: date, hour: time, _why: str
) -> None:
    load_2027("official")
    report = told(cast, somebody(cast, name="余细根"), on=found)
    case = filed(cast, somebody(cast, name="张志坚"), on=found)
    days.compile_days(today=found + timedelta(days=1), at=at(found + timedelta(days=1), 0, 3), since=found)
    two, three, one = after(found, 2), after(found, 3), after(found, 1)
    assert (report.due_on, case.due_on) == (two, three)
    with time_machine.travel(datetime.combine(today, hour, SHANGHAI), tick=False):
        clerk, officer = cast.township_clerk, cast.county_officer
        changes = page(clerk, reverse("visits_followup:changes"), which="all")
        change = page(clerk, reverse("visits_followup:change", args=[report.uuid]))
        home = page(clerk, "/")
        if today > two:
            assert "超时未报" in changes
            assert f"应在{said(two, today)}前" in changes
            assert f"应在{said(two, today)}前" in change
            assert "1件变化超时未报" in home
        else:
            assert f"{said(two, today)}前" in changes
            assert left(today, two) in changes
            assert f"{said(two, today)} 24:00前" in change
            assert left(today, two) in change
            assert f"1件变化要报，最近的{said(two, date(two.year, 1, 1))}24:00前" in home.replace(
                "最近的2027年", "最近的"
            )
        cases = page(officer, reverse("visits_followup:cases"), which="all")
        own = page(officer, reverse("visits_followup:case", args=[case.uuid]))
        county = page(officer, "/")
        if today > three:
            assert "超时了" in cases
            assert f"应在{said(three, today)}前" in own
            assert "1个案子超过三个工作日" in county
        else:
            assert f"{said(three, today)}前" in cases
            assert left(today, three) in cases
            assert f"{said(three, today)} 24:00前" in own
            assert f"1个案子要定初步方案，最近的{said(three, today)}前" in county
        summed = page(clerk, reverse("visits_followup:days"))
        assert (f"应在{said(one, today)}前" if today > one else f"{said(one, today)}前") in summed


def test_a_year_that_is_not_loaded_has_no_day_and_says_why(cast: Cast) -> None:
    found, today = date(2026, 12, 30), date(2026, 12, 31)
    report = told(cast, somebody(cast), on=found)
    case = filed(cast, somebody(cast), on=found)
    why = "2027年放假安排还没有录入"
    for now in (today, date(2027, 1, 2)):
        with time_machine.travel(datetime.combine(now, EARLY, SHANGHAI), tick=False):
            clerk, officer = cast.township_clerk, cast.county_officer
            for user, url in (
                (clerk, reverse("visits_followup:changes")),
                (clerk, reverse("visits_followup:change", args=[report.uuid])),
                (officer, reverse("visits_followup:cases")),
                (officer, reverse("visits_followup:case", args=[case.uuid])),
            ):
                shown = page(user, url, which="all")
                assert "日期待定" in shown, url
                assert why in shown, url
            assert "1件要报县级" in page(clerk, "/")
            assert "1个案子要定初步方案" in page(officer, "/")
            assert signed_in(officer).get(reverse("visits_followup:reminders_today")).status_code == 200


def test_an_estimated_year_shows_a_day_that_may_change_and_why(cast: Cast) -> None:
    load_2027("estimated")
    found, today = date(2026, 12, 30), date(2026, 12, 31)
    report = told(cast, somebody(cast), on=found)
    case = filed(cast, somebody(cast), on=found)
    why = "2027年的放假安排还是预估的，正式的通知录入以后会重新算"
    with time_machine.travel(datetime.combine(today, EARLY, SHANGHAI), tick=False):
        clerk, officer = cast.township_clerk, cast.county_officer
        for user, name, row in ((clerk, "change", report), (officer, "case", case)):
            own = page(user, reverse(f"visits_followup:{name}", args=[row.uuid]))
            assert "（预估）" in own
            assert why in own
            assert "前（预估）" in page(user, reverse(f"visits_followup:{name}s"), which="all")


@pytest.mark.parametrize(
    ("day", "n"),
    [(date(2026, 11, 24), 0), (date(2026, 11, 25), 1), (date(2026, 11, 26), 1)],
    ids=["on the day itself", "the day before the last", "the last day"],
)
def test_what_will_be_reminded_today_follows_the_same_days(cast: Cast, day: date, n: int) -> None:
    """A report of the 24th is due on Thursday the 26th; each of its levels is told to the clerk on its own day."""
    told(cast, somebody(cast), on=date(2026, 11, 24))
    with time_machine.travel(datetime.combine(day, EARLY, SHANGHAI), tick=False):
        shown = page(cast.county_officer, reverse("visits_followup:reminders_today"))
    assert ("变化上报" in shown.split("今天会提醒谁几条", 1)[-1]) == bool(n), shown
