"""An emergency is told at once to those on duty, by what they have; the day's digest counts what is open."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import Cast, make_person, make_user
from tests.visits.core.test_sending import robot, way
from tests.visits.followup.test_escalating import at, emergency, report, sheet
from tests.world import fill
from visits.core.models import Delivery, Notice
from visits.core.sending import digests, outbox
from visits.core.sending.digests import Reader
from visits.followup.digest_lines import lines
from visits.followup.models import DutyShift, Emergency
from visits.followup.rows.emergencies import waiting_words
from visits.followup.selectors.shifts import people_now
from visits.followup.services import alarming, emergencies

pytestmark = pytest.mark.django_db
NIGHT = at(24, 23)


def shift(cast: Cast, user: Any, **more: Any) -> DutyShift:
    values: dict[str, Any] = {
        "region": cast.county, "starts_at": at(24, 18), "ends_at": at(25, 8), "name": "值班的", "phone": "22480123",
        "user": user, "made_by": cast.county_officer, "made_at": at(20),
    }  # fmt: skip
    return DutyShift.objects.create(**values | more)


def told_of(cast: Cast) -> Emergency:
    row, _ = emergencies.report(
        key=uuid.uuid4(),
        by=cast.visitor,
        at=NIGHT,
        kind="ill",
        person_id=make_person(cast).pk,
        words="倒在灶间",
    )
    return row


def asked(*users: Any) -> list[int]:
    return [Notice.objects.unread().to(user).count() for user in users]


def test_those_on_duty_and_whose_work_it_is_are_told_at_once_and_nobody_else(cast, mailbox) -> None:
    night = make_user("值夜的", "13800000501", "visitor", cast.other_village)
    off = make_user("不值的", "13800000502", "visitor", cast.other_village)
    shift(cast, night)
    shift(cast, off, starts_at=at(25, 8), ends_at=at(25, 18))
    way(night, "urgent")
    told_of(cast)
    assert asked(night, cast.township_clerk, cast.township_head, cast.county_officer) == [1, 1, 1, 1]
    assert asked(off, cast.visitor, cast.neighbour, cast.city_supervisor) == [0, 0, 0, 0]
    assert outbox.send_waiting(lambda: NIGHT) == 1
    assert "嵩口镇：有一件紧急情况" in mailbox.texts
    assert "灶间" not in mailbox.texts


def test_the_groups_of_township_and_county_hear_it_once(cast, group) -> None:
    for region in (cast.county, cast.township, cast.other_township, cast.other_county):
        robot(cast, f"{group.origin}/{region.pk}", "wecom", region=region)
    told_of(cast)
    outbox.send_waiting(lambda: NIGHT)
    assert sorted(path for path, _ in group.taken) == sorted(
        f"/{region.pk}" for region in (cast.county, cast.township)
    )


def test_when_somebody_has_it_in_hand_nobody_else_has_to_hurry(cast, mailbox) -> None:
    way(cast.township_head, "urgent")
    row = told_of(cast)
    emergencies.acknowledge(emergency_id=row.pk, by=cast.county_officer, at=NIGHT)
    assert asked(cast.township_clerk, cast.township_head, cast.county_officer) == [0, 0, 0]
    assert Delivery.objects.get().state == "dropped"


def test_who_comes_on_duty_later_is_told_of_what_nobody_took_and_each_once(cast) -> None:
    row = told_of(cast)
    morning = make_user("接早班的", "13800000503", "visitor", cast.other_village)
    shift(cast, morning, starts_at=at(25, 8), ends_at=at(25, 18))
    assert alarming.scan(at=at(24, 23, 10)) == 1
    assert asked(morning) == [0]
    alarming.scan(at=at(25, 8))
    alarming.scan(at=at(25, 8, 5))
    assert Notice.objects.to(morning).filter(key=f"urgent:{row.pk}").count() == 1
    emergencies.acknowledge(emergency_id=row.pk, by=cast.county_officer, at=at(25, 8, 10))
    assert alarming.scan(at=at(25, 18)) == 0


def test_after_fifteen_thirty_and_sixty_minutes_somebody_more_is_told(cast, group) -> None:
    first, second = (make_user(f"值{n}", f"1380000051{n}", "visitor", cast.other_village) for n in (1, 2))
    shift(cast, first)
    shift(cast, second, place=2, phone="22480124")
    robot(cast, f"{group.origin}/x", "wecom")
    row = told_of(cast)
    people = (first, second, cast.township_head, cast.county_head)
    found = []
    for minutes in (14, 15, 29, 30, 59, 60, 75):
        alarming.scan(at=NIGHT + timedelta(minutes=minutes))
        found.append(asked(*people))
    assert found == [
        [1, 1, 1, 0], [1, 2, 1, 0], [1, 2, 1, 0], [2, 3, 2, 0], [2, 3, 2, 0], [2, 3, 2, 1], [2, 3, 2, 1],
    ]  # fmt: skip
    assert (
        Notice.objects.to(cast.county_head).get().words
        == "嵩口镇：一件紧急情况过了60分钟还没有人接，请马上看、打电话"
    )
    assert Delivery.objects.filter(key__contains=f":urgent:{row.pk}").count() == 4


def test_a_scan_while_nothing_waits_asks_once(cast, django_assert_num_queries) -> None:
    emergency(cast, state="acknowledged", acknowledged_by=cast.county_officer, acknowledged_at=NIGHT)
    with django_assert_num_queries(3):  # with its savepoint
        assert alarming.scan(at=NIGHT) == 0


def test_when_the_township_s_duty_writes_it_down_the_county_still_hears_of_it(cast, mailbox) -> None:
    shift(cast, cast.township_clerk, region=cast.township)
    way(cast.county_officer, "urgent")
    emergencies.report(
        key=uuid.uuid4(), by=cast.township_clerk, at=NIGHT, kind="ill", person_id=make_person(cast).pk
    )
    assert asked(cast.township_head, cast.county_officer, cast.neighbour) == [0, 1, 0]
    assert Notice.objects.unread().to(cast.county_officer).get().words == (
        "嵩口镇：有一件紧急情况，乡镇值班已接，供知悉"
    )
    assert outbox.send_waiting(lambda: NIGHT) == 1
    assert "供知悉" in mailbox.texts


def test_the_page_says_sent_only_when_a_message_of_this_one_went_out(cast, group) -> None:
    shift(cast, make_user("值班", "13800000520", "visitor", cast.other_village))
    hook = robot(cast, f"{group.origin}/x")
    outbox.put_hooks({hook.pk: ("test:1", "试")}, at=NIGHT)
    outbox.send_waiting(lambda: NIGHT)
    row = told_of(cast)
    people = people_now(row.county_id, row.township_id, NIGHT)
    assert not alarming.sent(row)
    assert waiting_words(row, people, NIGHT, True, alarming.sent(row)).startswith(
        "提醒还没有发出去，请直接打电话。"
    )
    outbox.send_waiting(lambda: NIGHT)
    assert alarming.sent(row)
    said = waiting_words(row, people, NIGHT, True, alarming.sent(row))
    assert said.startswith("系统已发出提醒，不等于有人看到，请同时打电话。")
    assert "已收到" not in said


def test_an_answer_in_minutes_is_promised_only_where_a_channel_was_heard(cast, mailbox, group) -> None:
    row = emergency(cast)
    assert not alarming.channel_configured(row, NIGHT)
    shift(cast, cast.county_head)
    assert not alarming.channel_configured(row, NIGHT)
    hook = robot(cast, f"{group.origin}/x")
    assert not alarming.channel_configured(row, NIGHT)
    outbox.put_hooks({hook.pk: ("test:1", "试")}, at=NIGHT)
    outbox.send_waiting(lambda: NIGHT)
    assert alarming.channel_configured(row, NIGHT)
    hook.on = False
    hook.save()
    assert not alarming.channel_configured(row, NIGHT)
    way(cast.county_head, "urgent")
    assert alarming.channel_configured(row, NIGHT)


# ── the day's digest ─────────────────────────────────────────────────────────────────────────────

ON = date(2026, 11, 24)


def reader(user: Any) -> Reader:
    return Reader(
        f"user:{user.pk}", user.pk, frozenset((post.role.value, post.region_id) for post in user.duty.posts)
    )


def said(*users: Any) -> list[list[str]]:
    found = lines([reader(user) for user in users], ON)
    return [found.get(f"user:{user.pk}", []) for user in users]


def test_the_digest_counts_what_is_over_and_what_ends_today_by_post(cast) -> None:
    for back in (0, 0, 1, 5):
        report(cast, due_on=ON - timedelta(days=back))
    report(cast, due_on=ON + timedelta(days=1))
    emergency(cast, details_due_at=at(24, 8))
    sheet(cast, sign_by=ON)
    assert said(
        cast.township_clerk, cast.township_head, cast.county_officer, cast.city_supervisor, cast.neighbour
    ) == [
        ["紧急情况：1件超时", "变化上报：2件超时，2件今天24:00前", "签字：1件今天24:00前"],
        ["变化上报：2件超时", "签字：1件今天24:00前"],
        ["紧急情况：1件超时", "变化上报：2件超时"],
        ["变化上报：2件超时"],
        [],
    ]
    assert digests.sources.count(lines) == 1


def test_overdue_visits_are_one_sentence_for_each_reader(cast) -> None:
    on = date(2027, 1, 15)
    fill(cast, ON)
    users = (cast.visitor, cast.village_head, cast.township_clerk, cast.neighbour)
    found = lines([reader(user) for user in users], on)
    numbers = [found.get(f"user:{user.pk}", [""])[-1] for user in users]
    assert all(one.startswith("待访：") for one in numbers[:3])
    assert numbers[1] == numbers[2]
    assert numbers[3] == ""


def test_two_posts_over_one_township_count_it_once(cast) -> None:
    report(cast, due_on=ON - timedelta(days=1))
    both = Reader(
        "x", 1, frozenset({("township_clerk", cast.township.pk), ("township_head", cast.township.pk)})
    )
    assert lines([both], ON)["x"] == ["变化上报：1件超时"]
    assert lines([], ON) == {}
