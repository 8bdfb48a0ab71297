"""Messages: to a real mail server and a real web server, once each, later when nobody answers, never a person in them."""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from tests.cast import SHANGHAI
from tests.visits.core.sinks import Group, serving
from tests.visits.core.test_telling import AT, news
from visits.core.models import Delivery, Digest, NoticeWay, Webhook
from visits.core.sending import digests, hooks, outbox, state
from visits.core.telling import settle, tell
from xunfang.kit import health

pytestmark = pytest.mark.django_db


def clock(at: datetime = AT) -> outbox.Clock:
    return lambda: at


def way(user: Any, wants: str = "all") -> NoticeWay:
    return NoticeWay.objects.create(user=user, email=f"u{user.pk}@example.gov.cn", wants=wants)


def robot(cast: Any, address: str, shape: str = "plain", secret: str = "", **more: Any) -> Webhook:
    values = {
        "region": cast.county,
        "name": "工作群",
        "shape": shape,
        "made_by": cast.county_officer,
        "made_at": AT,
    }
    return Webhook.objects.create(**hooks.seal(address, secret), **values | more)


def urgent(user: Any, *numbers: int) -> None:
    tell([news(user, number, at_once=True) for number in numbers or (1,)], at=AT)


def test_a_letter_says_what_waits_and_where_and_goes_once(cast, mailbox) -> None:
    way(cast.township_clerk)
    urgent(cast.township_clerk)
    assert outbox.send_waiting(clock()) == 1
    assert outbox.send_waiting(clock(AT + timedelta(hours=1))) == 0
    (letter,) = mailbox.letters
    assert letter["To"] == f"u{cast.township_clerk.pk}@example.gov.cn"
    assert "一份变化要报县级" in mailbox.texts
    assert "/changes/" in mailbox.texts
    row = Delivery.objects.get()
    assert (row.state, row.sent_at, row.attempts, row.lease_until) == ("sent", AT, 1, None)


def test_a_mailbox_that_does_not_exist_is_not_tried_again(cast, mailbox) -> None:
    way(cast.township_clerk)
    mailbox.refuse.add(f"u{cast.township_clerk.pk}@")
    urgent(cast.township_clerk)
    outbox.send_waiting(clock())
    row = Delivery.objects.get()
    assert (row.state, "邮箱不存在" in row.problem) == ("failed", True)


def test_what_can_not_go_now_goes_later_with_growing_pauses_and_at_last_says_why(cast, mailbox) -> None:
    way(cast.township_clerk)
    mailbox.busy = True
    urgent(cast.township_clerk)
    at, pauses = AT, []
    for _ in range(outbox.MAX_ATTEMPTS):
        outbox.send_waiting(clock(at))
        row = Delivery.objects.get()
        pauses.append((row.next_at - at).total_seconds() / 60)
        assert outbox.send_waiting(clock(row.next_at - timedelta(seconds=1))) == 0
        at = row.next_at
    assert pauses[:-1] == [1, 5, 30, 120, 360, 360, 360]
    assert (row.state, row.attempts, row.problem) == ("failed", 8, "收件的邮箱现在收不了")
    mailbox.busy = False
    assert outbox.resend(delivery_id=row.pk, by=cast.system_admin, at=at)
    assert not outbox.resend(delivery_id=row.pk, by=cast.system_admin, at=at)
    assert outbox.send_waiting(clock(at)) == 1


def test_a_server_that_is_not_there_is_told_in_words(cast, mailbox, settings) -> None:
    way(cast.township_clerk)
    settings.EMAIL_PORT = 1
    urgent(cast.township_clerk)
    outbox.send_waiting(clock())
    assert Delivery.objects.get().problem == "连不上邮件服务器"


@pytest.mark.parametrize("why", ["settled", "read", "left", "unwanted", "off"])
def test_what_nobody_needs_any_more_does_not_go(cast, mailbox, settings, why) -> None:
    mine = way(cast.township_clerk)
    urgent(cast.township_clerk)
    row = Delivery.objects.get()
    if why == "settled":
        settle(subject="report", subject_id=1, at=AT)
        assert Delivery.objects.get().state == "dropped"
        Delivery.objects.update(state="waiting")  # a sender had it already
    elif why == "read":
        row.notice.read_at = AT
        row.notice.save()
    elif why == "left":
        cast.township_clerk.is_active = False
        cast.township_clerk.save()
    elif why == "unwanted":
        mine.wants = "nothing"
        mine.save()
    else:
        settings.MAIL_ON = False
    outbox.send_waiting(clock())
    assert (Delivery.objects.get().state, mailbox.letters) == ("dropped", [])


