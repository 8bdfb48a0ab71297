"""A year's days off hold once a second person has compared them; open deadlines follow, closed ones stay."""

import random
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LogEntry
from accounts.scoping import duty_of
from tests.cast import make_cast, make_person, signed_in
from tests.visits.core.test_notice import written
from tests.world import visit
from visits.core import calendar, yearly
from visits.core.models import CalendarDay, CalendarDraft, CalendarYear
from visits.core.yearly import CannotLoad
from visits.followup.models import ChangeReport
from xunfang.kit import jobs
from xunfang.kit.models import Job

AT = timezone.make_aware(datetime(2026, 11, 25, 9, 0))
NEXT = (
    "关于2027年部分节假日安排的通知\n一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n"
    "二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月14日（周日）上班。\n"
    "三、清明节：4月3日至5日放假，共3天。\n四、劳动节：5月1日至5日放假调休，共5天。5月8日（周六）上班。\n"
    "五、端午节：6月9日（周三）放假。\n六、中秋节：9月15日（周三）放假。\n"
    "七、国庆节：10月1日至7日放假调休，共7天。9月26日（周日）、10月9日（周六）上班。"
)


def bring(cast, by=None, year=2027, text=NEXT) -> CalendarDraft:
    by = by or cast.system_admin
    return yearly.bring(year=year, document="2027年的通知", source="", text=text, by=by, at=AT)


@pytest.fixture
def cast(db):
    made = make_cast()
    for user in (made.system_admin, made.city_business, made.township_clerk):
        duty_of(user, date(2026, 11, 25))
    return made


def test_a_second_person_puts_it_in_force_and_the_first_can_not(cast) -> None:
    draft = bring(cast)
    assert not CalendarYear.objects.filter(year=2027).exists()
    with pytest.raises(CannotLoad, match="另一位"):
        yearly.confirm(draft_id=draft.pk, by=cast.system_admin, at=AT)
    yearly.confirm(draft_id=draft.pk, by=cast.city_business, at=AT)
    table = calendar.load()
    assert not table.is_workday(date(2027, 1, 1))
    assert table.is_workday(date(2027, 1, 31))
    assert table.add_workdays(date(2026, 12, 30), 2) == date(2027, 1, 4)
    actions = list(LogEntry.objects.filter(action__startswith="calendar").values_list("action", flat=True))
    assert sorted(actions) == ["calendar_brought", "calendar_confirmed"]


def test_an_open_report_gets_its_day_and_a_filed_one_keeps_what_it_had(cast) -> None:
    found = date(2026, 12, 30)
    for user in (cast.visitor, cast.township_clerk):
        duty_of(user, found)
    reports = []
    for _ in range(2):
        made = visit(make_person(cast), cast.visitor, found, values={"income": 2}, report=True)
        reports.append(ChangeReport.objects.get(visit=made))
    first, second = reports
    assert (first.due_on, bool(first.due_note)) == (None, True)
    ChangeReport.objects.filter(pk=second.pk).update(state="filed", filed_by=cast.township_clerk, filed_at=AT)
    yearly.confirm(draft_id=bring(cast).pk, by=cast.city_business, at=AT)
    for job in Job.objects.filter(state="new"):
        jobs.run(job.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.due_on, first.due_note) == (date(2027, 1, 4), "")
    assert second.due_on is None
    assert LogEntry.objects.filter(action="change_recounted", object_id=str(first.uuid)).count() == 1


