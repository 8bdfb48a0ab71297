"""提醒规定: the city's floor, a county's more and earlier, each from a day on; and what would be told today."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models.audit import LogEntry
from tests.cast import Cast, signed_in
from tests.visits.followup.test_escalating import report
from visits.core.calendar import load as load_calendar
from visits.core.models import CalendarYear, Notice
from visits.followup.models import Escalation, EscalationRule
from visits.followup.services import reminding
from visits.roster.services.common import CannotChange

pytestmark = pytest.mark.django_db
PAGE, EDIT, END = "visits_followup:reminders", "visits_followup:reminder_edit", "visits_followup:reminder_end"


@pytest.fixture
def tomorrow(cast: Cast) -> date:
    """The pages read the machine's day."""
    cast.refresh(timezone.localdate())
    return timezone.localdate() + timedelta(days=1)


def put(user: Any, day: date, subject: str = "report", level: int = 3, **more: Any) -> Any:
    body = {"days": "1", "at": "9:00", "roles": ["township_head"], "starts_on": day.isoformat()} | more
    return signed_in(user).post(f"{reverse(EDIT)}?subject={subject}&level={level}", body)


def steps(cast: Cast, user: Any, on: date, subject: str = "report") -> list[tuple[int, int, tuple[str, ...]]]:
    unit = reminding.unit_of(user)
    assert unit is not None
    return [(s.level, s.days, s.roles) for s in reminding.held(reminding.rows_of(unit, subject), on)]


def test_the_page_says_each_level_in_words(cast) -> None:
    page = signed_in(cast.city_business).get(reverse(PAGE)).content.decode()
    assert "最后一天的前一个工作日9:00，提醒民政办经办人" in page
    assert "过期后的第3个工作日9:00，提醒市局督查人员" in page
    assert "满24小时还没有补上经过，提醒经手人、民政办经办人" in page
    assert "改</a>" in page
    assert "改</a>" not in signed_in(cast.city_supervisor).get(reverse(PAGE)).content.decode()
    assert "永泰县的提醒规定" in signed_in(cast.county_head).get(reverse(PAGE)).content.decode()


def test_the_city_changes_a_level_from_tomorrow_on_and_what_held_keeps_its_days(cast, tomorrow) -> None:
    assert (
        put(cast.city_business, tomorrow, days="2", roles=["township_head", "county_head"]).status_code == 302
    )
    assert (3, 1, ("township_head",)) in steps(cast, cast.city_business, tomorrow - timedelta(days=1))
    assert (3, 2, ("township_head", "county_head")) in steps(cast, cast.city_business, tomorrow)
    assert EscalationRule.objects.filter(subject="report", level=3).count() == 3
    entry = LogEntry.objects.get(action="escalation_decided")
    assert (entry.detail["subject"], entry.detail["level"]) == ("report", 3)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"days": "2"}, "不能比全市的晚：全市是过期后的第一个工作日9:00，提醒乡镇（街道）主要负责人"),
        ({"at": "10:00"}, "不能比全市的晚"),
        ({"days": "-3"}, "一级要比一级晚"),
        ({"roles": []}, "至少选一位"),
        ({"roles": ["auditor"]}, "请从选项里选"),
        ({"days": "99"}, "请从选项里选"),
        ({"starts_on": "2020-01-01"}, "从明天或以后起才能改"),
        ({"starts_on": "2999-01-01"}, "日期太远"),
        ({"starts_on": "x"}, "日期写成2026-11-24这样"),
    ],
)
def test_a_county_only_tightens(cast, tomorrow, more, words) -> None:
    answer = put(cast.county_officer, tomorrow, **more)
    assert (answer.status_code, words in answer.content.decode()) == (422, True), answer.content.decode()
    assert not EscalationRule.objects.filter(region=cast.county).exists()


def test_a_county_adds_people_and_a_level_and_drops_its_own_again(cast, tomorrow) -> None:
    assert put(cast.county_officer, tomorrow, roles=["county_head"]).status_code == 302
    assert put(cast.county_officer, tomorrow, level=0, days="4", roles=["county_head"]).status_code == 302
    found = steps(cast, cast.county_officer, tomorrow)
    assert (3, 1, ("township_head", "county_head")) in found
    assert (6, 4, ("county_head",)) in found
    page = signed_in(cast.county_officer).get(reverse(PAGE)).content.decode()
    assert "不改了" in page
    client = signed_in(cast.county_officer)
    client.post(f"{reverse(END)}?subject=report&level=6")
    assert (6, 4, ("county_head",)) not in steps(cast, cast.county_officer, tomorrow)
    answer = client.post(f"{reverse(END)}?subject=report&level=1", follow=True)
    assert "不是本单位定的" in answer.content.decode()
    assert client.post(f"{reverse(END)}?subject=x&level=1").status_code == 404


def test_what_was_to_come_and_does_not_leaves_what_held(cast, tomorrow) -> None:
    before = steps(cast, cast.city_business, tomorrow)
    put(cast.city_business, tomorrow, days="2")
    assert "已经定好了从别的日子起改" in put(cast.city_business, tomorrow, at="9:30").content.decode()
    reminding.end(subject="report", level=3, by=cast.city_business, at=timezone.now())
    assert steps(cast, cast.city_business, tomorrow) == before
    assert EscalationRule.objects.filter(subject="report", level=3).count() == 1


def test_the_last_level_of_the_city_stays(cast, tomorrow) -> None:
    for level in (1, 2, 3, 4):
        reminding.end(
            subject="case", level=level, by=cast.city_business, at=timezone.now()
        ) if level < 4 else None
    with pytest.raises(CannotChange, match="至少要留一级"):
        reminding.end(subject="case", level=4, by=cast.city_business, at=timezone.now())


def test_what_would_be_told_today_is_counted_and_nothing_is_written(cast) -> None:
    on = date(2026, 11, 24)
    assert on.year in load_calendar().years
    for _ in range(2):
        report(cast, due_on=on)
    lines = reminding.outlook(cast.county, on)
    assert [(one.unit, one.role, one.n) for one in lines] == [("嵩口镇", "民政办经办人", 2)]
    assert [one.n for one in reminding.outlook(cast.city, on)] == [2]
    assert reminding.outlook(cast.other_county, on) == []
    assert not Escalation.objects.exists()
    assert not Notice.objects.exists()


def test_the_page_of_today_for_city_and_county_and_in_an_unknown_year(cast) -> None:
    url = reverse("visits_followup:reminders_today")
    for user in (cast.city_business, cast.county_officer, cast.city_supervisor):
        assert "只是算一算" in signed_in(user).get(url).content.decode()
    CalendarYear.objects.all().delete()
    assert "今天没有要提醒的" in signed_in(cast.city_business).get(url).content.decode()
    assert signed_in(cast.township_clerk).get(url).status_code == 403


def test_odd_addresses_lead_back(cast) -> None:
    client = signed_in(cast.city_business)
    for query in ("", "?subject=x&level=1", "?subject=visit&level=1", "?subject=report&level=x"):
        assert client.get(reverse(EDIT) + query).status_code == 302