def test_a_sender_that_died_leaves_a_lease_and_the_same_letter_goes_under_the_same_number(
    cast, mailbox
) -> None:
    way(cast.township_clerk)
    urgent(cast.township_clerk)
    dead = outbox.claim(AT)
    assert dead is not None
    assert outbox.send_waiting(clock(AT + outbox.LEASE - timedelta(seconds=1))) == 0
    assert outbox.send_waiting(clock(AT + outbox.LEASE + timedelta(seconds=1))) == 1
    # The slow one was not dead after all: it sends the same letter, and does not undo what the row says.
    outbox.send_one(dead, clock(AT + timedelta(hours=1)))
    assert len(mailbox.letters) == 2
    assert len(set(mailbox.numbers)) == 1
    assert Delivery.objects.get().sent_at == AT + outbox.LEASE + timedelta(seconds=1)


def test_a_sender_that_dies_each_time_ends(cast, mailbox) -> None:
    way(cast.township_clerk)
    urgent(cast.township_clerk)
    at = AT
    for _ in range(outbox.MAX_ATTEMPTS):
        assert outbox.claim(at) is not None
        at += outbox.LEASE + timedelta(seconds=1)
    outbox.send_waiting(clock(at))
    assert (Delivery.objects.get().state, Delivery.objects.get().problem) == ("failed", "试了8次都没发出去")


# ── chat groups ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("plain", {"text": "2件事"}),
        ("wecom", {"msgtype": "text", "text": {"content": "2件事"}}),
        ("dingtalk", {"msgtype": "text", "text": {"content": "2件事"}}),
    ],
)
def test_a_group_hears_it_in_its_own_way(cast, group, shape, body) -> None:
    robot(cast, f"{group.origin}/send?key=abc", shape)
    assert outbox.to_groups([cast.county.pk], key="x", words="2件事", at=AT) == 1
    assert outbox.to_groups([cast.county.pk], key="x", words="2件事", at=AT) == 0
    outbox.send_waiting(clock())
    assert group.taken == [("/send?key=abc", body)]
    assert outbox.channel_configured([cast.county.pk])
    assert not outbox.channel_configured([cast.township.pk])


def test_a_message_to_dingtalk_is_signed(cast, group) -> None:
    robot(cast, f"{group.origin}/robot/send?access_token=t", "dingtalk", "SECgeheim")
    outbox.to_groups([cast.county.pk], key="x", words="2件事", at=AT)
    outbox.send_waiting(clock())
    query = parse_qs(urlsplit(group.taken[0][0]).query)
    millis = str(int(AT.timestamp() * 1000))
    wanted = base64.b64encode(hmac.digest(b"SECgeheim", f"{millis}\nSECgeheim".encode(), "sha256")).decode()
    assert (query["timestamp"], query["sign"], query["access_token"]) == ([millis], [wanted], ["t"])


@pytest.mark.parametrize(
    ("status", "answer", "found", "words"),
    [
        (500, "", "waiting", "对方没有收下（500）"),
        (404, "", "failed", "对方说没有这个地址，请重新复制"),
        (
            200,
            '{"errcode": 93000, "errmsg": "invalid webhook url"}',
            "failed",
            "群机器人不认这个地址或密钥（93000），请重新设置",
        ),
        (200, '{"errcode": 45009}', "waiting", "群机器人没有收下（45009）"),
        (200, "ok", "sent", ""),
    ],
)
def test_what_a_group_answers_is_told_in_words(cast, group, status, answer, found, words) -> None:
    robot(cast, f"{group.origin}/send")
    group.status, group.answer = status, answer
    outbox.to_groups([cast.county.pk], key="x", words="2件事", at=AT)
    outbox.send_waiting(clock())
    row = Delivery.objects.get()
    assert (row.state, row.problem) == (found, words)


def test_a_redirect_is_not_followed(cast, group) -> None:
    with serving(Group()) as inner:
        group.status, group.goto = 302, f"{inner.origin}/secret"
        robot(cast, f"{group.origin}/send")
        outbox.to_groups([cast.county.pk], key="x", words="2件事", at=AT)
        outbox.send_waiting(clock())
        assert inner.taken == []
    assert Delivery.objects.get().problem == "对方要转到别的地址，不支持"