def test_a_day_off_in_the_middle_of_the_year_moves_only_what_is_open(cast) -> None:
    text = written(2026, random.Random(1)) + "\n八、特别：12月1日（周二）放假。"
    draft = bring(cast, year=2026, text=text)
    assert [(one.day, one.was, one.now) for one in yearly.differences(draft)] == [
        (date(2026, 12, 1), "", "休")
    ]
    yearly.confirm(draft_id=draft.pk, by=cast.city_business, at=AT)
    assert calendar.load().add_workdays(date(2026, 11, 30), 2) == date(2026, 12, 3)
    assert CalendarDay.objects.filter(day__year=2026, kind="work").count() == 6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"text": "通知见附件"}, "没有读到"), ({"year": 2026}, "说的是2027年"), ({"year": 2017}, "年份填"),
        ({"year": 2040}, "年份填"), ({"year": 2026, "text": written(2026, random.Random(2))}, "和现在用的2026年安排一样"),
    ],
)  # fmt: skip
def test_what_can_not_be_loaded_is_said(cast, change, says) -> None:
    with pytest.raises(CannotLoad, match=says):
        bring(cast, **change)
    assert not CalendarDraft.objects.exists()


def test_one_waits_at_a_time_and_a_returned_one_says_why(cast) -> None:
    draft = bring(cast)
    with pytest.raises(CannotLoad, match="已经有一份"):
        bring(cast, by=cast.city_business)
    with pytest.raises(CannotLoad, match="哪里不对"):
        yearly.turn_down(draft_id=draft.pk, reason=" ", by=cast.city_business, at=AT)
    yearly.turn_down(draft_id=draft.pk, reason="端午是6月9日", by=cast.city_business, at=AT)
    with pytest.raises(CannotLoad, match="退回了"):
        yearly.confirm(draft_id=draft.pk, by=cast.city_business, at=AT)
    again = bring(cast)
    yearly.turn_down(draft_id=again.pk, reason="", by=cast.system_admin, at=AT)
    assert list(CalendarDraft.objects.values_list("state", flat=True)) == ["dropped", "returned"]


def test_nobody_else_brings_or_confirms(cast) -> None:
    with pytest.raises(CannotLoad, match="由市里"):
        bring(cast, by=cast.township_clerk)


