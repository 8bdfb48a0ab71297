"""值班表: who answers when, planned by the office itself, looked at before it counts, never changed afterwards."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts import handover
from accounts.models import LogEntry, Post
from accounts.scoping import duty_of
from tests.cast import Cast, make_cast, make_person, make_user, signed_in
from tests.visits.roster.test_races import both
from tests.world import evening
from visits.core.holidays import Holiday
from visits.followup.models import DutyShift, Emergency
from visits.followup.selectors import shifts as selectors
from visits.followup.services import emergencies
from visits.followup.services import shifts as service
from visits.followup.services.shifts import NewShift
from visits.roster.selectors.duty import duty_phones, strip
from visits.roster.services import CannotChange

TODAY = date(2026, 11, 24)
AT = evening(TODAY)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def new(starts: datetime = AT - HOUR, hours: int = 12, **given: Any) -> NewShift:
    return NewShift(starts, starts + hours * HOUR, **({"name": "林建忠", "phone": "139 0000 1127"} | given))


def made(cast: Cast, *rows: NewShift, by: str = "township_clerk", unit: Any = None) -> list[DutyShift]:
    unit = unit or cast.township
    return service.make(unit_id=unit.pk, new=rows or (new(),), by=getattr(cast, by), at=AT)


# ── services ─────────────────────────────────────────────────────────────────────────────────────


def test_an_office_plans_its_own_telephone(cast: Cast) -> None:
    (row,) = made(cast)
    assert (row.region, row.phone, row.user) == (cast.township, "13900001127", None)
    assert LogEntry.objects.filter(action="shift_made", object_id=str(row.pk)).exists()
    made(cast, by="county_officer", unit=cast.county)
    for by, unit in (
        ("township_clerk", cast.county),
        ("county_officer", cast.township),
        ("township_head", cast.township),
    ):
        with pytest.raises(CannotChange, match="本单位"):
            made(cast, by=by, unit=unit)


def test_an_account_of_the_unit_is_known_by_its_number(cast: Cast) -> None:
    phone = cast.township_head.phone
    own, other = made(cast, new(phone=phone), new(phone=cast.neighbour.phone, place=2))
    assert (own.user, other.user) == (cast.township_head, None)


def test_an_account_counts_while_its_post_runs_also_one_that_will_end(cast: Cast) -> None:
    posts = Post.objects.filter(user=cast.township_clerk)
    day = date(2026, 11, 25)
    for ends_on, found in ((None, True), (day, True), (day - timedelta(days=1), False)):
        posts.update(ends_on=ends_on)
        assert (cast.township_clerk in service.accounts_of(cast.township, day)) is found
    posts.update(starts_on=day + timedelta(days=1), ends_on=None)
    assert cast.township_clerk not in service.accounts_of(cast.township, day)


def test_two_in_one_place_are_refused_with_who_stands_there_and_nothing_is_saved(cast: Cast) -> None:
    made(cast)
    with pytest.raises(service.Overlap, match="第1个已经排了林建忠") as error:
        made(cast, new(place=2), new(AT, name="陈明"))
    assert error.value.field == "text"
    assert DutyShift.objects.count() == 1


@pytest.mark.parametrize(("wrong", "field"), [
    ({"starts": AT - 13 * HOUR}, "first"), ({"hours": 24 * 9}, "ends"), ({"name": " "}, "name"), ({"phone": "12345"}, "phone"),
    ({"place": 4}, "place"), ({"starts": AT + timedelta(days=500)}, "first"),
])  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(CannotChange) as error:
        made(cast, new(**wrong))
    assert error.value.field == field


def test_a_shift_is_cancelled_with_a_reason_and_one_that_is_over_stays(cast: Cast) -> None:
    (row,) = made(cast)
    clerk = cast.township_clerk
    with pytest.raises(CannotChange) as error:
        service.cancel(shift_id=row.pk, reason=" ", by=clerk, at=AT)
    assert error.value.field == "reason"
    with pytest.raises(CannotChange, match="不归您"):
        service.cancel(shift_id=row.pk, reason="换班", by=cast.county_officer, at=AT)
    with pytest.raises(CannotChange, match="已经过了"):
        service.cancel(shift_id=row.pk, reason="换班", by=clerk, at=AT + 11 * HOUR)
    service.cancel(shift_id=row.pk, reason="换班", by=clerk, at=AT)
    made(cast, new(name="陈明"))
    assert [one.name for one in DutyShift.objects.standing()] == ["陈明"]


# ── who stands in the strip ──────────────────────────────────────────────────────────────────────


def test_the_strip_rings_who_is_on_duty_now_else_the_office(cast: Cast) -> None:
    cast.county.duty_phone = cast.township.duty_phone = "059122480123"
    cast.county.save()
    cast.township.save()
    made(cast, new(), new(name="陈明", phone="13900001128", place=2))
    person = make_person(cast)
    lines = strip(cast.visitor, AT, person)
    assert [(one["label"], one["number"]) for one in lines] == [
        ("镇值班 林建忠", "13900001127"),
        ("镇值班 陈明", "13900001128"),
        ("县值班室", "059122480123"),
    ]
    assert str(person.uuid) in lines.report_url
    assert [one["label"] for one in strip(cast.visitor, AT + 11 * HOUR, person)] == [
        "镇值班室",
        "县值班室",
    ]
    # Paper is read at any hour.
    assert [one["label"] for one in duty_phones(cast.township.pk)] == ["镇值班室"]
    assert strip(cast.inspector, AT, person).report_url == ""


def test_every_page_about_a_person_shows_who_is_on_duty_before_any_form(cast: Cast) -> None:
    made(cast)
    person = make_person(cast)
    client = signed_in(cast.visitor)
    pages = [
        reverse("visits_desk:person", args=[person.uuid]),
        reverse("visits_records:visit_new", args=[person.uuid]),
        reverse("visits_records:attempt_new", args=[person.uuid]),
        reverse("visits_followup:emergency_of", args=[person.uuid]),
        reverse("visits_followup:emergency_new"),
        reverse("visits_roster:contact", args=[person.uuid]),
        reverse("visits_roster:departure", args=[person.uuid]),
        "/",
    ]
    for url in pages:
        text = client.get(url).content.decode()
        assert "tel:110" in text, url
        assert "tel:13900001127" in text, url
        assert "系统不会替您打" in text, url


# ── gaps ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_holiday_is_covered_from_the_evening_before_to_the_morning_after(cast: Cast) -> None:
    first = TODAY + timedelta(days=4)
    spans = selectors.spans_of(Holiday(first, first + timedelta(days=2), ()))
    unit = cast.township.pk
    days = [day for day, _, _ in spans]
    assert days == [first - timedelta(days=1), first, first + timedelta(days=1), first + timedelta(days=2)]
    assert selectors.gaps([unit], spans) == {unit: days}
    made(cast, *(NewShift(start, end, "林建忠", "13900001127") for _, start, end in spans[:2]))
    assert selectors.gaps([unit], spans) == {unit: days[2:]}
    made(cast, NewShift(spans[2][1], spans[2][2] - HOUR, "陈明", "13900001128"))
    assert selectors.gaps([unit], spans) == {unit: days[2:]}
    made(cast, NewShift(spans[2][2] - HOUR, spans[3][2], "黄玉", "13900001129", place=2))
    assert selectors.gaps([unit], spans) == {}


def test_the_next_one_is_told_every_fifteen_minutes_and_the_last_one_stays() -> None:
    minutes = [selectors.turn(AT, AT + timedelta(minutes=n), 3) for n in (0, 14, 15, 29, 30, 300)]
    assert minutes == [0, 0, 1, 1, 2, 2]
    assert selectors.turn(AT, AT, 0) == 0


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def paste(cast: Cast, text: str, step: str, **more: Any) -> Any:
    url = reverse("visits_followup:shifts_paste")
    return signed_in(cast.township_clerk).post(url, {"text": text, "month": "2026-11-01", "step": step})


TEXT = "11月25日 林建忠 13900001127，陈明 13900001128\n11月28日 黄玉 13900001129"


def test_pasted_lines_are_looked_at_before_they_count(cast: Cast) -> None:
    looked = paste(cast, TEXT, "look")
    text = looked.content.decode()
    assert looked.status_code == 200
    assert not DutyShift.objects.exists()
    assert "11月25日 周三 17:30到11月26日 周四 8:30" in text
    assert "11月28日 周六 8:30到11月29日 周日 8:30" in text
    assert "排上这3个班" in text
    saved = paste(cast, TEXT, "save")
    assert saved.status_code == 302
    assert DutyShift.objects.count() == 3


def test_a_line_that_cannot_be_is_said_and_nothing_is_saved(cast: Cast) -> None:
    made(cast, new(timezone.make_aware(datetime(2026, 11, 25, 18))))
    answer = paste(cast, f"{TEXT}\n11月1日 林建忠 13900001127\n11月31日 陈明 13900001128", "save")
    text = answer.content.decode()
    assert answer.status_code == 422
    for words in ("第1个已经排了林建忠", "已经过了", "没有这一天", "还有3处不行"):
        assert words in text
    assert DutyShift.objects.count() == 1


def test_a_week_is_planned_in_one_go_from_fields(cast: Cast) -> None:
    body = {"first": "2026-11-25", "last": "2026-12-01", "starts": "17:30", "ends": "8:30", "name": "林建忠",
            "phone": "13900001127", "place": "1", "user": str(cast.township_head.pk)}  # fmt: skip
    client = signed_in(cast.township_clerk)
    assert client.post(reverse("visits_followup:shift_new"), body).status_code == 302
    assert DutyShift.objects.filter(user=cast.township_head).count() == 7
    again = client.post(reverse("visits_followup:shift_new"), body)
    assert again.status_code == 422
    assert "已经排了林建忠" in again.content.decode()


def test_the_month_and_its_paper_and_taking_one_off(cast: Cast) -> None:
    (row,) = made(cast, new(timezone.make_aware(datetime(2026, 11, 25, 17, 30)), 15))
    client = signed_in(cast.township_clerk)
    page = client.get(reverse("visits_followup:shifts")).content.decode()
    assert "林建忠 139 0000 1127" in page
    assert "17:30到次日8:30" in page
    paper = client.get(reverse("visits_followup:shifts_print"), {"month": "2026-11"}).content.decode()
    assert "11月25日" in paper
    assert "139 0000 1127" in paper
    assert "嵩口镇" in paper
    url = reverse("visits_followup:shift_cancel", args=[row.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "换班"}).status_code == 302
    row.refresh_from_db()
    assert (row.cancel_reason, row.cancelled_by) == ("换班", cast.township_clerk)


def test_a_county_looks_at_its_townships_and_plans_only_its_own(cast: Cast) -> None:
    (row,) = made(cast)
    client = signed_in(cast.county_officer)
    page = client.get(reverse("visits_followup:shifts"), {"unit": cast.township.pk})
    assert "林建忠" in page.content.decode()
    assert "贴值班表" not in page.content.decode()
    cancel = reverse("visits_followup:shift_cancel", args=[row.pk])
    assert client.get(cancel).status_code == 302
    assert client.post(cancel, {"reason": "换人"}).status_code == 403
    body = {"text": TEXT, "month": "2026-11-01", "step": "save"}
    url = f"{reverse('visits_followup:shifts_paste')}?unit={cast.township.pk}"
    assert client.post(url, body).status_code == 403
    other = signed_in(cast.neighbour).get(reverse("visits_followup:shifts"), {"unit": cast.township.pk})
    assert other.status_code == 404


def test_todays_page_of_an_office_says_who_is_on_duty(cast: Cast) -> None:
    made(cast)
    text = signed_in(cast.township_clerk).get("/").content.decode()
    assert "现在值班" in text
    assert "139 0000 1127" in text
    assert "永泰县现在没有排人" in signed_in(cast.county_officer).get("/").content.decode()


# ── somebody leaves ──────────────────────────────────────────────────────────────────────────────


def test_shifts_to_come_go_to_the_successor_and_the_running_one_goes_on_with_them(cast: Cast) -> None:
    clerk = cast.township_clerk
    made(cast, new(user_id=clerk.pk), new(AT + 24 * HOUR, user_id=clerk.pk))
    successor = make_user("新来的", "13800000301", "township_clerk", cast.township)
    duty_of(successor, TODAY)
    boss = cast.county_officer
    plan = handover.Plan(last_day=TODAY, to_id=successor.pk)
    moved = handover.hand_over(user_id=clerk.pk, plan=plan, by=boss, at=AT, on=TODAY)
    assert moved["shifts"] == 2
    live = list(DutyShift.objects.standing().order_by("starts_at"))
    assert [(one.user, one.starts_at) for one in live] == [
        (clerk, AT - HOUR),
        (successor, AT),
        (successor, AT + 24 * HOUR),
    ]
    assert live[0].ends_at == AT
    assert live[1].ends_at == AT + 11 * HOUR
    assert live[1].phone == "13800000301"


# ── races ────────────────────────────────────────────────────────────────────────────────────────


def test_two_who_plan_the_same_night_at_once_plan_one(committed: str) -> None:
    cast = make_cast()
    got = both(lambda: made(cast), lambda: made(cast, new(name="陈明")))
    (told,) = [one for one in got if isinstance(one, service.Overlap)]
    assert DutyShift.objects.count() == 1
    assert "第1个已经排了" in str(told)


def test_a_press_that_goes_twice_at_once_is_one_emergency(committed: str) -> None:
    cast, key = make_cast(), uuid.uuid4()
    person = make_person(cast)

    def press() -> object:
        return emergencies.report(key=key, by=cast.visitor, at=AT, person_id=person.pk, kind="ill")

    got = both(press, press)
    assert Emergency.objects.count() == 1
    assert sorted(new for _, new in got) == [False, True]
