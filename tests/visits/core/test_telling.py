"""Somebody is told once, in the transaction of what they are told about; what was done meanwhile asks nothing."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.scoping import duty_of
from tests.cast import SHANGHAI
from visits.core import telling
from visits.core.models import Delivery, Digest, Notice, NoticeWay, Webhook
from visits.core.telling import News, settle, tell

AT = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
pytestmark = pytest.mark.django_db


def news(user: Any, number: int = 1, **more: Any) -> News:
    values: dict[str, Any] = {
        "user_id": user.pk, "key": f"report:{number}:1", "kind": "report", "words": "一份变化要报县级",
        "url": "/changes/", "subject": "report", "subject_id": number, "due_on": date(2026, 11, 24),
    }  # fmt: skip
    return News(**values | more)


def test_the_same_is_told_once_and_many_at_once(cast, django_assert_num_queries) -> None:
    both = [news(cast.township_clerk), news(cast.township_head)]
    with django_assert_num_queries(3):  # a savepoint around one statement
        assert len(tell(both, at=AT)) == 2
    with django_assert_num_queries(3):
        told = tell([*both, *(news(cast.township_clerk, n) for n in range(2, 30))], at=AT + timedelta(days=1))
    assert len(told) == 28
    assert Notice.objects.filter(created_at=AT).count() == 2


def test_what_is_rolled_back_was_not_told(cast) -> None:
    with transaction.atomic():
        tell([news(cast.township_clerk)], at=AT)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_what_is_done_asks_nothing_and_its_mail_does_not_go(cast, mailbox) -> None:
    NoticeWay.objects.create(user=cast.township_clerk, email="a@example.gov.cn", wants="urgent")
    tell([news(cast.township_clerk, at_once=True), news(cast.township_clerk, 2, at_once=True)], at=AT)
    assert Delivery.objects.filter(state="waiting").count() == 2
    assert settle(subject="report", subject_id=1, at=AT + timedelta(hours=1)) == 1
    assert settle(subject="report", subject_id=1, at=AT + timedelta(hours=2)) == 0
    assert Notice.objects.get(subject_id=1).settled_at == AT + timedelta(hours=1)
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["dropped", "waiting"]


@pytest.mark.parametrize(
    ("wants", "at_once", "mails"),
    [("nothing", True, 0), ("urgent", True, 1), ("urgent", False, 0), ("all", True, 1), ("all", False, 0)],
)
def test_only_what_is_urgent_goes_out_at_once_to_whoever_wants_it(
    cast, mailbox, wants, at_once, mails
) -> None:
    NoticeWay.objects.create(user=cast.township_clerk, email="a@example.gov.cn", wants=wants)
    tell([news(cast.township_clerk, at_once=at_once), news(cast.township_head, at_once=at_once)], at=AT)
    assert Delivery.objects.count() == mails


def test_without_a_mail_server_nothing_is_put_out(cast) -> None:
    NoticeWay.objects.create(user=cast.township_clerk, email="a@example.gov.cn", wants="all")
    tell([news(cast.township_clerk, at_once=True)], at=AT)
    assert not Delivery.objects.exists()


def test_what_is_superseded_is_written_down_as_told_and_asks_nothing(cast, mailbox) -> None:
    NoticeWay.objects.create(user=cast.township_clerk, email="a@example.gov.cn", wants="all")
    tell([news(cast.township_clerk, superseded=True, at_once=True)], at=AT)
    assert Notice.objects.get().settled_at == AT
    assert Delivery.objects.get().state == "dropped"


def test_only_its_reader_reads_it_and_all_means_all_that_were_seen(cast) -> None:
    tell([news(cast.township_clerk, n) for n in range(1, 4)], at=AT)
    first, second, third = Notice.objects.order_by("pk")
    assert telling.read(notice_id=first.pk, by=cast.township_head, at=AT) is None
    assert telling.read(notice_id=first.pk, by=cast.township_clerk, at=AT) == first
    assert telling.read_all(up_to=second.pk, by=cast.township_clerk, at=AT) == 1
    assert list(Notice.objects.filter(read_at=None)) == [third]


def test_the_number_in_the_bar_rides_on_the_query_for_the_posts(cast, django_assert_num_queries) -> None:
    tell([news(cast.township_clerk, n) for n in range(1, 4)], at=AT)
    settle(subject="report", subject_id=3, at=AT)
    with django_assert_num_queries(1):
        duty_of(cast.township_clerk, cast.on)
    assert cast.township_clerk.unread_notices == 2
    duty_of(cast.township_head, cast.on)
    assert cast.township_head.unread_notices == 0
    duty_of(cast.nobody, cast.on)
    assert cast.nobody.unread_notices == 0


def notice(cast: Any, **more: Any) -> Notice:
    values = {
        "user": cast.township_clerk, "key": "k", "kind": "report", "words": "w", "url": "/", "created_at": AT,
    }  # fmt: skip
    return Notice(**values | more)


def delivery(cast: Any, **more: Any) -> Delivery:
    return Delivery(**{"way": "email", "key": "k", "next_at": AT, "created_at": AT} | more)


def digest(cast: Any) -> Digest:
    return Digest.objects.create(user=cast.township_clerk, on=date(2026, 11, 24), lines=["一句"], made_at=AT)


def hook(cast: Any, **more: Any) -> Webhook:
    values = {
        "region": cast.county,
        "name": "工作群",
        "address": b"x",
        "made_by": cast.county_officer,
        "made_at": AT,
    }
    return Webhook(**values | more)


@pytest.mark.parametrize(
    ("constraint", "rows"),
    [
        ("notice_once", lambda c: [notice(c), notice(c)]),
        ("notice_complete", lambda c: [notice(c, words="")]),
        ("notice_complete", lambda c: [notice(c, url="")]),
        ("notice_subject_complete", lambda c: [notice(c, subject="report")]),
        ("notice_subject_complete", lambda c: [notice(c, subject_id=1)]),
        (
            "digest_once",
            lambda c: [digest(c), Digest(user=c.township_clerk, on=date(2026, 11, 24), made_at=AT)],
        ),
        ("notice_way_has_address", lambda c: [NoticeWay(user=c.township_clerk, wants="all")]),
        ("webhook_name_once", lambda c: [hook(c), hook(c)]),
        ("webhook_has_name", lambda c: [hook(c, name="")]),
        ("delivery_carries_one_thing", lambda c: [delivery(c)]),
        ("delivery_carries_one_thing", lambda c: [delivery(c, way="webhook", digest=digest(c), words="w")]),
        ("delivery_sent_complete", lambda c: [delivery(c, digest=digest(c), state="sent")]),
        ("delivery_sent_complete", lambda c: [delivery(c, digest=digest(c), sent_at=AT)]),
        ("delivery_failed_says_why", lambda c: [delivery(c, digest=digest(c), state="failed")]),
    ],
)
def test_the_database_refuses(cast, constraint, rows) -> None:
    *before, refused = rows(cast)
    for row in before:
        row.save()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        refused.save()