def test_the_database_refuses_a_year_confirmed_by_whoever_brought_it(cast) -> None:
    draft = bring(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDraft.objects.filter(pk=draft.pk).update(
            state="confirmed", decided_by=cast.system_admin, decided_at=AT
        )


def test_the_page_reads_asks_and_shows_it_month_by_month(cast) -> None:
    client = signed_in(cast.system_admin, Client())
    url = reverse("visits_core:calendar_new")
    data = {
        "year": "2027",
        "document": "2027年的通知",
        "text": NEXT.replace("共7天。1月31日", "共8天。1月31日"),
    }
    page = client.post(url, data)
    assert page.status_code == 422
    assert "原文写共8天" in page.content.decode()
    odd = NEXT.replace("五、端午节：6月9日（周三）放假。\n", "")
    page = client.post(url, data | {"text": odd})
    assert page.status_code == 422
    assert "端午节只读到0天" in page.content.decode()
    assert client.post(url, data | {"text": odd, "seen": "on"}).status_code == 302
    draft = CalendarDraft.objects.get()
    assert draft.odd
    own = client.get(reverse("visits_core:calendar_draft", args=[draft.pk])).content.decode()
    assert "要请另一位" in own
    other = signed_in(cast.city_business, Client())
    shown = other.get(reverse("visits_core:calendar_draft", args=[draft.pk])).content.decode()
    assert "核对无误" in shown
    assert "端午节只读到0天" in shown
    assert other.post(reverse("visits_core:calendar_confirm", args=[draft.pk])).status_code == 302
    assert "2027年的通知" in other.get(f"{reverse('visits_core:calendar')}?year=2027").content.decode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_file_will_do(cast, encoding) -> None:
    lines = [
        "日期,休班,节日",
        *(f"2027/{day},休,元旦" for day in ("1/1", "5/1", "5/2", "10/1", "10/2", "10/3")),
    ]
    client = signed_in(cast.system_admin, Client())
    file = SimpleUploadedFile("a.csv", "\n".join(lines).encode(encoding))
    data = {"year": "2027", "document": "手工", "text": "", "file": file, "seen": "on"}
    assert client.post(reverse("visits_core:calendar_new"), data).status_code == 302
    assert len(CalendarDraft.objects.get().days) == 6


@pytest.mark.parametrize(
    ("data", "says"),
    [({"document": "d"}, "请填哪一年"), ({"year": "x"}, "年份写成"), ({"year": "2027", "document": "d"}, "请贴通知原文"),
     ({"year": "2027", "document": "d", "file": SimpleUploadedFile("a", b"\xff\xfe\x81")}, "读不出文字")],
)  # fmt: skip
def test_bad_input_is_said_at_its_field(cast, data, says) -> None:
    client = signed_in(cast.system_admin, Client())
    page = client.post(reverse("visits_core:calendar_new"), data)
    assert page.status_code == 422
    assert says in page.content.decode()


def test_ten_years_count_like_a_finger_on_the_calendar(cast) -> None:
    """五(三)-8, -10: from every day of 2018 to 2027, two and three working days, against the plainest count."""
    yearly.confirm(draft_id=bring(cast).pk, by=cast.city_business, at=AT)
    table = calendar.load()
    rows = dict(CalendarDay.objects.values_list("day", "kind"))
    days = [
        date(2018, 1, 1) + timedelta(days=n) for n in range((date(2027, 12, 31) - date(2018, 1, 1)).days + 1)
    ]
    works = [rows.get(day, "off" if day.weekday() > 4 else "work") == "work" for day in days]
    coming: list[date] = []
    expected: dict[date, list[date]] = {}
    for day, work in zip(reversed(days), reversed(works), strict=True):
        expected[day] = coming[-3:][::-1]
        if work:
            coming.append(day)
    for day in days[:-10]:
        assert [table.add_workdays(day, 2), table.add_workdays(day, 3)] == expected[day][1:3]


# ── a year that nobody announced yet ─────────────────────────────────────────────────────────────


def test_a_year_without_a_notice_is_estimated_and_open_rows_get_their_day(cast) -> None:
    found = date(2026, 12, 30)
    for user in (cast.visitor, cast.township_clerk):
        duty_of(user, found)
    made = visit(make_person(cast), cast.visitor, found, values={"income": 2}, report=True)
    report = ChangeReport.objects.get(visit=made)
    assert report.due_on is None
    assert yearly.estimate(today=date(2026, 11, 25), at=AT) == [2027]
    assert yearly.estimate(today=date(2026, 11, 25), at=AT) == []
    for job in Job.objects.filter(state="new"):
        jobs.run(job.pk)
    report.refresh_from_db()
    assert (report.due_on, report.due_note) == (date(2027, 1, 4), "")
    table = calendar.load()
    assert table.is_estimated(date(2027, 1, 4))
    off = [
        date(2027, 1, 1),
        date(2027, 2, 5),
        date(2027, 2, 8),
        date(2027, 5, 2),
        date(2027, 6, 9),
        date(2027, 10, 3),
    ]
    assert not any(table.is_workday(day) for day in off)
    assert table.is_workday(date(2027, 2, 9))
    assert LogEntry.objects.filter(action="calendar_estimated", object_id="2027").count() == 1


def test_the_notice_takes_the_place_of_the_estimate_and_is_never_overwritten_by_one(cast) -> None:
    yearly.estimate(today=date(2026, 11, 25), at=AT)
    draft = bring(cast)
    shown = signed_in(cast.city_business).get(reverse("visits_core:calendar_draft", args=[draft.pk]))
    assert shown.context["differs"] == []
    yearly.confirm(draft_id=draft.pk, by=cast.city_business, at=AT)
    assert yearly.estimate(today=date(2026, 12, 31), at=AT) == []
    table = calendar.load()
    assert not table.is_estimated(date(2027, 1, 4))
    assert table.is_workday(date(2027, 1, 31))


def test_a_new_year_that_comes_before_its_notice_is_estimated_on_the_day_itself(cast) -> None:
    assert yearly.estimate(today=date(2031, 1, 1), at=AT) == [2031, 2032]
    table = calendar.load()
    assert not table.is_workday(date(2031, 1, 1))
    assert table.is_workday(date(2031, 1, 2))