def test_an_address_that_became_an_inner_one_is_not_called(cast, group, settings) -> None:
    """The name was fine when it was typed; what it stands for is looked at each time."""
    settings.WEBHOOK_ORIGINS = frozenset()
    robot(cast, "https://localhost.example.invalid.localtest/send")
    Webhook.objects.update(address=hooks.seal(group.origin + "/send", "")["address"])
    outbox.to_groups([cast.county.pk], key="x", words="2件事", at=AT)
    outbox.send_waiting(clock())
    assert (group.taken, Delivery.objects.get().state) == ([], "failed")


def test_an_address_that_was_turned_off_hears_nothing(cast, group) -> None:
    hook = robot(cast, f"{group.origin}/send")
    outbox.to_groups([cast.county.pk], key="x", words="2件事", at=AT)
    hook.on = False
    hook.save()
    outbox.send_waiting(clock())
    assert (group.taken, Delivery.objects.get().state) == ([], "dropped")
    assert outbox.to_groups([cast.county.pk], key="y", words="2件事", at=AT) == 0


# ── the day's digest ─────────────────────────────────────────────────────────────────────────────

MORNING = datetime(2026, 11, 24, 8, 30, tzinfo=SHANGHAI)


@pytest.fixture
def said(monkeypatch) -> dict[str, list[str]]:
    """What the rooms have to say, by reader."""
    lines: dict[str, list[str]] = {}
    monkeypatch.setattr(
        digests, "sources", [lambda readers, on: {r.key: lines[r.key] for r in readers if r.key in lines}]
    )
    return lines


def test_a_digest_is_made_once_on_a_working_day_for_whoever_wants_it_and_has_something(
    cast, mailbox, group, said
) -> None:
    for user in (cast.township_clerk, cast.county_officer):
        way(user)
    way(cast.township_head, "urgent")
    hook = robot(cast, f"{group.origin}/send", "wecom")
    said |= {
        f"user:{cast.township_clerk.pk}": ["变化上报：1份今天要报"],
        f"hook:{hook.pk}": ["变化上报：2份超时"],
    }
    assert digests.make(at=MORNING - timedelta(minutes=1)) == 0
    assert digests.make(at=MORNING) == 2
    said[f"user:{cast.county_officer.pk}"] = ["后来的"]
    assert digests.make(at=MORNING + timedelta(hours=2)) == 0
    assert outbox.send_waiting(clock(MORNING)) == 2
    assert Digest.objects.get().user_id == cast.township_clerk.pk
    assert "变化上报：1份今天要报" in mailbox.texts
    assert group.taken == [
        ("/send", {"msgtype": "text", "text": {"content": "【巡访】11月24日 永泰县\n· 变化上报：2份超时"}})
    ]


@pytest.mark.parametrize(
    ("day", "made"),
    [("2026-11-28", 0), ("2026-10-10", 1), ("2026-10-05", 0), ("2031-06-03", 1), ("2031-06-07", 0)],
    ids=["a Saturday", "a Saturday of work", "a Monday off", "a weekday of an unknown year", "its Saturday"],
)
def test_days_off_have_no_digest(cast, mailbox, said, day, made) -> None:
    way(cast.township_clerk)
    said[f"user:{cast.township_clerk.pk}"] = ["一句"]
    assert digests.make(at=datetime.fromisoformat(f"{day}T08:30:00+08:00")) == made


def test_after_three_days_down_there_is_one_digest_of_today(cast, mailbox, said) -> None:
    way(cast.township_clerk)
    said[f"user:{cast.township_clerk.pk}"] = ["一句"]
    digests.make(at=MORNING)
    digests.make(at=MORNING + timedelta(days=3, hours=6))
    assert [row.on.day for row in Digest.objects.order_by("on")] == [24, 27]


def test_what_was_not_read_is_counted(cast, mailbox, said) -> None:
    way(cast.township_clerk)
    tell([news(cast.township_clerk, n) for n in (1, 2)], at=AT)
    digests.make(at=MORNING)
    assert Digest.objects.get().lines == ["还有2条通知没看"]


def test_the_health_page_says_what_waits_and_what_did_not_go(cast, mailbox) -> None:
    now = timezone.now()
    assert state.health in health.parts
    assert state.health(now).state == "done"
    way(cast.township_clerk)
    tell([news(cast.township_clerk, at_once=True)], at=now - timedelta(minutes=20))
    assert state.health(now).say == "1条等着发，近7天0条没发出去"
    assert state.health(now).state == "soon"
    Delivery.objects.update(state="failed", problem="p")
    assert "1条没发出去" in state.health(now).say
